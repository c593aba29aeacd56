/**
 * p(Q) = Σ cₖ Qᵏ of square matrices, and the two truncations of the Cayley transform's Neumann series that PEFT
 * ships. The series of PEFT ≥ 0.18 is C(I − Qⁿ), where C = (I+Q)(I−Q)⁻¹ and n is its highest power.
 */
import { type Rational, toNumber } from '../dims/rational.ts';
import { OftcError } from '../errors/error.ts';
import { apply } from '../ir/build.ts';
import type { Attrs, Node, OpNode } from '../ir/node.ts';
import { type Facts, register } from '../ir/operator.ts';
import { aboveLimit, limits } from '../limits.ts';
import { number, numbers, options, type SurfaceArg, tensor } from './arguments.ts';
import { registerComposite } from './composite.ts';
import { product, scaled, total, transposed } from './nodes.ts';
import { floatDtype, squareOf } from './shapes.ts';

/** `peft-0.18`: the last power has coefficient 1 (PEFT ≥ 0.18). `peft-0.17`: every power has coefficient 2. */
export type NeumannSeries = 'peft-0.18' | 'peft-0.17';

/**
 * Coefficients of the truncated Cayley–Neumann series. PEFT ≥ 0.18: 1: I; 2: I+2Q; 3 and 4:
 * I+2Q+2Q²+Q³; n ≥ 5: I+2Q+…+2Qⁿ⁻²+Qⁿ⁻¹. PEFT ≤ 0.17: I+2Q+…+2Qⁿ⁻¹. Throws OFT2010 unless terms ≥ 1.
 */
export function cayleyNeumannCoefficients(terms: number, series: NeumannSeries): number[] {
  const { most } = limits.neumannTerms;
  if (!Number.isInteger(terms) || terms < 1 || terms > most) {
    throw new OftcError(
      'OFT2010',
      `cayleyNeumann: terms must be a whole number from 1 to ${most}, got ${terms}`,
    );
  }
  if (series !== 'peft-0.18' && series !== 'peft-0.17') {
    throw new OftcError(
      'OFT2010',
      `cayleyNeumann: series must be 'peft-0.18' or 'peft-0.17', got '${series}'`,
    );
  }
  const twos = (n: number) => [1, ...Array<number>(n - 1).fill(2)];
  if (series === 'peft-0.17' || terms <= 2) return twos(terms);
  const coefs = twos(Math.max(terms, 4));
  coefs[coefs.length - 1] = 1;
  return coefs;
}

/**
 * The sizes of expm. The Taylor polynomial of this degree is exp(A + E) with ‖E‖ ≤ 2⁻⁵³‖A‖ for ‖A‖₂ ≤ 0.0896 (Al-Mohy
 * and Higham 2011, table 3.1). `safe` is a smaller norm. Six squarings reach ‖Q‖ = 4.
 */
const EXPM = { degree: 9, safe: 1 / 16, squarings: 6 } as const;

/** The stated bound of ‖Q‖₂ for an exponential; undefined without one. */
export const maxNormOf = ({ attrs }: Pick<OpNode, 'attrs'>): number | undefined =>
  attrs.maxNorm === undefined ? undefined : toNumber(attrs.maxNorm as Rational);

/** The least number of squarings s with maxNorm/2ˢ ≤ 1/16; six without a bound. */
export function squaringsOf(node: Pick<OpNode, 'attrs'>): number {
  const maxNorm = maxNormOf(node);
  return maxNorm === undefined ? EXPM.squarings : Math.max(0, Math.ceil(Math.log2(maxNorm / EXPM.safe)));
}

/** The bound as an attribute. `type` checks its value. */
function bounded(maxNorm: unknown): Attrs {
  if (maxNorm === undefined) return {};
  if (typeof maxNorm !== 'number')
    throw new OftcError('OFT2010', `expm: maxNorm must be a number above 0, got ${maxNorm}`);
  return { maxNorm: number(maxNorm, 'expm: maxNorm') };
}

const coefsOf = (node: OpNode) => node.attrs.coefs as readonly number[];
export const polynomial = (q: Node, coefs: readonly number[]): Node => apply('polynomial', [q], { coefs });
export const identityLike = (q: Node): Node => apply('identity', [], { shape: q.type.shape });

/** The sum Σ cₖ·powers[k] without its zero coefficients. */
export function combine(coefs: readonly number[], powers: (k: number) => Node): Node {
  const terms = coefs.flatMap((c, k) => (c === 0 ? [] : [scaled(c, powers(k))]));
  return terms.length === 0 ? scaled(0, powers(0)) : total(terms);
}

function facts(node: OpNode, of: (n: Node) => Facts): Facts {
  const coefs = coefsOf(node);
  const top = coefs.length - 1;
  const isSeries = (last: number) => coefs.every((c, k) => c === (k === 0 ? 1 : k === top ? last : 2));
  if (!of(node.args[0]!).skewSymmetric || top < 1) return {};
  // R = C(I − Qᵖ): RᵀR − I = −Qᵖ − (Qᵖ)ᵀ + (Qᵖ)ᵀQᵖ, whose first-order part cancels for odd p.
  if (isSeries(1))
    return { orthogonal: { kind: 'approximate', residual: `O(‖Q‖^${top % 2 ? 2 * top : top})` } };
  if (isSeries(2)) {
    // R = C − 2Qⁿ(I−Q)⁻¹, n = top + 1.
    return { orthogonal: { kind: 'approximate', residual: `O(‖Q‖^${top + 1})` } };
  }
  return {};
}

