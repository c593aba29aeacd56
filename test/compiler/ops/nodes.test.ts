/** Nodes and gradients are built only where they do something. */
import { expect, it } from 'vitest';
import { type Rational, rational } from '../../../compiler/dims/rational.ts';
import type { OpNode } from '../../../compiler/ir/node.ts';
import { operator } from '../../../compiler/ir/operator.ts';
import { printNode } from '../../../compiler/ir/print.ts';
import { expand, scaled, sumTo, transposed } from '../../../compiler/ops/nodes.ts';
import { polynomial } from '../../../compiler/ops/polynomial.ts';
import { A, B } from './operands.ts';

it('nodes are built only where they do something', () => {
  expect(transposed(transposed(A))).toBe(A);
  expect(expand(A, A.type.shape)).toBe(A);
  expect(sumTo(A, A.type.shape)).toBe(A);
  expect(scaled(1, A)).toBe(A);
  expect(printNode(scaled(2, scaled(3, A)))).toBe('6·A');
});

it('scales multiply exactly until a number has 32,768 bits', () => {
  const long = 2n ** 32_767n;
  const scales = (by: Rational, then: Rational) =>
    printNode(scaled(then, scaled(by, A))).split('·').length - 1;
  expect(scales(rational(long), rational(1n, 2n))).toBe(1);
  expect(scales(rational(-long / 2n), rational(-2n))).toBe(1);
  expect(scales(rational(long), rational(2n))).toBe(2);
  expect(scales(rational(long), rational(-2n))).toBe(2);
  expect(scales(rational(1n, long), rational(1n, 2n))).toBe(2);
});

it('the gradient of a polynomial takes no product for its highest power alone', () => {
  const by = (coefs: readonly number[]) => operator('polynomial').vjp(polynomial(A, coefs) as OpNode, B);
  expect(by([1, 2]).map((g) => printNode(g!))).toEqual(['2·B']);
  expect(by([1, 2, 3]).map((g) => printNode(g!))).toEqual(['B·(2I + 3A)ᵀ + 3·Aᵀ·B']);
  expect(by([1])).toEqual([undefined]);
});
