/** A simulated device for tests of the error bound. */
import { toNumber } from '../../../compiler/dims/rational.ts';
import { type Domain, numberStorage, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { eliminate } from '../../../compiler/semantics/domains/eliminate.ts';
import { erf, float64 } from '../../../compiler/semantics/domains/float64.ts';
import { random } from '../../support/random.ts';

const MIN_NORMAL = 2 ** -126;

const bits = new DataView(new ArrayBuffer(4));
/** The f32 next to x away from or towards zero. */
function neighbour(x: number, away: boolean): number {
  bits.setFloat32(0, x);
  bits.setUint32(0, bits.getUint32(0) + (away ? 1 : -1));
  return bits.getFloat32(0);
}
const ulp = (x: number) => Math.max(2 ** (Math.floor(Math.log2(Math.abs(x))) - 23), 2 ** -149);

/** A simulated device that errs at random as much as WGSL allows. */
export function device(seed: number): Domain<number> {
  const next = random(seed);
  const coin = () => next() < 0.5;
  const flush = (x: number) => (Math.abs(x) < MIN_NORMAL && coin() ? 0 : x);
  const round = (x: number): number => {
    const nearest = Math.fround(x);
    if (nearest === x || !Number.isFinite(nearest)) return flush(nearest);
    const other =
      nearest === 0 ? Math.sign(x) * 2 ** -149 : neighbour(nearest, Math.abs(nearest) < Math.abs(x));
    return flush(coin() ? nearest : other);
  };
  /** Changes x by up to `ulps` units in the last place, often by all of them. */
  const off = (x: number, ulps: number): number => {
    if (x === 0 || !Number.isFinite(x)) return x;
    const size = (coin() ? 1 : next()) * (coin() ? 1 : -1);
    return flush(Math.fround(x + size * (ulps - 0.5) * ulp(x)));
  };
  const add = (a: number, b: number) => round(flush(a) + flush(b));
  const mul = (a: number, b: number) => round(flush(a) * flush(b));
  const sub = (a: number, b: number) => add(a, -b);
  const div = (a: number, b: number) => off(a / b, 2.5);
  const exp = (x: number) => off(Math.exp(x), 3 + 2 * Math.abs(x));
  const absolute = (x: number, error: number) => Math.fround(x + (next() * 2 - 1) * error * 0.999);
  const shuffledSum = (terms: number[]): number => {
    while (terms.length > 1) {
      const [a] = terms.splice(Math.floor(next() * terms.length), 1);
      const at = Math.floor(next() * terms.length);
      terms[at] = add(terms[at]!, a!);
    }
    return terms[0] ?? 0;
  };
  const domain: Domain<number> = {
    ...numberStorage,
    constant: (c) => round(toNumber(c)),
    fromInt: round,
    less: float64.less,
    add,
    sub,
    mul,
    div,
    max: Math.max,
    min: Math.min,
    neg: (x) => -x,
    abs: Math.abs,
    sqrt: (x) => (x === 0 ? 0 : div(1, off(1 / Math.sqrt(x), 2))),
    exp,
    log: (x) => (x >= 0.5 && x <= 2 ? absolute(Math.log(x), 2 ** -21) : off(Math.log(x), 3)),
    sin: (x) => absolute(Math.sin(x), 7 * 2 ** -23),
    cos: (x) => absolute(Math.cos(x), 7 * 2 ** -23),
    tanh: (x) => off(Math.tanh(x), 10),
    erf: (x) => off(erf(x), 10),
    matmul: (a, b) => {
      const [m, k, n] = [a.shape[0]!, a.shape[1]!, b.shape[0]!];
      const products = (i: number, j: number) =>
        Array.from({ length: k }, (_, t) => mul(a.values[i * k + t]!, b.values[j * k + t]!));
      return tensor(
        [m, n],
        Array.from({ length: m * n }, (_, e) => shuffledSum(products(Math.floor(e / n), e % n))),
      );
    },
    solve: (a, b, pivots) => {
      const better = (x: number, y: number) => pivots && Math.abs(x) > Math.abs(y);
      if (coin()) return eliminate({ sub, mul, div, better }, a, b);
      const [n, m] = [b.shape[0]!, b.shape[1]!];
      const rows = Array.from({ length: n }, (_, i) => [
        ...a.values.subarray(i * n, (i + 1) * n),
        ...b.values.subarray(i * m, (i + 1) * m),
      ]);
      for (let k = 0; k < n; k++) {
        let best = k;
        for (let i = k + 1; i < n; i++) if (better(rows[i]![k]!, rows[best]![k]!)) best = i;
        [rows[k], rows[best]] = [rows[best]!, rows[k]!];
        for (let j = k + 1; j < n + m; j++) {
          const factor = div(rows[k]![j]!, rows[k]![k]!);
          for (let i = 0; i < n; i++) if (i !== k) rows[i]![j] = sub(rows[i]![j]!, mul(rows[i]![k]!, factor));
        }
      }
      return tensor(
        [n, m],
        rows.flatMap((row, i) => row.slice(n).map((x) => div(x, row[i]!))),
      );
    },
    // Adds terms in random order, each relative to the largest so far, as a streaming softmax does.
    logSumExp: (all) => {
      const rest = [...all];
      let [most, total] = [rest[0]!, 0];
      while (rest.length > 0) {
        const [x] = rest.splice(Math.floor(next() * rest.length), 1) as [number];
        const larger = total === 0 ? x : Math.max(most, x);
        const before = total === 0 ? 0 : mul(total, exp(sub(most, larger)));
        total = add(before, exp(sub(x, larger)));
        most = larger;
      }
      return add(most, domain.log(total));
    },
  };
  return domain;
}
