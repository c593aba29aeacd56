/** Layers in TypeScript: each is refused with a code, or compiled, and what it prints compiles to the same program. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { portable } from '../../../compiler/devices/portable.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import { codeOf } from '../../../compiler/frontend/diagnostics.ts';
import { FrontEnd } from '../../../compiler/frontend/index.ts';
import { ts } from '../../../compiler/frontend/ts-host.ts';
import { programDims, solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { storeProgram, unstorable } from '../../../compiler/ir/stored.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { printLayer } from '../../../src/language/print-layer.ts';
import { planOf } from '../../../src/session/plan.ts';
import { programs } from '../../support/arbitraries/programs.ts';
import { Draw } from '../engine/draw.ts';
import { EXPORTED, OPERATORS, written } from '../engine/random-layer.ts';
import { SourceChanges, tokensOf } from '../engine/source.ts';
import { type Case, holds, same, type Target } from '../target.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FILE = `${ROOT}examples/fuzzed.ts`;
const overlay = new Map<string, string>();
const frontEnd = new FrontEnd({ overlay });
/** The file of what is printed has a front end of its own, so that the other one keeps what it knows. */
const PRINTED = `${ROOT}examples/printed.ts`;
const printedEnd = new FrontEnd({ overlay });

/** The part of the accepted layers that are compiled, and of those whose printed form is read: both take long. */
const COMPILED_ONE_IN = 24;
const PRINTED_ONE_IN = 50;
const MOST_NODES = 60;

const SMALL = [
  `import { frozen, input, layer, list, trainable, when, type Tensor } from 'oftc';
const twice = (t: Tensor): Tensor => t.add(t);
export const second = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), s: list(3, trainable('in')), bias: when(true, frozen('out')) },
  ({ x, W, s, bias }) => {
    let y = x;
    for (const t of s) y = twice(y.mul(t));
    const z = y.matmul(W.T);
    return { y: bias ? z.add(bias) : z };
  },
);
`,
  `import { blockDiag, cayley, expm, frozen, input, layer, skew, trainable } from 'oftc';
export const turned = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)', { init: 'zeros' }) },
  ({ x, W, v }, { exact = true, n = 2 }: { exact?: boolean; n?: number }) => {
    const q = skew(v);
    const parts = [cayley(q), expm(q)].slice(0, n);
    const R = blockDiag(exact ? parts[0]! : parts[1]!);
    return x.matmul(R.matmul(W.T));
  },
  { where: { in: 'r*b' } },
);
`,
];

