/**
 * Attention by a subgroup. Each lane (an invocation) has all rows of a tile and one token of the stream.
 * Lanes get the rest from each other by shuffles.
 */
import type { AttentionPart, AttentionPrim } from '../../../compiler/primitives/prim.ts';
import { emitAttention, sumsOf } from '../../families/attention/emit.ts';
import type { Tiling } from '../../families/attention/tiling.ts';
import type { ScheduleOptions, Way } from '../../families/family.ts';
import { sizesOf } from '../../loops/naive-attention.ts';
import { unknown } from '../../wgsl/size.ts';
import { LANES } from './lanes.ts';

/**
 * The number of vectors that are summed for each row: for `keyValue`, the gradients of a key and of a value.
 */
const SUMS: Readonly<Record<AttentionPart, number>> = { lse: 0, output: 1, query: 1, keyValue: 2 };

export function attentionWays(root: AttentionPrim, { one, tokens }: ScheduleOptions): readonly Way[] {
  const sums = SUMS[root.part] * sumsOf(sizesOf(root).width, LANES).length;
  // A single token, as in generating text, would leave all rows but one idle.
  const alone: Way = { strategy: 'lanes', maxTokens: 1, emit: () => emitAttention(root, inLanes(1)) };
  return [
    ...((one || tokens <= 1) && root.part !== 'keyValue' ? [alone] : []),
    { strategy: 'lanes', emit: () => emitAttention(root, inLanes(rowsFor(sums))) },
  ];
}

/** The number of rows of a lane: fewer where a row has many sums, because all of them are in registers. */
const rowsFor = (sums: number): number => (sums <= 16 ? LANES : LANES / 2);

/** The tiling in which a subgroup has `tile` rows. */
function inLanes(tile: number): Tiling {
  const rows = [...Array(tile).keys()];
  return {
    threads: LANES,
    tile,
    stream: LANES,
    rows,
    row: String,
    along: 'lane',
    dots: (e, dots, width) => {
      for (const { into, row, stream } of dots) {
        for (const r of rows) {
          e.line(`var ${into}_${r} = 0.0f;`);
          e.line(`let ${into}_row_${r} = ${row.base(r)};`);
        }
        e.line(`let ${into}_stream = ${stream.base};`);
      }
      const even = width % LANES === 0;
      e.open(`for (var c = 0; c < ${unknown(width)}; c += ${LANES})`);
      e.line(`let mine = ${even ? 'c + lane' : `min(c + lane, ${width - 1})`};`);
      for (const { into, row } of dots)
        for (const r of rows) e.line(`let ${into}_held_${r} = arg${row.arg}[${into}_row_${r} + mine];`);
      e.open(
        `for (var step = 0; step < ${even ? unknown(LANES) : `min(${LANES}, ${width} - c)`}; step += 1)`,
      );
      for (const { into, stream } of dots) {
        e.line(`let ${into}_other = arg${stream.arg}[${into}_stream + c + step];`);
        for (const r of rows) {
          const held = `subgroupShuffle(${into}_held_${r}, u32(step))`;
          e.line(`${into}_${r} = fma(${held}, ${into}_other, ${into}_${r});`);
        }
      }
      e.close();
      e.close();
    },
    fromThread: (name, r, u) => `subgroupShuffle(${name}_${r}, u32(${u}))`,
  };
}
