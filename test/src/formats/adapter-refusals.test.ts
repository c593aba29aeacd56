/** Fields and tensors of an adapter: each is honoured or refused by name, and none is ignored. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAdapter } from '../../../src/formats/peft/adapter.ts';
import { nearestDivisor, neumannSeries } from '../../../src/formats/peft/oft-sizes.ts';
import { parseAdapter } from '../../../src/formats/peft/parse.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { CONFIG, f32, newFolder, refused, writeFiles } from './models.ts';
import { first, heads, LORA, lora, OFT, oft, parse, Q } from './peft.ts';

describe('an option of PEFT', () => {
  it.each([
    [LORA, lora, { bias: 'all' }],
    [LORA, lora, { bias: 'lora_only' }],
    [LORA, lora, { fan_in_fan_out: true }],
    [LORA, lora, { modules_to_save: ['lm_head'] }],
    [LORA, lora, { target_parameters: ['x'] }],
    [LORA, lora, { trainable_token_indices: [1] }],
    [LORA, lora, { layer_replication: [[0, 1]] }],
    [LORA, lora, { megatron_config: { a: 1 } }],
    [LORA, lora, { use_qalora: true }],
    [LORA, lora, { lora_bias: true }],
    [LORA, lora, { use_bdlora: true }],
    [LORA, lora, { arrow_config: { a: 1 } }],
    [LORA, lora, { monteclora_config: { a: 1 } }],
    [LORA, lora, { alora_invocation_tokens: [1] }],
    [LORA, lora, { init_lora_weights: 'pissa' }],
    [LORA, lora, { init_lora_weights: 'pissa_niter_16' }],
    [LORA, lora, { init_lora_weights: 'olora' }],
    [LORA, lora, { init_lora_weights: 'loftq' }],
    [OFT, oft, { bias: 'oft_only' }],
    [OFT, oft, { modules_to_save: ['embed_tokens'] }],
  ])('is refused by name: %#', async (fields, shapes, option) => {
    const [name] = Object.keys(option);
    await refused(() => parse({ ...fields, ...option }, shapes), 'UnsupportedOption', `"${name}": it is`);
  });

  it.each([
    [LORA, lora, { lora_dropout: 0.1 }, 'lora_dropout 0.1 acts in training alone'],
    [OFT, oft, { module_dropout: 0.5 }, 'module_dropout 0.5 acts in training alone'],
    [LORA, lora, { of_the_future: [1] }, '"of_the_future"'],
  ])('is noted where it changes no result, or is unknown: %#', (fields, shapes, option, text) => {
    expect(parse({ ...fields, ...option }, shapes).notes).toEqual([expect.stringContaining(text)]);
  });

  it('that is off, or that has had its effect, is not mentioned', () => {
    const off = {
      bias: 'none',
      modules_to_save: null,
      loftq_config: {},
      eva_config: { rho: 2 },
      init_lora_weights: 'gaussian',
      lora_dropout: 0.0,
      use_qalora: false,
      qalora_group_size: 16,
      new_option: null,
      corda_config: null,
      revision: 'main',
      task_type: 'CAUSAL_LM',
    };
    expect(parse({ ...LORA, ...off }, lora).notes).toEqual([]);
  });

  it('of the scale of LoRA is honoured', () => {
    expect(first(LORA, lora).config).toEqual({ scale: 2 });
    expect(first({ ...LORA, use_rslora: true }, lora).config).toEqual({ scale: 4 });
    const alpha = { ...LORA, alpha_pattern: { 'layers.0.*q_proj': 20, q_proj: 12 } };
    expect(first(alpha, lora).config).toEqual({ scale: 5 });
    const rank = { ...LORA, r: 8, rank_pattern: { '^model.layers.0.self_attn.q_proj': 4, '.*': 8 } };
    expect(first(rank, lora)).toMatchObject({ config: { scale: 2 }, dims: { r: 4 } });
  });

  it('of a rank must be that of the tensors', async () => {
    await refused(
      () => parse({ ...LORA, r: 8 }, lora),
      'InvalidAdapter',
      /the field r means r = 8, and .* have 4/,
    );
    const pattern = { ...LORA, rank_pattern: { v_proj: 2, q_proj: 3 } };
    await refused(() => parse(pattern, lora), 'InvalidAdapter', /the field rank_pattern means r = 3/);
    await refused(
      () => parse({ ...LORA, rank_pattern: { q_proj: 'x' } }, lora),
      'InvalidAdapter',
      'numbers by module are expected',
    );
    const hra = { peft_type: 'HRA', r: 2, target_modules: ['q_proj'] };
    expect(first({ ...hra, apply_GS: true }, { [`${Q}.hra_u`]: [16, 2] }).config).toEqual({ gs: true });
    await refused(() => parse(hra, { [`${Q}.hra_u`]: [16, 3] }), 'InvalidAdapter', 'r means r = 2');
  });

  it('DoRA has a magnitude, under either of its names, and LoRA has none', async () => {
    const dora = { ...LORA, use_dora: true };
    const m = { [`${Q}.lora_magnitude_vector`]: [16] };
    expect(first(dora, { ...lora, ...m })).toMatchObject({ layer: 'dora', dims: { out: 16, in: 16, r: 4 } });
    expect(first(dora, { ...lora, [`${Q}.lora_magnitude_vector.weight`]: [16] }).tensors.m).toMatch(
      /vector\.weight$/,
    );
    await refused(
      () => parse(dora, { ...lora, ...m, [`${Q}.lora_magnitude_vector.weight`]: [16] }),
      'InvalidAdapter',
      'a second time',
    );
    await refused(() => parse(dora, lora), 'InvalidAdapter', 'lora_magnitude_vector" is missing');
    await refused(
      () => parse(LORA, { ...lora, ...m }),
      'InvalidAdapter',
      'the layer lora has no such tensor',
    );
  });
});

describe('the sizes of blocks', () => {
  it.each([
    [100, 32, 25],
    [17, 8, 1],
    [128, 32, 32],
    [12, 5, 4],
    [10, 7, 5],
    [10, 8, 10],
    [8, 8, 8],
    [8, 100, 8],
    [6, 1, 1],
  ])('for %i inputs and blocks of %i are %i', (n, wanted, made) => {
    expect(nearestDivisor(n, wanted)).toBe(made);
  });

  it('are the nearest that divide, as PEFT makes them, and no others', async () => {
    // Blocks of 5 are asked for; the nearest size that divides 16 inputs is 4.
    expect(first({ ...OFT, oft_block_size: 5 }, oft).dims).toMatchObject({ r: 4, b: 4, in: 16 });
    await refused(
      () => parse({ ...OFT, oft_block_size: 8 }, oft),
      'InvalidAdapter',
      /oft_block_size means b = 8/,
    );
    expect(first({ ...OFT, r: 4, oft_block_size: 0 }, oft).dims).toMatchObject({ b: 4 });
    expect(first({ ...OFT, r: 5, oft_block_size: 0 }, oft).dims).toMatchObject({ b: 4 });
    await refused(() => parse({ ...OFT, r: 2, oft_block_size: 0 }, oft), 'InvalidAdapter', 'r means b = 8');
    for (const [r, size] of [
      [4, 4],
      [0, 0],
    ])
      await refused(
        () => parse({ ...OFT, r: r!, oft_block_size: size! }, oft),
        'InvalidAdapter',
        'exactly one of r',
      );
  });

  it('shared need the model to tell the width', async () => {
    const share = { ...OFT, block_share: true };
    const one = { [`${Q}.oft_R.weight`]: [1, 6] };
    expect(first(share, one).dims).toEqual({ b: 4 });
    expect(first(share, one, CONFIG).dims).toEqual({ b: 4, r: 4, in: 16, out: 16 });
    await refused(() => parse({ ...share, oft_block_size: 8 }, one, CONFIG), 'InvalidAdapter', 'means b = 8');
    await refused(() => parse(share, oft), 'InvalidAdapter', 'axis 0');
  });

  it('BOFT has the factors of its tensor, and either field for its blocks', async () => {
    const fields = {
      peft_type: 'BOFT',
      boft_block_size: 4,
      boft_block_num: 0,
      boft_n_butterfly_factor: 2,
      target_modules: ['q_proj'],
    };
    const of = (m: number) => ({ [`${Q}.boft_R`]: [m, 4, 4, 4], [`${Q}.boft_s`]: [16, 1] });
    expect(first(fields, of(2))).toMatchObject({ config: { factors: 2 }, dims: { b: 4, r: 4, out: 16 } });
    expect(first(fields, { ...of(1), [`${Q}.boft_P`]: [1, 16, 16] }).config).toEqual({ factors: 1 });
    expect(parse(fields, of(2)).notes).toEqual([]);
    expect(parse(fields, of(1)).notes).toEqual([
      expect.stringContaining('factor is 2, and the tensors have 1'),
    ]);
    expect(first({ ...fields, boft_block_size: 0, boft_block_num: 4 }, of(2)).dims).toMatchObject({ r: 4 });
    // A tensor without axes has no number of factors, and the field has one.
    await refused(
      () => parse(fields, { ...of(2), [`${Q}.boft_R`]: [] }),
      'InvalidAdapter',
      `"${Q}": tensor 'R' has shape [] but is declared (2, r, b, b)`,
    );
    await refused(
      () => parse({ ...fields, boft_block_size: 8 }, of(2)),
      'InvalidAdapter',
      'boft_block_size means b = 8',
    );
    await refused(
      () => parse({ ...fields, boft_block_num: 4 }, of(2)),
      'InvalidAdapter',
      'exactly one of boft',
    );
  });

  it('RoAd has its groups from the fields', async () => {
    const fields = { peft_type: 'ROAD', variant: 'road_2', group_size: 8, target_modules: ['q_proj'] };
    const of = (n: number) => ({ [`${Q}.road_theta`]: [n], [`${Q}.road_alpha`]: [n] });
    expect(first(fields, of(16))).toMatchObject({ config: { variant: 2 }, dims: { g: 8, k: 2, out: 16 } });
    expect(first({ ...fields, variant: 'road_4' }, of(32))).toMatchObject({
      config: { variant: 4 },
      dims: { out: 16 },
    });
    await refused(() => parse({ ...fields, group_size: 12 }, of(16)), 'InvalidAdapter', /g = 12|whole 'k'/);
    await refused(() => parse({ ...fields, variant: 'road_3' }, of(16)), 'InvalidAdapter', 'road_3');
  });
});

it.each([1.5, -0.1, 'on', true])('a dropout of %j is no probability', async (module_dropout) => {
  await refused(() => parse({ ...OFT, module_dropout }, oft), 'InvalidAdapter', 'module_dropout');
});

describe('the series of a version', () => {
  it.each([
    [undefined, 'peft-0.17'],
    ['0.17.1', 'peft-0.17'],
    ['0.18.0', 'peft-0.18'],
    ['0.20.1.dev0', 'peft-0.18'],
    ['0.9.0', 'peft-0.17'],
    ['1.0', 'peft-0.18'],
  ])('%s computes %s', (version, series) => {
    expect(neumannSeries(version)).toBe(series);
    const { peft_version: _, ...rest } = OFT;
    const fields = version === undefined ? rest : { ...rest, peft_version: version };
    expect(first(fields, oft).config.series).toBe(series);
  });

  it.each(['unknown', '', 'v0.18', 18])('is not guessed from %j', async (version) => {
    await refused(() => parse({ ...OFT, peft_version: version }, oft), 'InvalidAdapter', 'peft_version');
  });
});

describe('an adapter’s tensors', () => {
  it('are all known, all there, and floats', async () => {
    await refused(() => parse(LORA, {}), 'InvalidAdapter', 'there are no tensors of LORA');
    await refused(
      () => parse(LORA, { ...lora, [`${Q}.lora_C.weight`]: [1] }),
      'InvalidAdapter',
      'lora_C.weight": no tensor',
    );
    await refused(
      () => parse(OFT, { [`${Q}.oft_r.weight`]: [4, 6] }),
      'InvalidAdapter',
      `its shape [4,6] is that of oft_R, which PEFT 0.16 and later store. Rename the tensor: base_model.model.${Q}.oft_R.weight.`,
    );
    for (const old of ['oft_r', 'oft_r.weight'])
      await refused(
        () => parse(OFT, { [`${Q}.${old}`]: [4, 4, 4] }),
        'InvalidAdapter',
        'PEFT before 0.16, of another parameter. Train the adapter again.',
      );
    await refused(
      () => parseAdapter(LORA, heads(lora, ''), 'f'),
      'InvalidAdapter',
      'start with "base_model.model."',
    );
    const { [`${Q}.lora_B.weight`]: _, ...half } = lora;
    await refused(() => parse(LORA, half), 'InvalidAdapter', 'lora_B.weight" is missing');
    const integers = new Map([...heads(oft)].map(([k, t]) => [k, { ...t, dtype: 'I32' as const }]));
    await refused(() => parseAdapter(OFT, integers, 'f'), 'InvalidAdapter', 'its dtype is I32');
    await refused(() => parse(OFT, { [`${Q}.oft_R.weight`]: [4, 5] }), 'InvalidAdapter', "whole 'b'");
    await refused(() => parse(OFT, { [`${Q}.oft_R.weight`]: [24] }), 'InvalidAdapter', 'rank 1 against 2');
  });

  it('are of a method that is read', async () => {
    await refused(
      () => parse({ ...LORA, peft_type: 'LOR' }, lora),
      'UnsupportedAdapter',
      "Did you mean 'LORA'",
    );
    await refused(
      () => parse({ ...LORA, peft_type: 'toString' }, lora),
      'UnsupportedAdapter',
      'OFT, BOFT, HRA, ROAD',
    );
    await refused(() => parse({}, lora), 'InvalidAdapter', '"peft_type": it is missing');
    const { oft_block_size: _, ...old } = OFT;
    await refused(() => parse(old, oft), 'InvalidAdapter', '"oft_block_size": it is missing');
    await refused(
      () => parse({ ...OFT, num_cayley_neumann_terms: 99 }, oft),
      'InvalidAdapter',
      'terms must be',
    );
  });

  it('of PSOFT are read where A and B are the only frozen ones', async () => {
    const psoft = {
      peft_type: 'PSOFT',
      r: 4,
      psoft_alpha: 2,
      target_modules: ['q_proj'],
      ab_svd_init: 'psoft_init',
    };
    const shapes = {
      [`${Q}.psoft_R.weight`]: [6],
      [`${Q}.psoft_R.vector_a`]: [4],
      [`${Q}.psoft_R.vector_b`]: [4],
    };
    const parsed = parse(psoft, shapes);
    expect(parsed.modules.get(Q)).toMatchObject({
      layer: 'psoft',
      config: { scale: 0.5, cayley: 'exact', terms: 5 },
    });
    expect(parsed.notes).toEqual([expect.stringContaining('A and B are not stored')]);
    await refused(() => parse({ ...psoft, psoft_orth: false }, shapes), 'InvalidAdapter', 'psoft_orth');
    await refused(() => parse({ ...psoft, psoft_mag_a: false }, shapes), 'InvalidAdapter', 'psoft_mag_a');
    await refused(
      () => parse({ ...psoft, cayley_neumann_eps: 0.9 }, shapes),
      'UnsupportedOption',
      'cayley_neumann_eps',
    );
  });

  it('lie in a folder with their fields', async () => {
    const folder = newFolder();
    await refused(() => readAdapter(folder), 'MissingFile', 'adapter_config.json: there is no such file');
    writeFiles(folder, { 'adapter_config.json': LORA });
    await refused(
      () => readAdapter(folder),
      'MissingFile',
      /adapter_model.safetensors: there is no such file\. Name/,
    );
    writeFileSync(join(folder, 'adapter_model.bin'), '');
    await refused(() => readAdapter(folder), 'MissingFile', 'safe_serialization=True');
    mkdirSync(join(folder, 'adapter_model.safetensors'));
    await refused(() => readAdapter(folder), 'MissingFile', 'not a regular file');
    const whole = writeFiles(newFolder(), {
      'adapter_config.json': [LORA],
      'adapter_model.safetensors': serializeSafetensors([f32('x', [1])]),
    });
    await refused(() => readAdapter(whole), 'InvalidAdapter', 'an object is expected, and it is [{');
  });
});
