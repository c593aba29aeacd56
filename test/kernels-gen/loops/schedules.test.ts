/** The scheduled loops of random kernels equal their primitives, exactly over the prime field, whatever the parameters. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { portable } from '../../../compiler/devices/index.ts';
import { constantOf, evalDim } from '../../../compiler/dims/dims.ts';
import { ax, call, constant, ieq, load, select } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { SolvePrim } from '../../../compiler/primitives/prim.ts';
import { FieldSingular, field } from '../../../compiler/semantics/domains/field.ts';
import { canonical as canonicalContraction } from '../../../kernels-gen/families/contraction/root.ts';
import { contractionLoops } from '../../../kernels-gen/families/contraction/schedule.ts';
import { canonicalMap, mapLoops } from '../../../kernels-gen/families/map/schedule.ts';
import { canonical, reductionLoops } from '../../../kernels-gen/families/reduction/schedule.ts';
import { scatterLoops } from '../../../kernels-gen/families/scatter.ts';
import { laneSolveLoops } from '../../../kernels-gen/families/solve/lanes.ts';
import { solveLoops } from '../../../kernels-gen/families/solve/schedule.ts';
import { isMultiple, isOfVectors } from '../../../kernels-gen/families/vectors.ts';
import { axisRefs } from '../../../kernels-gen/fuse/axes.ts';
import { fuse } from '../../../kernels-gen/fuse/index.ts';
import type { Kernel } from '../../../kernels-gen/fuse/kernel.ts';
import type { Scheduled } from '../../../kernels-gen/loops/type.ts';
import { partLoops, sharedLoops, tileOfGroup } from '../../../kernels-gen/schedule/workgroup/shared.ts';
import { assertCovering, runs } from '../../support/runs.ts';
import { input, solve } from '../build.ts';
import { programs } from '../random.ts';
import { type Added, productOf } from './products.ts';
import { meaningOf, outputOf, valuesFor } from './run.ts';

const tiles = fc.record({
  rows: fc.constantFrom(1, 2, 4, 8),
  cols: fc.constantFrom(1, 2, 4, 8),
  batchThreads: fc.constantFrom(1, 2),
  rowThreads: fc.constantFrom(1, 2, 8),
  colThreads: fc.constantFrom(1, 4, 8),
});

/** Parameters of a schedule, which are powers of two where a schedule needs that. */
const parameters = fc.record({
  threads: fc.constantFrom(1, 2, 4, 8, 64),
  each: fc.constantFrom(1, 2, 3),
  results: fc.constantFrom(1, 2, 8),
  subgroup: fc.boolean(),
  spread: fc.nat(),
  tile: tiles,
});

function loopsOf(
  kernel: Kernel,
  p: typeof parameters extends fc.Arbitrary<infer T> ? T : never,
): Scheduled | undefined {
  const { root } = kernel;
  if (root.kind === 'map') {
    const last = root.axes.at(-1);
    const isVector = last !== undefined && isMultiple(constantOf(last.extent)) && isOfVectors(kernel.tensor);
    return mapLoops(canonicalMap({ ...kernel, root }), { ...p, width: isVector ? 4 : 1 });
  }
  if (root.kind === 'reduce') {
    const own = canonical({ ...kernel, root });
    const { over } = own.root;
    const spread =
      p.threads > 1 ? over.filter((a) => constantOf(a.extent) !== 1)[p.spread % over.length] : undefined;
    // A subgroup has one result.
    const { subgroup, results, threads } = { ...p, results: p.subgroup ? 1 : p.results };
    const shape = { results, threads: spread ? threads : 1, ...(subgroup ? { subgroup } : {}) };
    return reductionLoops({ kernel: own, spread, shape });
  }
  if (root.kind === 'contraction') return contractionLoops(canonicalContraction({ ...kernel, root }), p.tile);
  return root.kind === 'scatter' ? scatterLoops({ ...kernel, root }) : undefined;
}

