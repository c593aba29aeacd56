/** Tracing: a layer runs as plain TypeScript and records a Program. */
import { describe, expect, it } from 'vitest';
import { printShape } from '../../../../compiler/ir/build.ts';
import type { Node } from '../../../../compiler/ir/node.ts';
import { functions, methods, properties } from '../../../../compiler/ops/surface.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import * as oftc from '../../../../src/language/dsl/index.ts';
import { TracedTensor } from '../../../../src/language/dsl/tensor.ts';

const { frozen, input, layer, list, trainable, when } = oftc;
const show = (n: Node): string => (n.kind === 'input' ? n.name : `${n.op}(${n.args.map(show).join(', ')})`);

describe('the facade', () => {
  it('has every name of the surface table', () => {
    expect(Object.keys(functions).filter((name) => !(name in oftc))).toEqual([]);
    const members = [...Object.keys(methods), ...Object.keys(properties)];
    expect(members.filter((name) => !(name in TracedTensor.prototype))).toEqual([]);
  });
});

describe('tracing', () => {
  it('names inputs in the order they are declared', () => {
    const { inputs, outputs } = oft.trace({ adapters: 2, bias: true, share: true });
    expect(inputs.map((i) => `${i.role} ${i.name} ${printShape(i.type.shape)}`)).toEqual([
      'input x (tokens, b*r)',
      'frozen W (out, b*r)',
      'frozen bias (out)',
      'trainable v.0 (1, tri(b))',
      'trainable v.1 (1, tri(b))',
    ]);
    expect(outputs.map((o) => `${o.name} ${printShape(o.node.type.shape)}`)).toEqual(['y (tokens, out)']);
  });

  it('writes OFT weight-centrically, adapters in order', () => {
    const rotation = (v: string) => `blockDiag(polynomial(skew(expand(${v}))))`;
    const { outputs } = oft.trace({ adapters: 2, bias: true, share: true });
    expect(show(outputs[0]!.node)).toBe(
      `add(matmul(x, matmul(${rotation('v.0')}, matmul(${rotation('v.1')}, transpose(W)))), bias)`,
    );
  });

  it('takes PEFT’s exact rotation as the transpose of the Cayley transform', () => {
    expect(show(oft.trace({ cayley: 'exact' }).outputs[0]!.node)).toBe(
      'matmul(x, matmul(blockDiag(transpose(cayley(skew(v.0)))), transpose(W)))',
    );
  });

  it('refuses what the compiler refuses', () => {
    const code = (f: () => unknown) => {
      try {
        f();
        return 'accepted';
      } catch (e) {
        return (e as { code?: string }).code;
      }
    };
    const x = { x: input('tokens', 'in') };
    expect(code(() => oft.trace({ term: 3 } as object))).toBe('OFT1043');
    expect(code(() => layer(x, ({ x }) => x.matmul(x as never)).trace())).toBe('OFT2001');
    expect(code(() => layer({ 'a.b': input('n') }, (t) => t['a.b']).trace())).toBe('OFT1032');
    expect(code(() => layer({ x: 3 as never }, ({ x }) => x).trace())).toBe('OFT1032');
    expect(code(() => layer(x, () => ({})).trace())).toBe('OFT1033');
    expect(code(() => input('a*'))).toBe('OFT1010');
    expect(code(() => input(-1))).toBe('OFT1030');
    expect(code(() => list(0.5, input('n')))).toBe('OFT1031');
  });

  it('calls layers inside layers, absent parameters left out', () => {
    const inner = layer(
      (c: { n: number }) => ({
        x: input('t', 'd'),
        ws: list(c.n, trainable('d', 'd')),
        s: when(c.n > 1, frozen('d')),
      }),
      ({ x, ws, s }) => ws.reduce<oftc.Tensor>((y, w) => y.matmul(w), s ? x.mul(s) : x),
      { config: { n: 1 } },
    );
    const outer = layer({ h: input('tokens', 'k'), A: frozen('k', 'k'), s: frozen('k') }, ({ h, A, s }) =>
      inner({ x: inner({ x: h, ws: [A] }), ws: [A, A.T], s }, { n: 2 }),
    );
    expect(inner.defaults).toEqual({ n: 1 });
    expect(show(outer.trace().outputs[0]!.node)).toBe(
      'matmul(matmul(mul(matmul(h, A), s), A), transpose(A))',
    );
  });
});
