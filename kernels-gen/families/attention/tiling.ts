/**
 * Divides attention among the lanes of a subgroup, for code that is not printed from loops. A workgroup computes the
 * results of a tile of tokens, its rows, and goes through a stream of other tokens, several at once.
 */
import type { Emitter } from '../../wgsl/emitter.ts';

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
  /** Emits `into_r` = Σ over `width` channels, for each dot and row. */
  dots(e: Emitter, dots: readonly Dot[], width: number): void;
  /** WGSL for the `name_r` of the thread at position `u` of the stream. */
  fromThread(name: string, r: number, u: string): string;
}
