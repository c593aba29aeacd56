/** The hand-written program of every method, by the method's name in methods.ts. */
import { ADDITIVE } from './additive.ts';
import { BASES } from './bases.ts';
import { OFT } from './oft.ts';
import { PASSES } from './passes.ts';
import { PRODUCTS } from './products.ts';
import type { Hand } from './program.ts';
import { REFLECTIONS } from './reflections.ts';
import { SPARSE } from './sparse.ts';

export const HAND: Readonly<Record<string, Hand>> = {
  ...OFT,
  ...PASSES,
  ...REFLECTIONS,
  ...ADDITIVE,
  ...BASES,
  ...PRODUCTS,
  ...SPARSE,
};
