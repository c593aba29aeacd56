/** The first line of `oftc explain`: costs as written and derived, and whether a product of W's size remains. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../../../compiler/ir/node.ts';
import { type ExplainOptions, explain } from '../../../src/explain/index.ts';
import { renderExplanation } from '../../../src/explain/text.ts';
import {
  blockDiag,
  frozen,
  input,
  layer,
  polynomial,
  skew,
  sparse,
  tanh,
  trainable,
} from '../../../src/language/dsl/index.ts';

const TENSORS = { x: input('tokens', 'in'), W: frozen('out', 'in') };
const LOW = { A: trainable('k', 'in'), B: trainable('out', 'k') };
const dims = { in: 256, out: 128 };
const text = (program: Program, options: ExplainOptions) => renderExplanation(explain(program, options));

describe('a product of the weight’s size', () => {
  it('remains where a function of each element needs the second weight', () => {
    const program = layer({ ...TENSORS, ...LOW }, ({ x, W, A, B }) =>
      x.matmul(tanh(W.add(B.matmul(A))).T),
    ).trace();
    const e = explain(program, { dims: { ...dims, k: 4 } });
    expect(e.weightSized).toEqual(expect.arrayContaining(['B·A']));
    expect(e.weightSized).toHaveLength(2);
    const lines = renderExplanation(e);
    expect(lines).toMatch(/^as written .*; not input-centric\n/);
    expect(lines).toMatch(/not input-centric, of the weight’s size: .*B·A/);
  });

  it('is gone from a sum of products, unless sizes are so small that it takes less time', () => {
    const program = layer({ ...TENSORS, ...LOW }, ({ x, W, A, B }) => x.matmul(W.add(B.matmul(A)).T)).trace();
    const large = { in: 2048, out: 1024, k: 4 };
    expect(explain(program, { dims: large }).weightSized).toEqual([]);
    expect(explain(program, { dims: large, asWritten: true }).weightSized).toContain('B·A');
    const small = explain(program, { dims: { in: 64, out: 64, k: 8 } });
    expect(small.weightSized).toContain('B·A');
    expect(small.training.map((d) => [d.way, d.chosenFor?.length])).toContainEqual(['written', 1]);
    expect(renderExplanation(small)).toMatch(
      /Derived {4}the parentheses as written: no derivation that was tried is certain to take less time\n/,
    );
  });

  it('may be a sparse matrix, which is formed before it is added to W', () => {
    const positions = { p: frozen(2, 'k', { dtype: 'i32' }), v: trainable('k') };
    const program = layer({ ...TENSORS, ...positions }, ({ x, W, p, v }) =>
      x.matmul(W.add(sparse(v, p, 'out', 'in')).T),
    ).trace();
    const explained = explain(program, { dims: { ...dims, k: 100 } });
    expect(explained.weightSized).toEqual(['sparse(v, p, out, in)']);
    expect(renderExplanation(explained)).toMatch(/^as written .*; not input-centric\n/);
  });

  it('is the second weight of a merged choice, but not the gradient of a parameter of that size', () => {
    const program = layer({ ...TENSORS, D: trainable('out', 'in') }, ({ x, W, D }) =>
      x.matmul(W.add(D).T),
    ).trace();
    expect(explain(program, { dims }).weightSized).toEqual([]);
  });

  it('is not the blocks of a rotation, even where they have more elements than a narrow weight', () => {
    const program = layer(
      { ...TENSORS, v: trainable('r', 'tri(b)') },
      ({ x, W, v }) => x.matmul(blockDiag(polynomial(skew(v), [1, 2, 2])).matmul(W.T)),
      { where: { in: 'r*b' } },
    ).trace();
    expect(explain(program, { dims: { b: 32, r: 8, out: 4 } }).weightSized).toEqual(['W·Rᵀ']);
  });

  it('is not mentioned without a frozen matrix', () => {
    const program = layer({ x: input('tokens', 'in'), s: trainable('in') }, ({ x, s }) => x.mul(s)).trace();
    expect(text(program, { dims: { in: 8 }, tokens: 1 })).toMatch(
      /^as written \d+ FLOP, \d launches, .* → derived \d+ FLOP, \d launch(es)?, 0 B\n.*one training step of 1 token\n/,
    );
  });
});

it('says where the program as written is larger than any kernel', () => {
  const program = layer(
    { x: input('tokens', 'in'), B: trainable('r', 'b', 'b') },
    ({ x, B }) => x.matmul(blockDiag(B)),
    { where: { in: 'r*b' } },
  ).trace();
  const lines = text(program, { dims: { r: 65_536, b: 2 } });
  expect(lines).toMatch(/^as written larger than any kernel can be → derived .* of temporaries\n/);
  expect(lines).toMatch(/Step {7}predicted [^;]*; moves [^;]*; temporaries \S+ \S+\n/);
});
