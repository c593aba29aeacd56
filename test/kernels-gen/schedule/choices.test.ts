/** Schedules as data: their texts, their code, and how a Plan runs the schedule that tuning found. */
import { describe, expect, it } from 'vitest';
import { CLASSES, gpu } from '../../../compiler/devices/index.ts';
import type { PrimProgram } from '../../../compiler/primitives/prim.ts';
import { outside } from '../../../compiler/semantics/domains/bound.ts';
import { type ScheduleChoice, sized } from '../../../kernels-gen/schedule/choice.ts';
import {
  bucketOf,
  choicesOf,
  describe as described,
  isChoice,
  parseChoice,
  SCHEDULES,
  tunedFor,
  tunedWays,
} from '../../../kernels-gen/schedule/choices.ts';
import type { TunedDevice } from '../../../kernels-gen/tune/candidates.ts';
import type { TunedSchedule } from '../../../kernels-gen/tuned.ts';
import { planFor, stepsAt, traitsOf } from '../../../runtime/choose.ts';
import { classOf } from '../../../src/session/backends/gpu.ts';
import { testDevice } from '../../support/device.ts';
import { variantsIn } from '../../support/plans.ts';
import { sample } from '../../support/sample.ts';
import { contraction, input, load, program } from '../build.ts';
import { integers, planOf, reference, rolesOf, runOnDevice } from '../execute.ts';
import { generatePlan } from '../generate.ts';
import { matmul } from '../layers.ts';
import { kernelOf, options } from './contractions.ts';
import {
  entriesFor,
  expectCandidates,
  expectEqual,
  neighboursOf as next,
  PRODUCTS,
  sizesOf,
  traits,
  tunable,
  tunedPlan,
  variantsOf,
} from './tuned.ts';

const every = [...SCHEDULES.keys()].flatMap(sizesOf);

const GPU: TunedDevice = { traits: traits(32, 32, false), class: gpu };

describe('a choice as text', () => {
  it('is read back as what it was', () => {
    const legal = every.filter(isChoice);
    expect(legal.length).toBeGreaterThan(80);
    expect(legal.map((c) => parseChoice(described(c)))).toEqual(legal);
    expect(new Set(legal.map(described)).size).toBe(legal.length);
  });

  it.each([
    '',
    'shared',
    'shared 16',
    'shared 16x16',
    'shared 15×16',
    'shared 16×16 in 2',
    'shared 016×16',
    ' shared 16×16',
    'shared 16×16;',
    'shared 128×64',
    'shared 8×16',
    'split 32×32',
    'split 32×32 in 1',
    'split 32×32 in 64',
    'direct 8×8',
    'matrix f64',
    'matrix f32 1×1',
    'nothing 1×1',
    'toString 1×1',
  ])("is not '%s'", (text) => {
    expect(parseChoice(text)).toBeUndefined();
  });

  it('without sizes is of one result of one workgroup', () => {
    expect(sized('dots')).toEqual({ way: 'dots', rows: 1, cols: 1, parts: 1 });
  });

  it('has sizes that ascend', () => {
    for (const { sizes } of SCHEDULES.values())
      for (const each of [sizes.rows, sizes.cols]) expect(each).toEqual(each.toSorted((a, b) => a - b));
  });

  it('has neighbours a step away, all of them choices', () => {
    const at = (text: string) => next(parseChoice(text)!).map(described).sort();
    expect(at('direct 1×1')).toEqual(['direct 1×2', 'direct 2×1']);
    for (const c of every.filter(isChoice)) expect(next(c).every(isChoice)).toBe(true);
  });
});

it.each([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 4],
  [512, 512],
  [513, 1024],
])('%d tokens are in the bucket of %d', (tokens, bucket) => {
  expect(bucketOf(tokens)).toBe(bucket);
});

