/** Structures: what multiplying by them costs, and which products keep them. */
import { expect, it } from 'vitest';
import { constantOf, type Dim, dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { actionOf, operator, register, structureOf, unregister } from '../../../compiler/ir/operator.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { lowered } from '../../support/evaluate.ts';
import { blocks, dims, hadamard, symmetric, tensor } from './operands.ts';

it('the cost and the size of a structure are those of its blocks', () => {
  const node = apply('blockDiag', [tensor(3, 4, 5)]);
  const s = structureOf(node)!;
  expect(constantOf(s.ops(node, dimConst(7)))).toBe(2 * 7 * 3 * 4 * 5);
  expect(constantOf(s.elements(node))).toBe(3 * 4 * 5);
  expect(s.compose!(node, apply('blockDiag', [tensor(3, 5, 2)]))).toMatchObject({ op: 'blockDiag' });
  expect(s.compose!(node, apply('blockDiag', [tensor(5, 3, 2)]))).toBeUndefined();
  expect(s.compose!(node, apply('blockDiag', [tensor(3, 4, 5)]))).toBeUndefined();
  expect(s.compose!(node, apply('blockDiag', [tensor(2, 5, 1)]))).toBeUndefined();
});

it('the cost of an action is that of the smaller matrices that it multiplies a row by', () => {
  const ops = (node: OpNode) => constantOf(operator(node.op).action!.ops!(node, {}));
  // (2, 3) ⊗ (4, 5) multiplies a row of 2·4 as two rows by the second, and what comes of them as 5 columns by the first.
  expect(ops(apply('kronecker', [tensor(2, 3), tensor(4, 5)]))).toBe(2 * 2 * 4 * 5 + 2 * 5 * 2 * 3);
  // H(512) = H(2) ⊗ H(16) ⊗ H(16).
  expect(ops(hadamard(512))).toBe(2 * 512 * (2 + 16 + 16));
  expect(ops(hadamard(256))).toBe(2 * 256 * (16 + 16));
});

it('a Hadamard matrix acts where it is larger than its factors', () => {
  const acts = (size: Dim) => actionOf(apply('hadamard', [], { size })) !== undefined;
  expect([16, 32, 64].map((n) => acts(dimConst(n)))).toEqual([false, true, true]);
  expect(acts(dimVar('n'))).toBe(false);
});

it('products of structures keep the structure, but as written none does', () => {
  const [a, b] = [apply('blockDiag', [tensor(2, 3, 3)]), apply('blockDiag', [tensor(2, 3, 1)])];
  const kind = (y: Node, structured: boolean) => lowered({ y }, structured).outputs[0]!.prim.kind;
  expect(kind(apply('matmul', [a, b]), true)).toBe('map');
  expect(kind(apply('matmul', [a, b]), false)).toBe('contraction');
  expect(kind(apply('matmul', [tensor(2, 6), symmetric(6)]), true)).toBe('map');
  expect(kind(apply('matmul', [symmetric(6), tensor(6, 2)]), true)).toBe('map');
  // Sums run within a block only.
  const depth = (y: Node) => (lowered({ y }).outputs[0]!.prim as ContractionPrim).over.map((o) => o.extent);
  expect(depth(apply('matmul', [a, tensor(6, 2)]))).toEqual(dims(3));
  expect(depth(apply('matmul', [tensor(2, 6), a]))).toEqual(dims(3));
  const blocks = { blocks: dimConst(2), rows: dimConst(3), cols: dimConst(3) };
  const projected = apply('diagBlocks', [apply('matmul', [tensor(6, 2), tensor(2, 6)])], blocks);
  expect(kind(projected, true)).toBe('contraction');
  expect(kind(projected, false)).toBe('map');
});

it('structures of two kinds have no product that keeps both', () => {
  register({ ...operator('blockDiag'), name: 'other blocks', structure: { ...structureOf(blocks)! } });
  const other = apply('other blocks', [tensor(2, 3, 3)]);
  const kind = (y: Node) => lowered({ y }).outputs[0]!.prim.kind;
  expect(kind(apply('matmul', [blocks, blocks]))).toBe('map');
  expect(kind(apply('matmul', [blocks, other]))).toBe('contraction');
  unregister('other blocks');
});
