/** Computes the block size that PEFT's OFT makes of a requested one, and the Neumann series of a version of PEFT. */
import type { NeumannSeries } from '../../../compiler/ops/polynomial.ts';

/**
 * The divisor of n nearest to `wanted`, the smaller of two equally near ones; n if `wanted` ≥ n. Source: PEFT,
 * oft/layer.py, `adjust_oft_parameters`.
 */
export function nearestDivisor(n: number, wanted: number): number {
  if (wanted >= n) return n;
  let [lower, higher] = [wanted, wanted];
  while (n % lower !== 0) lower--;
  while (n % higher !== 0) higher++;
  return wanted - lower <= higher - wanted ? lower : higher;
}

/** The series of a version: PEFT 0.18 changed the last coefficient, and earlier files have no `peft_version`. */
export function neumannSeries(peftVersion: string | undefined): NeumannSeries {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(peftVersion ?? '') ?? [];
  return Number(major) > 0 || Number(minor) >= 18 ? 'peft-0.18' : 'peft-0.17';
}
