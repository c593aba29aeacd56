/** Small operands for the tests of operators. */
import { dimConst } from '../../../compiler/dims/dims.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Attrs, DType, Node } from '../../../compiler/ir/node.ts';
import { polynomial } from '../../../compiler/ops/polynomial.ts';
import '../../../compiler/pipeline.ts';

export const dims = (...shape: readonly number[]) => shape.map(dimConst);
const typed = (dtype: DType, shape: readonly number[]) =>
  input(`${dtype} ${shape}`, 'trainable', { shape: dims(...shape), dtype });
export const tensor = (...shape: readonly number[]) => typed('f32', shape);
export const half = (...shape: readonly number[]) => typed('f16', shape);
export const index = (...shape: readonly number[]) => typed('i32', shape);
export const skew = (b: number) => apply('skew', [tensor((b * (b - 1)) / 2)]);
export const symmetric = (n: number) => apply('diag', [tensor(n)]);
export const orthogonal = (b: number) => apply('cayley', [skew(b)]);
export const series = (b: number) => polynomial(skew(b), [1, 2, 2, 1]);
export const identity = (...shape: readonly number[]) => apply('identity', [], { shape: dims(...shape) });
export const hadamard = (n: number) => apply('hadamard', [], { size: dimConst(n) });
export const blocks = apply('blockDiag', [tensor(2, 3, 3)]);
export const axis = (n: number, rest: Attrs = {}): Attrs => ({ axis: n, ...rest });

export const scale = (a: Node) => apply('scale', [a], { by: { num: 2n, den: 1n } });
export const to = (a: Node, ...shape: readonly number[]) => apply('expand', [a], { shape: dims(...shape) });
export const t = (a: Node) => apply('transpose', [a]);
/** Two unrelated matrices. */
export const [A, B] = ['A', 'B'].map((name) => input(name, 'trainable', tensor(3, 3).type)) as [Node, Node];
