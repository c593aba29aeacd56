/**
 * Matrices that are made to be hard, on every engine: I − Q with a large Q, so that Cayley's R is near the eigenvalue −1; a series
 * with ‖Q‖ near 1; nearly singular matrices; rows of norms from 1e-6 to 1e6. Each result is within the computed bound.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Program } from '../../compiler/ir/node.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { bound, exact, outside } from '../../compiler/semantics/domains/bound.ts';
import type { Domain, Pair, TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { LayerModule } from '../../runtime/index.ts';
import { pythonTexts } from '../../src/cli/package.ts';
import { cayley, cayleyNeumann, compile, input, inverse, layer, skew, trainable } from '../../src/index.ts';
import { planOf } from '../../src/session/session.ts';
import { random } from '../../src/start/random.ts';
import { buildTorch } from '../../src/targets/torch/index.ts';
import { testDevice } from '../support/device.ts';
import { runs } from '../support/runs.ts';
import { PYTHON, python } from '../support/torch.ts';

const N = 5;
const sizes = { n: N };
const x = input('tokens', 'n');
const LAYERS = {
  cayley: layer({ x, v: trainable('tri(n)') }, ({ x, v }) => x.matmul(cayley(skew(v)))),
  series: layer({ x, v: trainable('tri(n)') }, ({ x, v }) => x.matmul(cayleyNeumann(skew(v), { terms: 5 }))),
  inverse: layer({ x, v: trainable('n', 'n') }, ({ x, v }) => x.matmul(inverse(v))),
} as const;
const X = Float32Array.from({ length: N * N }, (_, e) => (e % (N + 1) === 0 ? 1 : 0));

type Draw = () => number;
const between = (draw: Draw, a: number, b: number) => a + (b - a) * draw();
const packed = (draw: Draw, scale: number) =>
  Float32Array.from({ length: (N * (N - 1)) / 2 }, () => between(draw, -scale, scale));
const square = (of: (i: number, j: number) => number) =>
  Float32Array.from({ length: N * N }, (_, e) => of(Math.floor(e / N), e % N));

/** The kinds of matrices, each of a layer: how they are drawn, and the share of elements that the bound says something of. */
const KINDS: readonly [string, keyof typeof LAYERS, (draw: Draw) => Float32Array, number][] = [
  ['I − Q with ‖Q‖ from 1 to 1000', 'cayley', (d) => packed(d, 10 ** between(d, 0, 3)), 0.3],
  ['a series with ‖Q‖ near 1', 'series', (d) => packed(d, between(d, 0.35, 0.6)), 1],
  [
    'a nearly singular matrix',
    'inverse',
    (d) => {
      const [u, w] = [packed(d, 1), packed(d, 1)];
      const small = 10 ** between(d, -4, -2);
      return square((i, j) => u[i]! * w[j]! + small * between(d, -1, 1) + (i === j ? small : 0));
    },
    0,
  ],
  [
    'rows of norms from 1e-6 to 1e6',
    'inverse',
    (d) => {
      const norms = Array.from({ length: N }, () => 10 ** between(d, -6, 6));
      return square((i) => norms[i]! * between(d, -1, 1));
    },
    0.3,
  ],
  [
    'a matrix whose leading minors are small',
    'inverse',
    (d) => square((i, j) => (i + j < N - 1 ? 1e-7 : 1) * between(d, -1, 1)),
    0.5,
  ],
];

/** The bound for LAPACK's elimination, which always pivots, as well. */
const forTorch = (): Domain<Pair> => {
  const own = bound();
  return {
    ...own,
    solve: (a, b) => {
      const [kept, pivoted] = [own.solve(a, b, false), own.solve(a, b, true)];
      return { ...pivoted, bounds: pivoted.bounds.map((e, i) => Math.max(e, kept.bounds[i]!)) };
    },
  };
};

const { numRuns, seed } = runs(6, 200);

interface Hard {
  readonly kind: string;
  readonly name: keyof typeof LAYERS;
  readonly program: Program;
  readonly all: readonly Float32Array[];
  readonly share: number;
  readonly bounded: (v: Float32Array, domain: Domain<Pair>) => TensorValue<Pair>;
}

const HARD = KINDS.map(([kind, name, drawn, share]): Hard => {
  const program = LAYERS[name].trace();
  const { primitives } = compileProgram(program, { sizes, gradients: false }).variants.at(-1)!;
  const draw = random(seed);
  return {
    ...{ kind, name, program, share, all: Array.from({ length: numRuns }, () => drawn(draw)) },
    bounded: (v, domain) =>
      interpret(primitives, domain, { x: exact([N, N], X), v: exact([v.length], v) }, N).y!,
  };
});

describe.each(HARD)('$kind', ({ name, program, all, share, bounded }) => {
  it('is within its bound on a device, in the reference and in a built module', async () => {
    const device = await testDevice();
    const [session, reference] = await Promise.all(
      [device, 'cpu' as const].map((device) => compile(LAYERS[name], { dims: sizes, device })),
    );
    const plan = planOf(compileProgram(program, { sizes, gradients: false }));
    type Result = { readonly y: Float32Array };
    const module = await LayerModule.create<{ x: Float32Array }, { v: Float32Array }, Result>(device, {
      forward: plan,
    });
    let known = 0;
    for (const v of all) {
      const expected = bounded(v, bound());
      known += expected.bounds.filter(Number.isFinite).length;
      await module.bind({ v });
      const results = [(await module.run({ x: X }).readAll()).y];
      for (const s of [session!, reference!]) {
        s.bind({ v });
        const { y } = await (await s.run({ x: X })).readAll();
        results.push(y!.data as Float32Array);
      }
      for (const y of results) expect(outside(y, expected), `v = ${v.join()}`).toBeUndefined();
    }
    expect(known / (numRuns * N * N)).toBeGreaterThanOrEqual(share);
    for (const s of [session!, reference!]) await s.dispose();
    module.dispose();
  });
});

/** Prints the result of each layer for each of its matrices, in float32. */
const RUNNER = `
import importlib, json
import torch

for name, case in json.load(open("cases.json")).items():
    layer = importlib.import_module(f"{name}.layer")
    function = next(v for k, v in vars(layer).items() if k.endswith("Function"))
    for v in case["all"]:
        y = function.apply(torch.eye(${N}), torch.tensor(v).reshape(case["shape"]))[0]
        print(json.dumps([case["kind"], y.flatten().tolist()]))
`;

it.runIf(PYTHON)('PyTorch is within the bound of each, in float32', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-hard-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const cases: Record<string, unknown> = {};
  for (const [i, { kind, name, program, all }] of HARD.entries()) {
    const from = { file: name, version: '0.0.0' };
    const texts = buildTorch(program, { name, sizes, from, python: pythonTexts() });
    for (const [path, text] of Object.entries(texts)) write(`kind${i}/${path}`, text);
    cases[`kind${i}`] = { kind, all: all.map((v) => [...v]), shape: name === 'inverse' ? [N, N] : [-1] };
  }
  write('cases.json', JSON.stringify(cases));
  write('run.py', RUNNER);
  const lines = python(['run.py'], folder).trim().split('\n');
  const results = lines.map((line) => JSON.parse(line) as [string, (number | null)[]]);
  for (const { kind, all, bounded } of HARD) {
    const own = results.filter(([k]) => k === kind).map(([, y]) => Float64Array.from(y, Number));
    expect(own).toHaveLength(numRuns);
    for (const [i, v] of all.entries())
      expect(outside(own[i]!, bounded(v, forTorch())), `${kind}: v = ${v.join()}`).toBeUndefined();
  }
});
