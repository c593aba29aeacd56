/** Translates names of PEFT and of its users for settings and sizes that the library's layers call otherwise. */
import { readDecimal } from '../../compiler/dims/decimal.ts';

/** The name here, by the name in PEFT or in its users' words. */
const NAMES: Readonly<Record<string, string>> = {
  oft_block_size: 'b',
  boft_block_size: 'b',
  block_size: 'b',
  boft_block_num: 'r',
  rank: 'r',
  lora_r: 'r',
  group_size: 'g',
  num_cayley_neumann_terms: 'terms',
  boft_n_butterfly_factor: 'factors',
  apply_GS: 'gs',
  gralora_k: 'blocks',
  hybrid_r: 'hybrid',
  projection_prng_key: 'seed',
  d_initial: 'initial',
  effective_rank: 'k',
};
const ALPHAS: readonly string[] = ['lora_alpha', 'psoft_alpha', 'randlora_alpha', 'alpha'];

/** The advice for unknown settings that are PEFT's names of some of `known`; empty unless all of them are. */
export function inPlaceOfPeft(
  strange: readonly string[],
  given: Readonly<Record<string, string>>,
  known: readonly string[],
): string {
  const named = (key: string) => (Object.hasOwn(NAMES, key) ? NAMES[key] : undefined);
  const rank = Object.entries(given).find(([key]) => key === 'r' || named(key) === 'r')?.[1];
  const found = strange.flatMap((key) => {
    const value = given[key]!;
    const name = ALPHAS.includes(key) ? 'scale' : named(key);
    if (name === undefined || !known.includes(name)) return [];
    if (name !== 'scale') return [{ is: `${key} is ${name}`, set: `${name}=${value}` }];
    const scale = (readDecimal(value) ?? Number.NaN) / (readDecimal(rank ?? '') ?? Number.NaN);
    return [{ is: `scale is ${key}/r`, set: `scale=${Number.isFinite(scale) ? scale : '…'}` }];
  });
  if (found.length === 0 || found.length < strange.length) return '';
  return `. Here ${found.map((f) => f.is).join(' and ')}: --set ${found.map((f) => f.set).join(',')}`;
}
