/**
 * Divides attention among the threads of a workgroup. A workgroup computes the results of a tile of tokens, its rows,
 * and goes through a stream of other tokens, several at once. In the portable tiling, each pair of a row and a token of
 * the stream has a thread, and threads exchange weights through workgroup memory.
 */
import type { Emitter } from '../../wgsl/emitter.ts';
import { unknown } from '../../wgsl/size.ts';

/** Dot products of the rows' vectors with the vector of the stream's token. `base` is the place of channel 0. */
export interface Dot {
  readonly into: string;
  readonly row: { readonly arg: number; readonly base: (r: number) => string };
  readonly stream: { readonly arg: number; readonly base: string };
}

export interface Tiling {
  readonly threads: number;
  /** The number of rows in a workgroup. */
  readonly tile: number;
  /** The index r of each row of a thread, as in `row_r`. */
  readonly rows: readonly number[];
  /** WGSL for a row's position in the tile. */
  row(r: number): string;
  /**
   * The number of tokens of the stream that are taken at once. It is also the number of channels that are taken at
   * once.
   */
  readonly stream: number;
  /** WGSL for the thread's position among the tokens, or the channels, that are taken at once. */
  readonly along: string;
  /** The number of f32 elements of workgroup memory that `weights` weights take; 0 where they take none. */
  shared(weights: number): number;
  /** Emits `into_r` = Σ over `width` channels, for each dot and row. */
  dots(e: Emitter, dots: readonly Dot[], width: number): void;
  /** Emits code that hands `name_r` to the other threads of the row. */
  hand(e: Emitter, names: readonly string[]): void;
  /** WGSL for the `name_r` that the thread at position `u` of the stream handed. `name` is `names[n]` of `hand`. */
  fromThread(name: string, n: number, r: number, u: string): string;
  /** Emits code after which all threads have read the handed values, so that others may replace them. */
  done(e: Emitter): void;
}

const STREAM = 8;
const PAIRS = STREAM * STREAM;
/** The channels that a step of the loop takes. The code keeps drivers from unrolling more: some would take a minute. */
const UNROLLED = 4;

export const direct: Tiling = {
  threads: PAIRS,
  tile: STREAM,
  stream: STREAM,
  rows: [0],
  row: () => `(lane >> ${Math.log2(STREAM)})`,
  along: `(lane & ${STREAM - 1})`,
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
  fromThread: (_, n, __, u) => `handed[${n * PAIRS} + (lane & ${PAIRS - STREAM}) + ${u}]`,
  done: (e) => e.line('workgroupBarrier();'),
};
