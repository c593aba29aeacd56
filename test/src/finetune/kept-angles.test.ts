/** The angles between neurons that `merge` and `eval` report, against those of the files that `merge` writes. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeptByProjection } from '../../../src/finetune/kept-angles.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { oftc } from '../cli/harness.ts';
import { at, DATA, finetune, MODEL } from './tiny.ts';

const on = (...argv: string[]) => oftc(...argv, '--device', 'cpu');
const json = async (...argv: string[]) => JSON.parse((await on(...argv, '--json')).stdout);

const merged = (name: string, ...more: string[]): Promise<{ angles: KeptByProjection | null }> =>
  json(
    'merge',
    '--model',
    MODEL,
    '--adapter',
    at(`${name}/adapter`),
    '--out',
    at(`${name}-merged${more.length}`),
    ...more,
  );
const evaluated = (...argv: string[]) =>
  json('eval', '--model', MODEL, '--data', DATA, '--length', '8', ...argv);

beforeAll(async () => {
  const short = ['--steps', '2', '--lr', '0.1', '--device', 'cpu'];
  await finetune('turned', '--adapter', 'oft', '--set', 'b=4,terms=3', ...short);
  await finetune('exact', '--adapter', 'oft', '--set', 'b=4,cayley=exact', ...short);
  await finetune('added', '--adapter', 'lora', '--set', 'r=2', ...short);
});

/** The largest change of an angle in degrees and the energies, by the arc cosine, over the q_proj of both models. */
async function byHand(folder: string) {
  const [before, after] = [await openModel(MODEL), await openModel(folder)];
  let [largest, energyBefore, energy] = [0, 0, 0];
  for (const name of [0, 1].map((n) => `model.layers.${n}.self_attn.q_proj.weight`)) {
    const [a, b] = [await before.weight(name), await after.weight(name)];
    const cosine = (W: Float32Array, i: number, j: number) => {
      const [x, y] = [i, j].map((r) => Array.from(W.subarray(8 * r, 8 * r + 8)));
      return x!.reduce((s, v, k) => s + v * y![k]!, 0) / Math.hypot(...x!) / Math.hypot(...y!);
    };
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < 8; j++) {
        if (i === j) continue;
        const [c, d] = [cosine(a, i, j), cosine(b, i, j)];
        largest = Math.max(largest, (Math.abs(Math.acos(c) - Math.acos(d)) * 180) / Math.PI);
        energyBefore += 1 / Math.sqrt(2 - 2 * c);
        energy += 1 / Math.sqrt(2 - 2 * d);
      }
  }
  await before.close();
  await after.close();
  return { largest, energyBefore, energy };
}

describe('merge', () => {
  it('reports the angles and energies of the weights that it writes', async () => {
    const { angles } = await merged('turned');
    const { q_proj: q } = angles!;
    const wanted = await byHand(at('turned-merged0'));
    for (const key of ['largest', 'energyBefore', 'energy'] as const)
      expect(q![key] / wanted[key]).toBeCloseTo(1, 3);
    expect(q!.largest).toBeGreaterThan(1e-3);
    expect(q!.truncation!.exact.largest).toBeLessThan(q!.largest / 100);
    expect(q!.truncation!.missed).toBeGreaterThan(1e-5);
    expect(Object.keys(angles!)).toContain('down_proj');
  });

  it('reports no truncation of an exact transform', async () => {
    const { angles } = await merged('exact');
    expect(angles!.all).toMatchObject({ truncation: null, leftOut: 0 });
    expect(angles!.all.largest).toBeLessThan(1e-4);
  });

  it('reports the angles of an addition only where asked, and none of a rotation where not wanted', async () => {
    expect((await merged('added')).angles).toBeNull();
    expect((await merged('added', '--angles')).angles!.all.largest).toBeGreaterThan(1e-2);
    expect((await merged('turned', '--no-angles')).angles).toBeNull();
  });
});

describe('eval', () => {
  it('reports what merge does, and nothing of the model alone', async () => {
    const { angles } = await evaluated('--adapter', at('turned/adapter'));
    expect(angles).toEqual((await merged('turned', '--dtype', 'f32')).angles);
    expect(await evaluated()).not.toHaveProperty('angles');
  });

  it('reports each of several adapters, and their composition', async () => {
    const adapters = ['turned', 'exact'].flatMap((name) => ['--adapter', at(`${name}/adapter`)]);
    const { adapters: all } = await evaluated(...adapters, '--compose');
    const missed = all.map(
      (a: { angles?: KeptByProjection }) => a.angles && a.angles.all.truncation !== null,
    );
    expect(missed).toEqual([undefined, true, false, true]);
  });

  it('prints a table', async () => {
    const { stdout } = await on(
      'eval',
      '--model',
      MODEL,
      '--data',
      DATA,
      '--length',
      '8',
      '--adapter',
      at('turned/adapter'),
    );
    expect(stdout).toMatch(/energy +after +largest +rms +change +exact: largest/);
    expect(stdout).toMatch(/\n {2}all .*°/);
    expect(stdout).toContain('missed: ‖W′ − W′ₑ‖ ÷ ‖W′ₑ − W‖');
  });
});
