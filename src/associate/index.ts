/**
 * Chooses parentheses for products of matrices and for their gradients together, at every value of one symbolic size.
 * Requests and answers are plain JSON: docs/associate.md describes them.
 */
import { Associations } from '../../compiler/associate/associations.ts';
import { cotangent, groupChains, SubProducts } from '../../compiler/associate/chains.ts';
import { MAX_VARIANTS } from '../../compiler/associate/select.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import { type Answer, type AnswerVariant, formula, Steps } from './answer.ts';
import { choose } from './choose.ts';
import { algebra, DENSE, identity, type Matrix, type Product, type Stored } from './matrices.ts';
import {
  type Device,
  type ReadFactor,
  type ReadRequest,
  type Request,
  readRequest,
  sidesOf,
} from './request.ts';

export type { Answer, AnswerStep, AnswerVariant, Cost, Value } from './answer.ts';
export type { Device, Factor, FactorStructure, Operand, Request, Size } from './request.ts';

/** The rates of a data-centre GPU in 32-bit floats, for a request that names no device. */
const DEFAULT_DEVICE: Device = { flops: 2e13, bandwidth: 1e12, launch: 5e-6 };

/** A product of the request, or one term of the gradient of a factor. */
interface Wanted extends Product {
  readonly product?: string;
  readonly gradient?: string;
}

/**
 * Associates products and gradients. Throws an error with the code `InvalidArgument` for a request that is wrong; its
 * message says what, where, and how to fix it.
 */
export function associate(request: Request): Answer {
  const read = readRequest(request);
  const { symbol, device = DEFAULT_DEVICE, tolerance = 0, maxVariants = MAX_VARIANTS } = read;
  const profile = { name: 'the device of the request', ...device };
  const wanted = chainsOf(read);
  const subs = new SubProducts(identity(), algebra.transposeOf);
  // Equal products, of which one may be the transpose of the other, are one chain.
  const chains = new Map<string, { readonly chain: Product; readonly flipped: boolean }>();
  const placed = wanted.map((own) => {
    const { key, flipped } = subs.key(own.factors);
    const at = `${own.projected} ${key}`;
    const { chain, ...known } = chains.get(at) ?? { chain: own, flipped };
    chains.set(at, { chain, ...known });
    return { chain, flipped: flipped !== known.flipped };
  });
  const groups = groupChains(
    [...chains.values()].map(({ chain }) => chain),
    subs,
  );
  const searched = groups.map((group) => new Associations<Matrix, Product>(group, subs, algebra));
  const { choices, isProven } = choose(searched, profile, tolerance, maxVariants);
  const variants = choices.map(({ candidate, minTokens, maxTokens }): AnswerVariant => {
    const roots = new Map(
      groups.flatMap((g, i) => g.chains.map((chain, k) => [chain, candidate.roots[i]![k]!] as const)),
    );
    const steps = new Steps(symbol);
    const found = placed.map(({ chain, flipped }) => {
      const root = roots.get(chain)!;
      return flipped ? algebra.transposeOf(root) : root;
    });
    for (const root of found) steps.add(root);
    const finished = steps.finish();
    const named = wanted.map((chain, i) => ({
      chain,
      value: finished.results[i]!,
      formula: formula(found[i]!),
    }));
    const products = named.flatMap((n) =>
      n.chain.product === undefined ? [] : [{ ...n, of: n.chain.product }],
    );
    const terms = (name: string) => named.filter((n) => n.chain.gradient === name);
    const perGradient = <T>(of: (n: (typeof named)[number]) => T) =>
      Object.fromEntries(read.gradients.map(({ name }) => [name, terms(name).map(of)]));
    return {
      from: minTokens,
      to: maxTokens,
      steps: finished.steps,
      products: Object.fromEntries(products.map((p) => [p.of, p.value])),
      gradients: perGradient((n) => n.value),
      formulas: {
        products: Object.fromEntries(products.map((p) => [p.of, p.formula])),
        gradients: perGradient((n) => n.formula),
      },
      cost: steps.cost(profile),
    };
  });
  return { version: 1, symbol: symbol ?? null, proven: isProven, variants };
}

/** The products of a request, and of each wanted gradient a product for every place where the factor occurs. */
function chainsOf({ products, gradients }: ReadRequest): Wanted[] {
  const stored = new Map<ReadFactor, Stored>();
  const matrix = (factor: ReadFactor, transposed: boolean): Matrix => {
    const { name, rows, cols, structure, elementBytes } = factor;
    const symmetric = factor.symmetric || structure.kind === 'diagonal';
    const own = getOrMake(stored, factor, () => ({
      rows,
      cols,
      structure,
      elementBytes,
      symmetric,
      of: { factor: name },
    }));
    return { stored: own, transposed: transposed && !symmetric };
  };
  return products.flatMap(({ name, operands }): Wanted[] => {
    const factors = operands.map((o) => matrix(o.factor, o.transposed));
    const elementBytes = Math.max(...operands.map((o) => o.factor.elementBytes));
    const [rows, cols] = [sidesOf(operands[0]!)[0], sidesOf(operands.at(-1)!)[1]];
    const g: Matrix = {
      stored: { rows, cols, structure: DENSE, elementBytes, symmetric: false, of: { gradient: name } },
      transposed: false,
    };
    const terms = gradients.flatMap((factor) =>
      operands.flatMap((o, i): Wanted[] => {
        if (o.factor !== factor) return [];
        const along = cotangent(factors, i, g, algebra.transposeOf);
        const { structure } = factor;
        return [
          {
            factors: o.transposed ? along.map(algebra.transposeOf).reverse() : along,
            projected: structure.kind !== 'dense',
            structure,
            gradient: factor.name,
          },
        ];
      }),
    );
    return [{ factors, projected: false, structure: DENSE, product: name }, ...terms];
  });
}
