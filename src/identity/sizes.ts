/** Chooses the sizes to verify at: those that the user bound, and small ones that fit the layer's equations. */
import { type Binding, DimError, evalReal } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram, freeDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { checkTokens, tokenRules } from '../../compiler/ops/token-rules.ts';

/** Whether every dimension is a whole number at these sizes. */
export function fits(program: Program, sizes: Binding): boolean {
  try {
    bindProgram(program, sizes);
    return Object.values(program.where).every((d) => Number.isInteger(evalReal(d, sizes)));
  } catch (e) {
    if (e instanceof OftcError || e instanceof DimError) return false;
    throw e;
  }
}

/** The sizes tried for each dimension. With 1, broadcasting hides mistakes; the others tell axes apart. */
export const TRIED = [1, 2, 3, 4, 5];
/** The sizes tried when no binding of TRIED fits: a layer may need 32 elements along an axis. */
const WIDER = [1, 2, 3, 4, 8, 16, 32, 64];
const MAX_TRIED = 20_000;
const MOST_TOKENS = 64;

/**
 * Up to three small bindings that fit: the smallest, the smallest with distinct sizes of at least 2 (equal sizes would
 * hide a transposed shape), and a larger one. There is no larger one if a size had to exceed 5. If nothing up to 64
 * fits, it returns `given`, or throws OFT3007 without it.
 */
export function smallSizes(program: Program, given?: Binding): Binding[] {
  for (const tried of [TRIED, WIDER]) {
    const found = among(program, tried);
    if (found.length > 0) return found;
  }
  if (given) return [given];
  throw new OftcError('OFT3007', `no sizes up to ${WIDER.at(-1)} fit '${program.name}'; give --dims that do`);
}

function among(program: Program, tried: readonly number[]): Binding[] {
  const names = freeDims(program);
  let all: Binding[] = [{}];
  for (const n of names) {
    all = all.flatMap((b) => tried.map((v) => ({ ...b, [n]: v }))).slice(0, MAX_TRIED);
  }
  const distinct = (b: Binding) => new Set(Object.values(b)).size;
  all = all
    .map((b) => ({ b, total: Object.values(b).reduce((s, v) => s + v, 0), apart: distinct(b) }))
    .sort((a, b) => a.total - b.total || b.apart - a.apart)
    .map(({ b }) => b);
  const pick = (from: readonly Binding[]) => from.find((b) => fits(program, b));
  const large = all.filter((b) => Math.min(...Object.values(b)) > 1);
  // Take the most different sizes that fit. Not all can differ where a slice must be as long as its parts.
  const apart = [4, 3, 2, 1].map((n) => large.filter((b) => distinct(b) === n)).find(pick) ?? [];
  const largest = tried === TRIED ? (pick(apart.toReversed()) ?? pick(all.toReversed())) : undefined;
  const found = [pick(all), pick(apart), largest];
  return [...new Map(found.flatMap((b) => (b ? [[printSizes(b), b] as const] : []))).values()];
}

/**
 * The first number of tokens from `least` on at which every dimension is whole and every slice within its axis. If no
 * count near `least` qualifies, `least`.
 */
export function tokensFrom(program: Program, sizes: Binding, least: number): number {
  const bound = bindProgram(program, sizes);
  const rules = tokenRules(bound);
  for (let tokens = least; tokens < least + MOST_TOKENS; tokens++) {
    try {
      checkTokens(rules, tokens);
      return tokens;
    } catch (e) {
      if (!(e instanceof OftcError)) throw e;
    }
  }
  return least;
}

/**
 * Sizes, and a count of tokens or several, for people: `in=8, r=2, tokens=3|5`. A layer without dimensions of its own has
 * `fixed sizes`.
 */
export function printSizes(sizes: Binding, ...tokens: readonly number[]): string {
  const parts = Object.entries(sizes).map(([n, v]) => `${n}=${v}`);
  if (tokens.length > 0) parts.push(`tokens=${tokens.join('|')}`);
  return parts.join(', ') || 'fixed sizes';
}
