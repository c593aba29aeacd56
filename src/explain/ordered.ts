/** Prints a derivation's formulas with the parentheses that are chosen at a token count. */
import type { ExplainedChoice, ExplainedDerivation, Explanation } from './index.ts';
import { holds } from './token-ranges.ts';

/** The purpose of each kind of derivation, as text. */
export const WAYS = {
  many: 'for many tokens',
  few: 'for few tokens',
  written: 'with the parentheses as written',
} as const;

/** The derivation of a training step that is chosen at the explanation's token count; the first while sizes are open. */
export const chosenOf = ({ training, tokens }: Explanation): ExplainedDerivation =>
  training.find((d) => d.chosenFor?.some((r) => holds(r, tokens))) ?? training[0]!;

/** The choice of each group at a token count. */
export const choicesAt = ({ groups }: ExplainedDerivation, tokens: number): ExplainedChoice[] =>
  groups.flatMap((g) => g.chosen.filter((c) => holds(c, tokens)));

/** A function that puts the chosen parentheses into the chains of a formula. */
export function ordered({ groups }: ExplainedDerivation, tokens: number): (formula: string) => string {
  const forms = groups.flatMap(({ chains, chosen }) => {
    const choice = chosen.find((c) => holds(c, tokens));
    return choice ? chains.map((c, i) => [c.factors, choice.forms[i]!] as const) : [];
  });
  return (formula) => forms.reduce((text, [chain, form]) => replaced(text, chain, form), formula);
}

/** Replaces a chain where it stands alone, and is no part of a longer one. */
function replaced(text: string, chain: string, form: string): string {
  const isPart = /[·.\p{L}\d₀-₉²³]/u;
  let [done, rest] = ['', text];
  for (let at = rest.indexOf(chain); at >= 0; at = rest.indexOf(chain)) {
    const end = at + chain.length;
    const alone = !isPart.test((done + rest.slice(0, at)).at(-1) ?? '') && !isPart.test(rest[end] ?? '');
    done += rest.slice(0, at) + (alone ? form : chain);
    rest = rest.slice(end);
  }
  return done + rest;
}
