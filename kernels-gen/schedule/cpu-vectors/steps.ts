/** Counts the steps of products' sums. */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { count } from '../../fuse/axes.ts';

/** The number of steps of all products' sums; Infinity where a length is unknown. */
export const stepsOf = (products: readonly ContractionPrim[]): number =>
  products.reduce((sum, { over }) => sum + (constantOf(count(over)) ?? Infinity), 0);
