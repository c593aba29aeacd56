/** The program that the compiler must find for OFT, and its costs, which are counted by hand from the maths. */
import { describe, expect, it } from 'vitest';
import type { CompileOptions } from '../../../compiler/derive.ts';
import { bindProgram, solveDims } from '../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { planCost } from '../../../kernels-gen/index.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { type ExplainedDerivation, type ExplainedGroup, explain } from '../../../src/explain/index.ts';
import { planOf } from '../../../src/session/session.ts';

const [m, d, n, b] = [512, 1024, 1024, 32];
const bound = bindProgram(oft.trace(), solveDims(oft.trace(), { in: d, out: n, b }));
const cost = (options: CompileOptions) => planCost(planOf(compileProgram(bound, options)), m);

/**
 * The operations of OFT. Forward: xR (2mdb) and ·Wᵀ (2mdn). Backward: gW (2mdn), ·Rᵀ (2mdb) and the blocks of xᵀ(gW)
 * (2mdb). The generator makes two b×b products per block forward and four backward, at 2b³ each, and less than b³ of
 * sums.
 */
const FORWARD = 2 * m * d * n + 2 * m * d * b + (d / b) * (2 * 2 + 1) * b ** 3;
const TRAINING = 4 * m * d * n + 6 * m * d * b + (d / b) * (6 * 2 + 1) * b ** 3;
/** The tolerance: some sums and index arithmetic are not counted above. */
const SLACK = 1.01;

describe('cost', () => {
  it('of the forward is the input-centric one', () => {
    expect(cost({ gradients: false }).flops).toBeLessThan(SLACK * FORWARD);
  });

  it('of training is the input-centric one, with gW formed once', () => {
    expect(cost({ gradients: true }).flops).toBeLessThan(SLACK * TRAINING);
  });

  it('without association is not', () => {
    expect(cost({ gradients: true, disable: ['associate'] }).flops).toBeGreaterThan(1.3 * TRAINING);
  });

  it('as written is cubic: R·Wᵀ, xᵀg and its product with W are dense', () => {
    const dense = 2 * m * d * n * 3 + 2 * d * d * n * 2;
    const written = cost({ gradients: true, asWritten: true });
    expect(written.flops).toBeGreaterThan(dense);
    expect(written.flops).toBeLessThan(1.1 * dense);
    expect(written.peakTemporaryBytes).toBeGreaterThan(3 * cost({ gradients: true }).peakTemporaryBytes);
  });
});

describe('explain', () => {
  const e = explain(oft.trace(), { dims: { in: 4096, out: 4096, b } });
  const [many, few] = e.training as [ExplainedDerivation, ExplainedDerivation];

  it('derives the input-centric form by named laws', () => {
    expect(many.steps.map((s) => s.rule)).toEqual([
      'matmul-flatten',
      'polynomial-factor',
      'vjp',
      'transpose-blockdiag',
      'transpose-skew',
      'matmul-scale',
      'matmul-scale',
      'packskew-product',
    ]);
    expect(many.derived.slice(0, 2)).toEqual(['y = x·R·Wᵀ', 'grad.x = grad.y·W·Rᵀ']);
  });

  it('chooses it for training, gW shared by dx and dR', () => {
    const [group] = many.groups;
    expect(many.groups).toHaveLength(1);
    expect(group!.associations).toBe(8);
    expect(group!.candidates).toHaveLength(8);
    expect(group!.chosen).toEqual([
      {
        minTokens: 22,
        maxTokens: null,
        forms: ['blocks(xᵀ·(grad.y·W))', '(x·R)·Wᵀ', '(grad.y·W)·Rᵀ'],
        shared: [{ product: 'grad.y·W', by: ['grad.v.0', 'grad.x'] }],
        merged: [],
      },
    ]);
  });

  it('applies the series itself for few tokens, where forming its blocks costs more than it saves', () => {
    expect(e.training.map((d) => d.chosenFor)).toEqual([
      [{ minTokens: 22, maxTokens: null }],
      [{ minTokens: 0, maxTokens: 21 }],
    ]);
    expect(few.steps.map((s) => s.rule)).toContain('blocks-on-rows');
    expect(few.derived[0]).toBe('y = (h₁·diag(Q) + h₀)·Wᵀ');
    const [{ chosen }] = few.groups as [ExplainedGroup];
    expect(chosen).toMatchObject([{ minTokens: 0, maxTokens: 21, merged: [] }]);
    expect(chosen[0]!.shared).toEqual([{ product: 'g₁·diag(Q)', by: ['grad.v.0', 'grad.x'] }]);
  });

  it('merges in a forward pass alone once tokens exceed `out`', () => {
    const [input, merged] = e.inference[0]!.groups[0]!.chosen;
    expect(input).toMatchObject({ minTokens: 8, forms: ['(x·R)·Wᵀ'], merged: [] });
    expect(merged).toMatchObject({ maxTokens: null, forms: ['x·(R·Wᵀ)'], merged: ['R·Wᵀ'] });
    expect(input!.maxTokens).toBe(4096);
    expect(e.inference.map((d) => d.chosenFor?.map((c) => c.minTokens))).toEqual([[8, 4097], [0]]);
  });

  it('knows the truncated series is not exactly orthogonal, and the exact transform is', () => {
    expect(e.facts.join()).toContain('approximate, up to O(‖Q‖^4)');
    expect(explain(oft.trace({ cayley: 'exact' })).facts.join()).toContain('orthogonal: exact');
  });

  it('keeps costs as formulas while dimensions are unbound', () => {
    const open = explain(oft.trace());
    expect(open.unbound).toEqual(['b', 'r', 'out']);
    const [group] = open.training[0]!.groups;
    expect(group!.candidates.map((c) => c.operations)).toContain('4*b*out*r*tokens + 6*b*b*r*tokens');
    expect(group!.candidates.map((c) => c.at)).toEqual(Array(8).fill(undefined));
    expect(group!.chosen).toEqual([]);
    expect(open.kernels).toEqual([]);
  });
});