describe('the candidates', () => {
  it('begin with the GPU’s default, and each has different code', () => expectCandidates(GPU));

  it('are shared, split, pipelined and matrix schedules on a GPU', () => {
    const ways = choicesOf(kernelOf(matmul('TN', 256, 256, 'tokens')), 2048, gpu).map((c) => c.way);
    expect([...new Set(ways)].sort()).toEqual(['direct', 'matrix f32', 'pipelined', 'shared', 'split']);
  });

  it('are of a class’s recipe where the class has some of its strategies', () => {
    const some = { ...gpu, strategies: ['shared'] };
    const ways = choicesOf(kernelOf(matmul('TN', 256, 256, 'tokens')), 2048, some).map((c) => c.way);
    expect(ways).toContain('shared');
  });

  it('are only direct schedules where nothing is summed', () => {
    const outer = contraction(
      'y',
      [input('x', ['tokens']), input('w', [64])],
      [
        ['m', 'tokens'],
        ['n', 64],
      ],
      [['k', 1]],
      load(0, 'm'),
      load(1, 'n'),
    );
    const of = choicesOf(kernelOf(program({ y: outer })), 64, gpu);
    expect(new Set(of.map((c) => c.way))).toEqual(new Set(['direct']));
  });

  it('are of each kernel once, with the steps that run it, at a bucket only where tokens are a size', () => {
    const w = input('w', [64, 64]);
    const product = (x: ReturnType<typeof input>, label: string) =>
      contraction(
        label,
        [x, w],
        [
          ['m', x.shape[0]!],
          ['n', 64],
        ],
        [['k', 64]],
        load(0, 'm', 'k'),
        load(1, 'k', 'n'),
      );
    const [a, b] = [input('a', ['tokens', 64]), input('b', ['tokens', 64])];
    const c = input('c', [48, 64]);
    const found = tunable(program({ y: product(a, 'y'), z: product(b, 'z'), u: product(c, 'u') }), GPU, 100);
    expect(found.map((f) => [f.label, f.steps, f.bucket, f.flops])).toEqual([
      ['z', 2, 128, 2 * 100 * 64 * 64],
      ['u', 1, null, 2 * 48 * 64 * 64],
    ]);
  });
});

const p = matmul('NT', 'tokens', 256, 512);
const { key, entry } = entriesFor(p);

describe('the entries of a table', () => {
  const found = (tuned: readonly TunedSchedule[], tokens: number) =>
    tunedFor({ tuned, tokens }, key).map((t) => [t.tuned.schedule, t.maxTokens]);

  it('come fewest tokens first, and those for any number last', () => {
    const tuned = [entry(null, 'shared 16×16'), entry(512, 'direct 2×2', 'B'), entry(64, 'direct 1×2')];
    expect(found(tuned, 512)).toEqual([
      ['direct 1×2', 64],
      ['direct 2×2', undefined],
      ['shared 16×16', undefined],
    ]);
  });

  it('have no limit where they are an adapter’s last, or are for any number', () => {
    expect(found([entry(512, 'direct 2×2'), entry(1024, 'shared 16×16')], 256)).toEqual([
      ['direct 2×2', 512],
      ['shared 16×16', undefined],
    ]);
    expect(found([entry(null, 'direct 2×2'), entry(null, 'shared 16×16')], 256)).toEqual([
      ['direct 2×2', undefined],
      ['shared 16×16', undefined],
    ]);
  });

  it('are ways with a matrix’s type where their schedule has one, and none where there is no such schedule', () => {
    const ways = (choice: ScheduleChoice) =>
      tunedWays(kernelOf(p), { ...options('direct'), tuned: [{ ...entry(512, 'direct 2×2'), choice }] });
    expect(ways(parseChoice('shared 16×16')!).map((w) => 'matrix' in w)).toEqual([false]);
    expect(ways(parseChoice('matrix f32')!).map((w) => w.matrix)).toEqual([expect.anything()]);
    expect(ways(sized('nothing'))).toEqual([]);
  });
});

