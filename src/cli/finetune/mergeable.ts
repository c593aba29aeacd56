/** Finds the merged weight of an adapter: claimed by its layer or by a file, or derived. */
import { withWeight } from '../../check/weight.ts';
import type { AdapterChoice } from '../../finetune/blocks.ts';
import { withClaims } from '../../finetune/claims.ts';
import type { ReadBack } from '../../finetune/own-files.ts';

export interface ClaimsArguments {
  /** The source of a layer that claims the merged weight, for an adapter whose own layer claims none. */
  readonly claims?: string;
  readonly layer?: string;
}

/** The adapter with the weight that the file or its layer claims, or else one derived from the layer. */
export function mergeable({ method, choice }: ReadBack, { claims, layer }: ClaimsArguments): AdapterChoice {
  if (claims !== undefined) return { ...choice, ...withClaims(method, claims, layer) };
  const program = method.own && withWeight(method.program);
  return program ? { ...choice, source: program } : choice;
}
