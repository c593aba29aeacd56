/** Advice for modules, imports and names that do not exist. */
import { OftcError } from '../../errors/error.ts';
import { nearest } from '../../errors/nearest.ts';
import { entryOf } from '../../records.ts';
import { notThis } from '../choose.ts';
import { spanOf } from '../diagnostics.ts';
import { insteadOf, noExport } from '../foreign.ts';
import { isLanguageDeclaration } from '../source.ts';
import { ts } from '../ts-host.ts';
import type { Complaint } from './complaint.ts';
import { untakenConfiguration } from './configuration.ts';
import { adviseDimension } from './dimensions.ts';
import { aboutCall } from './reductions.ts';
import { importingCalled } from './variables.ts';
import { DECLARATIONS, isLanguageName } from './vocabulary.ts';

const NO_MODULE: ReadonlySet<number> = new Set([2307, 2792, 7016]);
const NO_EXPORT: ReadonlySet<number> = new Set([2305, 2724, 2614, 2613]);
const NO_DEFAULT: ReadonlySet<number> = new Set([1192, 1259]);
const NO_NAME: ReadonlySet<number> = new Set([2304, 2552, 2584, 2580, 2591, 2581, 2582, 2503, 18004]);
const NO_MEMBER: ReadonlySet<number> = new Set([2339, 2551]);

export function adviseName({ code, node, checker }: Complaint): OftcError | undefined {
  const at = (errorCode: string, message: string) => new OftcError(errorCode, message, [spanOf(node)]);
  const importing = (advice: string) =>
    `${advice}${/: (write|give) /.test(advice) ? importingCalled(node, advice) : ''}`;
  if (NO_MODULE.has(code) && ts.isStringLiteral(node)) {
    const message = noModule(node.text);
    return message === undefined ? undefined : at('OFT1008', message);
  }
  if (NO_DEFAULT.has(code) && moduleOf(node) === 'oftc')
    return at('OFT1009', "oftc has no default export: write import { frozen, input, layer } from 'oftc'");
  if (NO_EXPORT.has(code) && ts.isIdentifier(node) && moduleOf(node) === 'oftc') {
    const other = isLanguageName(node.text) ? fileOf(checker, node) : undefined;
    return at(
      'OFT1009',
      other === undefined ? importing(noExport(node.text)) : `there is no '${node.text}': ${notThis(other)}`,
    );
  }
  if (NO_NAME.has(code) && ts.isIdentifier(node)) return noName(checker, node);
  if (NO_MEMBER.has(code) && ts.isIdentifier(node) && ts.isPropertyAccessExpression(node.parent)) {
    const on = checker.getTypeAtLocation(node.parent.expression).symbol?.declarations?.[0];
    if (on && ts.isSourceFile(on) && isLanguageDeclaration(on)) return at('OFT1009', noExport(node.text));
  }
  return undefined;
}

/** The module of the import that a node stands in. */
function moduleOf(node: ts.Node): string | undefined {
  const specifier = ts.findAncestor(node, ts.isImportDeclaration)?.moduleSpecifier;
  return specifier && ts.isStringLiteral(specifier) ? specifier.text : undefined;
}

/** The file that the import of a node finds. */
function fileOf(checker: ts.TypeChecker, node: ts.Node): string | undefined {
  const specifier = ts.findAncestor(node, ts.isImportDeclaration)?.moduleSpecifier;
  return specifier && checker.getSymbolAtLocation(specifier)?.valueDeclaration?.getSourceFile().fileName;
}

const ELSEWHERE: ReadonlySet<string> = new Set([
  'torch',
  'numpy',
  'peft',
  'transformers',
  'jax',
  'tensorflow',
]);

function noModule(name: string): string | undefined {
  if (name.startsWith('.')) return undefined;
  const root = name.split('/')[0]!;
  if (ELSEWHERE.has(root))
    return `'${name}' is Python's: a layer is written with the operators of oftc, import { frozen, input, layer } from 'oftc'`;
  if (nearest(root.replace('@', ''), ['oftc']) !== undefined || name.startsWith('@oft'))
    return `there is no module '${name}': the language is imported from 'oftc'`;
  return `there is no module '${name}': a layer imports from 'oftc' and from your own files, such as './helpers.ts'`;
}

