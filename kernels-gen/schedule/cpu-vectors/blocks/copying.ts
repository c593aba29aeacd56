/**
 * Copies a workgroup's block of a tensor from storage into the private arrays of its lanes, the invocations
 * of a subgroup.
 */
import { constantOf, type Dim, dimConst, mulDim } from '../../../../compiler/dims/dims.ts';
import { ax, iadd, imul, int } from '../../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, Prim } from '../../../../compiler/primitives/prim.ts';
import { type Rewrite, rewriteInt, substituteAxes } from '../../../../compiler/primitives/substitute.ts';
import { range } from '../../../families/contraction/root.ts';
import { digitsOf } from '../../../families/family.ts';
import { groupsOf, partOf } from '../../../families/vectors.ts';
import { axisRefs, count } from '../../../fuse/axes.ts';
import { BLOCK } from '../../../fuse/blocks.ts';
import type { Emitter } from '../../../wgsl/emitter.ts';
import { PARTS, typeOf, VECTOR, vectorOf } from '../../../wgsl/vectors.ts';
import { LANES, laneIn } from '../lanes.ts';
import { declared, type LaneArray, vectorWidthAlong } from '../registers.ts';

/** The array of a lane's copy of an argument's block. */
export const copyOf = ({ shape }: Prim, arg: number): LaneArray => ({
  name: `own${arg}`,
  vectorWidth: vectorWidthAlong(shape.at(-1)),
});

/** The axes with the last one counting chunks of LANES. The last chunk of a row may be incomplete. */
export const chunksOf = (axes: readonly Axis[]): readonly Axis[] =>
  axes.map((a, d) =>
    d < axes.length - 1 ? a : { ...a, extent: dimConst(Math.ceil(constantOf(a.extent)! / LANES)) },
  );

/** Emits a loop over the entries of a lane's array. `here` are the values of the axes at an entry's elements. */
export function overOwn(
  e: Emitter,
  axes: readonly Axis[],
  vectorWidth: number,
  body: (here: readonly Rewrite[]) => void,
): void {
  const last = axes.at(-1)!;
  const chunks = chunksOf(axes);
  const entries = groupsOf(chunks, chunks.at(-1), vectorWidth);
  e.loop('at', count(entries));
  const at = digitsOf(entries, ax('at'))!;
  const partAt = (part: number) => laneIn(partOf(at.get(last.name)!, vectorWidth, part));
  body(range(vectorWidth).map((part) => substituteAxes(new Map([...at, [last.name, partAt(part)]]))));
  e.close();
}

/** Copies each lane's elements of this workgroup's block, which several products or a map without loops read. */
export function copy(e: Emitter, tensor: Prim, arg: number): void {
  const { shape } = tensor;
  const axes = shape.slice(1).map((extent, d) => ({ name: `c${d}`, extent }));
  const own = copyOf(tensor, arg);
  const size = constantOf(count(axes))!;
  if (e.tensors[arg]!.vectors) {
    copyVectors(e, shape[0]!, arg, own, size);
    return;
  }
  e.line(declared(own, size / LANES));
  overOwn(e, axes, own.vectorWidth, (here) => {
    const values = here.map((h) =>
      e.original(arg, [ax(BLOCK), ...axisRefs(axes).map((x) => rewriteInt(x, h))]),
    );
    e.line(`${own.name}[at] = ${vectorOf(values, typeOf('f32', own.vectorWidth))};`);
  });
}

/** The largest number of chunks of LANES vectors that are loaded without a loop. */
const WRITTEN = 8;

/**
 * Copies by loads of vectors, whose elements lanes exchange by shuffles. This takes a CPU a third of the time of single
 * loads.
 */
function copyVectors(e: Emitter, blocks: Dim, arg: number, own: LaneArray, size: number): void {
  e.used.add(arg);
  const vectors = size / VECTOR;
  const chunks = Math.ceil(vectors / LANES);
  const last = `u32(${e.size(mulDim(blocks, dimConst(vectors)))}) - 1u`;
  e.line(declared(own, chunks * VECTOR));
  const [odd, high] = ['(local & 1u) != 0u', '(local & 2u) != 0u'].map((t) => e.name(t, 0, 'b').text);
  const deal = (chunk: IntExpr) => {
    const at = e.int(iadd(imul(int(vectors), ax(BLOCK)), laneIn(chunk)));
    const place = vectors % LANES === 0 ? at : `min(u32(${at}), ${last})`;
    const all = e.name(`arg${arg}[${place}]`, e.depth, 'v').text;
    const dealt = range(VECTOR).map((i) => {
      const from = e.name(`${i * (LANES / VECTOR)}u + (local >> ${Math.log2(VECTOR)})`, 0, 'u').text;
      const [x, y, z, w] = PARTS.map(
        (p) => e.name(`subgroupShuffle(${all}.${p}, ${from})`, e.depth, 'f').text,
      );
      return `select(select(${x}, ${y}, ${odd}), select(${z}, ${w}, ${odd}), ${high})`;
    });
    if (own.vectorWidth > 1) e.line(`${own.name}[${e.int(chunk)}] = ${vectorOf(dealt, typeOf('f32'))};`);
    else
      for (const [i, value] of dealt.entries())
        e.line(`${own.name}[${e.int(iadd(imul(int(VECTOR), chunk), int(i)))}] = ${value};`);
  };
  if (chunks > WRITTEN) {
    e.loop('chunk', dimConst(chunks));
    deal(ax('chunk'));
    e.close();
    return;
  }
  for (const chunk of range(chunks)) {
    e.open('');
    deal(int(chunk));
    e.close();
  }
}
