/** The types of the language: which shapes TypeScript itself accepts or refuses. tsc checks each line below. */
import { describe, expectTypeOf, it } from 'vitest';
import {
  blockDiag,
  cayley,
  cayleyNeumann,
  concat,
  diag,
  einsum,
  expand,
  frozen,
  householder,
  identity,
  input,
  kronecker,
  layer,
  list,
  max,
  type Param,
  permutation,
  reflectSpan,
  size,
  skew,
  sqrt,
  sum,
  type Tensor,
  trainable,
  unfold,
  when,
} from '../../../../src/index.ts';

declare const x: Tensor<['tokens', 'in']>;
declare const W: Tensor<['out', 'in']>;
declare const R: Tensor<['r*b', 'r*b']>;
declare const v: Tensor<['r', 'tri(b)']>;
declare const s: Tensor<['out']>;
declare const any: Tensor;
declare const many: readonly Tensor[];

/** Takes code that is only type-checked and never runs. */
const typesOnly = (_: () => void) => {};

describe('shapes in types', () => {
  it('accepts what fits and infers the result', () => {
    typesOnly(() => {
      expectTypeOf(x.matmul(W.T)).toEqualTypeOf<Tensor<['tokens', 'out']>>();
      expectTypeOf(x.matmul(R.matmul(W.T))).toEqualTypeOf<Tensor<['tokens', 'out']>>();
      expectTypeOf(x.matmul(W.T).add(s)).toEqualTypeOf<Tensor<['tokens', 'out']>>();
      expectTypeOf(s.add(1, x.matmul(W.T), 2)).toEqualTypeOf<Tensor<['tokens', 'out']>>();
      expectTypeOf(s.add(1, ...many)).toEqualTypeOf<Tensor>();
      expectTypeOf(x.mul(2).neg().T).toEqualTypeOf<Tensor<['in', 'tokens']>>();
      expectTypeOf(skew(v)).toEqualTypeOf<Tensor<['r', 'b', 'b']>>();
      expectTypeOf(blockDiag(cayleyNeumann(skew(v), { terms: 5 }))).toEqualTypeOf<Tensor<['r*b', 'r*b']>>();
      expectTypeOf(sum(v, -1)).toEqualTypeOf<Tensor<['r', '1']>>();
      expectTypeOf(sum(v, 0)).toEqualTypeOf<Tensor<['1', 'tri(b)']>>();
      expectTypeOf(sum(v, [0, 1])).toEqualTypeOf<Tensor<[string, string]>>();
      expectTypeOf(v.div(sqrt(sum(v.mul(v), -1)))).toEqualTypeOf<Tensor<['r', 'tri(b)']>>();
      expectTypeOf(max(0, size('in'))).toEqualTypeOf<Tensor<[]>>();
      expectTypeOf(expand(s, 'tokens', 'out')).toEqualTypeOf<Tensor<['tokens', 'out']>>();
      expectTypeOf(identity('in')).toEqualTypeOf<Tensor<['in', 'in']>>();
      expectTypeOf(any.matmul(x)).toEqualTypeOf<Tensor>();
      expectTypeOf(einsum('ti, oi -> to', x, W)).toEqualTypeOf<Tensor<['tokens', 'out']>>();
      expectTypeOf(einsum('to,oi->', x.matmul(W.T), W)).toEqualTypeOf<Tensor<[]>>();
      // Types do not tell whether 'in' and 'r*b' agree; the compiler compares them.
      expectTypeOf(einsum('ti,ij->tij', x, R)).toEqualTypeOf<Tensor<[string, string, string]>>();
      expectTypeOf(einsum('ti,oi', x, W)).toEqualTypeOf<Tensor>();
      expectTypeOf(einsum('...i,oi->...o', x, W)).toEqualTypeOf<Tensor>();
      expectTypeOf(einsum('ti,ij->tj', x, any)).toEqualTypeOf<Tensor<['tokens', string]>>();
    });
  });

  it('refuses a plain name against a different plain name', () => {
    typesOnly(() => {
      // @ts-expect-error dimension 'in' does not match 'out'
      x.matmul(W);
      // @ts-expect-error dimension 'in' does not match 'out'
      x.add(s);
      // @ts-expect-error dimension 'tokens' does not match 'out'
      x.mul(W);
      // @ts-expect-error dimension 'in' does not match 'out'
      max(x, s);
      // @ts-expect-error dimension 'tokens' does not match 'in': not square
      cayley(x);
      // @ts-expect-error fewer than two axes
      x.matmul(s);
      // @ts-expect-error a tensor is not a number
      x.mul(x * 2);
      // @ts-expect-error no such option
      cayleyNeumann(skew(v), { term: 5 });
      // @ts-expect-error no such method
      x.softmax();
    });
  });

  it('leaves compound names, sizes and unknown names to the compiler', () => {
    typesOnly(() => {
      x.matmul(R);
      x.add(expand(s, 1, 'in/2'));
      any.add(x);
      x.matmul(identity(4));
      const dim: string = 'in';
      x.matmul(identity(dim));
    });
  });

  it('joins parts whose sizes along the axis differ, and no others', () => {
    const parts = (tensors: Tensor<['tokens', 'in']>[]) => concat(tensors, 0);
    typesOnly(() => {
      expectTypeOf(concat([x, x.matmul(W.T)], -1)).toEqualTypeOf<Tensor<['tokens', string]>>();
      expectTypeOf(concat([x.matmul(W.T), W.matmul(W.T)], 0)).toEqualTypeOf<Tensor<[string, 'out']>>();
      expectTypeOf(concat([x, W], 0)).toEqualTypeOf<Tensor<[string, 'in']>>();
      expectTypeOf(concat([x, any, x], 1)).toEqualTypeOf<Tensor<['tokens', string]>>();
      expectTypeOf(parts([x])).toEqualTypeOf<Tensor<[string, 'in']>>();
      expectTypeOf(concat([x, W], -2)).toEqualTypeOf<Tensor<[string, string]>>();
      expectTypeOf(concat([any, x], -1)).toEqualTypeOf<Tensor>();
      concat([x, identity(4)], 0);
      // @ts-expect-error dimension 'tokens' does not match 'out'
      concat([x, W], -1);
      // @ts-expect-error dimension 'tokens' does not match 'out', in the third part
      concat([x, x, W], 1);
      // @ts-expect-error the parts have different ranks
      concat([x, s], 0);
      // @ts-expect-error tensors, not numbers
      concat([x, 2], 0);
    });
  });

  it('builds matrices of tensors whose rank it does not know, and refuses another rank', () => {
    typesOnly(() => {
      expectTypeOf(diag(s)).toEqualTypeOf<Tensor<['out', 'out']>>();
      expectTypeOf(diag(any)).toEqualTypeOf<Tensor<[string, string]>>();
      expectTypeOf(permutation(s)).toEqualTypeOf<Tensor<['out', 'out']>>();
      expectTypeOf(permutation(any)).toEqualTypeOf<Tensor<[string, string]>>();
      expectTypeOf(householder(W)).toEqualTypeOf<Tensor<['out', 'out']>>();
      expectTypeOf(householder(any)).toEqualTypeOf<Tensor<[string, string]>>();
      expectTypeOf(reflectSpan(W)).toEqualTypeOf<Tensor<['out', 'out']>>();
      expectTypeOf(reflectSpan(any)).toEqualTypeOf<Tensor<[string, string]>>();
      expectTypeOf(kronecker(any, W)).toEqualTypeOf<Tensor<[string, string]>>();
      expectTypeOf(unfold(any, { kernel: 3 })).toEqualTypeOf<Tensor<[string, string, string]>>();
      // @ts-expect-error a vector is needed
      diag(W);
      // @ts-expect-error a vector is needed
      permutation(W);
      // @ts-expect-error a matrix is needed
      householder(s);
      // @ts-expect-error a matrix is needed
      reflectSpan(s);
      // @ts-expect-error a matrix is needed
      kronecker(W, s);
      // @ts-expect-error four axes are needed
      unfold(x, { kernel: 3 });
    });
  });

  it('declares parameters and what the body sees', () => {
    typesOnly(() => {
      expectTypeOf(input('tokens', 'in')).toEqualTypeOf<Param<['tokens', 'in']>>();
      expectTypeOf(input('tokens', { dtype: 'i32' })).toEqualTypeOf<Param<['tokens']>>();
      expectTypeOf(list(2, trainable(4, 'tri(b)'))).toEqualTypeOf<readonly Param<['4', 'tri(b)']>[]>();
      expectTypeOf(when(true, frozen('out'))).toEqualTypeOf<Param<['out']> | undefined>();
      trainable('r', 'c', {
        project: (stored) => {
          expectTypeOf(stored).toEqualTypeOf<Tensor<['r', 'c']>>();
          return stored;
        },
      });
      // @ts-expect-error indices are not trained
      trainable('r', { dtype: 'i32' });
      // @ts-expect-error only a trainable has a stored value
      frozen('r', { project: (t: Tensor) => t });

      const l = layer(
        (c: { share: boolean }) => ({
          x: input('tokens', 'in'),
          b: when(c.share, frozen('in')),
          v: list(2, trainable('in', 'out')),
        }),
        ({ x, b, v }, c) => {
          expectTypeOf(x).toEqualTypeOf<Tensor<['tokens', 'in']>>();
          expectTypeOf(b).toEqualTypeOf<Tensor<['in']> | undefined>();
          expectTypeOf(v).toEqualTypeOf<readonly Tensor<['in', 'out']>[]>();
          expectTypeOf(c.share).toEqualTypeOf<boolean>();
          // @ts-expect-error b may be absent
          x.add(b);
          return { y: x, z: b ?? x };
        },
        { config: { share: true } },
      );
      expectTypeOf(l({ x, v: [W] }).y).toEqualTypeOf<Tensor<[string, string]>>();
      l({ x, b: s, v: [] }, { share: true });
      // @ts-expect-error v is missing
      l({ x });
      // @ts-expect-error no such configuration
      l({ x, v: [] }, { shared: true });
      const params = (_: { n: number }) => ({ x: input('n') });
      // @ts-expect-error a configurable layer states its defaults
      layer(params, ({ x }) => x);
      // @ts-expect-error a layer returns tensors
      layer({ x: input('n') }, () => 3);
    });
  });
});