/** Advice for names of Python. */
const PYTHON: Readonly<Record<string, string>> = {
  None: 'undefined',
  True: 'true',
  False: 'false',
  range: 'for (let i = 0; i < n; i++)',
  print: 'nothing: a layer has no effects',
  self: 'the tensors that the body is given: ({ x, W }) => …',
  and: '&&',
  or: '||',
  not: '!',
};

function noName(checker: ts.TypeChecker, node: ts.Identifier): OftcError | undefined {
  const name = node.text;
  const at = (code: string, message: string) => new OftcError(code, message, [spanOf(node)]);
  const importing = (advice: string) => `${advice}${importingCalled(node, advice)}`;
  if (isLanguageName(name)) {
    const missing = unresolved(node.getSourceFile());
    return at('OFT1009', `'${name}' is not imported: write import { ${missing.join(', ')} } from 'oftc'`);
  }
  if (name === 'Tensor')
    return at('OFT1009', "'Tensor' is a type and not imported: write import { type Tensor } from 'oftc'");
  if (name === 'Layer' && ts.isTypeReferenceNode(node.parent))
    return at('OFT1009', "'Layer' need not be written: leave the type out, because layer(…) gives it");
  if (name === 'require') return at('OFT1007', "require is not available: write import { … } from 'oftc'");
  if (Object.hasOwn(PYTHON, name)) return at('OFT1009', `'${name}' is Python's: write ${PYTHON[name]}`);
  if (ELSEWHERE.has(name) || ['np', 'nn', 'F', 'tf'].includes(name)) {
    const member = ts.isPropertyAccessExpression(node.parent) ? node.parent : undefined;
    const instead = member && insteadOf(member.name.text);
    const advice = instead && importing(aboutCall(checker, instead, member));
    return at('OFT1008', `'${name}' is Python's: ${advice ?? 'use the operators of oftc'}`);
  }
  const config = untakenConfiguration(checker, node);
  if (config !== undefined) return at('OFT1009', config);
  const dimension = adviseDimension(checker, node);
  if (dimension) return dimension;
  const instead = entryOf(OUTSIDE, name);
  if (instead !== undefined) return at('OFT1007', `'${name}' is not available at compile time: ${instead}`);
  const foreign = insteadOf(name);
  return foreign === undefined
    ? undefined
    : at('OFT1009', `'${name}' is not defined: ${importing(aboutCall(checker, foreign, node))}`);
}

const EFFECT = 'a layer has no effects; do this in the script that runs it';
const OUTSIDE: Readonly<Record<string, string>> = {
  console:
    'leave it out, because a layer is evaluated once, without effects; `oftc explain` shows what it means, and a run gives its values',
  process: 'pass the value in through the configuration',
  fetch: EFFECT,
  setTimeout: EFFECT,
  Buffer: EFFECT,
  window: EFFECT,
  document: EFFECT,
  performance: EFFECT,
};

/** The names of the language that a file imports or calls, declarations such as `layer` first. */
function unresolved(file: ts.SourceFile): string[] {
  const imported = new Set(
    file.statements.flatMap((s) => {
      const named = ts.isImportDeclaration(s) ? s.importClause?.namedBindings : undefined;
      const own =
        ts.isImportDeclaration(s) && ts.isStringLiteral(s.moduleSpecifier) ? s.moduleSpecifier.text : '';
      return own === 'oftc' && named && ts.isNamedImports(named)
        ? named.elements.map((e) => e.name.text)
        : [];
    }),
  );
  const used = new Set<string>(imported);
  const visit = (n: ts.Node): void => {
    if (ts.isCallExpression(n) && ts.isIdentifier(n.expression) && isLanguageName(n.expression.text))
      used.add(n.expression.text);
    ts.forEachChild(n, visit);
  };
  visit(file);
  const declared = DECLARATIONS.filter((n) => used.has(n));
  return [...declared, ...[...used].filter((n) => !DECLARATIONS.includes(n))];
}
