/** Small programs of operators, and the statements that are printed for them. */
import { type Dim, dimConst, parseDim } from '../../../../compiler/dims/dims.ts';
import { rational } from '../../../../compiler/dims/rational.ts';
import { apply, input } from '../../../../compiler/ir/build.ts';
import type { LoweringOptions } from '../../../../compiler/ir/lower.ts';
import type { Node } from '../../../../compiler/ir/node.ts';
import { literal } from '../../../../compiler/ops/nodes.ts';
import { annotated } from '../../../../src/targets/torch/annotated.ts';
import { functionText } from '../../../../src/targets/torch/function.ts';
import { programOf } from '../../../support/evaluate.ts';

export const dim = (size: number | string): Dim =>
  typeof size === 'number' ? dimConst(size) : parseDim(size);
export const float = (name: string, ...sizes: readonly (number | string)[]): Node =>
  input(name, 'frozen', { shape: sizes.map(dim), dtype: 'f32' });
export const integer = (name: string, ...sizes: readonly (number | string)[]): Node =>
  input(name, 'frozen', { shape: sizes.map(dim), dtype: 'i32' });

const op =
  (name: string) =>
  (...args: readonly Node[]): Node =>
    apply(name, args, {});
export const add = op('add');
export const mul = op('mul');
export const div = op('div');
export const max = op('max');
export const exp = op('exp');
export const cos = op('cos');
export const matmul = op('matmul');
export const transpose = op('transpose');
export const solve = op('solve');
export const detach = op('detach');
export const concat = (...parts: readonly Node[]): Node => apply('concat', parts, { axis: 0 });
export const number = (value: bigint): Node => literal(rational(value));
/** A tensor whose elements are all one number. */
export const filled = (value: bigint, ...sizes: readonly (number | string)[]): Node =>
  apply('expand', [number(value)], { shape: sizes.map(dim) });

/** The statements of a function of these outputs, without its head. */
export const statements = (
  outputs: Readonly<Record<string, Node>>,
  options: Pick<LoweringOptions, 'copies'> = {},
): string[] =>
  functionText(annotated(programOf(outputs), { structured: true, ...options }), 'f')
    .slice(1)
    .map((line) => line.trim());
