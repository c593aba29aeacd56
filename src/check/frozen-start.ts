/**
 * Compares a new adapter with the frozen layer. Most methods start as x·Wᵀ, and some as that layer turned, for example by
 * a reflection, so that the weight keeps its singular values. Another start is probably a mistake.
 */
import { type Binding, constantOf, equalDim, printDim, RUNTIME_DIM } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { printShape, rootsOf, topological } from '../../compiler/ir/build.ts';
import { decomposedOf, type Init, singularOf } from '../../compiler/ir/init.ts';
import type { InputNode, Node, Output, Program } from '../../compiler/ir/node.ts';
import { operator } from '../../compiler/ir/operator.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { tokensFrom } from '../identity/sizes.ts';
import { realValues, relativeError, type Values } from '../identity/values.ts';
import type { HostTensor } from '../session/tensors.ts';
import { checkStarts } from '../start/initialise.ts';
import { random } from '../start/random.ts';
import { singularVectors } from '../start/singular-vectors.ts';
import { Decompositions, startValues } from '../start/values.ts';
import { candidates, type Starts, withStarts } from './candidates.ts';
import { evaluator } from './evaluate.ts';
import type { Evaluate } from './rounding.ts';

/** The relative difference that counts as rounding. */
const ROUNDING = 1e-9;
/** The same for singular values, which are iterated. */
const TURNED = 1e-6;

const isZero = ({ values }: TensorValue<number>): boolean => values.every((v) => v === 0);

/** The frozen weight (out, in) of a layer whose only activation is x (tokens, in) and only output y (tokens, out). */
function frozenWeight({ inputs, outputs }: Program): InputNode | undefined {
  const [x, ...others] = inputs.filter((i) => i.role === 'input');
  const y = outputs[0]!.node.type.shape;
  if (!x || others.length > 0 || outputs.length > 1 || x.type.dtype === 'i32') return undefined;
  const [[rows, inner, ...more], [tokens, out]] = [x.type.shape, y];
  if (!rows || !inner || !tokens || !out || more.length > 0 || y.length !== 2) return undefined;
  if (printDim(rows) !== RUNTIME_DIM || !equalDim(rows, tokens)) return undefined;
  const fitting = inputs.filter(({ role, type: { shape } }) => {
    const fits = shape.length === 2 && equalDim(shape[0]!, out) && equalDim(shape[1]!, inner);
    return role === 'frozen' && fits;
  });
  return fitting.find((i) => i.name === 'W') ?? (fitting.length === 1 ? fitting[0] : undefined);
}

/**
 * The reason why a new adapter that has a frozen matrix is not compared with x·Wᵀ; undefined where it is, and for a layer
 * without a frozen matrix or without starts.
 */
export function whyNotCompared(program: Program): string | undefined {
  const { inputs, outputs } = program;
  const isMatrix = (i: InputNode) =>
    i.role === 'frozen' && i.type.dtype !== 'i32' && i.type.shape.length === 2;
  const starting = inputs.some((i) => i.role === 'trainable' && i.init !== undefined);
  const W = inputs.find((i) => isMatrix(i) && i.name === 'W') ?? inputs.find(isMatrix);
  if (!W || !starting || frozenWeight(program)) return undefined;
  const [x, ...others] = inputs.filter((i) => i.role === 'input');
  if (!x || others.length > 0) return 'it has several inputs';
  if (outputs.length > 1) return 'it has several outputs';
  const { name, node } = outputs[0]!;
  const shapeOf = ({ type }: Node) => printShape(type.shape);
  return `'${name}' is ${shapeOf(node)}, and no frozen matrix makes that of '${x.name}' ${shapeOf(x)}: '${W.name}' is ${shapeOf(W)}`;
}

/** How a start differs from the frozen layer. */
export interface Change {
  readonly what: string;
  readonly advice?: string;
  /** Whether the result is not finite, so that nothing can be trained. */
  readonly notFinite?: true;
}

