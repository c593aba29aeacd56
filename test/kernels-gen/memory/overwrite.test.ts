/**
 * Results that overwrite a tensor which their kernel reads: which kernels do so, and right results by every strategy.
 */
import { describe, expect, it } from 'vitest';
import type { DType } from '../../../compiler/ir/node.ts';
import type { Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { STRATEGIES } from '../../../kernels-gen/index.ts';
import type { Plan } from '../../../runtime/plan.ts';
import { variantsIn } from '../../support/plans.ts';
import { sampled } from '../../support/sample.ts';
import { emulated } from '../../support/subgroup-matrices.ts';
import {
  type Axes,
  call,
  constant,
  contraction,
  input,
  load,
  map,
  program,
  reduce,
  type Size,
  select,
} from '../build.ts';
import { integers, planOf, violations } from '../execute.ts';
import { rotate } from '../layers.ts';

const axes = (m: Size, n: Size): Axes => [
  ['m', m],
  ['n', n],
];
const product = (label: string, a: Prim, b: Prim, n: number, k: number, dtype: DType = 'f32') =>
  contraction(label, [a, b], axes('tokens', n), [['k', k]], load(0, 'm', 'k'), load(1, 'k', 'n'), { dtype });
const [x, w] = [input('x', ['tokens', 40]), input('w', [40, 12])];
const hidden = product('hidden', x, w, 12, 40);
/** A second reader of `hidden`. With one reader only, `hidden` would be computed where it is read. */
const sums = reduce('sums', [hidden], [['n', 12]], [['m', 'tokens']], load(0, 'm', 'n'));

/** Matches WGSL that loads from the buffer of the result. */
const LOADS = /=.*\bout\[/;

/** The labels of the steps that overwrite what they read. Expects all code of a step, and all classes, to agree. */
function inPlace(plan: Plan): string[] {
  const { kernels } = plan;
  const loadsOwn = (kernel: number) => LOADS.test(kernels[kernel]!.wgsl);
  const own = plan.classes.map(({ variants }) =>
    variants[0]!.steps.flatMap(({ kernel, alternatives = [], label }) => {
      const ways = [kernel, ...alternatives.map((a) => a.kernel)].map(loadsOwn);
      expect(new Set(ways).size).toBe(1);
      return ways[0] ? [label] : [];
    }),
  );
  for (const labels of own) expect(labels).toEqual(own[0]);
  return own[0]!;
}

const blocks = (r: number, b: number) => {
  const [v, t, u] = [input('v', ['tokens', r * b]), input('t', [r, b, b]), input('u', [r, b, b])];
  // Without `stored`, blocks of 1 would be multiplied where they are read.
  const first = { ...rotate(v, t, 'tokens', r, b), stored: true as const };
  return program({ y: rotate(first, u, 'tokens', r, b) });
};

/** A product whose overwritten rows belong to its second operand, h. */
const second = (n: number) => {
  const [h, u] = [product('h', x, input('wide', [40, n]), n, 40), input('u', [n, n])];
  return contraction('second', [u, h], axes('tokens', n), [['k', n]], load(0, 'n', 'k'), load(1, 'm', 'k'));
};

const squared = call('mul', load(0, 'm', 'n'), load(0, 'm', 'n'));
const scaled = map(
  'scaled',
  [hidden, sums],
  axes('tokens', 12),
  select(
    { k: 'flt', a: load(1, 'n'), b: constant(0) },
    call('neg', load(0, 'm', 'n')),
    call('add', squared, load(1, 'n')),
  ),
);
const residual = map(
  'residual',
  [product('more', x, input('w2', [40, 12]), 12, 40), hidden, sums],
  axes('tokens', 12),
  call('add', call('add', load(0, 'm', 'n'), load(1, 'm', 'n')), load(2, 'n')),
);
/** A product whose overwritten rows h are scaled as they are read, and are read for three sums each. */
const scaledRows = () => {
  const [h, s] = [product('h', x, input('w6', [40, 6]), 6, 40), input('s', ['tokens'])];
  const over: Axes = [
    ['k', 6],
    ['p', 3],
  ];
  const [rows, u] = [call('mul', load(0, 'm', 'k'), load(1, 'm')), input('u', [6, 3, 6])];
  return contraction('y', [h, s, u], axes('tokens', 6), over, rows, load(2, 'k', 'p', 'n'));
};
const column = product('column', x, input('w1', [40, 1]), 1, 40);
const most = map(
  'most',
  [
    reduce('max', [x], [['m', 'tokens']], [['k', 40]], load(0, 'm', 'k'), 'max'),
    column,
    reduce('total', [column], [], [['m', 'tokens']], load(0, 'm', 0)),
  ],
  [['m', 'tokens']],
  call('add', call('mul', load(0, 'm'), load(1, 'm', 0)), load(2)),
);

/** The programs that also run by GPU strategies, whose code takes a software device seconds to compile. */
const EVERYWHERE = ['blocks of 12', 'the second operand, 12 columns', 'what a product is added to'];

/** Programs, each with the label of the step that overwrites what it reads. */
const PROGRAMS: Readonly<Record<string, readonly [PrimProgram, string]>> = {
  'x·R of blocks of 32': [blocks(3, 32), 'rotate'],
  'blocks of 12': [blocks(2, 12), 'rotate'],
  'blocks of 33': [blocks(2, 33), 'rotate'],
  'blocks of 64': [blocks(2, 64), 'rotate'],
  'blocks of 1': [blocks(3, 1), 'rotate'],
  'rows that are scaled': [program({ y: scaledRows() }), 'y'],
  'the second operand, 12 columns': [program({ y: second(12) }), 'second'],
  'the second operand, 50 columns': [program({ y: second(50) }), 'second'],
  f16: [
    program({
      y: product(
        'y',
        product('h', input('x', ['tokens', 24], 'f16'), input('w', [24, 16]), 16, 24, 'f16'),
        input('u', [16, 16], 'f16'),
        16,
        16,
        'f16',
      ),
    }),
    'y',
  ],
  'a map': [program({ y: scaled }), 'scaled'],
  'what a product is added to': [program({ y: residual }), 'more; residual'],
  'what a maximum is multiplied by': [program({ y: most }), 'max; most'],
};

describe.each(Object.entries(PROGRAMS))('%s', (name, [p, label]) => {
  it('is in place, by all code alike', () => {
    expect(inPlace(planOf(p))).toEqual([label]);
    expect(variantsIn(planOf(p))[0]!.slots.filter((s) => typeof s !== 'number')).toEqual([]);
    for (const s of STRATEGIES) expect(inPlace(planOf(p, s))).toEqual([label]);
  });

  it.runIf(sampled(name, ['blocks of 12', 'rows that are scaled', 'f16', 'what a maximum is multiplied by']))(
    'is right at every count of tokens',
    async () => {
      for (const tokens of [0, 1, 7, 65]) {
        const values = integers(p, tokens, 1);
        expect(await violations(p, tokens, values)).toEqual([]);
        // The device's own choice of code, without barriers where its class runs in lockstep.
        expect(await violations(p, tokens, values, [undefined])).toEqual([]);
      }
    },
  );

  it
    .runIf(EVERYWHERE.includes(name) && sampled(name, ['blocks of 12']))
    .each(['shared', 'split', 'matrix'] as const)('by %s code', async (s) => {
    for (const tokens of [1, 65])
      expect(await violations(p, tokens, integers(p, tokens, 1), [s], emulated)).toEqual([]);
  });
});

it.each(['a map', 'what a product is added to', 'what a maximum is multiplied by'])(
  '%s is loaded where it is stored, not before: beyond an edge it is the element of another thread',
  (name) => {
    for (const strategy of STRATEGIES) {
      for (const { wgsl } of planOf(PROGRAMS[name]![0], strategy).kernels) {
        // The load is indented, that is inside the guard of its store.
        const loads = wgsl.split('\n').filter((l) => LOADS.test(l));
        for (const l of loads) expect(l).toMatch(/^ {2}/);
      }
    }
  },
);
