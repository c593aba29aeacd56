/**
 * Contractions: out[batch, m, n] = Σ_k a[batch, m, k]·b[batch, k, n], where batch, m, n and k are groups of
 * axes. Each thread keeps a tile of results in registers and loads operands straight from storage; rows and
 * columns beyond the edge repeat the last one and are not stored.
 */
import { constantOf, type Dim } from '../../compiler/ir/dims.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, Prim } from '../../compiler/primitives/prim.ts';
import {
  axesIn,
  type Rewrite,
  rewriteExpr,
  rewriteInt,
  substituteAxes,
} from '../../compiler/primitives/substitute.ts';
import type { Extent } from '../../runtime/plan.ts';
import { flopsOf, nodesOf, sizeAt } from '../fuse/cost.ts';
import { renameAxes } from '../fuse/graph.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble, stored } from '../wgsl/module.ts';
import { addExtent, ceildivExtent, extentOf, mulExtent, productExtent } from '../wgsl/size.ts';
import { axisRefs, count, extents, type Generated, looped, tensorsOf, trafficOf, unravel } from './family.ts';
import { chooseTile } from './tile.ts';

/** One of the three directions that threads are spread over. */
interface Direction {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly size: Dim;
  readonly threads: number;
  readonly each: number;
}

/** Bodies up to this size are repeated for four steps of the innermost loop. */
const MAX_UNROLLED_NODES = 24;

export function classify(root: ContractionPrim): Record<'batch' | 'm' | 'n', readonly Axis[]> {
  const [a, b] = [axesIn(root.a), axesIn(root.b)];
  return {
    batch: root.axes.filter((x) => a.has(x.name) && b.has(x.name)),
    // An axis that neither operand uses repeats its results: any direction serves.
    m: root.axes.filter((x) => !b.has(x.name)),
    n: root.axes.filter((x) => b.has(x.name) && !a.has(x.name)),
  };
}

/** b0, m0, n0, k0, …: equal kernels print equally. */
function canonical(kernel: Kernel & { readonly root: ContractionPrim }) {
  const groups = classify(kernel.root);
  const names = new Map<string, string>();
  for (const [prefix, axes] of Object.entries({ ...groups, k: kernel.root.over })) {
    for (const [i, a] of axes.entries()) names.set(a.name, `${prefix[0]}${i}`);
  }
  const root = renameAxes(kernel.root, (n) => names.get(n)!);
  const by = new Map([...names].map(([from, name]): [string, IntExpr] => [from, { k: 'axis', name }]));
  return { root, epilogue: kernel.epilogue && rewriteExpr(kernel.epilogue, substituteAxes(by)) };
}

/** Axes of one row, column or batch of the tile, at one step of an unrolled loop. */
function instance(
  directions: readonly (readonly [Direction, number])[],
  step?: readonly [string, number],
): Rewrite {
  const values = new Map<string, IntExpr>();
  for (const [d, i] of directions) {
    for (const a of d.axes) values.set(a.name, { k: 'axis', name: `${a.name}_${i}` });
  }
  if (step && step[1] > 0) {
    values.set(step[0], { k: 'iadd', a: { k: 'axis', name: step[0] }, b: { k: 'int', value: step[1] } });
  }
  return substituteAxes(values);
}

const range = (n: number): number[] => [...Array(n).keys()];

/** Tiles needed along a direction, as WGSL. */
function tilesText(e: Emitter, d: Direction): string {
  const span = d.threads * d.each;
  const constant = constantOf(d.size);
  if (constant !== undefined) return `${Math.ceil(constant / span)}`;
  return e.name(`(${e.size(d.size)} + ${span - 1}) / ${span}`, 0).text;
}

/** Positions of this thread along a direction; returns the condition under which each is a result. */
function positions(e: Emitter, d: Direction, tile: string, thread: string): (string | null)[] {
  const span = d.threads * d.each;
  const constant = constantOf(d.size);
  const exact = constant !== undefined && constant % span === 0;
  return range(d.each).map((i) => {
    const at = `${d.name}_at${i}`;
    const start = [
      tile === '0' ? [] : [span === 1 ? tile : `${tile} * ${span}`],
      thread === '0' ? [] : [thread],
    ].flat();
    e.line(`let ${at} = ${[...start, ...(i * d.threads > 0 ? [i * d.threads] : [])].join(' + ') || '0'};`);
    const inside = exact ? at : e.name(`min(${at}, ${e.size(d.size)} - 1)`, 0).text;
    unravel(e, d.axes, inside, `_${i}`);
    return exact ? null : `${at} < ${e.size(d.size)}`;
  });
}

