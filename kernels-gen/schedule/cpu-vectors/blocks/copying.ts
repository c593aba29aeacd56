/** Copies that lanes have of their workgroup's block of a tensor in storage. */
import { constantOf, type Dim, dimConst, mulDim } from '../../../../compiler/ir/dims.ts';
import { ax, iadd, imul, int } from '../../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, Prim } from '../../../../compiler/primitives/prim.ts';
import { type Rewrite, rewriteInt, substituteAxes } from '../../../../compiler/primitives/substitute.ts';
import { range } from '../../../families/contraction/root.ts';
import { axisRefs, count, digitsOf } from '../../../families/family.ts';
import { BLOCK } from '../../../fuse/blocks.ts';
import type { Emitter } from '../../../wgsl/emitter.ts';
import { PARTS, VECTOR } from '../../../wgsl/vectors.ts';
import { LANES, laneIn } from '../lanes.ts';

export const copyName = (arg: number): string => `own${arg}`;

/** Axes of which the last counts chunks of LANES; that of a row's end may not be whole. */
export const chunksOf = (axes: readonly Axis[]): readonly Axis[] =>
  axes.map((a, d) =>
    d < axes.length - 1 ? a : { ...a, extent: dimConst(Math.ceil(constantOf(a.extent)! / LANES)) },
  );

/** A loop over a lane's own of the elements at axes: `at` is each one's place among them, `here` what the axes are. */
export function overOwn(e: Emitter, axes: readonly Axis[], body: (here: Rewrite) => void): void {
  const last = axes.at(-1)!;
  const chunks = chunksOf(axes);
  e.loop('at', count(chunks));
  const at = digitsOf(chunks, ax('at'))!;
  body(substituteAxes(new Map([...at, [last.name, laneIn(at.get(last.name)!)]])));
  e.close();
}

/** Each lane's own of this workgroup's block of a tensor, which several products read, or a map that is written out. */
export function copy(e: Emitter, { shape }: Prim, arg: number): void {
  const axes = shape.slice(1).map((extent, d) => ({ name: `c${d}`, extent }));
  const own = copyName(arg);
  const size = constantOf(count(axes))!;
  if (e.tensors[arg]!.vectors) {
    copyVectors(e, shape[0]!, arg, size);
    return;
  }
  e.line(`var ${own}: array<f32, ${size / LANES}>;`);
  overOwn(e, axes, (here) => {
    const index = [ax(BLOCK), ...axisRefs(axes).map((x) => rewriteInt(x, here))];
    e.line(`${own}[at] = ${e.original(arg, index)};`);
  });
}

/** Chunks of LANES vectors that are loaded without a loop. */
const WRITTEN = 8;

/** The same, loaded as vectors, which lanes deal to those whose elements they have: a third of the time, on a CPU. */
function copyVectors(e: Emitter, blocks: Dim, arg: number, size: number): void {
  e.used.add(arg);
  const own = copyName(arg);
  const vectors = size / VECTOR;
  const chunks = Math.ceil(vectors / LANES);
  const last = `u32(${e.size(mulDim(blocks, dimConst(vectors)))}) - 1u`;
  e.line(`var ${own}: array<f32, ${chunks * VECTOR}>;`);
  const [odd, high] = ['(local & 1u) != 0u', '(local & 2u) != 0u'].map((t) => e.name(t, 0, 'b').text);
  const deal = (chunk: IntExpr) => {
    const at = e.int(iadd(imul(int(vectors), ax(BLOCK)), laneIn(chunk)));
    const place = vectors % LANES === 0 ? at : `min(u32(${at}), ${last})`;
    const all = e.name(`arg${arg}[${place}]`, e.depth, 'v').text;
    for (const i of range(VECTOR)) {
      const from = e.name(`${i * (LANES / VECTOR)}u + (local >> ${Math.log2(VECTOR)}u)`, 0, 'u').text;
      const [x, y, z, w] = PARTS.map(
        (p) => e.name(`subgroupShuffle(${all}.${p}, ${from})`, e.depth, 'f').text,
      );
      const slot = e.int(iadd(imul(int(VECTOR), chunk), int(i)));
      e.line(`${own}[${slot}] = select(select(${x}, ${y}, ${odd}), select(${z}, ${w}, ${odd}), ${high});`);
    }
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
