/** Identities of orthogonal fine-tuning that hold for any numbers, on the layer as an author writes it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { buildProgram, type ParamSpec } from '../../compiler/ir/layer.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import type { NeumannSeries } from '../../compiler/ops/polynomial.ts';
import { functions as f, methods as m, properties as p } from '../../compiler/ops/surface.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import { field, P } from '../../compiler/semantics/domains/field.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { drawInputs, elements, type Values } from '../support/evaluate.ts';
import { runs } from '../support/runs.ts';

const param = (role: ParamSpec['role'], ...dims: string[]): ParamSpec => ({
  role,
  dims,
  dtype: 'f32',
  spans: [],
});

type Rotation = (q: Node) => Node;
const exact: Rotation = (q) => f.cayley(q);
const neumann =
  (terms: number, series: NeumannSeries = 'peft-0.18'): Rotation =>
  (q) =>
    f.cayleyNeumann(q, { terms, series });

/** A layer y = x·R·Wᵀ + bias, which also returns R's blocks. */
const oft = (rotation: Rotation): Program =>
  buildProgram({
    name: 'oft',
    params: {
      x: param('input', 'tokens', 'in'),
      W: param('frozen', 'out', 'in'),
      bias: param('frozen', 'out'),
      v: param('trainable', 'r', 'tri(b)'),
    },
    where: { in: 'r*b' },
    body: (t) => {
      const [x, W, bias, v] = [t.x, t.W, t.bias, t.v] as [Node, Node, Node, Node];
      const blocks = rotation(f.skew(v));
      return { y: m.add(m.matmul(x, m.matmul(f.blockDiag(blocks), p.T(W))), bias), blocks };
    },
  });

interface Sizes {
  readonly r: number;
  readonly b: number;
  readonly out: number;
  readonly tokens: number;
}
const sizes: fc.Arbitrary<Sizes> = fc.record({
  r: fc.integer({ min: 1, max: 3 }),
  b: fc.integer({ min: 1, max: 5 }),
  out: fc.integer({ min: 1, max: 5 }),
  tokens: fc.integer({ min: 1, max: 6 }),
});

const residue = (unit: number) => Math.floor(unit * P);
const F = field(1);

class Layer {
  readonly #program;
  readonly #sizes: Sizes;
  constructor(rotation: Rotation, sizes: Sizes) {
    const { r, b, out } = sizes;
    const bound = bindProgram(oft(rotation), { r, b, out });
    this.#sizes = sizes;
    this.#program = compileProgram(bound, { gradients: false }).variants[0]!.primitives;
  }

