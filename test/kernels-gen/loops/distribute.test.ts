/** Registers that all lanes have, distributed over them: random small kernels keep their results, and others are refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, iadd, ieq, ilt, int, isub, load, select } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { inside, rewriteBlock } from '../../../kernels-gen/loops/rewrite.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import { type Body, type LoopKernel, type Statement, trips } from '../../../kernels-gen/loops/type.ts';
import { distribute } from '../../../kernels-gen/schedule/steps/distribute.ts';
import { scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { assertCovering } from '../../support/runs.ts';
import { memory } from './statements.ts';

const [A, B, OUT, D, X, ACC] = [0, 1, 2, 3, 4, 5];
const ROWS = 2;

const loop = (axis: string, n: number, body: Body, unrolled = false): Statement => ({
  ...{ k: 'for', axis, trips: trips(dimConst(n)), how: unrolled ? 'unrolled' : 'serial', body },
});
const store = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  ...{ k: 'store', to, index, value },
});
const add = (to: number, index: readonly IntExpr[], value: Expr): Statement => ({
  ...{ k: 'accumulate', to, index, combine: 'sum', value },
});
const lane = ax('lane');
const x = load(X, []);

interface Sizes {
  readonly lanes: number;
  /** The number of elements of each row that a lane has. */
  readonly each: number;
  /** The number of lanes that have one less. */
  readonly less?: number;
}

const elementsOf = ({ lanes, each, less = 0 }: Sizes): number => lanes * each - less;

/** A kernel in which each lane has all of `d`, and whose statements follow those that store all of it. */
function kernel(sizes: Sizes, body: Body): LoopKernel {
  const { lanes } = sizes;
  const n = elementsOf(sizes);
  const first = loop('p0', ROWS, [
    loop('j0', n, [store(D, [ax('p0'), ax('j0')], load(A, [ax('p0'), ax('j0')]))]),
  ]);
  return checked({
    memories: [
      memory('a', 'input', ROWS, n),
      memory('b', 'input', n, lanes),
      memory('out', 'output', lanes),
      memory('d', 'register', ROWS, n),
      memory('x', 'register'),
      memory('acc', 'register'),
    ],
    threads: lanes,
    body: [
      {
        ...{ k: 'for', axis: 'lane', trips: trips(dimConst(lanes)), how: 'invocation' },
        body: [
          first,
          store(X, [], load(D, [int(0), int(n - 1)])),
          store(ACC, [], load(B, [int(0), lane])),
          ...body,
          store(OUT, [lane], load(ACC, [])),
        ],
      },
    ],
  });
}

/** The kernel with the dimensions of `d` exchanged. */
function transposed({ memories, threads, body }: LoopKernel): LoopKernel {
  const stores = (block: Body): Body =>
    block.map((s) =>
      (s.k === 'store' || s.k === 'accumulate') && s.to === D
        ? { ...s, index: s.index.toReversed() }
        : inside(s, stores),
    );
  const loads = rewriteBlock(body, {
    load: (arg, index) => (arg === D ? load(arg, index.toReversed()) : undefined),
  });
  const swapped = memories.map((m, n) => (n === D ? { ...m, shape: m.shape.toReversed() } : m));
  return checked({ memories: swapped, threads, body: stores(loads) });
}

/** One of these statements, with names that end in a number. */
type Kind = 'row' | 'change' | 'element' | 'sum' | 'neighbours';
const statement = fc.record({
  kind: fc.constantFrom<Kind>('row', 'change', 'element', 'sum', 'neighbours'),
  row: fc.integer({ min: 0, max: ROWS - 1 }),
  at: fc.nat(),
  unrolled: fc.boolean(),
});
type Drawn = typeof statement extends fc.Arbitrary<infer T> ? T : never;

function statementOf({ kind, row, at, unrolled }: Drawn, number: number, n: number): Statement {
  const j = ax(`j${number}`);
  const [own, other] = [int(row), int(ROWS - 1 - row)];
  const body: Readonly<Record<Kind, Body>> = {
    // A row of another one, and of a scalar that is computed from elements.
    row: [
      store(
        D,
        [own, j],
        select(ieq(j, int(at % n)), x, call('add', load(D, [other, j]), call('mul', load(D, [own, j]), x))),
      ),
    ],
    change: [add(D, [own, j], call('mul', load(A, [other, j]), x))],
    element: [add(X, [], call('mul', load(D, [own, int(at % n)]), load(D, [other, j])))],
    sum: [add(ACC, [], call('mul', load(D, [own, j]), load(B, [j, lane])))],
    neighbours: [add(ACC, [], call('mul', load(D, [own, isub(int(n - 1), j)]), load(D, [other, j])))],
  };
  return loop(`j${number}`, n, body[kind], unrolled);
}

