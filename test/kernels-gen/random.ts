/** Random programs of primitives on small integers, well typed by construction. */
import fc from 'fast-check';
import { constantOf, dimConst, mulDim, printDim } from '../../compiler/dims/dims.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Prim, PrimProgram } from '../../compiler/primitives/prim.ts';
import {
  type Axes,
  add,
  call,
  constant,
  contraction,
  input,
  iselect,
  less,
  load,
  map,
  mul,
  program,
  reduce,
  scatter,
  select,
} from './build.ts';

const OPS = [
  'binary',
  'unary',
  'transpose',
  'regroup',
  'split',
  'matmul',
  'gram',
  'rowSum',
  'colMax',
  'shift',
  'gather',
  'scatter',
] as const;
interface Op {
  readonly op: (typeof OPS)[number];
  readonly pick: readonly [number, number];
  readonly fn: number;
}

const SIZES = [1, 2, 3, 4, 5, 16, 33];
const axesOf = (p: Prim): Axes => p.shape.map((d, i) => [`x${i}`, d]);
const refs = (axes: Axes): IntExpr[] => axes.map(([name]) => ({ k: 'axis', name }));
const same = (a: Prim, b: Prim) => a.shape.map(printDim).join() === b.shape.map(printDim).join();
const swap = <T>(xs: readonly T[]): T[] => [...xs.slice(0, -2), xs.at(-1)!, xs.at(-2)!];

/** Applies a random operation to some of the tensors made so far, which are equal matrices or batches of them. */
function apply(op: Op, tensors: readonly Prim[], rows: IntExpr): Prim {
  const of = (n: number) => tensors[n % tensors.length]!;
  const a = of(op.pick[0]);
  const b = tensors.filter((t) => same(t, a))[op.pick[1] % tensors.filter((t) => same(t, a)).length]!;
  const axes = axesOf(a);
  const at = refs(axes);
  const [last, before] = [axes.at(-1)!, axes.at(-2)!];
  switch (op.op) {
    case 'binary':
      return map(
        op.op,
        [a, b],
        axes,
        call((['add', 'sub', 'max', 'min'] as const)[op.fn % 4]!, load(0, ...at), load(1, ...at)),
      );
    case 'unary':
      return map(
        op.op,
        [a],
        axes,
        call((['neg', 'abs'] as const)[op.fn % 2]!, call('sub', load(0, ...at), constant(1))),
      );
    case 'transpose':
      return map(op.op, [a], swap(axes), load(0, ...at));
    case 'regroup': {
      const [c, d] = [last[1], before[1]] as [(typeof a.shape)[number], (typeof a.shape)[number]];
      const shape =
        constantOf(c) === undefined ? a.shape : [...a.shape.slice(0, -2), mulDim(d, c), dimConst(1)];
      return map(op.op, [a], axes, load(0, ...at), { shape });
    }
    case 'split': {
      const n = constantOf(a.shape.at(-1)!);
      if (n === undefined || n % 2 === 1) return a;
      const split: Axes = [...axes.slice(0, -1), ['s', 2], ['u', n / 2]];
      return map(op.op, [a], split, load(0, ...at.slice(0, -1), add(mul('s', n / 2), 'u')), {
        shape: a.shape,
      });
    }
    case 'matmul':
    case 'gram': {
      const batch = at.slice(0, -2);
      const [r, c] = op.op === 'gram' ? [before, last] : [last, before];
      const out: Axes = [...axes.slice(0, -2), [c[0], c[1]], ['y', c[1]]];
      const k: IntExpr = { k: 'axis', name: r[0] };
      const index = (c: IntExpr | string) => (op.op === 'gram' ? [...batch, k, c] : [...batch, c, k]);
      return contraction(
        op.op,
        [a, b],
        out,
        [r],
        load(0, ...index({ k: 'axis', name: c[0] })),
        load(1, ...index('y')),
      );
    }
    case 'rowSum':
      return reduce(
        op.op,
        [a, b],
        [...axes.slice(0, -1), ['one', 1]],
        [last],
        call('sub', load(0, ...at), load(1, ...at)),
      );
    case 'colMax':
      // Tokens may be 0, and the maximum of nothing is undefined.
      if (constantOf(before[1] as never) === undefined) return a;
      return reduce(op.op, [a], [...axes.slice(0, -2), ['one', 1], last], [before], load(0, ...at), 'max');
    case 'shift': {
      const n = last[1] as Prim['shape'][number];
      const guard = less(add(last[0], 1), { k: 'extent', dim: n });
      return map(
        op.op,
        [a],
        axes,
        select(guard, load(0, ...at.slice(0, -1), add(last[0], 1)), constant(op.fn)),
      );
    }
    case 'gather':
      return map(op.op, [a], axes, load(0, ...at.slice(0, -2), clampTo(rows, before[1] as never), last[0]));
    case 'scatter': {
      const target = clampTo(
        { k: 'imul', a: { k: 'axis', name: before[0] }, b: { k: 'int', value: 2 } },
        before[1] as never,
      );
      return scatter(
        op.op,
        [a],
        a.shape,
        axes,
        [...at.slice(0, -2), target, { k: 'axis', name: last[0] }],
        load(0, ...at),
      );
    }
    default:
      return op.op satisfies never;
  }
}

/** The index i where it is below the size, else 0. */
const clampTo = (i: IntExpr, size: Prim['shape'][number]): IntExpr =>
  iselect(less(i, { k: 'extent', dim: size }), i, 0);

export const programs: fc.Arbitrary<PrimProgram> = fc
  .record({
    shape: fc.array(fc.constantFrom(...SIZES), { minLength: 2, maxLength: 3 }),
    tokens: fc.option(fc.integer({ min: 0, max: 2 })),
    ops: fc.array(
      fc.record({ op: fc.constantFrom(...OPS), pick: fc.tuple(fc.nat(20), fc.nat(20)), fn: fc.nat(7) }),
      { minLength: 1, maxLength: 8 },
    ),
    outputs: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ shape, tokens, ops, outputs }) => {
    const dims = shape.map((n, i) => (i === tokens ? 'tokens' : n));
    const tensors: Prim[] = [
      input('p', dims),
      input('q', dims),
      input('r', [...dims.slice(0, -2), dims.at(-1)!, dims.at(-2)!]),
    ];
    for (const op of ops) tensors.push(apply(op, tensors, { k: 'int', value: op.fn % 2 }));
    return program(Object.fromEntries(tensors.slice(-outputs).map((t, i) => [`out${i}`, t])));
  });
