/** Draws random values for a program's inputs from a seed, in each arithmetic. */
import { type Dim, evalDim } from '../../compiler/dims/dims.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { InputNode, Node, OpNode, Program } from '../../compiler/ir/node.ts';
import { operator } from '../../compiler/ir/operator.ts';
import { positionRules } from '../../compiler/ops/position-rules.ts';
import { type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import { P } from '../../compiler/semantics/domains/field.ts';
import { anyPositions, type MatrixSize } from '../start/positions.ts';

import { shuffle } from '../start/random.ts';

export type Values = Readonly<Record<string, TensorValue<number>>>;

const shapeAt = (i: InputNode, tokens: number): number[] => i.type.shape.map((d) => evalDim(d, { tokens }));

/** The axis that an operator reads or writes at an index; for a permutation, the index's own axis. */
const indexedBy = (n: OpNode, { type }: Node): Dim | undefined =>
  operator(n.op).indexes?.(n) ?? type.shape[0];

/**
 * The number of values that an integer input may take: the length of the shortest axis that it indexes, perhaps after
 * other operators rearrange it. For a permutation, it is the length of the input itself.
 */
export function limitOf(program: Program, input: InputNode, tokens: number): number {
  const indices = new Set<Node>([input]);
  const limits = topological(program.outputs.map((o) => o.node)).flatMap((n) => {
    const index = n.kind === 'op' ? n.args.find((a) => indices.has(a)) : undefined;
    if (n.kind === 'input' || !index) return [];
    if (n.type.dtype === 'i32') {
      indices.add(n);
      return [];
    }
    const indexed = indexedBy(n, index);
    return indexed ? [evalDim(indexed, { tokens })] : [];
  });
  return Math.min(...limits, Number.MAX_SAFE_INTEGER);
}

/** `count` integers below `limit`, distinct while there are enough: a permutation when both are equal. */
function integers(limit: number, count: number, next: () => number): number[] {
  const pool = Array.from({ length: Math.min(limit, Math.max(count, 1)) }, (_, i) => i);
  shuffle(pool, next);
  return Array.from({ length: count }, (_, i) => pool[i % pool.length]!);
}

/** The size of the matrix whose positions an input has; undefined where it has none. */
export function matrixAt(program: Program, { name }: InputNode, tokens: number): MatrixSize | undefined {
  const rule = positionRules(program).find((r) => r.input === name);
  return rule?.size.map((d) => evalDim(d, { tokens })) as MatrixSize | undefined;
}

/** Elements of an integer input: positions; or indices into the axis that the input reads; or a permutation. */
export function indicesFor(
  program: Program,
  i: InputNode,
  tokens: number,
  next: () => number,
): readonly number[] {
  const shape = shapeAt(i, tokens);
  const matrix = matrixAt(program, i, tokens);
  if (matrix) return [...anyPositions(shape, matrix, next)];
  const count = shape.reduce((p, n) => p * n, 1);
  return integers(limitOf(program, i, tokens), count, next);
}

function fill(
  program: Program,
  tokens: number,
  next: () => number,
  value: (i: InputNode, width: number) => number,
): Values {
  return Object.fromEntries(
    program.inputs.map((i) => {
      const shape = shapeAt(i, tokens);
      const elements = shape.reduce((p, n) => p * n, 1);
      const width = shape.at(-1) ?? 1;
      const values =
        i.type.dtype === 'i32'
          ? indicesFor(program, i, tokens, next)
          : Array.from({ length: elements }, () => value(i, width));
      return [i.name, tensor(shape, values)];
    }),
  );
}

/** Uniform elements of the prime field. */
export const fieldValues = (program: Program, tokens: number, next: () => number): Values =>
  fill(program, tokens, next, () => Math.floor(next() * P));

/**
 * Float32 numbers as large as in training: activations and cotangents of order 1, frozen weights of variance
 * 1/columns, trainables small enough that ‖Q‖ < 1.
 */
export function realValues(program: Program, tokens: number, next: () => number): Values {
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return fill(program, tokens, next, (i, width) => {
    const scale =
      i.role === 'frozen' ? 1 / Math.sqrt(width) : i.role === 'trainable' ? 0.3 / Math.sqrt(width) : 1;
    return Math.fround(normal() * scale);
  });
}

export interface Mismatch {
  readonly output: string;
  readonly index: number;
  readonly expected: number;
  readonly actual: number;
}

/** The first element that differs, among the outputs that both records have. */
export function firstDifference(
  expected: Readonly<Record<string, TensorValue<number>>>,
  actual: Readonly<Record<string, TensorValue<number>>>,
): Mismatch | undefined {
  for (const [output, e] of Object.entries(expected)) {
    const a = actual[output]!.values;
    const index = e.values.findIndex((v, i) => v !== a[i]);
    if (index >= 0) return { output, index, expected: e.values[index]!, actual: a[index]! };
  }
  return undefined;
}

/** The mean size below which elements are compared absolutely: a result that cancels to 0 has no relative error. */
const ZERO_SCALE = 1e-3;

/**
 * The Frobenius norm of a difference, divided by that of the expected values. Their root mean square counts as at
 * least ZERO_SCALE.
 */
export function relativeNorm(difference: Float64Array, expected: TensorValue<number>): number {
  const squares = (v: Float64Array) => v.reduce((s, x) => s + x ** 2, 0);
  const least = Math.max(ZERO_SCALE ** 2 * expected.values.length, Number.MIN_VALUE);
  return Math.sqrt(squares(difference) / Math.max(squares(expected.values), least));
}

/** ‖actual − expected‖_F / ‖expected‖_F, by `relativeNorm`. */
export const relativeError = (expected: TensorValue<number>, actual: TensorValue<number>): number =>
  relativeNorm(
    expected.values.map((v, i) => actual.values[i]! - v),
    expected,
  );
