/** Bounds the error of a float64 evaluation: the running bound of bound.ts, with IEEE-754's roundoff. */
import type { Format } from '../../compiler/semantics/domains/accuracy.ts';
import { bound, exact } from '../../compiler/semantics/domains/bound.ts';
import type { Domain, Pair, TensorValue } from '../../compiler/semantics/domains/domain.ts';
import type { Values } from '../identity/values.ts';

/** Float64 with twice its unit roundoff: operations round to nearest, functions err by at most 1 ULP. */
const F64: Format = {
  u: 2 ** -52,
  minNormal: 2 ** -1022,
  minSubnormal: Number.MIN_VALUE,
  max: Number.MAX_VALUE,
  maxDivisor: 2 ** 1022,
  expUlps: () => 1,
  logNearOne: 0,
  trig: 2 ** -52,
};

function float64Bound(): Domain<Pair> {
  const device = bound(F64);
  /** sin, cos and tanh have slope at most 1 everywhere. `bound` uses WGSL's promises of them, which are weaker. */
  const contractive = (f: (x: number) => number) => (x: Pair) => {
    const a = device.max(x, x); // a finished sum
    const [value, error] = [f(a.value), a.bound + F64.u];
    return { value, bound: error, terms: 1, magnitude: Math.abs(value) + error };
  };
  return {
    ...device,
    sin: contractive(Math.sin),
    cos: contractive(Math.cos),
    tanh: contractive(Math.tanh),
  };
}

/** Evaluates a program's outputs in some arithmetic. */
export type Evaluate = <T>(
  domain: Domain<T>,
  at: Readonly<Record<string, TensorValue<T>>>,
  tokens: number,
) => Record<string, TensorValue<T>>;

/** Bounds the rounding of every output element at these inputs. */
export function roundingBounds(
  program: Evaluate,
  inputs: Values,
  tokens: number,
): Readonly<Record<string, TensorValue<Pair>>> {
  const pairs = Object.entries(inputs).map(([name, t]) => [name, exact(t.shape, t.values)] as const);
  return program(float64Bound(), Object.fromEntries(pairs), tokens);
}
