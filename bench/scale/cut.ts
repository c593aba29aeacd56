/** Decides which sizes of a sweep are measured: those that fit the device, the memory and the budget. */
import { freemem } from 'node:os';
import { SAMPLE } from '../interleave.ts';
import type { Candidate } from './points.ts';

/** A size that is not measured, and why. */
export interface Cut {
  readonly size: number;
  readonly reason: string;
}

/** The fewest rounds that a size is measured in. */
export const FEWEST_ROUNDS = 3;
/** The number of runs that placing a contender takes. */
const PLACING = 4;
/** The share of the machine's free memory that a software device may take. */
const SHARE = 0.5;

const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** Why a size does not fit in memory; undefined if it does. A GPU does not say how much memory is free. */
export function outOfMemory(
  { planned: { memory = 0, largestTensor } }: Candidate,
  { limits, isSoftware }: { readonly limits: GPUSupportedLimits; readonly isSoftware: boolean },
): string | undefined {
  const bound = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  if (largestTensor > bound)
    return `a tensor of ${mega(largestTensor)} is more than the device binds at once, ${mega(bound)}`;
  const free = freemem();
  return isSoftware && memory > SHARE * free
    ? `${mega(memory)} are more than ${100 * SHARE} % of the free memory, ${mega(free)}`
    : undefined;
}

/**
 * Why a size does not fit the budget; undefined if it does. `expected` is the time of a run, `samples` are the seconds of a
 * sample of each smaller size, and `left` is what is left of the budget.
 */
export function outOfTime(expected: number, samples: readonly number[], left: number): string | undefined {
  const round = samples.reduce((a, b) => a + b, 0) + Math.max(expected, SAMPLE);
  const needed = PLACING * expected + FEWEST_ROUNDS * round;
  return needed <= left
    ? undefined
    : `${FEWEST_ROUNDS} rounds with runs of about ${expected.toPrecision(2)} s need ${needed.toPrecision(2)} s, and ${Math.max(0, left).toPrecision(2)} s of the budget are left`;
}

/** The number of rounds that fit in what is left of the budget, from FEWEST_ROUNDS to `most`. */
export const roundsIn = (left: number, samples: readonly number[], most: number): number =>
  Math.max(
    Math.min(most, FEWEST_ROUNDS),
    Math.min(most, Math.floor(left / samples.reduce((a, b) => a + b, 0))),
  );
