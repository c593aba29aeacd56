/**
 * Draws the masks of adapter dropout. Each number is a hash of the seed, the step, the batch of the step, the module and
 * the element, so that a resumed run draws the same, and so do processes that share a batch. The processes of PyTorch
 * compute the same function (oftc_torch/finetune/dropout.py).
 */

/** The batch that a mask is drawn for: `part` counts the batches of a step from 0. */
export interface DrawnFor {
  readonly step: number;
  readonly part: number;
}

export interface DropoutOptions {
  /** The part that is dropped, from 0 up to 1. */
  readonly p: number;
  readonly seed: number;
}

/** A mask of a module, by what it drops. */
export type MaskShape =
  | { readonly of: 'input'; readonly width: number }
  /** Blocks in `groups` of `count`; a mask drops blocks of one group. */
  | { readonly of: 'blocks'; readonly groups: number; readonly count: number };

/** Mixes the bits of a 32-bit number: the last step of MurmurHash3. */
function mixed(h: number): number {
  let x = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 2³²/φ, an odd number with which neighbours lie far apart. */
const SPREAD = 0x9e3779b1;

const keyOf = (...parts: readonly number[]): number =>
  parts.reduce((key, part) => mixed((Math.imul(key, SPREAD) + part + 1) >>> 0), 0);

/** The random 32-bit number of an element. */
const drawn = (key: number, element: number): number => mixed((key + Math.imul(element, SPREAD)) >>> 0);

/** A number for a module's path: FNV-1a. */
export function moduleNumber(path: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(path)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/** The mask of a module for a batch of `tokens`: 0 for what is dropped. */
export function maskFor(
  shape: MaskShape,
  { p, seed }: DropoutOptions,
  { step, part }: DrawnFor,
  module: number,
  tokens: number,
): Float32Array<ArrayBuffer> {
  const key = keyOf(seed, step, part, module);
  return shape.of === 'input' ? inputMask(key, p, tokens * shape.width) : blockMask(key, p, shape);
}

/** Each element is dropped with probability p, and the others are divided by 1 − p. */
function inputMask(key: number, p: number, count: number): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(count);
  const [below, kept] = [p * 2 ** 32, 1 / (1 - p)];
  for (let i = 0; i < count; i++) mask[i] = drawn(key, i) < below ? 0 : kept;
  return mask;
}

/** The whole number below p·count of blocks, drawn from a drawn group, are dropped. A lone block never is. */
function blockMask(
  key: number,
  p: number,
  { groups, count }: Extract<MaskShape, { readonly of: 'blocks' }>,
): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(groups * count).fill(1);
  const group = drawn(key, groups * count) % groups;
  const draws = Array.from({ length: count }, (_, i) => drawn(key, group * count + i));
  const order = draws.map((_, i) => i).sort((a, b) => draws[a]! - draws[b]! || a - b);
  for (const i of order.slice(0, Math.trunc(p * count))) mask[group * count + i] = 0;
  return mask;
}
