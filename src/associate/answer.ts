/** The answer of `associate`, as JSON: the products in the order in which they are computed. */
import { addCost, type Cost as DimCost, inTokens, NO_COST, seconds } from '../../compiler/associate/cost.ts';
import type { DeviceProfile } from '../../compiler/devices/class.ts';
import { constantOf, type Dim, printDim, renameDim } from '../../compiler/dims/dims.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import { algebra, costOf, type Matrix, type Stored } from './matrices.ts';
import type { FactorStructure, Size } from './request.ts';

/** A factor or the gradient of a product, by its name, or the result of a step, by its index. */
export type Value = (
  | { readonly factor: string }
  | { readonly gradient: string }
  | { readonly step: number }
) & { readonly transposed: boolean };

/** Costs as polynomials in the symbolic size: the coefficients by power, lowest first. */
export interface Cost {
  /** Floating-point operations; a multiply-add is two. */
  readonly operations: readonly number[];
  /** Bytes read and written. */
  readonly bytes: readonly number[];
  /** Bytes of results that are no result of the request. */
  readonly memory: readonly number[];
  readonly launches: number;
}

/** A product of two matrices. */
export interface AnswerStep {
  readonly left: Value;
  readonly right: Value;
  readonly shape: readonly [rows: Size, cols: Size];
  readonly structure: FactorStructure;
  /** Whether the product has elements outside its structure, which are not computed. */
  readonly projected: boolean;
  /** The number of later steps and results of the request that use this step's result. */
  readonly uses: number;
  readonly cost: Cost;
}

export interface AnswerVariant {
  /** The symbolic sizes for which the variant is chosen. `to` is null where they have no end. */
  readonly from: number;
  readonly to: number | null;
  readonly steps: readonly AnswerStep[];
  readonly products: Readonly<Record<string, Value>>;
  /** The terms of each gradient, one for every place where the factor occurs: their sum is the gradient. */
  readonly gradients: Readonly<Record<string, readonly Value[]>>;
  /** The products and gradients as formulas with parentheses, for people: `(x·R)·Wᵀ`. */
  readonly formulas: {
    readonly products: Readonly<Record<string, string>>;
    readonly gradients: Readonly<Record<string, readonly string[]>>;
  };
  /** The cost of all steps. */
  readonly cost: Cost & { readonly seconds: readonly number[] };
}

export interface Answer {
  readonly version: 1;
  /** The name of the symbolic size; null where every size is a number. */
  readonly symbol: string | null;
  /** Whether the search proved that no association takes less time at both ends of every range. */
  readonly proven: boolean;
  readonly variants: readonly AnswerVariant[];
}

type Sides = { readonly left: Matrix; readonly right: Matrix };

/** Numbers products in the order in which they are computed. Equal products are one step. */
export class Steps {
  readonly #symbol: string | undefined;
  readonly #steps: (Omit<AnswerStep, 'uses'> & { readonly stored: Stored; readonly sides: Sides })[] = [];
  readonly #known = new Map<string, number>();
  readonly #values = new Map<Stored, Value>();
  readonly #results: Value[] = [];

  constructor(symbol: string | undefined) {
    this.#symbol = symbol;
  }

  /** Adds the steps of a result of the request. */
  add(result: Matrix): void {
    this.#results.push(this.#value(result));
  }

  #value({ stored, transposed }: Matrix): Value {
    const value = getOrMake(this.#values, stored, () => this.#untransposed(stored));
    return transposed ? turned(value, stored) : value;
  }

  #untransposed(stored: Stored): Value {
    const { of } = stored;
    if (!('left' in of)) return { ...of, transposed: false };
    const [left, right] = [this.#value(of.left), this.#value(of.right)];
    const key = (l: Value, r: Value) => JSON.stringify([l, r, of.projected]);
    const same = this.#known.get(key(left, right));
    if (same !== undefined) return { step: same, transposed: false };
    const reversed = this.#known.get(key(turned(right, of.right.stored), turned(left, of.left.stored)));
    if (reversed !== undefined) return turned({ step: reversed, transposed: false }, stored);
    const step = this.#steps.length;
    this.#known.set(key(left, right), step);
    const { projected } = of;
    const shape = [this.#size(stored.rows), this.#size(stored.cols)] as const;
    const { structure } = stored;
    this.#steps.push({
      left,
      right,
      shape,
      structure,
      projected,
      cost: countsOf(costOf(stored)),
      stored,
      sides: of,
    });
    return { step, transposed: false };
  }

  #size(d: Dim): Size {
    return constantOf(d) ?? printDim(renameDim(d, this.#symbol!));
  }

  /** The steps and the results. A step whose result is only taken transposed is computed transposed. */
  finish(): { readonly steps: readonly AnswerStep[]; readonly results: readonly Value[] } {
    let results: readonly Value[] = this.#results;
    const steps: AnswerStep[] = this.#steps.map(({ stored, sides, ...step }) => ({ ...step, uses: 0 }));
    // Go from the last step to the first: a step that is transposed takes its operands transposed, too.
    for (const [i, { sides }] of [...this.#steps.entries()].reverse()) {
      const isTaken = (v: Value) => 'step' in v && v.step === i;
      const taken = [...steps.flatMap((s) => [s.left, s.right]), ...results].filter(isTaken);
      const own = { ...steps[i]!, uses: taken.length };
      steps[i] = own;
      if (taken.some((v) => !v.transposed)) continue;
      const refer = (v: Value): Value => (isTaken(v) ? { ...v, transposed: false } : v);
      for (const [k, s] of steps.entries()) steps[k] = { ...s, left: refer(s.left), right: refer(s.right) };
      results = results.map(refer);
      const [left, right] = [turned(own.right, sides.right.stored), turned(own.left, sides.left.stored)];
      steps[i] = { ...own, left, right, shape: [own.shape[1], own.shape[0]] };
    }
    return { steps, results };
  }

  /** The cost of all steps. A result of the request counts no memory. */
  cost(profile: DeviceProfile): Cost & { readonly seconds: readonly number[] } {
    const results = new Set(this.#results.flatMap((v) => ('step' in v ? [v.step] : [])));
    const total = this.#steps
      .map(({ stored }, i) =>
        results.has(i) ? { ...costOf(stored), memory: NO_COST.memory } : costOf(stored),
      )
      .reduce(addCost, NO_COST);
    return { ...countsOf(total), seconds: seconds(total, profile) };
  }
}

const turned = (value: Value, { symmetric }: Stored): Value =>
  ({ ...value, transposed: !value.transposed && !symmetric }) as Value;

const countsOf = (c: DimCost): Cost => ({
  operations: inTokens(c.ops),
  bytes: inTokens(c.bytes),
  memory: inTokens(c.memory),
  launches: c.launches,
});

/** The formula of a matrix, with parentheses around every product within another. */
export function formula({ stored, transposed }: Matrix): string {
  const { of } = stored;
  if (!('left' in of)) return `${'factor' in of ? of.factor : `grad.${of.gradient}`}${transposed ? 'ᵀ' : ''}`;
  const sides = transposed
    ? [algebra.transposeOf(of.right), algebra.transposeOf(of.left)]
    : [of.left, of.right];
  const text = sides.map((m) => ('left' in m.stored.of ? `(${formula(m)})` : formula(m))).join('·');
  if (!of.projected) return text;
  return `${stored.structure.kind === 'diagonal' ? 'diagonal' : 'blocks'}(${text})`;
}