/** A layer at small sizes that its starts allow, with random values of what has no start. */
export class NewAdapter {
  /** The sizes that the layer is computed at. */
  readonly sizes: Binding;
  readonly #program: Program;
  readonly #weight: InputNode;
  readonly #x: InputNode;
  readonly #tokens: number;
  readonly #values: Values;
  readonly #y: Evaluate;

  private constructor(program: Program, sizes: Binding) {
    this.sizes = sizes;
    this.#program = program;
    this.#weight = frozenWeight(program)!;
    this.#x = program.inputs.find((i) => i.role === 'input')!;
    this.#tokens = tokensFrom(program, {}, constantOf(this.#weight.type.shape[1]!)! + 1);
    this.#values = realValues(program, this.#tokens, random(1));
    this.#y = evaluator(program, [{ ...program.outputs[0]!, name: 'y' }]);
  }

  /** Undefined for a layer that is no linear layer with a frozen weight, or whose starts fit none of the sizes. */
  static of(source: Program, small: readonly Binding[]): NewAdapter | undefined {
    if (!frozenWeight(source)) return undefined;
    for (const sizes of small.toReversed()) {
      const program = bindProgram(source, sizes);
      try {
        checkStarts(program, {});
        return new NewAdapter(program, sizes);
      } catch (e) {
        if (!(e instanceof OftcError)) throw e;
      }
    }
    return undefined;
  }

  /** Whether the layer starts as the frozen one. */
  isFrozen(starts: Starts = new Map()): boolean {
    return this.#difference(this.#at(starts)) <= ROUNDING;
  }

