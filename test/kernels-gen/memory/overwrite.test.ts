/**
 * Results that overwrite a tensor which their kernel reads: which kernels do so, and right results by every strategy.
 */
import { describe, expect, it } from 'vitest';
import { portable } from '../../../compiler/devices/index.ts';
import type { DType } from '../../../compiler/ir/node.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { fuse } from '../../../kernels-gen/fuse/index.ts';
import { STRATEGIES } from '../../../kernels-gen/index.ts';
import { overwriting } from '../../../kernels-gen/memory/overwrite.ts';
import type { Plan } from '../../../runtime/plan.ts';
import { variantsIn } from '../../support/plans.ts';
import { sampled } from '../../support/sample.ts';
import { emulated } from '../../support/subgroup-matrices.ts';
import {
  type Axes,
  add,
  call,
  constant,
  contraction,
  div,
  input,
  load,
  map,
  mod,
  mul,
  program,
  reduce,
  type Size,
  select,
  sub,
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

describe('what no kernel may overwrite', () => {
  const [h] = [input('h', ['tokens', 12])];
  const stored = { ...hidden, stored: true as const };
  const ofKernel = (y: Prim, tensor: Prim = stored) => {
    const kernel = fuse(program({ y, hidden: stored }), 512, portable).find((k) => k.tensor === y)!;
    expect(kernel.root.args).toContain(tensor);
    return overwriting(kernel, tensor);
  };
  const at = (...index: (IntExpr | string | number)[]) =>
    map('y', [stored], axes('tokens', 12), load(0, ...index));
  const squares = (a: IntExpr[], b: IntExpr[], n = 12) =>
    contraction(
      'y',
      [stored, input('u', [n, 12])],
      axes('tokens', n),
      [['k', 12]],
      load(0, ...a),
      load(1, ...b),
    );
  const [m, n, k] = ['m', 'n', 'k'].map((name): IntExpr => ({ k: 'axis', name })) as [
    IntExpr,
    IntExpr,
    IntExpr,
  ];

  it('excludes these, which kernels do overwrite', () => {
    expect(ofKernel(at('m', 'n'))).toEqual({ tensor: stored, by: 'elements' });
    expect(ofKernel(at(m, add(mod(n, 12), 0)))).toEqual({ tensor: stored, by: 'elements' });
    expect(ofKernel(squares([m, k], [n, k]))).toEqual({ tensor: stored, by: 'rows' });
  });

  it('an input, or one of another type', () => {
    expect(
      ofKernel(
        map('y', [stored, h], axes('tokens', 12), call('add', load(0, 'm', 'n'), load(1, 'm', 'n'))),
        h,
      ),
    ).toBe(undefined);
    const half = map('y', [stored], axes('tokens', 12), load(0, 'm', 'n'), { dtype: 'f16' });
    expect(ofKernel(half)).toBe(undefined);
  });

  it('a tensor of integers', () => {
    const index = map('index', [], [['m', 'tokens']], constant(1), { dtype: 'i32' });
    const y = map('y', [index], [['m', 'tokens']], load(0, 'm'), { dtype: 'i32' });
    const kernel = { tensor: y, root: y, epilogue: null, spans: [] };
    expect(overwriting(kernel, index)).toBe(undefined);
    const float = { ...y, args: [{ ...index, dtype: 'f32' as const }], dtype: 'f32' as const };
    expect(overwriting({ ...kernel, tensor: float, root: float }, float.args[0]!)?.by).toBe('elements');
  });

  it('elements elsewhere', () => {
    for (const index of [
      [m, sub(11, n)],
      [m, 0],
      [m, div(n, 2)],
      [0, n],
    ] as const)
      expect(ofKernel(at(...index))).toBe(undefined);
    const both = map(
      'y',
      [stored],
      axes('tokens', 12),
      call('add', load(0, 'm', 'n'), load(0, 'm', sub(11, 'n'))),
    );
    expect(ofKernel(both)).toBe(undefined);
  });

  it('rows with more or fewer columns, out of order, or of both operands', () => {
    expect(ofKernel(squares([m, k], [n, k], 13))).toBe(undefined);
    expect(ofKernel(squares([m, k], [n, k], 11))).toBe(undefined);
    expect(ofKernel(squares([m, sub(11, k)], [n, k]))).toBe(undefined);
    const gram = contraction(
      'y',
      [stored],
      axes('tokens', 12),
      [['k', 12]],
      load(0, 'm', 'k'),
      load(0, 'n', 'k'),
    );
    expect(ofKernel(gram)).toBe(undefined);
    const rowSum = reduce('y', [stored], axes('tokens', 1), [['k', 12]], load(0, 'm', 'k'));
    expect(ofKernel(rowSum)).toBe(undefined);
    const finished = map(
      'y',
      [squares([m, k], [n, k]), stored],
      axes('tokens', 12),
      call('add', load(0, 'm', 'n'), load(1, 'm', sub(11, 'n'))),
    );
    expect(ofKernel(finished)).toBe(undefined);
  });

  it('rows that are summed over what no column is, or reach into the next', () => {
    const more = contraction(
      'y',
      [stored, input('u', [12, 12, 3])],
      axes('tokens', 12),
      [
        ['k', 12],
        ['s', 3],
      ],
      load(0, 'm', 'k'),
      load(1, 'n', 'k', 's'),
    );
    expect(ofKernel(more)).toEqual({ tensor: stored, by: 'rows' });
    const split = contraction(
      'y',
      [stored, input('u', [12, 4, 3])],
      axes('tokens', 12),
      [
        ['k', 4],
        ['s', 3],
      ],
      load(0, 'm', add(mul('k', 3), 's')),
      load(1, 'n', 'k', 's'),
    );
    expect(ofKernel(split)).toBe(undefined);
    const wider = contraction(
      'y',
      [stored, input('u', [12, 12, 3])],
      [...axes('tokens', 12), ['p', 3]],
      [['k', 12]],
      load(0, 'm', 'k'),
      load(1, 'k', 'n', 'p'),
    );
    expect(ofKernel(wider)).toBe(undefined);
    // Rows have 12 elements but start 11 apart, so that each reaches into the next.
    const line = map('line', [input('f', [111])], [['i', 111]], call('exp', load(0, 'i')));
    const held = { ...line, stored: true as const };
    const windows = contraction(
      'y',
      [held, input('u', [11, 12])],
      axes(10, 11),
      [['k', 12]],
      load(0, add(mul('m', 11), 'k')),
      load(1, 'n', 'k'),
    );
    const kernel = fuse(program({ windows, held }), 512, portable).find((k) => k.tensor === windows)!;
    expect(overwriting(kernel, held)).toBe(undefined);
  });

  it('rows of a product that is added', () => {
    const other = product('other', stored, input('u', [12, 12]), 12, 12);
    const own = product('own', x, input('w2', [40, 12]), 12, 40);
    const y = map('y', [own, other], axes('tokens', 12), call('add', load(0, 'm', 'n'), load(1, 'm', 'n')));
    const kernel = fuse(program({ y, hidden: stored }), 512, portable).find((k) => k.tensor === y)!;
    expect(kernel.added).toHaveLength(1);
    expect(overwriting(kernel, stored)).toBe(undefined);
    // The columns of an added product's operand are not overwritten either, although they lie where the results do.
    const square = map('square', [input('f', [12, 12])], axes(12, 12), call('exp', load(0, 'm', 'n')));
    const held = { ...square, stored: true as const };
    const of = (label: string, u: Prim, h: Prim) =>
      contraction(label, [u, h], axes(12, 12), [['k', 12]], load(0, 'm', 'k'), load(1, 'k', 'n'));
    const [a, b] = [of('a', input('u', [12, 12]), input('v', [12, 12])), of('b', input('w', [12, 12]), held)];
    const sum = map('sum', [a, b], axes(12, 12), call('add', load(0, 'm', 'n'), load(1, 'm', 'n')));
    const both = fuse(program({ sum, held }), 512, portable).find((k) => k.tensor === sum)!;
    expect(both.root.kind === 'contraction' && both.root.args.indexOf(held)).toBeGreaterThan(1);
    expect(both.added).toHaveLength(1);
    expect(overwriting(both, held)).toBe(undefined);
  });

  it('rows of as many columns as there are tokens', () => {
    const square = map(
      'square',
      [input('f', [12, 'tokens'])],
      axes(12, 'tokens'),
      call('exp', load(0, 'm', 'n')),
    );
    const held = { ...square, stored: true as const };
    const [over, u] = [[['k', 'tokens']], input('u', ['tokens', 'tokens'])] as const;
    const y = contraction('y', [held, u], axes(12, 'tokens'), over, load(0, 'm', 'k'), load(1, 'k', 'n'));
    const kernel = fuse(program({ y, held }), 512, portable).find((k) => k.tensor === y)!;
    expect(overwriting(kernel, held)).toBe(undefined);
  });

  it('rows of more columns than every workgroup has', () => {
    const wide = (size: number) => {
      const rows = product('rows', x, input('w', [40, size]), size, 40);
      const y = product('y', rows, input('u', [size, size]), size, size);
      return overwriting(fuse(program({ y }), 512, portable).at(-1)!, rows);
    };
    expect(wide(64)?.by).toBe('rows');
    expect(wide(65)).toBe(undefined);
  });
});