register({
  name: 'polynomial',
  takes: { args: 1, attrs: { coefs: 'numbers' } },
  law: 'p(Q) = Σ cₖ Qᵏ',
  type: ([q], attrs) => {
    squareOf(q!, 'polynomial');
    const coefs = attrs.coefs as readonly number[];
    if (coefs.length === 0 || coefs.some((c) => !Number.isFinite(c))) {
      throw new OftcError(
        'OFT2010',
        `polynomial needs at least one finite coefficient, got [${coefs.join(', ')}]`,
      );
    }
    if (coefs.length > limits.coefficients.most)
      throw new OftcError('OFT2010', `polynomial: ${aboveLimit(coefs.length, limits.coefficients)}`);
    return { shape: q!.shape, dtype: floatDtype([q!], 'polynomial') };
  },
  facts,
  // Reverse of Horner's scheme Pₖ = cₖI + Q Pₖ₊₁: gQ = Σₖ (Qᵀ)ᵏ g Pₖ₊₁ᵀ.
  vjp: (node, g) => {
    const [q] = node.args as [Node];
    const coefs = coefsOf(node);
    const qt = transposed(q);
    const terms: Node[] = [];
    let left = g;
    for (let k = 0; k + 1 < coefs.length; k++) {
      if (k > 0) left = apply('matmul', [qt, left]);
      const rest = coefs.slice(k + 1);
      terms.push(
        rest.length === 1 ? scaled(rest[0]!, left) : apply('matmul', [left, transposed(polynomial(q, rest))]),
      );
    }
    return [terms.length === 0 ? undefined : total(terms)];
  },
  lower: (node, ctx) => {
    const [q] = node.args as [Node];
    const powers: Node[] = [identityLike(q), q];
    for (let k = 2; k < coefsOf(node).length; k++) powers.push(product([powers[k - 1]!, q]));
    return ctx.lower(combine(coefsOf(node), (k) => powers[k]!));
  },
  rotates: true,
  print: (node, p) => p.call('polynomial', [p.text(node.args[0]!), `[${coefsOf(node).join(', ')}]`]),
});

/** exp(Q) by scaling and squaring of its Taylor polynomial (Higham 2008, §10.3): a polynomial of Q. */
registerComposite({
  name: 'expm',
  takes: { args: 1, optional: { maxNorm: 'rational' } },
  law: 'exp(Q) = (Σₖ (Q/2ˢ)ᵏ/k!)^2ˢ, k ≤ 9, s = 6 or the least with maxNorm/2ˢ ≤ 1/16',
  type: ([q], attrs) => {
    squareOf(q!, 'expm');
    const maxNorm = maxNormOf({ attrs });
    if (maxNorm !== undefined && !(maxNorm > 0))
      throw new OftcError('OFT2010', `expm: maxNorm must be a number above 0, got ${maxNorm}`);
    if (maxNorm !== undefined && maxNorm > limits.exponentNorm.most)
      throw new OftcError('OFT2010', `expm: ${aboveLimit(maxNorm, limits.exponentNorm)}`);
    return { shape: q!.shape, dtype: floatDtype([q!], 'expm') };
  },
  define: (node) => {
    let factorial = 1;
    const taylor = Array.from({ length: EXPM.degree + 1 }, (_, k) => {
      factorial *= Math.max(1, k);
      return 1 / factorial;
    });
    const squarings = squaringsOf(node);
    let power = polynomial(scaled(2 ** -squarings, node.args[0]!), taylor);
    for (let i = 0; i < squarings; i++) power = apply('matmul', [power, power]);
    return power;
  },
  rotates: true,
  print: ({ args, attrs }, p) => {
    const bound = attrs.maxNorm === undefined ? [] : [`{ maxNorm: ${p.number(attrs.maxNorm as Rational)} }`];
    return p.call('expm', [p.text(args[0]!), ...bound]);
  },
  elsewhere: { matrixexp: 'expm' },
});

export const functions = {
  cayleyNeumann: (q: SurfaceArg, given?: SurfaceArg) => {
    const { terms = 5, series = 'peft-0.18' } = options(given, 'cayleyNeumann', ['terms', 'series']);
    return polynomial(
      tensor(q, 'cayleyNeumann'),
      cayleyNeumannCoefficients(terms as number, series as NeumannSeries),
    );
  },
  polynomial: (q: SurfaceArg, coefs: SurfaceArg) =>
    polynomial(tensor(q, 'polynomial'), numbers(coefs, 'polynomial')),
  expm: (q: SurfaceArg, given?: SurfaceArg) => {
    const { maxNorm } = options(given, 'expm', ['maxNorm']);
    return apply('expm', [tensor(q, 'expm')], bounded(maxNorm));
  },
};