test('every family with a schedule in loops keeps the meaning of its kernels', () => {
  const met = new Map<string, number>();
  fc.assert(
    fc.property(
      programs,
      fc.constantFrom(0, 1, 3, 70),
      parameters,
      fc.integer(),
      (program, tokens, p, seed) => {
        for (const kernel of fuse(program, 512, portable)) {
          if (workOf(kernel, tokens) > 50_000) continue;
          const loops = loopsOf(kernel, p);
          if (loops === undefined) continue;
          const inputs = valuesFor(kernel.root.args, tokens, seed);
          expect(outputOf(loops.loops, inputs, tokens)).toEqual(meaningOf(kernel, inputs, tokens));
          met.set(kernel.root.kind, (met.get(kernel.root.kind) ?? 0) + 1);
        }
      },
    ),
    runs(300, 5000),
  );
  expect([...met.keys()].sort()).toEqual(['contraction', 'map', 'reduce', 'scatter']);
});

/** About the number of iterations of a kernel's naive loops. */
function workOf({ tensor, root }: Kernel, tokens: number): number {
  const sizes = [tensor, ...root.args].map((t) => t.shape.reduce((n, d) => n * evalDim(d, { tokens }), 1));
  return ['scatter', 'contraction'].includes(root.kind) ? sizes.reduce((a, b) => a * b) : Math.max(...sizes);
}

/** The solve with operands that its kernel computes: I + Aᵀ, and 2 B with a vector added to each column. */
function computed({ args, ...root }: SolvePrim): SolvePrim {
  const [row, column] = axisRefs(root.axes.slice(-2)) as [IntExpr, IntExpr];
  const [batch, step] = [axisRefs(root.axes.slice(0, -2)), ax(root.over[0]!.name)];
  const one = select(ieq(row, step), constant(1), constant(0));
  const twice = call('mul', constant(2), load(1, [...batch, row, column]));
  return {
    ...{ ...root, args: [...args, { ...input('c', []), shape: [root.over[0]!.extent] }] },
    a: call('add', one, load(0, [...batch, step, row])),
    b: call('add', twice, load(2, [row])),
  };
}

test('solves, pivoted or not, keep their meaning in workgroup memory, in chunks of columns, and in a temporary', () => {
  const sizes = fc.record({
    batch: fc.array(fc.constantFrom(1, 2, 3, 'tokens'), { maxLength: 2 }),
    n: fc.integer({ min: 1, max: 6 }),
    m: fc.constantFrom(1, 2, 5, 7, 'tokens'),
    columns: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    pivots: fc.boolean(),
    isComputed: fc.boolean(),
  });
  fc.assert(
    fc.property(sizes, fc.constantFrom(0, 1, 3), fc.integer(), (size, tokens, seed) => {
      const { batch, n, m, columns, pivots, isComputed } = size;
      const plain = solve('x', input('a', [...batch, n, n]), input('b', [...batch, n, m]), pivots);
      const root = isComputed ? computed(plain) : plain;
      const kernel = { tensor: root, root, epilogue: null, spans: [] };
      const inputs = valuesFor(root.args, tokens, seed);
      try {
        expect(outputOf(solveLoops(kernel, columns).loops, inputs, tokens)).toEqual(
          meaningOf(kernel, inputs, tokens),
        );
      } catch (e) {
        // A pivot that is 0 in the field says nothing.
        if (!(e instanceof FieldSingular)) throw e;
      }
    }),
    runs(60, 2000),
  );
});

test('solves keep their meaning by blocks in lanes', () => {
  const sizes = fc.record({
    batch: fc.array(fc.constantFrom(1, 2, 'tokens'), { maxLength: 2 }),
    n: fc.integer({ min: 1, max: 13 }),
    m: fc.constantFrom(1, 3, 8, 11, 'tokens'),
    lanes: fc.constantFrom(2, 4, 8),
    blocks: fc.constantFrom(1, 2),
    isComputed: fc.boolean(),
  });
  let solved = 0;
  fc.assert(
    fc.property(sizes, fc.constantFrom(0, 1, 3), fc.integer(), (size, tokens, seed) => {
      const { batch, n, m, lanes, blocks, isComputed } = size;
      const plain = solve('x', input('a', [...batch, n, n]), input('b', [...batch, n, m]));
      const root = isComputed ? computed(plain) : plain;
      const kernel = { tensor: root, root, epilogue: null, spans: [] };
      const inputs = valuesFor(root.args, tokens, seed);
      const { naive, loops } = laneSolveLoops(kernel, blocks * lanes, lanes);
      try {
        const meaning = meaningOf(kernel, inputs, tokens);
        expect(outputOf(naive, inputs, tokens)).toEqual(meaning);
        expect(outputOf(loops, inputs, tokens)).toEqual(meaning);
        solved += meaning.length;
      } catch (e) {
        // A pivot that is 0 in the field says nothing.
        if (!(e instanceof FieldSingular)) throw e;
      }
    }),
    runs(60, 2000),
  );
  expect(solved).toBeGreaterThan(0);
});

