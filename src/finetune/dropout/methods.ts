/** The methods that have dropout, and what it drops. */
import { boft } from '../../adapters/boft.ts';
import { dora, lora } from '../../adapters/lora.ts';
import { oft } from '../../adapters/oft.ts';
import type { Source } from '../../language/load.ts';
import { droppedDora, droppedLora } from './layers.ts';

export type Dropped =
  /** Elements of the input of the adapter's branch, in a layer of its own that takes the mask as `keep`. */
  | { readonly of: 'input'; readonly layer: typeof droppedLora | typeof droppedDora }
  /** Blocks: the first axes of a tensor count them. Where its elements are 0, the rotation is the identity. */
  | { readonly of: 'blocks'; readonly tensor: string; readonly axes: number };

const METHODS = new Map<unknown, Dropped>([
  [lora, { of: 'input', layer: droppedLora }],
  [dora, { of: 'input', layer: droppedDora }],
  [oft, { of: 'blocks', tensor: 'v.0', axes: 1 }],
  [boft, { of: 'blocks', tensor: 'R', axes: 2 }],
]);

/** The names of the methods with dropout. */
export const WITH_DROPOUT = ['lora', 'dora', 'oft', 'boft'] as const;

/** The part of a method that dropout drops; undefined for a method without dropout. */
export const droppedBy = (source: Source): Dropped | undefined => METHODS.get(source);
