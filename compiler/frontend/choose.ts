/** Chooses the layer of a file, and says what to do where there is none. */
import { OftcError } from '../errors/error.ts';
import { didYouMean, nearest } from '../errors/nearest.ts';
import { spanOf } from './diagnostics.ts';
import { files } from './files.ts';
import { isLanguageDeclaration, type Source } from './source.ts';
import { ts } from './ts-host.ts';

/** A layer that a file exports. */
export interface Exported {
  readonly name: string;
  readonly symbol: ts.Symbol;
  readonly config: ts.Type;
}

/** The exports whose type is the language's `Layer<Declarations, Result, Config>`. */
export function exportedLayers({ checker }: Source, file: ts.SourceFile): Exported[] {
  const module = checker.getSymbolAtLocation(file);
  return (module ? checker.getExportsOfModule(module) : []).flatMap((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (!(target.flags & ts.SymbolFlags.Value)) return [];
    const type = checker.getTypeOfSymbol(target);
    if (!isLayerType(type)) return [];
    const config = checker.getTypeArguments(type as ts.TypeReference)[2];
    return config ? [{ name: symbol.name, symbol, config }] : [];
  });
}

function isLayerType(type: ts.Type): boolean {
  const declaration = type.symbol?.declarations?.[0];
  return type.symbol?.name === 'Layer' && declaration !== undefined && isLanguageDeclaration(declaration);
}

/** The chosen layer. Throws OFT1040 where the file exports no layer, OFT1041 where the name chooses none. */
export function chooseLayer(
  path: string,
  source: Source,
  exported: readonly Exported[],
  name: string | undefined,
): Exported {
  const names = exported.map((e) => e.name);
  if (exported.length === 0) throw noLayer(path, source);
  if (name === undefined && exported.length > 1)
    throw new OftcError(
      'OFT1041',
      `'${path}' exports several layers; name one of ${names.join(', ')}, as in \`oftc explain --layer ${names[0]}\``,
    );
  const chosen = name === undefined ? exported[0] : exported.find((e) => e.name === name);
  if (chosen) return chosen;
  const has = `'${path}' exports no layer '${name}'; it exports ${names.join(', ')}`;
  throw new OftcError('OFT1041', `${has}${didYouMean(name ?? '', names)}`);
}

/** The error for a file without a layer. It points at a layer that is not exported, or at code outside any layer. */
function noLayer(path: string, { checker, file }: Source): OftcError {
  const module = file && checker.getSymbolAtLocation(file);
  const names = module ? checker.getExportsOfModule(module).map((s) => s.name) : [];
  const exports = names.length === 0 ? '' : `; it exports ${names.slice(0, 8).join(', ')}`;
  const other = file && otherLanguage(checker, file);
  if (other !== undefined)
    return new OftcError('OFT1040', `'${path}' exports no layer of this oftc${exports}: ${notThis(other)}`);
  for (const s of file?.statements ?? []) {
    for (const d of ts.isVariableStatement(s) ? s.declarationList.declarations : []) {
      if (!isLayerType(checker.getTypeAtLocation(d.name))) continue;
      const name = d.name.getText();
      return new OftcError('OFT1040', `layer '${name}' is not exported: write export const ${name} = …`, [
        spanOf(d.name),
      ]);
    }
  }
  const code = file?.statements.find((s) => ts.isFunctionDeclaration(s) || ts.isClassDeclaration(s));
  const message = `'${path}' exports no layer: write export const name = layer({ x: input('tokens', 'in') }, ({ x }) => …)${exports}`;
  const named =
    code && (ts.isFunctionDeclaration(code) || ts.isClassDeclaration(code)) ? code.name : undefined;
  return named
    ? new OftcError('OFT1040', `${message}; '${named.text}' declares no tensors`, [spanOf(named)])
    : new OftcError('OFT1040', message);
}

/** The remedy where an import of 'oftc' finds a file that is not the language of this version. */
export const notThis = (file: string): string =>
  `'oftc' is found in '${file}', which is another version or package: install this version there, or build it anew (npm run build)`;

/** The file of another 'oftc' that the layer's file imports from. */
function otherLanguage(checker: ts.TypeChecker, file: ts.SourceFile): string | undefined {
  for (const s of file.statements) {
    if (!ts.isImportDeclaration(s) || !ts.isStringLiteral(s.moduleSpecifier)) continue;
    const named = s.importClause?.namedBindings;
    if (s.moduleSpecifier.text !== 'oftc' || !named || !ts.isNamedImports(named)) continue;
    for (const { name } of named.elements) {
      const symbol = checker.getSymbolAtLocation(name);
      const declaration = symbol && checker.getAliasedSymbol(symbol).declarations?.[0];
      if (name.text === 'layer' && declaration && !isLanguageDeclaration(declaration))
        return declaration.getSourceFile().fileName;
    }
  }
  return undefined;
}

/** Checks that a path can be a layer's source. Throws OFT1045, which says what is there, or which files are near. */
export function checkPath(given: string, path: string): void {
  const refuse = (why: string): never => {
    throw new OftcError('OFT1045', `cannot read '${given}': ${why}`);
  };
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  if (files().directoryExists(path)) {
    const held = sources(path);
    const holds = held.length === 0 ? 'no TypeScript file' : held.slice(0, 8).join(', ');
    refuse(`it is a folder; name a file in it (it holds ${holds})`);
  }
  if (!files().fileExists(path)) {
    const beside = sources(parent);
    const meant = nearest(path.slice(parent.length).replace('/', ''), beside);
    if (!files().directoryExists(parent)) refuse(`there is no folder '${parent}'`);
    const advice =
      meant === undefined ? '; name a TypeScript file, which ends in .ts' : `. Did you mean '${meant}'?`;
    refuse(`there is no such file in '${parent}'${advice}`);
  }
  const extension = /\.[^./]*$/.exec(path)?.[0] ?? '';
  const instead = OTHER_FILES[extension];
  if (instead !== undefined) refuse(instead);
  if (!/^\.[mc]?tsx?$/.test(extension))
    refuse('a layer is written in TypeScript, in a file that ends in .ts');
}

const OTHER_FILES: Readonly<Record<string, string>> = {
  '.js': 'a layer is written in TypeScript, whose types it is checked by; rename the file to .ts',
  '.mjs': 'a layer is written in TypeScript, whose types it is checked by; rename the file to .ts',
  '.jsx': 'a layer is written in TypeScript, whose types it is checked by; rename the file to .ts',
  '.py': 'it is Python; a layer is written in TypeScript',
  '.json':
    'it holds data; a layer is written in TypeScript, and its configuration is given as in `oftc explain --set terms=3`',
  '.safetensors':
    'it holds tensors, which are given with `oftc run --input`; the file meant here is the source of a layer',
};

/** The names of the TypeScript files directly in a folder. */
const sources = (folder: string): string[] =>
  files()
    .readDirectory(folder, ['.ts'], ['**/*.d.ts'], undefined, 1)
    .map((f) => f.slice(f.lastIndexOf('/') + 1))
    .sort();
