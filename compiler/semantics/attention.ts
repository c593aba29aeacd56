/** Computes attention in every scalar domain, by the sums that prim.ts states. */
import { divQ } from '../dims/rational.ts';
import type { AttentionPrim } from '../primitives/prim.ts';
import type { Domain, TensorValue } from './domains/domain.ts';

export function attend<T>(
  prim: AttentionPrim,
  domain: Domain<T>,
  args: readonly TensorValue<T>[],
  out: TensorValue<T>,
): void {
  const [q, k, start, v, lse, g, inner] = args as [
    TensorValue<T>,
    TensorValue<T>,
    TensorValue<T>,
    ...TensorValue<T>[],
  ];
  const [tokens, heads, width] = q.shape as [number, number, number];
  const [keys, keyHeads] = k.shape as [number, number];
  const ranged = prim.args[2]!.shape.length === 2;
  const { add, sub, mul, exp, read } = domain;
  const scale = domain.constant(prim.scale);
  const cap = prim.softCap && {
    most: domain.constant(prim.softCap),
    scale: domain.constant(divQ(prim.scale, prim.softCap)),
  };
  const channels = [...Array(width).keys()];
  const sum = (terms: readonly T[]): T =>
    terms.length === 0 ? domain.fromInt(0) : terms.reduce((a, b) => add(a, b));

  const query = (i: number, h: number) => (i * heads + h) * width;
  const key = (j: number, h: number) => (j * keyHeads + Math.floor((h * keyHeads) / heads)) * width;
  const dot = (a: TensorValue<T>, from: number, b: TensorValue<T>, at: number): T =>
    sum(channels.map((c) => mul(read(a, from + c), read(b, at + c))));
  /** The score as a share of its cap. */
  const capped = (i: number, h: number, j: number, by: T): T =>
    domain.tanh(mul(dot(q, query(i, h), k, key(j, h)), by));
  const score = (i: number, h: number, j: number): T =>
    cap ? mul(capped(i, h, j, cap.scale), cap.most) : mul(dot(q, query(i, h), k, key(j, h)), scale);
  const share = (i: number, h: number, j: number): T => exp(sub(score(i, h, j), read(lse!, i * heads + h)));
  /** The cotangent of scale·⟨q_i, k_j⟩. */
  const slope = (i: number, h: number, j: number, p: T): T => {
    const ofScore = mul(p, sub(dot(g!, query(i, h), v!, key(j, h)), read(inner!, i * heads + h)));
    if (!cap) return ofScore;
    const s = capped(i, h, j, cap.scale);
    return mul(ofScore, sub(domain.fromInt(1), mul(s, s)));
  };
  const seen = (i: number): number[] => {
    const [from, last] = ranged
      ? [start.values[2 * i]!, Math.min(start.values[2 * i + 1]!, keys - 1)]
      : [start.values[i]!, i];
    const first = Math.max(0, from);
    return Array.from({ length: Math.max(0, last + 1 - first) }, (_, n) => first + n);
  };
  /** The sum Σ w·x[at + c] for every channel c. */
  const mixed = (x: TensorValue<T>, terms: readonly { readonly w: T; readonly at: number }[]): T[] =>
    channels.map((c) => sum(terms.map(({ w, at }) => mul(w, read(x, at + c)))));
  const store = (at: number, values: readonly T[]) =>
    values.forEach((x, c) => {
      domain.write(out, at + c, x, prim.dtype);
    });
  const scaled = (values: readonly T[]) => values.map((x) => mul(x, scale));
  const eachQuery = (visit: (i: number, h: number) => void) => {
    for (let i = 0; i < tokens; i++) for (let h = 0; h < heads; h++) visit(i, h);
  };

  switch (prim.part) {
    case 'lse':
      eachQuery((i, h) => {
        const scores = seen(i).map((j) => score(i, h, j));
        store(i * heads + h, [scores.length === 0 ? domain.fromInt(0) : domain.logSumExp(scores)]);
      });
      return;
    case 'output':
      eachQuery((i, h) => {
        const terms = seen(i).map((j) => ({ w: share(i, h, j), at: key(j, h) }));
        store(query(i, h), mixed(v!, terms));
      });
      return;
    case 'query':
      eachQuery((i, h) => {
        const terms = seen(i).map((j) => ({ w: slope(i, h, j, share(i, h, j)), at: key(j, h) }));
        store(query(i, h), scaled(mixed(k, terms)));
      });
      return;
    case 'keyValue': {
      const seenBy = Array.from({ length: keys }, (): number[] => []);
      for (let i = 0; i < tokens; i++) for (const j of seen(i)) seenBy[j]!.push(i);
      const group = heads / keyHeads;
      seenBy.forEach((by, j) => {
        for (let n = 0; n < keyHeads; n++) {
          const pairs = Array.from({ length: group }, (_, m) => n * group + m).flatMap((h) =>
            by.map((i) => ({ i, h, at: query(i, h), p: share(i, h, j) })),
          );
          const slopes = pairs.map(({ i, h, at, p }) => ({ w: slope(i, h, j, p), at }));
          const at = (which: number) => ((j * 2 + which) * keyHeads + n) * width;
          store(at(0), scaled(mixed(q, slopes)));
          store(
            at(1),
            mixed(
              g!,
              pairs.map(({ p, at }) => ({ w: p, at })),
            ),
          );
        }
      });
      return;
    }
    default:
      throw new TypeError(`unknown part ${prim.part satisfies never}`);
  }
}
