/**
 * Polynomials of a matrix with the fewest matrix products. With powers up to Qˢ at hand (s − 1 products), a
 * factor of degree d costs ⌈d/s⌉ − 1 more by Horner's scheme in Qˢ (Paterson and Stockmeyer 1973), and
 * multiplying m factors m − 1. PEFT's five-term series is (I+Q)²·(I+Q²): two products instead of three.
 */
import { apply } from '../../ir/build.ts';
import type { Node } from '../../ir/node.ts';
import { product, total } from '../../ops/nodes.ts';
import { combine, identityLike, polynomial } from '../../ops/polynomial.ts';
import { defineRules } from '../rule.ts';

type Coefs = readonly number[];
const degree = (p: Coefs): number => p.length - 1;

function multiply(a: Coefs, b: Coefs): number[] {
  const out = Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      out[i + j]! += x * y;
    });
  });
  return out;
}

/** The quotient p / d, where d is monic and the division is exact over the integers. */
function divide(p: Coefs, d: Coefs): number[] | undefined {
  const rest = [...p];
  const out = Array<number>(Math.max(p.length - d.length + 1, 0)).fill(0);
  for (let i = out.length - 1; i >= 0; i--) {
    const c = rest[i + degree(d)]!;
    out[i] = c;
    d.forEach((x, j) => {
      rest[i + j]! -= c * x;
    });
  }
  return out.length > 0 && rest.every((c) => c === 0) ? out : undefined;
}

/** The cyclotomic polynomial Φₙ. The Neumann series can have such factors: 1+2q+…+2qᵖ⁻¹+qᵖ = (1+q)(1+q+…+qᵖ⁻¹). */
function cyclotomic(n: number): number[] {
  let p: number[] = [-1, ...Array<number>(n - 1).fill(0), 1];
  for (let d = 1; d < n; d++) if (n % d === 0) p = divide(p, cyclotomic(d))!;
  return p;
}

/** The cyclotomic factors of p, then the rest. Their product is p. */
function factorise(p: Coefs): number[][] {
  const found: number[][] = [];
  let rest = [...p];
  for (let n = 2; n <= 2 * p.length; n++) {
    const phi = cyclotomic(n);
    for (let q = divide(rest, phi); q; q = divide(rest, phi)) {
      found.push(phi);
      rest = q;
    }
  }
  return degree(rest) > 0 || rest[0] !== 1 ? [...found, rest] : found;
}

interface Scheme {
  readonly parts: readonly Coefs[];
  /** The highest power that is formed directly. */
  readonly step: number;
  /** The number of matrix products in all. */
  readonly products: number;
}

/** The cheapest evaluation as one polynomial or as a product of two; ties go to the product. */
export function bestScheme(coefs: Coefs): Scheme {
  const factors = factorise(coefs);
  const splits: (readonly Coefs[])[] = [[coefs]];
  for (let mask = 1; mask < 1 << (factors.length - 1); mask++) {
    const side = (want: number) => factors.filter((_, i) => ((mask >> i) & 1) === want).reduce(multiply, [1]);
    splits.push([side(0), side(1)]);
  }
  let best: Scheme | undefined;
  for (const parts of splits) {
    const top = Math.max(...parts.map(degree));
    for (let step = 1; step <= top; step++) {
      const products = step - 1 + parts.reduce((s, p) => s + Math.ceil(degree(p) / step), 0) - 1;
      const better =
        !best || products < best.products || (products === best.products && parts.length > best.parts.length);
      if (better) best = { parts, step, products };
    }
  }
  return best ?? { parts: [coefs], step: 1, products: 0 };
}

/** The polynomial Σ cₖQᵏ by Horner's scheme in Qˢ over shared powers. */
function horner(coefs: Coefs, step: number, powers: readonly Node[]): Node {
  const blocks: number[][] = [];
  for (let i = 0; i < coefs.length; i += step) blocks.push(coefs.slice(i, i + step));
  // A lone top coefficient times Qˢ needs no matrix product: it joins the coefficients below.
  if (blocks.length > 1 && blocks.at(-1)!.length === 1) {
    const [top] = blocks.pop()!;
    blocks.at(-1)!.push(top!);
  }
  let acc = combine(blocks.at(-1)!, (k) => powers[k]!);
  for (const block of blocks.slice(0, -1).reverse()) {
    const shifted = apply('matmul', [powers[step]!, acc]);
    acc = block.every((c) => c === 0) ? shifted : total([combine(block, (k) => powers[k]!), shifted]);
  }
  return acc;
}

export function evaluate(q: Node, coefs: Coefs): Node {
  const { parts, step } = bestScheme(coefs);
  const powers: Node[] = [identityLike(q), q];
  for (let k = 2; k <= step; k++) powers.push(apply('matmul', [powers[k - 1]!, q]));
  return product(parts.map((p) => horner(p, step, powers)));
}

export const polynomialRules = defineRules({
  name: 'polynomial-factor',
  law: 'p(Q) = a(Q)·b(Q), each by Horner’s scheme over shared powers: I+2Q+2Q²+2Q³+Q⁴ = (I+Q)²·(I+Q²)',
  numerics: 'reassociates',
  phase: 'apply',
  pattern: { op: 'polynomial' },
  build: (node) => evaluate(node.args[0]!, node.attrs.coefs as Coefs),
  instance: (d) => {
    const b = d.int(1, 4);
    const coefs = d.pick(
      [1, 2, 1],
      [1, 2, 2, 1],
      [1, 2, 2, 2, 1],
      [1, 2, 2, 2, 2, 1],
      [1, 2, 2, 2, 2, 2, 2, 1],
      [1, 2, 2, 2],
      [3],
      Array.from({ length: d.int(1, 10) }, () => d.int(-3, 3)),
    );
    return polynomial(d.tensor(d.int(1, 2), b, b), coefs);
  },
});
