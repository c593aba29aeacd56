/** Schedules in lanes as data: their texts, their code, and how a Plan runs the schedule that tuning found. */
import { describe, expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import { planFor, stepsAt, traitsOf } from '../../../../runtime/choose.ts';
import { contraction, input, load, program } from '../../../../test/kernels-gen/build.ts';
import { planOf, rolesOf } from '../../../../test/kernels-gen/execute.ts';
import { generatePlan } from '../../../../test/kernels-gen/generate.ts';
import { matmul } from '../../../../test/kernels-gen/layers.ts';
import { kernelOf } from '../../../../test/kernels-gen/schedule/contractions.ts';
import {
  entriesFor,
  expectCandidates,
  expectEqual,
  neighboursOf,
  PRODUCTS,
  sizesOf,
  traits,
  tunedPlan,
  variantsOf,
} from '../../../../test/kernels-gen/schedule/tuned.ts';
import { testDevice } from '../../../../test/support/device.ts';
import { variantsIn } from '../../../../test/support/plans.ts';
import { sample } from '../../../../test/support/sample.ts';
import type { TunedDevice } from '../../../tune/candidates.ts';
import type { TunedSchedule } from '../../../tuned.ts';
import { choicesOf, describe as described, isChoice, parseChoice } from '../../choices.ts';
import { choices } from '../choices.ts';

const CPU: TunedDevice = { traits: traits(8, 8, true), class: cpuVectors };

describe('a choice as text', () => {
  it('is read back as what it was', () => {
    const legal = Object.keys(choices).flatMap(sizesOf).filter(isChoice);
    expect(legal.length).toBeGreaterThan(150);
    expect(legal.map((c) => parseChoice(described(c)))).toEqual(legal);
    expect(new Set(legal.map(described)).size).toBe(legal.length);
    for (const c of legal) expect(neighboursOf(c).every(isChoice)).toBe(true);
  });

  it.each([
    'lanes',
    'lanes 6',
    'lanes 6x4',
    'lanes 5×4',
    'lanes 6×5',
    'lanes 32×8',
    'lanes 6×4 in 2',
    'lanes 06×4',
    ' lanes 6×4',
    'lanes 6×4;',
  ])("'%s' is none", (text) => {
    expect(parseChoice(text)).toBeUndefined();
  });

  it('has neighbours a step away', () => {
    const at = (text: string) => neighboursOf(parseChoice(text)!).map(described).sort();
    expect(at('lanes 8×4')).toEqual(
      ['lanes 12×3', 'lanes 12×4', 'lanes 6×4', 'lanes 6×6', 'lanes 8×3', 'lanes 8×6'].sort(),
    );
    // A tile has at most 32 rows, and 32 × 6 is more results than a tile may have.
    expect(at('lanes 32×4')).toEqual(['lanes 24×4', 'lanes 32×3'].sort());
  });
});

describe('candidates', () => {
  it('begin with the device’s default, and each has different code', () => expectCandidates(CPU));

  it('are schedules in lanes, and for few rows dot products too', () => {
    const ways = choicesOf(kernelOf(matmul('TN', 256, 256, 'tokens')), 2048, cpuVectors).map((c) => c.way);
    expect([...new Set(ways)].sort()).toEqual(['direct', 'exchanged lanes', 'lanes']);
    const along = choicesOf(kernelOf(matmul('NT', 'tokens', 256, 256)), 2, cpuVectors).map((c) => c.way);
    expect(along).toContain('dots');
    const across = choicesOf(kernelOf(matmul('TN', 1024, 2, 'tokens')), 64, cpuVectors).map((c) => c.way);
    expect(across).toContain('exchanged dots');
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
    const of = choicesOf(kernelOf(program({ y: outer })), 64, CPU.class);
    expect(new Set(of.map((c) => c.way))).toEqual(new Set(['direct']));
  });
});

describe('a Plan with a table', () => {
  const p = matmul('NT', 'tokens', 256, 512);
  const { key, entry } = entriesFor(p);
  const alternatives = (tuned: readonly TunedSchedule[], device = cpuVectors.name) =>
    (variantsIn(tunedPlan(p, tuned), device)[0]!.steps[0]!.alternatives ?? []).map((a) => [
      a.tuned ? `${a.tuned.adapter}: ${a.tuned.schedule}` : 'model',
      a.maxTokens,
    ]);
  const model = alternatives([]);

  it('without an entry for its kernels is the same as without a table', () => {
    const without = JSON.stringify(planOf(p));
    expect(JSON.stringify(tunedPlan(p, []))).toBe(without);
    expect(JSON.stringify(tunedPlan(p, [{ ...entry(512, 'lanes 8×4'), key: `${key}x` }]))).toBe(without);
  });

  it('runs tuned schedules first, each up to its token count; one for a typical count serves all larger counts', () => {
    expect(model.map(([by]) => by)).toEqual(model.map(() => 'model'));
    expect(model[0]).toEqual(['model', 1]);
    const rest = model.slice(1);
    expect(alternatives([entry(512, 'lanes 8×4'), entry(64, 'lanes 6×4')])).toEqual([
      model[0],
      ['A: lanes 6×4', 64],
      ['A: lanes 8×4', undefined],
      ...rest,
    ]);
    expect(alternatives([entry(256, 'lanes 8×4')])).toEqual([model[0], ['A: lanes 8×4', 256], ...rest]);
    expect(alternatives([entry(1, 'dots 1×8'), entry(2048, 'lanes 6×4')])).toEqual([
      ['A: dots 1×8', 1],
      model[0],
      ['A: lanes 6×4', undefined],
      ...rest,
    ]);
    expect(alternatives([entry(null, 'lanes 8×4')])).toEqual([
      model[0],
      ['A: lanes 8×4', undefined],
      ...rest,
    ]);
    expect(alternatives([entry(64, 'lanes 8×4'), entry(512, 'direct 2×2', 'B')])).toEqual([
      model[0],
      ['A: lanes 8×4', 64],
      ['B: direct 2×2', undefined],
      ...rest,
    ]);
  });

  it('runs a tuned schedule only on the adapter that it was measured on', async () => {
    const device = await testDevice();
    const { adapter } = traitsOf(device);
    const steps = (tuned: TunedSchedule[], tokens = 512) => {
      const chosen = planFor(device, tunedPlan(p, tuned));
      return stepsAt(variantsIn(chosen)[0]!.steps[0]!, tokens);
    };
    expect(steps([entry(512, 'lanes 8×4', 'another')])).toEqual(steps([]));
    expect(steps([])[0]!.tuned).toBeUndefined();
    const tuned = { adapter, key, schedule: 'lanes 8×4' };
    expect(steps([entry(512, 'lanes 8×4', adapter)])[0]!.tuned).toEqual(tuned);
    // For one token, the schedule that the cost model chose goes first.
    expect(steps([entry(512, 'lanes 8×4', adapter)], 1)[0]!.tuned).toBeUndefined();
    const few = [entry(64, 'lanes 6×4', adapter)];
    expect(steps(few, 64)[0]!.tuned?.schedule).toBe('lanes 6×4');
    expect(steps(few, 65)[0]!.tuned).toBeUndefined();
  });

  it('runs a forced strategy in spite of the table', () => {
    const options = { name: p.name, roles: rolesOf(p), strategy: 'lanes' } as const;
    const forced = generatePlan(variantsOf(p), { ...options, tuned: [entry(512, 'lanes 8×4')] });
    expect(forced).toEqual(generatePlan(variantsOf(p), options));
  });
});

/**
 * One schedule of each kind that runs on the tests' device. Their tiles are small, because large ones compile slowly.
 */
const SAMPLE = ['lanes 3×2', 'exchanged lanes 2×3', 'dots 2×2', 'exchanged dots 2×4'];

/** Schedules for sums of a known length only. */
const SHORT = ['stationary 16×3', 'exchanged stationary 32×2'];

describe('every choice computes the same', () => {
  it.each(sample(Object.entries(PRODUCTS), ['with edges']))('%s', (name, p) =>
    expectEqual(p, name === 'with edges' ? [...SAMPLE, ...SHORT] : SAMPLE),
  );
});