  inputs(seed: number): Record<string, TensorValue<number>> {
    return drawInputs(this.#program.inputs, seed, this.#sizes.tokens, residue);
  }

  /** Runs the layer for as many tokens as x has rows. */
  run(inputs: Values): Record<string, TensorValue<number>> {
    const x = inputs.x!;
    return interpret(this.#program, F, inputs, x.values.length / (this.#sizes.r * this.#sizes.b));
  }
}

const map = (t: TensorValue<number>, g: (x: number) => number) => tensor(t.shape, t.values.map(g));
const constant = (t: TensorValue<number>, x: number) => map(t, () => x);
const negated = (t: TensorValue<number>) => map(t, F.neg);
/** Puts the rows of a row-major tensor in another order. */
const permuteRows = (values: ArrayLike<number>, width: number, order: readonly number[]): number[] =>
  order.flatMap((k) => Array.from(values).slice(k * width, (k + 1) * width));
/** Puts the blocks of columns in another order. */
const permuteColumns = (
  t: TensorValue<number>,
  block: number,
  order: readonly number[],
): TensorValue<number> => {
  const width = block * order.length;
  const rows = Array.from({ length: t.values.length / width }, (_, i) =>
    t.values.slice(i * width, (i + 1) * width),
  );
  return tensor(
    t.shape,
    rows.flatMap((row) => permuteRows(row, block, order)),
  );
};
/** Transposes each of the blocks (r, b, b). */
const transposedBlocks = (t: TensorValue<number>, b: number) =>
  Array.from(t.values, (_, at) => {
    const [k, i, j] = [Math.floor(at / (b * b)), Math.floor(at / b) % b, at % b];
    return t.values[k * b * b + j * b + i]!;
  });

const rotations = fc.oneof(
  fc.constant(exact),
  fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.constantFrom<NeumannSeries>('peft-0.18', 'peft-0.17'))
    .map(([n, s]) => neumann(n, s)),
);
const property = (
  check: (layer: Layer, s: Sizes, inputs: Record<string, TensorValue<number>>, seed: number) => void,
  rotation = rotations,
) =>
  fc.assert(
    fc.property(rotation, sizes, fc.nat(), (r, s, seed) => {
      const layer = new Layer(r, s);
      check(layer, s, layer.inputs(seed), seed);
    }),
    runs(200, 2000),
  );

describe('orthogonal fine-tuning', () => {
  it('with Q = 0 is the layer it adapts', () => {
    property((layer, { r, b, out, tokens }, inputs) => {
      const { y, blocks } = layer.run({ ...inputs, v: constant(inputs.v!, 0) });
      expect(elements(blocks!)).toEqual(
        Array.from({ length: r * b * b }, (_, at) => (Math.floor(at / b) % b === at % b ? 1 : 0)),
      );
      const [x, W, bias] = [inputs.x!.values, inputs.W!.values, inputs.bias!.values];
      const wide = r * b;
      const plain = Array.from({ length: tokens * out }, (_, at) => {
        const [t, o] = [Math.floor(at / out), at % out];
        let sum = bias[o]!;
        for (let i = 0; i < wide; i++) sum = F.add(sum, F.mul(x[t * wide + i]!, W[o * wide + i]!));
        return sum;
      });
      expect(elements(y!)).toEqual(plain);
    });
  });

  it('with Q negated has Rᵀ for R', () => {
    property((layer, { b }, inputs) => {
      const [there, back] = [layer.run(inputs), layer.run({ ...inputs, v: negated(inputs.v!) })];
      expect(elements(back.blocks!)).toEqual(transposedBlocks(there.blocks!, b));
    });
  });

  it('does not depend on the order of the blocks', () => {
    property((layer, { r, b }, inputs, seed) => {
      const order = Array.from({ length: r }, (_, k) => (k * (r === 3 ? 2 : 1) + seed) % r);
      const width = (b * (b - 1)) / 2;
      const permuted = {
        ...inputs,
        v: tensor(inputs.v!.shape, permuteRows(inputs.v!.values, width, order)),
        x: permuteColumns(inputs.x!, b, order),
        W: permuteColumns(inputs.W!, b, order),
      };
      expect(elements(layer.run(permuted).y!)).toEqual(elements(layer.run(inputs).y!));
    });
  });

  it('does not depend on how tokens are batched', () => {
    property((layer, { r, b, tokens }, inputs, seed) => {
      const at = (seed % (tokens + 1)) * r * b;
      const x = inputs.x!.values;
      const halves = [x.slice(0, at), x.slice(at)].map((half) => {
        const part = { ...inputs, x: tensor([half.length / (r * b), r * b], half) };
        return elements(layer.run(part).y!);
      });
      expect(halves.flat()).toEqual(elements(layer.run(inputs).y!));
    });
  });

  it('scales with x', () => {
    property((layer, _, inputs) => {
      const plain: Values = { ...inputs, bias: constant(inputs.bias!, 0) };
      const scaled = { ...plain, x: map(plain.x!, (v) => F.mul(v, 5)) };
      expect(elements(layer.run(scaled).y!)).toEqual(elements(map(layer.run(plain).y!, (v) => F.mul(v, 5))));
    });
  });

  it.each([2, 3, 4, 5, 6, 7, 8])(
    'with %i terms of the ≥ 0.18 series has R = C(I − Qᵖ), or I + 2Q for two',
    (terms) => {
      const power = terms <= 4 ? 3 : terms - 1;
      const closed: Rotation = (q) => {
        // For two terms, PEFT computes I + 2Q.
        if (terms === 2) return m.add(f.identity('r', 'b', 'b'), m.mul(q, 2));
        let qp = q;
        for (let i = 1; i < power; i++) qp = m.matmul(qp, q);
        return m.matmul(f.cayley(q), m.sub(f.identity('r', 'b', 'b'), qp));
      };
      fc.assert(
        fc.property(sizes, fc.nat(), (s, seed) => {
          const [truncated, form] = [new Layer(neumann(terms), s), new Layer(closed, s)];
          const inputs = truncated.inputs(seed);
          expect(elements(form.run(inputs).blocks!)).toEqual(elements(truncated.run(inputs).blocks!));
        }),
        runs(50, 500),
      );
    },
  );

  it('with the ≤ 0.17 series of n terms has R = C − 2Qⁿ(I−Q)⁻¹', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), sizes, fc.nat(), (terms, s, seed) => {
        // Uses (I−Q)⁻¹ = ½(I + C).
        const closed: Rotation = (q) => {
          let qn = q;
          for (let i = 1; i < terms; i++) qn = m.matmul(qn, q);
          const c = f.cayley(q);
          return m.sub(c, m.matmul(qn, m.add(f.identity('r', 'b', 'b'), c)));
        };
        const [truncated, form] = [new Layer(neumann(terms, 'peft-0.17'), s), new Layer(closed, s)];
        const inputs = truncated.inputs(seed);
        expect(elements(form.run(inputs).blocks!)).toEqual(elements(truncated.run(inputs).blocks!));
      }),
      runs(100, 1000),
    );
  });
});
