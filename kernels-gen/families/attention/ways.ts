/**
 * Two ways to lay a tile of rows (tokens whose results a workgroup has) against LANES tokens of the stream that it
 * goes through. Direct: a thread for each pair, weights through workgroup memory. In lanes: a subgroup whose lanes
 * lie along the stream, each with all rows; what others loaded or computed it is handed.
 */
import type { Emitter } from '../../wgsl/emitter.ts';
import { unknown } from '../../wgsl/size.ts';
import { LANES } from '../family.ts';

/** A vector of every row against one of the thread's token of the stream, at the addresses of their first channels. */
export interface Dot {
  readonly into: string;
  readonly row: { readonly arg: number; readonly base: (r: number) => string };
  readonly stream: { readonly arg: number; readonly base: string };
}

export interface Way {
  readonly threads: number;
  /** Rows of a workgroup. */
  readonly tile: number;
  /** Rows of a thread, by number. */
  readonly rows: readonly number[];
  /** A row's place in the tile. */
  row(r: number): string;
  /** The thread's place among the LANES tokens of the stream, and among LANES channels. */
  readonly along: string;
  /** f32 elements of workgroup memory for `weights` of them; 0 where there is none. */
  shared(weights: number): number;
  /** `into_r` = Σ over `width` channels, of each dot and row. */
  dots(e: Emitter, dots: readonly Dot[], width: number): void;
  /** Makes `name_r` known to the other threads of the row. */
  hand(e: Emitter, names: readonly string[]): void;
  /** What the thread `u` along the stream has as `name_r`, name n of those handed. */
  handed(name: string, n: number, r: number, u: string): string;
  /** After everyone has read what was handed. */
  done(e: Emitter): void;
}

const PAIRS = LANES * LANES;
/** Channels of a step: drivers are kept from unrolling the loop, which takes some of them a minute. */
const UNROLLED = 4;

export const direct: Way = {
  threads: PAIRS,
  tile: LANES,
  rows: [0],
  row: () => `(lane >> ${Math.log2(LANES)}u)`,
  along: `(lane & ${LANES - 1})`,
  shared: (weights) => weights * PAIRS,
  dots: (e, dots, width) => {
    for (const { into, row, stream } of dots) {
      e.line(`var ${into}_0 = 0.0f;`);
      e.line(`let ${into}_row = ${row.base(0)};`);
      e.line(`let ${into}_stream = ${stream.base};`);
    }
    const unrolled = width % UNROLLED === 0 ? UNROLLED : 1;
    e.open(`for (var c = 0; c < ${unknown(width)}; c += ${unrolled})`);
    for (let u = 0; u < unrolled; u++) {
      for (const { into, row, stream } of dots) {
        const [a, b] = [
          `arg${row.arg}[${into}_row + c + ${u}]`,
          `arg${stream.arg}[${into}_stream + c + ${u}]`,
        ];
        e.line(`${into}_0 += ${a} * ${b};`);
      }
    }
    e.close();
  },
  hand: (e, names) => {
    for (const [n, name] of names.entries()) e.line(`handed[${n * PAIRS} + lane] = ${name}_0;`);
    e.line('workgroupBarrier();');
  },
  handed: (_, n, __, u) => `handed[${n * PAIRS} + (lane & ${PAIRS - LANES}) + ${u}]`,
  done: (e) => e.line('workgroupBarrier();'),
};

/** As many rows as keep the thread's sums in reach: their number grows with `sums`, those of one row. */
export const rowsFor = (sums: number): number => (sums <= 16 ? LANES : LANES / 2);

/** A subgroup for `tile` rows. */
export function inLanes(tile: number): Way {
  const rows = [...Array(tile).keys()];
  return {
    threads: LANES,
    tile,
    rows,
    row: String,
    along: 'lane',
    shared: () => 0,
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
    hand: () => {},
    handed: (name, _, r, u) => `subgroupShuffle(${name}_${r}, u32(${u}))`,
    done: () => {},
  };
}
