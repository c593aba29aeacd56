/** Layers in TypeScript: each is refused with a code, or compiled, and what it prints compiles to the same program. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { OftcError } from '../../../compiler/errors/error.ts';
import { codeOf } from '../../../compiler/frontend/diagnostics.ts';
import { FrontEnd } from '../../../compiler/frontend/index.ts';
import { ts } from '../../../compiler/frontend/ts-host.ts';
import { programDims, solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { storeProgram, unstorable } from '../../../compiler/ir/stored.ts';
import { functions } from '../../../compiler/ops/surface.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { printLayer } from '../../../src/language/print-layer.ts';
import { planOf } from '../../../src/session/plan.ts';
import { programs } from '../../support/arbitraries/programs.ts';
import type { Draw } from '../engine/draw.ts';
import { type Case, holds, same, type Target } from '../target.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FILE = `${ROOT}examples/fuzzed.ts`;
const overlay = new Map<string, string>();
const frontEnd = new FrontEnd({ overlay });

/** The part of the accepted layers that are compiled, and of those whose printed form is read: both take long. */
const COMPILED_ONE_IN = 4;
const PRINTED_ONE_IN = 8;
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

/** Layers of the library and the examples, as they stand, and small ones. */
function seeds(): Case[] {
  const files = ['src/adapters', 'examples'].flatMap((folder) =>
    readdirSync(`${ROOT}${folder}`)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({ name, text: readFileSync(`${ROOT}${folder}/${name}`, 'utf8') })),
  );
  const texts = files
    .filter(
      ({ text }) =>
        text.length < 6000 &&
        !/from '\.\.?\//.test(text.replaceAll(/'\.\.\/language\/dsl\/index\.ts'/g, "'oftc'")),
    )
    .map(({ text }) => text.replaceAll(/'\.\.\/language\/dsl\/index\.ts'/g, "'oftc'"));
  return [...SMALL, ...SMALL, ...texts].map((source) => ({ source }));
}

/** Well-typed programs of all operators, printed as their author would write them. They are drawn by the hundred. */
let drawn: string[] = [];
function draw(draw: Draw): Case {
  if (draw.oneIn(3)) return { source: written(draw) };
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
  return { source: drawn.pop()! };
}

const OPERATORS = Object.keys(functions);
const SHAPES = [
  "'tokens', 'in'",
  "'out', 'in'",
  "'r', 'tri(b)'",
  "'in'",
  "'r', 'b', 'b'",
  "'in', 'in'",
  "'r'",
  '3',
  "'2*b'",
  "'tokens'",
  '',
  "'in', 'r'",
];
const OPTIONS = [
  '',
  '',
  '',
  ", { init: 'zeros' }",
  ", { dtype: 'i32' }",
  ', { init: { normal: 1 } }',
  ", { stored: 'w' }",
];

/** A layer of random operators on tensors of random shapes, most of which do not fit. */
function written(draw: Draw): string {
  const names = ['x', 'W', 'v', 's', 't'].slice(0, 1 + draw.below(5));
  const used = new Set<string>();
  const role = (): string => {
    const one = draw.pick(['input', 'frozen', 'trainable', 'trainable']);
    used.add(one);
    return one;
  };
  const declared = names.map((name) => `${name}: ${role()}(${draw.pick(SHAPES)}${draw.pick(OPTIONS)})`);
  const expression = (depth: number): string => {
    if (depth === 0 || draw.oneIn(4))
      return draw.oneIn(6)
        ? draw.pick(['2', '0.5', '-1', '[1, 2, 1]', "'in'", '{ terms: 3 }', 'true'])
        : draw.pick(names);
    const inner = (): string => expression(depth - 1);
    switch (draw.below(6)) {
      case 0:
        return `${inner()}.${draw.pick(['add', 'mul', 'sub', 'div', 'matmul', 'scale'])}(${inner()})`;
      case 1:
        return `${inner()}.T`;
      case 2: {
        const name = draw.pick(OPERATORS);
        used.add(name);
        return `${name}(${Array.from({ length: 1 + draw.below(3) }, inner).join(', ')})`;
      }
      case 3:
        return `${inner()}.matmul(${inner()})`;
      case 4:
        return `[${inner()}, ${inner()}].map((e) => e.add(${inner()}))[${draw.pick(['0', '1', '2', '-1'])}]!`;
      default:
        return draw.oneIn(2) ? `(${inner()} ? ${inner()} : ${inner()})` : inner();
    }
  };
  const where = draw.pick([
    '',
    '',
    ", { where: { in: 'r*b' } }",
    ", { where: { in: 'out' } }",
    ", { where: { b: '2*b' } }",
  ]);
  const body = draw.oneIn(3)
    ? `{ let y = ${expression(2)}; for (let i = 0; i < ${draw.pick(['0', '2', '3'])}; i++) y = y.add(${expression(1)}); return y; }`
    : expression(3);
  return `import { ${[...used, 'layer'].join(', ')} } from 'oftc';\nexport const drawn = layer(\n  { ${declared.join(', ')} },\n  ({ ${names.join(', ')} }) => ${body.startsWith('{') ? body : `(${body})`}${where},\n);\n`;
}

function run({ source }: Case): string {
  overlay.set(FILE, source!);
  const { program, diagnostics, layers } = frontEnd.lower(FILE);
  holds((program === undefined) === diagnostics.length > 0, 'there are a program and errors, or neither');
  if (!program) {
    for (const { messageText } of diagnostics)
      holds(ts.flattenDiagnosticMessageText(messageText, '\n') !== '', 'an error has no message');
    const codes = diagnostics.map(codeOf);
    const internal = codes.find((code) => code.startsWith('OFT9'));
    if (internal !== undefined)
      throw new Error(
        `an error of the compiler's own: ${ts.flattenDiagnosticMessageText(diagnostics[0]!.messageText, ' ')}`,
      );
    return `refused ${codes[0]}`;
  }
  holds(layers.length > 0, 'a program has no layer');
  const hash = source!.length;
  if (hash % PRINTED_ONE_IN === 0) checkPrinted(program);
  const isLarge = unstorable(program).length > 0 || storeProgram(program).nodes.length > MOST_NODES;
  if (isLarge || hash % COMPILED_ONE_IN !== 0) return 'read';
  return compiled(program);
}

/** Compiles the program with small sizes, and with its gradients. */
function compiled(program: Program): string {
  try {
    const names = programDims(program).filter((name) => name !== 'tokens');
    const given = Object.fromEntries(
      names.filter((name) => !Object.hasOwn(program.where, name)).map((name) => [name, 4]),
    );
    planOf(compileProgram(program, { sizes: solveDims(program, given), gradients: true }));
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
  overlay.set(FILE, text);
  const again = frontEnd.lower(FILE);
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
  seeds,
  draw,
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
  everyTest: 25,
  faults: [],
};
