/** Every rule, by topic, in the order they are tried. */
import { allRules, type Rule } from '../rule.ts';
import './transposes.ts';
import './products.ts';
import './sums.ts';
import './polynomials.ts';

export const normalisation: readonly Rule[] = allRules();
