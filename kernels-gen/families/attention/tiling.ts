/**
 * How a workgroup lays a tile of rows (tokens whose results it has) against some tokens of the stream that it goes
 * through. The portable tiling has a thread for each pair, and hands weights on through workgroup memory.
 */
import type { Emitter } from '../../wgsl/emitter.ts';
import { unknown } from '../../wgsl/size.ts';

/** A vector of every row against one of the thread's token of the stream, at the addresses of their first channels. */
export interface Dot {
  readonly into: string;
  readonly row: { readonly arg: number; readonly base: (r: number) => string };
  readonly stream: { readonly arg: number; readonly base: string };
}

export interface Tiling {
  readonly threads: number;
  /** Rows of a workgroup. */
  readonly tile: number;
  /** Rows of a thread, by number. */
  readonly rows: readonly number[];
  /** A row's place in the tile. */
  row(r: number): string;
  /** Tokens of the stream at once, and channels. */
  readonly stream: number;
  /** The thread's place among them. */
  readonly along: string;
  /** f32 elements of workgroup memory for `weights` of them; 0 where there is none. */
  shared(weights: number): number;
  /** `into_r` = Σ over `width` channels, of each dot and row. */
  dots(e: Emitter, dots: readonly Dot[], width: number): void;
  /** Makes `name_r` known to the other threads of the row. */
  hand(e: Emitter, names: readonly string[]): void;
  /** What the thread `u` along the stream has as `name_r`, name n of those handed. */
  fromThread(name: string, n: number, r: number, u: string): string;
  /** After everyone has read what was handed. */
  done(e: Emitter): void;
}

const STREAM = 8;
const PAIRS = STREAM * STREAM;
/** Channels of a step: drivers are kept from unrolling the loop, which takes some of them a minute. */
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
