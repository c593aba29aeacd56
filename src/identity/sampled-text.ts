/** Prints the result of sampling. */
import { probabilityText, shortProbability } from './probability.ts';
import type { Sampled } from './sampled.ts';

/** The result in a line; a derivation that passes is sampled, and not proved. */
export const sampledLine = (s: Sampled): string =>
  'probability' in s ? `derived ≡ written; ${shortProbability(s.probability)}` : sampledText(s);

export function sampledText(s: Sampled): string {
  if ('untested' in s) return `not tested: ${s.untested}`;
  if ('failure' in s) return `derived ≢ written at ${s.at}: ${s.failure}; oftc check says more`;
  const where = s.probability.worst ? '' : ` at ${s.at}`;
  return `derived ≡ written, outputs and gradients, in ${s.trials} trials over a prime field${where}, which is no proof: ${probabilityText(s.probability)}`;
}
