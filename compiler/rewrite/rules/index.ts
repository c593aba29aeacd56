/** All rules of oftc by topic, in the order in which they are tried. Rules that authors define come after them. */
import { allRules, type Numerics, type Rule } from '../rule.ts';
import './transposes.ts';
import './products.ts';
import './inverses.ts';
import './hadamard.ts';
import './sums.ts';
import './blocks.ts';
import './similarity.ts';
import './kronecker.ts';
import './repeats.ts';
import './functions.ts';
import './gradients.ts';
import './detaching.ts';
import './polynomials.ts';
import './scaling.ts';
import './inner-products.ts';
import './elementwise-products.ts';
import './batches.ts';
import './application.ts';
import './parts.ts';
import './by-tokens.ts';

/** The rules of oftc itself; `normalisation` are those that run from the start. */
export const builtIn: readonly Rule[] = allRules();
export const normalisation: readonly Rule[] = builtIn.filter((r) => r.phase === undefined);

/** The rules of a compilation: all but those that approximate, unless `allow` names these. */
export const applicable = (allow: readonly Numerics[] = []): readonly Rule[] =>
  allRules().filter((r) => r.numerics !== 'approximates' || allow.includes(r.numerics));