test('contractions keep their meaning with vectors along rows, columns and sums', () => {
  const extent = fc.constantFrom(1, 3, 4, 8, 12);
  const kinds = fc.record({
    batch: fc.constantFrom(1, 2, 'tokens'),
    m: fc.oneof(extent, fc.constant('tokens')),
    n: extent,
    k: fc.constantFrom(1, 3, 4, 32, 64),
    across: fc.record({ a: fc.boolean(), b: fc.boolean(), out: fc.boolean() }),
    added: fc.constantFrom<Added>('none', 'same', 'no rows', 'no columns'),
    isFinished: fc.boolean(),
  });
  const met = new Set<string>();
  assertCovering(
    fc.property(kinds, fc.constantFrom(0, 1, 3), tiles, fc.integer(), (kind, tokens, tile, seed) => {
      const kernel = canonicalContraction(productOf(kind));
      const inputs = valuesFor(kernel.root.args, tokens, seed);
      const { loops } = contractionLoops(kernel, tile);
      expect(outputOf(loops, inputs, tokens)).toEqual(meaningOf(kernel, inputs, tokens));
      for (const m of loops.memories) if (m.vectors) met.add(m.name);
    }),
    [100, 3000],
    () => met.size === 5,
  );
  expect([...met].sort()).toEqual(['arg0', 'arg1', 'arg2', 'arg3', 'out']);
});

test('contractions keep their meaning with staged operands, and in parts of their sums', () => {
  const groups = fc.record({ rows: fc.constantFrom(16, 32), cols: fc.constantFrom(16, 64) });
  const kind = fc.record({
    ...{
      batch: fc.constantFrom(1, 2),
      m: fc.constantFrom(1, 5, 16, 64, 'tokens'),
      n: fc.constantFrom(1, 12, 16, 64),
    },
    k: fc.constantFrom(2, 12, 16, 33, 'tokens'),
    across: fc.record({ a: fc.boolean(), b: fc.boolean(), out: fc.boolean() }),
    added: fc.constantFrom<Added>('none', 'same', 'no rows', 'no columns'),
    isFinished: fc.boolean(),
  });
  const met = new Set<string>();
  assertCovering(
    fc.property(
      kind,
      fc.constantFrom(0, 1, 18),
      groups,
      fc.constantFrom(1, 2, 3),
      fc.integer(),
      (of, tokens, group, parts, seed) => {
        const tile = tileOfGroup(group.rows, group.cols);
        const kernel = canonicalContraction(productOf(of));
        const inputs = valuesFor(kernel.root.args, tokens, seed);
        if (parts === 1) {
          const { loops } = sharedLoops(kernel, tile);
          expect(outputOf(loops, inputs, tokens)).toEqual(meaningOf(kernel, inputs, tokens));
          for (const m of loops.memories) if (m.vectors) met.add(m.name);
          return;
        }
        const sums = { ...kernel, epilogue: null };
        const { loops } = partLoops(sums, tile, parts);
        const all = outputOf(loops, inputs, tokens);
        const own = meaningOf(sums, inputs, tokens);
        const total = own.map((_, i) => {
          const each = Array.from({ length: parts }, (_, p) => all[p * own.length + i]!);
          return each.reduce((a, b) => field(7).add(a, b));
        });
        expect(total).toEqual(own);
      },
    ),
    [60, 1000],
    () => met.size === 2,
  );
  expect([...met].sort()).toEqual(['arg0', 'arg1']);
});
