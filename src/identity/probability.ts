/** The probability with which a wrong identity passes every trial, over all cases that are tried. */
import { P } from '../../compiler/semantics/domains/field.ts';
import type { Escape } from './escape.ts';

/** The largest probability with which a wrong identity passes in any case, and the reasons why some cases have none. */
export interface Probability {
  readonly worst?: {
    readonly degree: number;
    readonly trials: number;
    readonly log10: number;
    readonly at: string;
  };
  /** Reasons why there is no probability in some cases, or in any. */
  readonly unbounded: readonly string[];
}

/** An identity at certain sizes. */
export interface Tried {
  /** The bound of one trial. */
  readonly once: Escape;
  readonly trials: number;
  readonly at: string;
}

/** The largest probability with which a wrong identity passes all trials of a case. */
export function probabilityOf(cases: Iterable<Tried>): Probability {
  const unbounded = new Set<string>();
  let worst: Probability['worst'];
  for (const { once, trials, at } of cases) {
    if ('unbounded' in once) unbounded.add(once.unbounded);
    else if (!worst || once.log10 * trials > worst.log10)
      worst = { degree: once.degree, trials, log10: once.log10 * trials, at };
  }
  return { ...(worst ? { worst } : {}), unbounded: [...unbounded] };
}

const WORSE = 'a wrong sum, product or quotient passes with probability ≤';

/** The probability in a few words; `p` is the size of the field. */
export function shortProbability({ worst, unbounded }: Probability): string {
  if (!worst) return `without a probability: ${unbounded.join('; ')}`;
  return `${WORSE} 10^${worst.log10.toFixed(1)}: (degree ${worst.degree} / p)^${worst.trials}`;
}

export function probabilityText({ worst, unbounded }: Probability): string {
  const sampled = unbounded.length > 0 ? `only sampled, without a probability: ${unbounded.join('; ')}` : '';
  if (!worst) return sampled;
  const { degree, trials, log10, at } = worst;
  const bound = `${WORSE} 10^${log10.toFixed(1)} at ${at}: (degree ${degree} / p = ${P})^${trials} (Schwartz–Zippel)`;
  return sampled ? `${bound}; elsewhere ${sampled}` : bound;
}