/** The sources of the library and of small layers, whose tokens are changed. */
function sources(): string[] {
  const texts = readdirSync(`${ROOT}src/adapters`).map((name) =>
    readFileSync(`${ROOT}src/adapters/${name}`, 'utf8').replaceAll(
      /'[./]*language\/dsl\/index\.ts'/g,
      "'oftc'",
    ),
  );
  return [...SMALL, ...SMALL, ...texts.filter((text) => text.length < 5000 && !/from '\./.test(text))];
}

let changes: SourceChanges | undefined;
let known: string[] = [];

/** A layer of the library with some tokens changed. Most that do not parse are drawn again. */
function changed(draw: Draw): string {
  known = known.length > 0 ? known : sources();
  changes ??= new SourceChanges(known, target.words!);
  for (;;) {
    const text = changes.change(draw.pick(known), draw);
    if (parses(text)) return text;
  }
}

/** The syntax tree; undefined for a text that nests so deep that TypeScript has no stack for it. */
function treeOf(text: string): ts.SourceFile | undefined {
  try {
    return ts.createSourceFile(FILE, text, ts.ScriptTarget.ES2023);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const parses = (text: string): boolean =>
  (treeOf(text) as { readonly parseDiagnostics?: readonly unknown[] } | undefined)?.parseDiagnostics
    ?.length === 0;

/** Well-typed programs of all operators, printed as their author would write them. They are drawn by the hundred. */
let drawn: string[] = [];
function printed(draw: Draw): string {
  while (drawn.length === 0)
    drawn = fc.sample(programs(), { seed: draw.below(2 ** 31), numRuns: 100 }).flatMap(({ symbolic }) => {
      try {
        return [printLayer(symbolic)];
      } catch (error) {
        // No layer has the operators of gradients.
        if (error instanceof OftcError && error.code === 'OFT9020') return [];
        throw error;
      }
    });
  return drawn.pop()!;
}

/**
 * The number of layers in a file. TypeScript takes a tenth of a second for a file of any size, and little more for many
 * layers, so that a case has many. What does not parse would hide the other layers, and has a file of its own.
 */
const IN_FILE = 100;
/** The layers in the file of every test. */
const IN_TEST = 8;

/** A large file is cheap for its layers; of small ones, more are read in a short run, and each has fewer refusals to hide others. */
const draw = (draw: Draw): Case => file(draw, draw.pick([IN_TEST, IN_TEST, IN_FILE]));

function file(draw: Draw, most: number): Case {
  if (draw.oneIn(30)) return { source: broken(draw) };
  const layers: string[] = [];
  while (layers.length < most) {
    const kind = draw.below(4);
    const text = kind === 0 ? printed(draw) : kind === 1 ? written(draw) : changed(draw);
    if (parses(text)) layers.push(renamed(text, layers.length));
  }
  return { source: `import { ${EXPORTED.join(', ')}, type Tensor } from 'oftc';\n${layers.join('\n')}` };
}

/** A layer that does not parse. */
function broken(draw: Draw): string {
  const text = changed(draw);
  const at = draw.below(text.length);
  return text.slice(0, at) + draw.pick(['{', ')', '`', '/*', '', '['.repeat(5000), "'"]) + text.slice(at + 1);
}

/** The layer without its imports, and with names of its own for what it declares. */
function renamed(text: string, n: number): string {
  const file = treeOf(text)!;
  const rest = file.statements.filter((s) => !ts.isImportDeclaration(s));
  const names = rest.flatMap((s) =>
    ts.isVariableStatement(s)
      ? s.declarationList.declarations.map((d) => d.name.getText(file))
      : ts.isFunctionDeclaration(s) || ts.isInterfaceDeclaration(s) || ts.isTypeAliasDeclaration(s)
        ? [s.name?.text ?? '']
        : [],
  );
  const own = new Set(names.filter((name) => /^\w+$/.test(name)));
  const body = rest.map((s) => s.getText(file)).join('\n');
  return tokensOf(body)
    .map(([kind, token]) => (kind === ts.SyntaxKind.Identifier && own.has(token) ? `${token}_${n}` : token))
    .join('');
}

let inputs = 0;

/** Reads all layers of a file: those that are refused at first are left out, and the others are read again. */
function run({ source }: Case): string {
  const met = new Set<string>();
  inputs += new Set(treeOf(source!)?.statements.map(layerOf)).size || 1;
  let text = source!;
  for (let turn = 0; turn < 4; turn++) {
    overlay.set(FILE, text);
    const { program, diagnostics, layers } = frontEnd.lower(FILE);
    check(program, diagnostics);
    for (const d of diagnostics) met.add(codeOf(d));
    const file = treeOf(text);
    if (!file) break;
    const wrong = new Set(
      diagnostics.flatMap((d) => (isOfFile(d) ? [layerOf(statementAt(file, d.start ?? 0))] : [])),
    );
    if (wrong.size === 0) return whole(layers, program, met, text.length);
    const kept = file.statements.filter((s) => ts.isImportDeclaration(s) || !wrong.has(layerOf(s)));
    if (kept.every(ts.isImportDeclaration) || kept.length === file.statements.length) break;
    text = kept.map((s) => s.getFullText(file)).join('');
  }
  return `refused ${[...met].sort()[0]}`;
}

/** The number of the layer that a statement belongs to: `renamed` puts it after each name. */
function layerOf(s: ts.Statement | undefined): string | undefined {
  const name = !s
    ? undefined
    : ts.isVariableStatement(s)
      ? s.declarationList.declarations[0]?.name
      : (s as ts.Statement & { readonly name?: ts.Node }).name;
  return name && ts.isIdentifier(name) ? (/_(\d+)$/.exec(name.text)?.[1] ?? name.text) : undefined;
}

/** Whether an error is about the file itself and not about one layer as it is evaluated. */
const isOfFile = (d: ts.Diagnostic): boolean =>
  codeOf(d).startsWith('TS') || /^OFT10(0[1-9]|40|45)/.test(codeOf(d));

const statementAt = (file: ts.SourceFile, at: number): ts.Statement | undefined =>
  file.statements.find((s) => s.getFullStart() <= at && at < s.end);

/** Lowers each layer of a file that has no errors as a whole. */
function whole(layers: readonly string[], only: Program | undefined, met: Set<string>, seed: number): string {
  for (const [n, layer] of layers.entries()) {
    const { program = layers.length === 1 ? only : undefined, diagnostics } = frontEnd.lower(FILE, { layer });
    check(program, diagnostics);
    if (!program) met.add(codeOf(diagnostics[0]!));
    else met.add(read(program, seed + n));
  }
  return `read ${[...met].sort().slice(0, 3).join(' ')}`;
}

function check(program: Program | undefined, diagnostics: readonly ts.Diagnostic[]): void {
  holds((program === undefined) === diagnostics.length > 0, 'there are a program and errors, or neither');
  for (const d of diagnostics) {
    const message = ts.flattenDiagnosticMessageText(d.messageText, ' ');
    holds(message !== '', 'an error has no message');
    if (codeOf(d).startsWith('OFT9')) throw new Error(`an error of the compiler's own: ${message}`);
  }
}

function read(program: Program, n: number): string {
  if (n % PRINTED_ONE_IN === 0) checkPrinted(program);
  const isLarge = unstorable(program).length > 0 || storeProgram(program).nodes.length > MOST_NODES;
  return isLarge || n % COMPILED_ONE_IN !== 0 ? 'read' : compiled(program);
}

/** Compiles the program with small sizes, and with its gradients. */
function compiled(program: Program): string {
  try {
    const names = programDims(program).filter((name) => name !== 'tokens');
    const given = Object.fromEntries(
      names.filter((name) => !Object.hasOwn(program.where, name)).map((name) => [name, 4]),
    );
    planOf(compileProgram(program, { sizes: solveDims(program, given), gradients: true }), {
      devices: [portable],
    });
    return 'compiled';
  } catch (error) {
    if (error instanceof OftcError && !error.code.startsWith('OFT9'))
      return `refused when compiled: ${error.code}`;
    throw error;
  }
}

/** Checks that what is printed of a program is the same program. */
function checkPrinted(program: Program): void {
  let text: string;
  try {
    text = printLayer(program);
  } catch (error) {
    if (error instanceof OftcError) return;
    throw error;
  }
  overlay.set(PRINTED, text);
  const again = printedEnd.lower(PRINTED);
  if (!again.program)
    throw new Error(
      `what is printed is refused: ${ts.flattenDiagnosticMessageText(again.diagnostics[0]!.messageText, ' ')}\n${text}`,
    );
  const shape = (p: Program) =>
    p.outputs.map(({ name, node }) => [name, node.type.dtype, node.type.shape.length]);
  same('printed and read again', shape(program), shape(again.program));
}

export const target: Target = {
  name: 'layer',
  parts: { source: 'layer' },
  seeds: () => [...SMALL.map((source) => ({ source })), file(new Draw(31), IN_TEST)],
  draw,
  drawsAll: true,
  inputs: () => inputs,
  seconds: 300,
  words: [
    ...OPERATORS,
    'input',
    'frozen',
    'trainable',
    'layer',
    'list',
    'when',
    'matmul',
    'mul',
    'add',
    'T',
    'shape',
    'where',
    'undefined',
    'this',
    'await',
    'constructor',
    '__proto__',
    'toString',
  ],
  run,
  // The front end returns its refusals, and `compiled` takes those of the compiler.
  isRefusal: () => false,
  everyTest: 0,
  faults: [
    {
      what: 'a text that nests too deep is not refused',
      file: 'compiler/frontend/index.ts',
      from: 'if (!isOverflow(e)) throw e;',
      to: 'throw e;',
      within: 30_000,
    },
    {
      what: 'a refusal while a layer is evaluated is thrown',
      file: 'compiler/frontend/index.ts',
      from: 'if (e instanceof OftcError) return failure(layers, [e], source);',
      to: '',
      within: 1000,
    },
    {
      what: 'a refused layer has no error',
      file: 'compiler/frontend/index.ts',
      from: 'if (misplaced.length > 0) return failure(layers, misplaced, source);',
      to: 'if (misplaced.length === 0) return failure(layers, misplaced, source);',
      within: 1000,
    },
    {
      what: 'the number 0.5 is printed as a whole one',
      file: 'src/language/print-layer.ts',
      from: 'number: (value) => String(toNumber(value)),',
      to: "number: (value) => String(toNumber(value)).replace('.', ' '),",
      within: 5000,
    },
  ],
};