/** `tokens` is the count for which the tile is chosen; the kernel is right for all. */
export function generateContraction(
  kernel: Kernel & { readonly root: ContractionPrim },
  tokens: number,
): Generated {
  const { root, epilogue } = canonical(kernel);
  const groups = classify(root);
  const size = (axes: readonly Axis[]) => sizeAt(extents(axes), tokens);
  const tile = chooseTile(size(groups.batch), size(groups.m), size(groups.n));
  const direction = (name: string, axes: readonly Axis[], threads: number, each: number): Direction => ({
    name,
    axes,
    size: count(axes),
    threads,
    each,
  });
  const batch = direction('batch', groups.batch, tile.batchThreads, 1);
  const rows = direction('row', groups.m, tile.rowThreads, tile.rows);
  const cols = direction('col', groups.n, tile.colThreads, tile.cols);

  const tensors = tensorsOf(root.args);
  const e = new Emitter(tensors);
  const guards = new Map<Direction, (string | null)[]>();
  const directions = [cols, rows, batch];
  const tiles = directions.map((d) => tilesText(e, d));
  e.workgroups(tiles.filter((n) => n !== '1').join(' * ') || '1');
  let rest = 'group';
  let thread = 1;
  for (const [i, d] of directions.entries()) {
    const n = tiles[i]!;
    const lane =
      d.threads === 1
        ? '0'
        : e.name(`${thread === 1 ? 'lane' : `(lane >> ${Math.log2(thread)}u)`} & ${d.threads - 1}`, 0).text;
    thread *= d.threads;
    let at = '0';
    if (d === batch) {
      at = rest;
    } else if (n !== '1') {
      const divisor = /^\d+$/.test(n) ? `${Math.max(1, Number(n))}u` : `u32(max(${n}, 1))`;
      const next = e.name(`i32(u32(${rest}) / ${divisor})`, 0).text;
      at = e.name(`${rest} - ${next} * ${n}`, 0).text;
      rest = next;
    }
    guards.set(d, positions(e, d, at, lane));
  }

  for (const i of range(tile.rows)) for (const j of range(tile.cols)) e.line(`var acc_${i}_${j} = 0.0f;`);
  const step = openLoops(e, root);
  for (const u of range(step.times)) {
    const at = [step.axis, u] as const;
    const left = range(tile.rows).map((i) =>
      e.floatName(
        rewriteExpr(
          root.a,
          instance(
            [
              [batch, 0],
              [rows, i],
            ],
            at,
          ),
        ),
      ),
    );
    const right = range(tile.cols).map((j) =>
      e.floatName(
        rewriteExpr(
          root.b,
          instance(
            [
              [batch, 0],
              [cols, j],
            ],
            at,
          ),
        ),
      ),
    );
    for (const [i, a] of left.entries())
      for (const [j, b] of right.entries()) e.line(`acc_${i}_${j} += ${a} * ${b};`);
  }
  for (const _ of range(step.loops)) e.close();

  const guarded = (condition: string | null, body: () => void) => {
    if (condition === null) return body();
    e.open(`if (${condition})`);
    body();
    e.close();
  };
  const { dtype } = kernel.tensor;
  for (const i of range(tile.rows)) {
    const conditions = [guards.get(batch)![0], guards.get(rows)![i]].filter((c) => c !== null);
    guarded(conditions.length > 0 ? conditions.join(' && ') : null, () => {
      for (const j of range(tile.cols)) {
        guarded(guards.get(cols)![j]!, () => {
          const here = instance([
            [batch, 0],
            [rows, i],
            [cols, j],
          ]);
          const at = e.address(
            extents(root.axes),
            axisRefs(root.axes).map((x) => rewriteInt(x, here)),
          );
          const acc = `acc_${i}_${j}`;
          const value = epilogue ? e.float(rewriteExpr(epilogue, here), acc) : acc;
          e.line(`out[${at}] = ${stored(value, dtype)};`);
        });
      }
    });
  }

  const { module, reads } = assemble(e, { tensors, out: dtype, workgroup: thread });
  const used = reads.map((r): Prim => root.args[r]!);
  const perResult = epilogue ? flopsOf(epilogue) : 0;
  return {
    family: 'contraction',
    module,
    reads: used,
    scratch: null,
    workgroups: productExtent(directions.map((d) => ceildivExtent(extentOf(d.size), d.threads * d.each))),
    flops: flops(root, groups, perResult),
    bytes: trafficOf(used, kernel),
  };
}

function flops(root: ContractionPrim, groups: ReturnType<typeof classify>, perResult: number): Extent {
  const results = extentOf(count(root.axes));
  const depth = extentOf(count(root.over));
  const operand = (e: Expr, axes: readonly Axis[]): Extent =>
    mulExtent(flopsOf(e), productExtent([extentOf(count([...groups.batch, ...axes])), depth]));
  const operands = addExtent(operand(root.a, groups.m), operand(root.b, groups.n));
  return addExtent(addExtent(productExtent([2, results, depth]), mulExtent(results, perResult)), operands);
}

/** The k loops; the innermost is unrolled by 4 or 2 where its extent divides and the bodies are small. */
function openLoops(e: Emitter, root: ContractionPrim): { axis: string; times: number; loops: number } {
  const loops = looped(e, root.over);
  const inner = loops.at(-1);
  const extent = inner && constantOf(inner.extent);
  const small = nodesOf(root.a) + nodesOf(root.b) <= MAX_UNROLLED_NODES;
  const times = [4, 2].find((u) => small && extent !== undefined && extent % u === 0) ?? 1;
  for (const a of loops) {
    if (a === inner && times > 1) e.stride(a.name, extent!, times);
    else e.loop(a.name, a.extent);
  }
  return { axis: inner?.name ?? '', times, loops: loops.length };
}
