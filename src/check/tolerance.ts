/**
 * Judges errors in float64. Well-conditioned values must agree up to a fixed limit. Where they differ by more, the
 * rounding error is measured at these very values. A difference of that size is accepted, and a larger one is not.
 */
import { Singular, type TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { jittered } from '../../compiler/semantics/domains/jittered.ts';
import { Unsure } from '../../compiler/semantics/expressions.ts';
import { relativeError, relativeNorm, type Values } from '../identity/values.ts';
import { random } from '../start/random.ts';
import type { Evaluate } from './rounding.ts';

/** The number of runs in jittered arithmetic. A right result may be off by `factor` times their largest deviation. */
const SCATTER = { runs: 5, factor: 100 } as const;

/** The relative tolerance beyond which values decide nothing, since a wrong result could hide in it. */
export const MOST_ROUNDING = 1e-3;

/** The largest number of draws that are repeated because they decide nothing, for each property at each size. */
export const REDRAWN = 20;

/** A record of the tolerances that were larger than the property's own. */
export interface Scaled {
  /** The largest tolerance that a value was judged by, and how many times the property's own that is. */
  readonly limit: number;
  readonly times: number;
  /** The place of the largest tolerance: sizes, and the tensor. */
  readonly at: string;
  /** The number of comparisons with a scaled tolerance. */
  readonly trials: number;
  /** The number of draws that decided nothing and were repeated. */
  readonly setAside: number;
}

export type Verdict = 'passed' | 'failed' | 'undecided';

/** The judge of one property. It remembers the worst error, and where it scaled the tolerance. */
export class Judge {
  readonly #limit: number;
  #worst = { observed: 0, limit: 0, ratio: -1 };
  #scaled = { limit: 0, at: '', trials: 0 };
  #setAside = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Judges an error. If it is above the limit, `rounding` measures by how much right values may be off. */
  verdict(error: number, at: string, rounding: () => number): Verdict {
    if (error <= this.#limit) return this.#passed(error, this.#limit);
    const limit = rounding();
    if (limit > MOST_ROUNDING) {
      // A NaN error fails unless the limit is infinite.
      if (!(error <= limit || limit === Infinity)) return 'failed';
      return this.undecided();
    }
    if (!(error <= limit)) return 'failed';
    const { trials, ...most } = this.#scaled;
    this.#scaled = { ...(limit > most.limit ? { limit, at } : most), trials: trials + 1 };
    return this.#passed(error, limit);
  }

  /** Notes a draw that decides nothing. */
  undecided(): Verdict {
    this.#setAside++;
    return 'undecided';
  }

  #passed(observed: number, limit: number): Verdict {
    const ratio = observed / limit;
    if (ratio > this.#worst.ratio) this.#worst = { observed, limit, ratio };
    return 'passed';
  }

  /** The parts of a finding: the error nearest its tolerance, and what was scaled. */
  finding(): { readonly observed?: number; readonly limit?: number; readonly scaled?: Scaled } {
    const { observed, limit, ratio } = this.#worst;
    const { trials, at, limit: most } = this.#scaled;
    return {
      ...(ratio < 0 ? {} : { observed, limit }),
      ...(trials > 0 || this.#setAside > 0
        ? { scaled: { limit: most, times: most / this.#limit, at, trials, setAside: this.#setAside } }
        : {}),
    };
  }
}

/**
 * An estimate of the rounding in a result, from runs that move every operation by a unit in the last place: a multiple
 * of the largest deviation. ∞ where a result is not a number.
 */
export function scatter<R>(
  exact: R,
  run: (domain: typeof float64) => R,
  deviation: (moved: R, exact: R) => number,
): number {
  let most = 0;
  for (let seed = 0; seed < SCATTER.runs; seed++) {
    const off = deviation(run(jittered(random(seed))), exact);
    if (!(off <= most)) most = Number.isNaN(off) ? Infinity : off;
  }
  return SCATTER.factor * most;
}

/** The result of `work`; undefined where rounding decides which way a choice of indices goes. */
export function unlessUnsure<R>(work: () => R): R | undefined {
  try {
    return work();
  } catch (e) {
    if (e instanceof Unsure) return undefined;
    throw e;
  }
}

/** Two programs that should be the same function, at values in float64. */
export interface Sides {
  readonly expected: Evaluate;
  readonly actual: Evaluate;
  readonly values: Values;
  readonly tokens: number;
}

/** One output of both programs, judged. */
export interface Agreement {
  readonly output: string;
  readonly verdict: Verdict;
  readonly error: number;
  readonly expected: TensorValue<number>;
  readonly actual: TensorValue<number>;
}

/**
 * Judges every output of two programs. Returns undefined if a matrix has no inverse, which leaves nothing to judge.
 */
export function agreements(
  judgeOf: (output: string) => Judge,
  { expected, actual, values, tokens }: Sides,
  at: string,
): Agreement[] | undefined {
  try {
    const [wanted, found] = [expected, actual].map((f) => f(float64, values, tokens)) as [Values, Values];
    return Object.entries(wanted).map(([output, e]) => {
      const a = found[output]!;
      const error = relativeError(e, a);
      const rounding = () => {
        const off = (m: Values, x: Values) =>
          relativeNorm(
            m[output]!.values.map((v, i) => v - x[output]!.values[i]!),
            e,
          );
        const [own, other] = [
          scatter(wanted, (domain) => expected(domain, values, tokens), off),
          scatter(found, (domain) => actual(domain, values, tokens), off),
        ];
        // NaN from the second program alone is an error. The second program's own rounding, then infinite, must not
        // excuse it.
        return Number.isNaN(error) && own < Infinity ? own : own + other;
      };
      const verdict = judgeOf(output).verdict(error, `${at}, ${output}`, rounding);
      return { output, verdict, error, expected: e, actual: a };
    });
  } catch (e) {
    if (e instanceof Singular) return undefined;
    throw e;
  }
}
