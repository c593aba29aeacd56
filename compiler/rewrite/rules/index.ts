/** Every rule of oftc, by topic, in the order they are tried; those that authors define come after. */
import { allRules, type Numerics, type Rule } from '../rule.ts';
import './transposes.ts';
import './products.ts';
import './sums.ts';
import './polynomials.ts';
import './application.ts';

/** The rules of oftc itself that normalise. */
export const normalisation: readonly Rule[] = allRules().filter((r) => r.phase === undefined);

/** The rules of a compilation: all but those of another function that it does not ask for. */
export const applicable = (allow: readonly Numerics[] = []): readonly Rule[] =>
  allRules().filter((r) => r.numerics !== 'approximates' || allow.includes(r.numerics));
