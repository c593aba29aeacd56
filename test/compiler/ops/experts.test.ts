/** Layers of experts: what they compute, what they store, and what they refuse. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evalDim } from '../../../compiler/dims/dims.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { readProgram, storeProgram } from '../../../compiler/ir/stored.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { Executable } from '../../../runtime/index.ts';
import { evalExtent } from '../../../runtime/plan.ts';
import { oft } from '../../../src/adapters/oft.ts';
import {
  collect,
  dispatch,
  frozen,
  input,
  layer,
  ofExpert,
  sum,
  trainable,
} from '../../../src/language/dsl/index.ts';
import { planOf } from '../../../src/session/session.ts';
import { random } from '../../../src/start/random.ts';
import { testDevice } from '../../support/device.ts';
import { residue } from '../../support/evaluate.ts';
import { hraExperts } from '../../support/experts.ts';

/** OFT on experts, in tiles of some rows. */
const oftExperts = (rows: number) =>
  layer(
    {
      x: input('tokens', 'in'),
      chosen: input('tokens', 'k', { dtype: 'i32' }),
      W: frozen('experts', 'out', 'in'),
      v: trainable('experts', 'r', 'tri(b)'),
    },
    ({ x, chosen, W, v }) => {
      const of = { x: dispatch(x, chosen, 'experts', { rows }), W: ofExpert(W, chosen, { rows }) };
      const y = oft({ ...of, v: [ofExpert(v, chosen, { rows })] });
      return collect(y, chosen, 'experts', { rows });
    },
    { name: 'oftExperts', where: { in: 'r*b' } },
  ).trace();

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/oft-experts.json', import.meta.url), 'utf8'),
) as Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>;
const TOKENS = golden.x!.shape[0]!;
const SIZES = { in: 8, out: 6, b: 4, k: 2, experts: 5 };

const compiledAt = (program: Program, dims: Readonly<Record<string, number>>, asWritten = false) =>
  compileProgram(program, { sizes: solveDims(program, dims), gradients: true, asWritten });

/** The inputs of a program with the golden values. */
const inputs = () =>
  Object.fromEntries(Object.entries(golden).map(([n, t]) => [n, tensor(t.shape, t.values)]));
const distance = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.max(...b.map((x, i) => Math.abs(x - a[i]!)));

describe('OFT on experts', () => {
  it.each([1, 4, 32])('has the results and the gradients of PyTorch, in tiles of %i rows', (rows) => {
    for (const asWritten of [false, true])
      for (const { primitives } of compiledAt(oftExperts(rows), SIZES, asWritten).variants) {
        const out = interpret(primitives, float64, inputs(), TOKENS);
        for (const name of ['y', 'grad.x', 'grad.v'])
          expect(distance(out[name]!.values, golden[name]!.values), name).toBeLessThan(1e-12);
      }
  });

  it('has them on a device', async () => {
    const device = await testDevice();
    const executable = await Executable.create(device, planOf(compiledAt(oftExperts(4), SIZES)));
    const results = ['y', 'grad.x', 'grad.v'];
    const stated = Object.entries(golden).filter(([n]) => !results.includes(n));
    const given = stated.map(([n, { values }]) => [
      n,
      n === 'chosen' ? Int32Array.from(values) : Float32Array.from(values),
    ]);
    const run = executable.run(TOKENS, Object.fromEntries(given));
    const out = await run.readAll();
    for (const name of results) {
      const { values } = golden[name]!;
      const largest = Math.max(...values.map(Math.abs));
      expect(distance(out[name] as Float32Array, values) / largest, name).toBeLessThan(2e-6);
    }
    run.destroy();
    executable.dispose();
  });

  it('stores no second weight, and no weight for each token', () => {
    const sizes = { in: 256, out: 256, b: 16, k: 2, experts: 8 };
    const plan = planOf(compiledAt(oftExperts(32), sizes));
    const tokens = 64;
    const weight = 4 * 8 * 256 * 256;
    for (const { slots } of plan.classes.flatMap((c) => c.variants))
      for (const slot of slots) expect(evalExtent(slot, tokens)).toBeLessThan(weight / 2);
  });
});

it.each([
  ['OFT', oftExperts(4), { in: 4, out: 3, b: 2, k: 2, experts: 3 }],
  ['HRA', hraExperts, { in: 4, out: 3, r: 2, k: 2, experts: 3 }],
])('the derivation of %s on experts is exact', (_, program, dims) => {
  const written = compiledAt(program, dims, true).variants[0]!.primitives;
  for (const { primitives } of compiledAt(program, dims).variants) {
    const next = random(3);
    const tokens = 9;
    const values = Object.fromEntries(
      written.inputs.map((i) => {
        const shape = i.shape.map((d) => evalDim(d, { tokens }));
        const count = shape.reduce((a, b) => a * b, 1);
        const drawn = Array.from({ length: count }, () =>
          i.dtype === 'i32' ? Math.floor(next() * 3) : residue(next()),
        );
        return [i.name, tensor(shape, drawn)];
      }),
    );
    const [a, b] = [written, primitives].map((p) => interpret(p, field(7), values, tokens));
    for (const [name, t] of Object.entries(a!)) expect(b![name]!.values, name).toEqual(t.values);
  }
});

it('a layer of experts is stored and read back', () => {
  const program = oftExperts(4);
  const stored = JSON.parse(JSON.stringify(storeProgram(program)));
  expect(storeProgram(readProgram(stored))).toEqual(storeProgram(program));
});

it.each([1, 3, 32])('what is dispatched for each choice comes back, in tiles of %i rows', (rows) => {
  const there = layer(
    { x: input('tokens', 2, 'n'), chosen: input('tokens', 2, { dtype: 'i32' }) },
    ({ x, chosen }) => collect(dispatch(x, chosen, 5, { rows }), chosen, 5, { rows }),
  ).trace();
  const { primitives } = compileProgram(there, { sizes: { n: 3 }, gradients: false }).variants[0]!;
  const x = tensor(
    [TOKENS, 2, 3],
    Array.from({ length: TOKENS * 6 }, (_, i) => i + 1),
  );
  const { y } = interpret(primitives, float64, { x, chosen: inputs().chosen! }, TOKENS);
  expect(y!.values).toEqual(x.values);
});

const declared = {
  x: input('tokens', 'n'),
  chosen: input('tokens', 2, { dtype: 'i32' }),
  W: frozen(4, 'n', 'n'),
};

it.each([
  [
    'rows of tokens',
    layer(declared, ({ x, chosen, W }) =>
      collect(dispatch(x, chosen, 4).matmul(ofExpert(W, chosen).T).mul(x), chosen, 4),
    ),
    /has a row for each token/,
  ],
  [
    'a sum over rows',
    layer(declared, ({ x, chosen }) => {
      const rows = dispatch(x, chosen, 4);
      return collect(rows.mul(sum(rows, 0)), chosen, 4);
    }),
    /makes one result of an expert's rows/,
  ],
  [
    'tiles of other sizes',
    layer(declared, ({ x, chosen }) => collect(dispatch(x, chosen, 4, { rows: 8 }), chosen, 4)),
    /dispatched by other choices/,
  ],
])('%s are refused', (_, refused, message) => {
  const compile = () => compileProgram(refused.trace(), { sizes: { n: 4 }, gradients: false });
  expect(compile).toThrow(
    expect.objectContaining({ code: 'OFT2021', message: expect.stringMatching(message) }),
  );
});
