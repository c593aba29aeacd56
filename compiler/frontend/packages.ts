/** Code of other packages, which a layer cannot call because only source is lowered. */
import { OftcError } from '../errors/error.ts';
import { spanOf } from './diagnostics.ts';
import { isLanguageDeclaration, type Source } from './source.ts';
import { ts } from './ts-host.ts';

/** Whether a declaration is another package's: neither the author's, nor the language's, nor JavaScript's. */
export function isForeign(program: ts.Program, declaration: ts.Node): boolean {
  const file = declaration.getSourceFile();
  if (isLanguageDeclaration(declaration) || program.isSourceFileDefaultLibrary(file)) return false;
  return file.isDeclarationFile || program.isSourceFileFromExternalLibrary(file);
}

/** The message for code of another package. For a method of the library, it says where its formula is. */
export function foreignCode(symbol: ts.Symbol): string {
  const { name } = symbol;
  const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
  const page = name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
  const instead = /\/src\/adapters\/[\w-]+(\.d)?\.ts$/.test(file)
    ? `: write its formula with operators of oftc; docs/adapters/${page}.md of oftc has it`
    : '';
  return `'${name}' is code of another package: inside a layer only oftc and your own modules can be used${instead}`;
}

/** The errors for calls into other packages that contain an error of TypeScript, or whose result has one. */
export function foreignCalls(source: Source, nodes: readonly ts.Node[]): OftcError[] {
  const callees = new Map<ts.Node, OftcError>();
  for (const node of nodes)
    for (const callee of calleesAround(node)) {
      const symbol = source.checker.getSymbolAtLocation(callee);
      const target =
        symbol && symbol.flags & ts.SymbolFlags.Alias ? source.checker.getAliasedSymbol(symbol) : symbol;
      const declaration = target?.declarations?.[0];
      if (target && declaration && importedFrom(symbol) !== 'oftc' && isForeign(source.program, declaration))
        callees.set(callee, new OftcError('OFT1008', foreignCode(target), [spanOf(callee)]));
    }
  return [...callees.values()];
}

/** The module that a name is imported from. */
function importedFrom(symbol: ts.Symbol | undefined): string | undefined {
  const specifier = ts.findAncestor(symbol?.declarations?.[0], ts.isImportDeclaration)?.moduleSpecifier;
  return specifier && ts.isStringLiteral(specifier) ? specifier.text : undefined;
}

/** The names called around a node, and on the way to the object whose member it is. */
function calleesAround(node: ts.Node): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  for (
    let up: ts.Node | undefined = node;
    up && !ts.isStatement(up) && !ts.isFunctionLike(up);
    up = up.parent
  )
    for (let at: ts.Node = up; ; at = at.expression) {
      if (ts.isCallExpression(at) && ts.isIdentifier(at.expression)) found.push(at.expression);
      if (!ts.isCallExpression(at) && !ts.isPropertyAccessExpression(at)) break;
    }
  return found;
}
