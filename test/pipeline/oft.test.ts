/** What the compiler must find for OFT: costs stated from the maths, not read off its own output. */
import { describe, expect, it } from 'vitest';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import { type CompileOptions, compileProgram } from '../../compiler/pipeline.ts';
import { planCost } from '../../kernels-gen/index.ts';
import { oft } from '../../src/adapters/oft.ts';
import { explain } from '../../src/explain.ts';
import { planOf } from '../../src/session.ts';

const [m, d, n, b] = [512, 1024, 1024, 32];
const bound = bindProgram(oft.trace(), solveDims(oft.trace(), { in: d, out: n, b }));
const cost = (options: CompileOptions) => planCost(planOf(compileProgram(bound, options)), m);

/**
 * Forward xR (2mdb) and ·Wᵀ (2mdn); backward gW (2mdn), ·Rᵀ (2mdb) and the blocks of xᵀ(gW) (2mdb). The
 * generator: two b×b products per block forward, four backward, at 2b³ each, and less than b³ of sums.
 */
const FORWARD = 2 * m * d * n + 2 * m * d * b + (d / b) * (2 * 2 + 1) * b ** 3;
const TRAINING = 4 * m * d * n + 6 * m * d * b + (d / b) * (6 * 2 + 1) * b ** 3;
/** Bias-free sums and index arithmetic are not counted above. */
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

  it('derives the input-centric form by named laws', () => {
    expect(e.derivation.map((s) => s.rule)).toEqual([
      'polynomial-factor',
      'matmul-flatten',
      'vjp',
      'transpose-blockdiag',
      'transpose-skew',
      'matmul-scale',
      'matmul-scale',
    ]);
  });

  it('chooses it for training at every token count, gW shared by dx and dR', () => {
    const [group] = e.training;
    expect(group!.associations).toBe(8);
    expect(group!.candidates).toHaveLength(8);
    expect(group!.chosen).toEqual([
      {
        minTokens: 0,
        maxTokens: null,
        forms: ['blocks(xᵀ·(grad.y·W))', '(x·R)·Wᵀ', '(grad.y·W)·Rᵀ'],
        shared: [{ product: 'grad.y·W', by: ['grad.v.0', 'grad.x'] }],
        merged: [],
      },
    ]);
  });

  it('says from which token count a forward alone would rather merge: once tokens exceed `out`', () => {
    const [few, many] = e.inference[0]!.chosen;
    expect(few).toMatchObject({ minTokens: 0, forms: ['(x·R)·Wᵀ'], merged: [] });
    expect(many).toMatchObject({ maxTokens: null, forms: ['x·(R·Wᵀ)'], merged: ['R·Wᵀ'] });
    expect(few!.maxTokens).toBe(4096);
  });

  it('knows the truncated series is not exactly orthogonal, and the exact transform is', () => {
    expect(e.facts.join()).toContain('approximate, ‖RᵀR − I‖ = O(‖Q‖^4)');
    expect(explain(oft.trace({ cayley: 'exact' })).facts.join()).toContain('orthogonal: exact');
  });

  it('keeps costs as formulas while dimensions are unbound', () => {
    const open = explain(oft.trace());
    expect(open.unbound).toEqual(['b', 'r', 'out']);
    expect(open.training[0]!.candidates.map((c) => c.operations)).toContain(
      '4*b*out*r*tokens + 6*b*b*r*tokens',
    );
    expect(open.training[0]!.chosen).toEqual([]);
    expect(open.kernels).toEqual([]);
  });
});