  /**
   * Describes how the result at the declared starts differs from that of the frozen layer, with advice. Undefined where
   * it does not differ. Throws Singular.
   */
  changed(): Change | undefined {
    const at = this.#at(new Map());
    const y = this.#y(float64, at, this.#tokens).y!;
    if (!y.values.every(Number.isFinite))
      return { what: `is not finite, because ${this.#notFinite(at)} is not`, notFinite: true };
    if (isZero(y))
      return {
        what: `is 0, because ${this.#zero(at)} is`,
        advice: 'a factor is to start as the identity, and a scale at 1',
      };
    const difference = this.#difference(at);
    if (difference <= ROUNDING || this.#isTurned(at)) return undefined;
    const percent = 100 * difference;
    return {
      what: `differs from that of the frozen layer by ${percent < 10 ? percent.toPrecision(2) : Math.round(percent)} %`,
      advice:
        'unless that is meant, what it adds is to start at 0, or is taken from the frozen weight, and what it multiplies by is to start as the identity',
    };
  }

  /** The starts of one tensor each with which the layer starts as the frozen one. Singular vectors are kept. */
  *others(): Generator<Starts> {
    for (const i of this.#program.inputs.toReversed()) {
      if (i.role !== 'trainable' || singularOf(i.init!) || decomposedOf(i.init!)) continue;
      const rows = i.type.shape.length === 1 && equalDim(i.type.shape[0]!, this.#weight.type.shape[0]!);
      const inits: Init[] = [...candidates(i), ...(rows ? [{ rowNorms: this.#weight.name }] : [])];
      for (const init of inits) {
        const starts = new Map([[i.name, init]]);
        if (this.isFrozen(starts)) yield starts;
      }
    }
  }

  /** The values at the starts. */
  #at(starts: Starts): Values {
    const starting = checkStarts(withStarts(this.#program, starts), {});
    const [next, decompositions] = [random(2), new Decompositions(starting)];
    const known: Record<string, HostTensor> = {};
    for (const [name, { values, shape }] of Object.entries(this.#values))
      known[name] = { data: values, shape };
    for (const s of starting) {
      const data = Float64Array.from(startValues(s, next, known, decompositions));
      known[s.input.name] = { data, shape: s.shape };
    }
    return Object.fromEntries(
      Object.entries(known).map(([name, { data, shape }]) => [name, tensor(shape, data)]),
    );
  }

  /** The relative difference of y and x·Wᵀ, or that with one of the frozen vectors added to its rows. */
  #difference(at: Values): number {
    const y = this.#y(float64, at, this.#tokens).y!;
    const product = this.#product(at);
    return Math.min(...[undefined, ...this.#biases(at)].map((bias) => relativeError(plus(product, bias), y)));
  }

  /** Whether the weight of y has the singular values of W. Rows of y are its rows for x = I less that for x = 0. */
  #isTurned(at: Values): boolean {
    const [x, W] = [at[this.#x.name]!, at[this.#weight.name]!];
    const [out, inner] = W.shape as [number, number];
    const basis = x.values.map((_, k) => (Math.floor(k / inner) === k % inner ? 1 : 0));
    const { values } = this.#y(float64, { ...at, [this.#x.name]: tensor(x.shape, basis) }, this.#tokens).y!;
    if (!values.every(Number.isFinite)) return false;
    const made = values.slice(0, inner * out).map((v, k) => v - values[inner * out + (k % out)]!);
    const [own, turned] = [
      { of: W.values, shape: [out, inner] as const },
      { of: made, shape: [inner, out] as const },
    ].map(({ of, shape }) => singularVectors(of, shape, Math.min(out, inner)).values);
    return own!.every((sigma, i) => Math.abs(sigma - turned![i]!) <= TURNED * own![0]!);
  }

  #product(at: Values): TensorValue<number> {
    const [x, W] = [at[this.#x.name]!, at[this.#weight.name]!];
    const [out, inner] = W.shape as [number, number];
    const values = Float64Array.from({ length: this.#tokens * out }, (_, k) => {
      const [t, o] = [Math.floor(k / out), k % out];
      let sum = 0;
      for (let i = 0; i < inner; i++) sum += x.values[t * inner + i]! * W.values[o * inner + i]!;
      return sum;
    });
    return tensor([this.#tokens, out], values);
  }

  /** The frozen vectors that may be the layer's bias. */
  #biases(at: Values): TensorValue<number>[] {
    const out = this.#weight.type.shape[0]!;
    return this.#program.inputs
      .filter(
        ({ role, type: { shape } }) => role !== 'input' && shape.length === 1 && equalDim(shape[0]!, out),
      )
      .map((i) => at[i.name]!);
  }

  /** The value of each expression of floats. */
  #parts(at: Values): ReadonlyMap<Node, TensorValue<number>> {
    const nodes = topological(rootsOf(this.#program)).filter((n) => n.type.dtype !== 'i32');
    const outputs = nodes.map((node, i): Output => ({ name: String(i), node }));
    const values = evaluator(this.#program, outputs)(float64, at, this.#tokens);
    return new Map(nodes.map((node, i) => [node, values[i]!]));
  }

  /** The first expression that is not finite. */
  #notFinite(at: Values): string {
    const found = [...this.#parts(at)].find(([, value]) => !value.values.every(Number.isFinite));
    return printNode(found![0]);
  }

  /** The factor that makes y 0. */
  #zero(at: Values): string {
    const parts = this.#parts(at);
    const zero = (n: Node) => parts.has(n) && isZero(parts.get(n)!);
    let node = this.#program.outputs[0]!.node;
    for (;;) {
      if (node.kind === 'input') return `'${node.name}'`;
      const next = node.args.find(zero);
      const falls = node.args.some((a) => !zero(a)) || operator(node.op).view;
      if (!next || !falls) return printNode(node);
      node = next;
    }
  }
}

/** A matrix with a vector added to each row. */
const plus = (
  { shape, values }: TensorValue<number>,
  vector: TensorValue<number> | undefined,
): TensorValue<number> =>
  tensor(shape, vector ? values.map((v, k) => v + vector.values[k % shape[1]!]!) : values);
