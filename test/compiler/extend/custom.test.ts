/**
 * The example of an author's operator and rule: both pass their checks, and a layer with them works like any other.
 */
import { fileURLToPath } from 'node:url';
import { frozen, input, layer, trainable } from 'oftc';
import { conformance } from 'oftc/testing';
import { describe, expect, it } from 'vitest';
import { derive } from '../../../compiler/derive.ts';
import { constantOf } from '../../../compiler/dims/dims.ts';
import { printNode } from '../../../compiler/ir/print.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { postOrder } from '../../../compiler/primitives/walk.ts';
import { circulant, circulantProduct, mixed } from '../../../examples/custom/circulant.ts';
import { check } from '../../../src/check/index.ts';
import { compile } from '../../../src/index.ts';
import { Namer } from '../../../src/language/formulas/naming.ts';
import { loadProgram } from '../../../src/language/load.ts';
import { printLayer } from '../../../src/language/print-layer.ts';
import { testDevice } from '../../support/device.ts';
import { expectSame } from '../frontend/harness.ts';

const FILE = fileURLToPath(new URL('../../../examples/custom/circulant.ts', import.meta.url));

describe('conformance', () => {
  conformance('circulant');
  conformance('wrappedDiagonals');
  conformance(circulantProduct);
});

describe('a layer that uses them', () => {
  it('lowers from its file to what it traces to, with a place for every node', () => {
    const { program, locate } = loadProgram(FILE, {});
    expectSame(program, mixed.trace());
    expect(locate!(program.outputs[0]!.node.spans[0]!)).toMatch(/circulant\.ts:\d+:\d+$/);
  });

  it('is rewritten by its rule', () => {
    const { passes } = derive(mixed.trace(), { gradients: true });
    expect(passes.flatMap((s) => s.fired.map((f) => f.rule))).toContain('circulant-product');
  });

  it('is not printed as a layer, which would not import its operator', () => {
    expect(() => printLayer(mixed.trace())).toThrow("operator 'circulant' is your own");
  });

  it('passes its check, on the device too', async () => {
    const report = await check(loadProgram(FILE, {}).program, { trials: 10, device: await testDevice() });
    expect(report.findings.filter((f) => !f.passed)).toEqual([]);
    const properties = report.findings.map((f) => f.property);
    expect(properties).toContain('operator circulant: vjp ≡ central differences, in float64');
    expect(properties).toContain('operator wrappedDiagonals: vjp ≡ central differences, in float64');
    expect(properties).toContain('rule circulant-product: left ≡ right, exactly');
  });

  it('computes x·C(a)·C(b)·Wᵀ', async () => {
    const session = await compile(mixed, { dims: { in: 3, out: 1 }, device: 'cpu' });
    const inputs = {
      x: { data: Float32Array.of(1, 0, 0), shape: [1, 3] },
      W: { data: Float32Array.of(1, 10, 100), shape: [1, 3] },
      a: Float32Array.of(0, 1, 0),
      b: Float32Array.of(1, 0, 2),
    };
    // C(a) is a cyclic shift: e₀·C(a) = e₂, and row 2 of C(b) is (b₂, b₁, b₀) = (2, 0, 1).
    const y = await (await session.run(inputs)).read('y');
    expect([...y.data]).toEqual([102]);
    await session.dispose();
  });

  it('takes the transpose that the operator has, and forms no matrix', () => {
    const turned = layer(
      { x: input('tokens', 'in'), W: frozen('out', 'in'), a: trainable('in') },
      ({ x, W, a }) => x.matmul(circulant(a).T).matmul(W.T),
    );
    const { derived, passes, variants } = compileProgram(turned.trace(), {
      gradients: false,
      sizes: { in: 7, out: 5 },
    });
    expect(passes.flatMap((s) => s.fired.map((f) => f.rule))).toContain('transpose-circulant');
    const { node } = derived.outputs[0]!;
    expect(printNode(node)).toBe('x·circulant(a, flip: true)·Wᵀ');
    expect(new Namer({ source: derived, derived: [derived] }).written(node)).toBe('x·circulant(a)ᵀ·Wᵀ');
    const shapes = variants.map((v) =>
      postOrder(
        v.primitives.outputs.map((o) => o.prim),
        (p) => p.args,
      ).map((p) => p.shape.map(constantOf)),
    );
    expect(shapes.flat()).not.toContainEqual([7, 7]);
  });
});
