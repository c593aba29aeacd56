/** The samples that `explain` takes of a derivation, and its words for them. */
import { describe, expect, it } from 'vitest';
import { derive } from '../../../compiler/derive.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { P } from '../../../compiler/semantics/domains/field.ts';
import { explain } from '../../../src/explain/index.ts';
import { renderExplanation } from '../../../src/explain/text.ts';
import { sample } from '../../../src/identity/sampled.ts';
import { sampledLine, sampledText } from '../../../src/identity/sampled-text.ts';
import { cayley, frozen, input, inverse, layer, skew, trainable } from '../../../src/language/dsl/index.ts';

const derived = (program: Program) => derive(program, { gradients: true }).program;

const product = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) =>
  x.matmul(W.T),
).trace();

describe('a derivation', () => {
  it('passes with a probability that follows from its degree and its trials', () => {
    // y = x·Wᵀ and grad.x = grad.y·W have degree 2.
    const log10 = 5 * Math.log10(2 / P);
    const found = sample(product, [derived(product)]);
    expect(found).toMatchObject({
      trials: 5,
      probability: { worst: { degree: 2, trials: 5 }, unbounded: [] },
    });
    expect(sampledText(found)).toBe(
      `derived ≡ written, outputs and gradients, in 5 trials over a prime field, which is no proof: a wrong sum, product or quotient passes with probability ≤ 10^${log10.toFixed(1)} at in=2, out=3, tokens=5: (degree 2 / p = ${P})^5 (Schwartz–Zippel)`,
    );
    expect(sampledLine(found)).toBe(
      `derived ≡ written; a wrong sum, product or quotient passes with probability ≤ 10^${log10.toFixed(1)}: (degree 2 / p)^5`,
    );
  });

  it('fails where one of several is wrong, in a gradient too', () => {
    const right = derived(product);
    const wrong = {
      ...right,
      outputs: right.outputs.map((o) =>
        o.name === 'grad.x' ? { ...o, node: apply('add', [o.node, o.node]) } : o,
      ),
    };
    const found = sample(product, [right, wrong]);
    expect(found).toMatchObject({
      at: 'in=2, out=3, tokens=5',
      failure: expect.stringMatching(/^grad\.x\[0\] is/),
    });
    expect(sampledText(found)).toMatch(/^derived ≢ written at in=2, out=3, tokens=5: grad\.x/);
  });

  it('is sampled at other sizes where it divides by 0 at the first', () => {
    // A Gram matrix of more vectors than dimensions has no inverse.
    const gram = layer({ A: trainable('in', 'r') }, ({ A }) => inverse(A.T.matmul(A))).trace();
    expect(sample(gram, [derived(gram)])).toMatchObject({ at: 'in=1, r=1, tokens=5', trials: 5 });
  });

  it('is not tested where that takes too long', () => {
    const square = layer({ x: input('tokens', 1000), W: frozen(1000, 1000) }, ({ x, W }) =>
      x.matmul(W),
    ).trace();
    expect(sample(square, [derived(square)])).toEqual({
      untested: 'it takes too long here at tokens=5, and oftc check takes that time',
    });
  });
});

describe('an explanation', () => {
  const rotated = layer({ x: input('tokens', 'in'), v: trainable('tri(in)') }, ({ x, v }) =>
    x.matmul(cayley(skew(v))),
  ).trace();

  it('says what the samples found, whether sizes are bound or not', () => {
    for (const dims of [{}, { in: 64 }]) {
      const e = explain(rotated, { dims });
      expect(e.sampled).toMatchObject({ trials: 5, probability: { unbounded: [] } });
      const [short, full] = [false, true].map((full) => renderExplanation(e, { full }).replace(/\s+/g, ' '));
      expect(short).toContain(` Sampled ${sampledLine(e.sampled!)} `);
      expect(full).toContain(` sampled: ${sampledText(e.sampled!)} `);
    }
  });

  it('samples nothing that is as written', () => {
    expect(explain(rotated, { dims: { in: 64 }, asWritten: true })).not.toHaveProperty('sampled');
  });
});
