/** Rotary frequencies of configurations, and what is refused by name. */
import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { type Rope, ropeFrequencies } from '../../../src/formats/config/rope.ts';
import type { Json } from '../../../src/formats/json.ts';
import { LLAMA31, QWEN2 } from './configs.ts';
import { CONFIG, refused } from './models.ts';

const parse = (json: Json) => parseModelConfig(json, 'config.json');

describe('rotary frequencies', () => {
  /** Compares with numbers computed in Python from the formulas of transformers' modeling_rope_utils.py. */
  const close = (rope: Rope, headDim: number, length: number, expected: Readonly<Record<number, number>>) => {
    const { inverse } = ropeFrequencies(rope, headDim, length);
    expect(inverse).toHaveLength(headDim / 2);
    for (const [i, f] of Object.entries(expected)) expect(inverse[Number(i)]! / f).toBeCloseTo(1, 12);
  };

  it('are those of transformers: llama3', () => {
    close(parse(LLAMA31).rope!, 128, 1, {
      0: 1,
      20: 0.016560440080994446,
      28: 0.0032114459947525913,
      30: 0.0013718935677611381,
      35: 9.556212353964683e-5,
      36: 7.78465527393245e-5,
      50: 4.411534674558404e-6,
      63: 3.068925988914511e-7,
    });
  });

  it('are those of transformers: yarn', () => {
    const rope = parse({
      ...QWEN2,
      rope_theta: 1e6,
      rope_scaling: { factor: 4.0, original_max_position_embeddings: 32768, type: 'yarn' },
    }).rope!;
    close(rope, 128, 1, {
      0: 1,
      10: 0.1154781984689458,
      25: 0.004131738022518394,
      30: 0.0010643609812470017,
      40: 4.445698525097307e-5,
      63: 3.102344401879299e-7,
    });
    expect(ropeFrequencies(rope, 128, 1).attentionFactor).toBeCloseTo(1.138629436111989, 14);
    const fine = parse({
      ...CONFIG,
      rope_scaling: { rope_type: 'yarn', factor: 8, original_max_position_embeddings: 256, truncate: false },
    }).rope!;
    close(fine, 32, 1, {
      0: 1,
      3: 0.11113981613868129,
      5: 0.018799993111229703,
      8: 0.00125,
      15: 2.2228492625486534e-5,
    });
    const deep = { rope_type: 'yarn', factor: 4, mscale: 1, mscale_all_dim: 0.5 };
    expect(parse({ ...CONFIG, rope_scaling: deep }).rope!).toMatchObject({
      attentionFactor: (0.1 * Math.log(4) + 1) / (0.05 * Math.log(4) + 1),
      originalMaxPositions: 64,
    });
    // The ramp's end is clamped to the last dimension.
    const long = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 1e6, beta_fast: 1e5 };
    close(parse({ ...CONFIG, rope_theta: 10, rope_scaling: long }).rope!, 8, 1, {
      0: 1,
      1: 0.5020904689199546,
      2: 0.24846467329894412,
      3: 0.12066895996692689,
    });
    expect(parse({ ...CONFIG, rope_scaling: { rope_type: 'yarn', factor: 1 } }).rope!).toMatchObject({
      attentionFactor: 1,
    });
    expect(parse({ ...CONFIG, rope_scaling: { ...deep, attention_factor: 2 } }).rope!).toMatchObject({
      attentionFactor: 2,
    });
  });

  it('are those of transformers: dynamic, by the length', () => {
    const rope = parse({
      ...CONFIG,
      max_position_embeddings: 256,
      rope_scaling: { type: 'dynamic', factor: 2.0 },
    }).rope!;
    close(rope, 32, 512, { 0: 1, 5: 0.03899056978540051, 15: 5.9275980334630766e-5 });
    for (const length of [1, 256])
      expect(ropeFrequencies(rope, 32, length)).toEqual(
        ropeFrequencies({ kind: 'default', theta: 10000 }, 32, 1),
      );
  });

  it('are those of transformers: linear', () => {
    const rope = parse({ ...CONFIG, rope_scaling: { type: 'linear', factor: 4 } }).rope!;
    close(rope, 32, 1, { 0: 0.25, 5: 0.014058533129758726, 15: 4.445698525097307e-5 });
    expect(ropeFrequencies(rope, 32, 1).attentionFactor).toBe(1);
  });

  it.each([
    [{ rope_type: 'ntk', factor: 2 }, 'UnsupportedOption', /"ntk" is not computed.*default, linear, dyn/],
    [{ rope_type: 'toString' }, 'UnsupportedOption', 'toString'],
    [{ rope_type: 'linear', factor: 2, beta_fast: 3 }, 'UnsupportedOption', /"beta_fast" is not a parameter/],
    [{ rope_type: 'default', partial_rotary_factor: 0.5 }, 'UnsupportedOption', 'partial_rotary_factor'],
    [{ rope_type: 'linear' }, 'InvalidConfig', /config.json: "rope_scaling.factor": .*missing/],
    [{ rope_type: 'llama3', factor: 8 }, 'InvalidConfig', 'low_freq_factor'],
    [{ rope_type: 'linear', factor: -1 }, 'InvalidConfig', 'a number above 0'],
    ['linear', 'InvalidConfig', 'expected'],
  ] as const)('refuses %j', async (rope_scaling, code, text) => {
    await refused(() => parse({ ...CONFIG, rope_scaling }), code, text);
  });
});