const sizes = fc
  .record({ lanes: fc.constantFrom(2, 4, 8), each: fc.constantFrom(1, 2, 3), missing: fc.nat() })
  .map(({ missing, ...size }) => ({ ...size, less: missing % size.lanes }));

test('random kernels keep their results', () => {
  const met = new Set<Kind>();
  const drawn = fc.array(statement, { minLength: 1, maxLength: 6 });
  assertCovering(
    fc.property(sizes, drawn, fc.boolean(), fc.infiniteStream(fc.nat(6)), (size, all, isFirst, residues) => {
      const n = elementsOf(size);
      const own = kernel(
        size,
        all.map((s, number) => statementOf(s, number + 1, n)),
      );
      const { loops } = isFirst
        ? scheduled(transposed(own), [distribute('d', 'lane', 0)])
        : scheduled(own, [distribute('d', 'lane')]);
      const shape = isFirst ? [size.each, ROWS] : [ROWS, size.each];
      expect(loops.memories[D]).toMatchObject({
        space: 'lanes',
        shape: [...shape, size.lanes].map(dimConst),
      });
      const draw = (...shape: number[]) => {
        const count = shape.reduce((a, b) => a * b);
        return tensor(
          shape,
          Array.from({ length: count }, () => residues.next().value as number),
        );
      };
      const inputs = [draw(ROWS, n), draw(n, size.lanes)];
      const run = (k: LoopKernel) => [...runLoops(k, field(7), inputs, { tokens: 1 })[0]!.values];
      expect(run(loops)).toEqual(run(own));
      for (const s of all) met.add(s.kind);
    }),
    [200, 5000],
    () => met.size === 5,
  );
  expect(met.size).toBe(5);
});

test('each lane computes its own elements alone', () => {
  const { loops } = scheduled(kernel({ lanes: 4, each: 2 }, []), [distribute('d', 'lane')]);
  const stores = (block: Body, times: number): number =>
    block.reduce((sum, s) => {
      if (s.k === 'for') {
        const iterations = s.how === 'invocation' ? 1 : Number(s.trips.of.terms[0]!.coef.num);
        return sum + stores(s.body, times * iterations);
      }
      return s.k === 'store' && s.to === D ? sum + times : sum;
    }, 0);
  expect(stores(loops.body, 1)).toBe(2 * ROWS);
});

test('a lane without an element of its own computes the last one again', () => {
  const { loops } = scheduled(kernel({ lanes: 4, each: 2, less: 3 }, []), [distribute('d', 'lane')]);
  expect(showLoops(loops)).toContain('d[p0, j0, lane] = a[p0, (j0 * 4 + lane if j0 * 4 + lane < 5 else 4)]');
});

describe('a kernel whose array cannot be distributed is refused', () => {
  const size = { lanes: 4, each: 2 };
  const j = ax('j');
  const own = (value: Expr, ...more: Body) => [loop('j', 8, [store(D, [int(0), j], value), ...more])];
  const refused: Readonly<Record<string, readonly [string, Body]>> = {
    'by lanes that store other values': ['not the same in all lanes', own(load(B, [j, lane]))],
    'by some lanes': ['not the same in all lanes', [{ k: 'if', cond: ilt(lane, int(2)), body: own(x) }]],
    'by values that come of others': [
      'not the same in all lanes',
      [store(X, [], load(B, [int(0), lane])), ...own(x)],
    ],
    'an iteration that reads what another stores': [
      'other iterations store',
      own(load(D, [int(0), isub(int(7), j)])),
    ],
    'an iteration that stores more': [
      'stores more than its elements',
      own(x, add(X, [], load(A, [int(0), j]))),
    ],
    'an iteration that stores another element': [
      'stores more than its elements',
      own(x, store(D, [int(1), isub(int(7), j)], x)),
    ],
    'an element without a loop': ['no loop stores each element', [store(D, [int(0), int(3)], x)]],
    'a part of a row': ['no loop stores each element', [loop('j', 4, [store(D, [int(0), j], x)])]],
    'a shifted row': [
      'no loop stores each element',
      [loop('j', 4, [store(D, [int(0), iadd(j, int(4))], x)])],
    ],
  };
  test.each(Object.entries(refused))('%s', (_, [message, body]) => {
    expect(() => scheduled(kernel(size, body), [distribute('d', 'lane')])).toThrow(message);
  });
  test('a read where some lanes do not run', () => {
    const read: Body = [
      { k: 'if', cond: ilt(lane, int(2)), body: [add(ACC, [], load(D, [int(0), int(3)]))] },
    ];
    expect(() => scheduled(kernel(size, read), [distribute('d', 'lane')])).toThrow('some of them do not run');
  });
  test('a name of no register, or of no loop over lanes', () => {
    expect(() => distribute('a', 'lane').apply(kernel(size, []))).toThrow('there is no register a');
    expect(() => distribute('d', 'j0').apply(kernel(size, []))).toThrow('does not count lanes');
  });
});
