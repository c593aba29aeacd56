/**
 * Float64 with every result moved at random by at most one unit in the last place: Monte Carlo arithmetic (Parker 1997).
 * The scatter of the results measures how ill-conditioned the program is at these values, as it computes them.
 */
import { count, type Domain, shiftedLogSumExp, tensor } from './domain.ts';
import { eliminate } from './eliminate.ts';
import { float64 } from './float64.ts';

/** The domain whose moves come from `next`, numbers in [0, 1). */
export function jittered(next: () => number): Domain<number> {
  const moved = (x: number): number => x * (1 + (Math.floor(next() * 3) - 1) * Number.EPSILON);
  const one = (f: (a: number) => number) => (a: number) => moved(f(a));
  const two = (f: (a: number, b: number) => number) => (a: number, b: number) => moved(f(a, b));
  const { add, sub, mul, div, sqrt, exp, log, sin, cos, tanh, erf } = float64;
  const domain: Domain<number> = {
    ...float64,
    add: two(add),
    sub: two(sub),
    mul: two(mul),
    div: two(div),
    sqrt: one(sqrt),
    exp: one(exp),
    log: one(log),
    sin: one(sin),
    cos: one(cos),
    tanh: one(tanh),
    erf: one(erf),
    matmul: (a, b) => {
      const [k, shape] = [a.shape[1]!, [a.shape[0]!, b.shape[0]!]];
      const element = (_: unknown, e: number) => {
        const [p, q] = [Math.floor(e / shape[1]!) * k, (e % shape[1]!) * k];
        let s = 0;
        for (let t = 0; t < k; t++) s = domain.add(s, domain.mul(a.values[p + t]!, b.values[q + t]!));
        return s;
      };
      return tensor(shape, Float64Array.from({ length: count(shape) }, element));
    },
    logSumExp: (all) => shiftedLogSumExp(domain, all),
    solve: (a, b) =>
      eliminate(
        {
          sub: domain.sub,
          mul: domain.mul,
          div: domain.div,
          better: (candidate, pivot) => Math.abs(candidate) > Math.abs(pivot),
        },
        a,
        b,
      ),
  };
  return domain;
}
