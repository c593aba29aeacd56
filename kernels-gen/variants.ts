/** Programs for ranges of token counts, and a check that they fit together. */
import { equalDim } from '../compiler/dims/dims.ts';
import type { PrimProgram } from '../compiler/primitives/prim.ts';
import { KernelError } from './error.ts';

/** A program and the range of token counts that it is for, with both ends; null is unbounded. */
export interface VariantProgram {
  readonly minTokens: number;
  readonly maxTokens: number | null;
  readonly program: PrimProgram;
  /** The token count that launches are chosen for; by default the typical one. */
  readonly fusedFor?: number;
}

/** The token count that schedules and buffers are chosen for, where it lies in the variant's range. */
export const TYPICAL_TOKENS = 512;

export const typicalTokens = (v: VariantProgram): number =>
  Math.max(v.minTokens, Math.min(TYPICAL_TOKENS, v.maxTokens ?? TYPICAL_TOKENS));

/** Checks variants. Throws KernelError unless their ranges partition all counts in order and their tensors match. */
export function checkVariants(variants: readonly VariantProgram[]): void {
  let next: number | null = 0;
  for (const v of variants) {
    if (v.minTokens !== next || (v.maxTokens !== null && v.maxTokens < v.minTokens)) {
      throw new KernelError(
        `variant ${v.minTokens}..${v.maxTokens ?? ''} should start at ${next ?? 'no'} tokens: ranges must partition all counts, in order`,
      );
    }
    next = v.maxTokens === null ? null : v.maxTokens + 1;
  }
  if (next !== null) throw new KernelError(`no variant serves ${next} tokens: the last must be unbounded`);
  const interfaceOf = ({ program: { inputs, outputs } }: VariantProgram) => [
    ...inputs.map((prim) => ({ name: prim.name, prim })),
    ...outputs,
  ];
  const first = interfaceOf(variants[0]!);
  for (const v of variants.slice(1)) {
    const other = interfaceOf(v);
    const differs = first.find(({ name, prim }, i) => {
      const o = other[i];
      const sameShape = o?.prim.shape.length === prim.shape.length;
      return (
        !sameShape ||
        o.name !== name ||
        o.prim.dtype !== prim.dtype ||
        !prim.shape.every((d, j) => equalDim(d, o.prim.shape[j]!))
      );
    });
    if (differs !== undefined || other.length !== first.length) {
      throw new KernelError(
        `variants disagree on '${differs?.name ?? other.at(-1)!.name}': inputs and outputs must match`,
      );
    }
  }
}