describe('a Plan with a table', () => {
  const alternatives = (tuned: readonly TunedSchedule[], device = 'gpu') =>
    (variantsIn(tunedPlan(p, tuned), device)[0]!.steps[0]!.alternatives ?? []).map((a) => [
      a.tuned ? `${a.tuned.adapter}: ${a.tuned.schedule}` : 'model',
      a.maxTokens,
    ]);
  const model = alternatives([]);

  it('without an entry for its kernels is the same as without a table', () => {
    const without = JSON.stringify(planOf(p));
    expect(JSON.stringify(tunedPlan(p, []))).toBe(without);
    expect(JSON.stringify(tunedPlan(p, [{ ...entry(512, 'shared 16×16'), key: `${key}x` }]))).toBe(without);
  });

  it('runs tuned schedules first, each up to its token count; one for a typical count serves all larger counts', () => {
    expect(model.length).toBeGreaterThan(0);
    expect(model).toEqual(model.map(() => ['model', undefined]));
    expect(alternatives([entry(512, 'shared 16×16'), entry(64, 'shared 16×32')])).toEqual([
      ['A: shared 16×32', 64],
      ['A: shared 16×16', undefined],
      ...model,
    ]);
    expect(alternatives([entry(256, 'shared 16×16')])).toEqual([['A: shared 16×16', 256], ...model]);
    expect(alternatives([entry(null, 'shared 16×16')])).toEqual([['A: shared 16×16', undefined], ...model]);
    expect(alternatives([entry(64, 'shared 16×16'), entry(512, 'direct 2×2', 'B')])).toEqual([
      ['A: shared 16×16', 64],
      ['B: direct 2×2', undefined],
      ...model,
    ]);
    // A class gets a tuned schedule only where it runs the schedule's strategy.
    const shared = [entry(512, 'shared 16×16', 'B')];
    for (const { name, strategies } of CLASSES)
      expect(alternatives(shared, name).some(([by]) => by === 'B: shared 16×16')).toBe(
        strategies.includes('shared'),
      );
  });

  it('runs a tuned schedule only on the adapter that it was measured on', async () => {
    const device = await testDevice();
    const { adapter } = traitsOf(device);
    const steps = (tuned: TunedSchedule[], tokens = 512) => {
      const chosen = planFor(device, tunedPlan(p, tuned));
      return stepsAt(variantsIn(chosen)[0]!.steps[0]!, tokens);
    };
    expect(steps([entry(512, 'direct 2×2', 'another')])).toEqual(steps([]));
    expect(steps([])[0]!.tuned).toBeUndefined();
    const tuned = { adapter, key, schedule: 'direct 2×2' };
    expect(steps([entry(512, 'direct 2×2', adapter)])[0]!.tuned).toEqual(tuned);
    const few = [entry(64, 'direct 1×2', adapter)];
    expect(steps(few, 64)[0]!.tuned?.schedule).toBe('direct 1×2');
    expect(steps(few, 65)[0]!.tuned).toBeUndefined();
  });

  it('runs a forced strategy in spite of the table', () => {
    const options = { name: p.name, roles: rolesOf(p), strategy: 'shared' } as const;
    const forced = generatePlan(variantsOf(p), { ...options, tuned: [entry(512, 'direct 2×2')] });
    expect(forced).toEqual(generatePlan(variantsOf(p), options));
  });
});

/** One schedule of each kind that runs on the tests' device. Tiles are small, because large ones compile slowly. */
const SAMPLE = ['direct 2×4', 'shared 16×32', 'split 16×16 in 3'];

describe('every choice computes the same', () => {
  it.each(sample(Object.entries(PRODUCTS), ['with edges']))('%s', (_, p) => expectEqual(p, SAMPLE));

  it('alone as in the program', async () => {
    const p = matmul('NT', 'tokens', 12, 24, true);
    const device = await testDevice();
    const [kernel] = tunable(p, { traits: traitsOf(device), class: classOf(device) }, 20);
    const candidates = kernel!.candidates().slice(0, 3);
    expect(candidates).toHaveLength(3);
    const { plan } = candidates[0]!;
    expect(plan.inputs.map((t) => t.shape)).toEqual([['tokens', 24], [12, 24], [12]]);
    const inputs = p.inputs.map((t, i) => ({ ...t, name: `${i}` }));
    const alone: PrimProgram = { ...p, inputs, outputs: [{ name: 'out', prim: p.outputs[0]!.prim }] };
    const values = integers(p, 20);
    const named = Object.fromEntries(p.inputs.map((t, i) => [`${i}`, values[t.name]!]));
    const [expected] = Object.values(reference(p, 20, values));
    for (const c of candidates) {
      const { out } = await runOnDevice(alone, c.plan, 20, named);
      expect(outside(out!, expected!)).toBeUndefined();
    }
  });
});
