/** The modules that an adapter is on: PEFT's matching of names, compared with the adapter's tensors and the model. */
import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { linearModules } from '../../../src/finetune/models/weights.ts';
import type { Json } from '../../../src/formats/json.ts';
import { Fields } from '../../../src/formats/peft/fields.ts';
import { targeting } from '../../../src/formats/peft/targets.ts';
import { CONFIG, refused } from './models.ts';
import { first, LORA, lora, OFT, parse, Q } from './peft.ts';

describe('target_modules', () => {
  const modules = [
    ...[0, 1, 10].flatMap((l) =>
      ['self_attn.q_proj', 'self_attn.v_proj', 'mlp.up_proj'].map((p) => `model.layers.${l}.${p}`),
    ),
    'lm_head',
  ];
  const short = (m: string) => m.replace('model.layers.', '').replace(/self_attn\.|mlp\./, '');
  const meant = (fields: Readonly<Record<string, Json>>) =>
    modules
      .filter(targeting(new Fields({ peft_type: 'LORA', ...fields }, 'f'), ['lm_head']))
      .map(short)
      .join(' ');

  it.each<[string, Readonly<Record<string, Json>>]>([
    ['0.q_proj 1.q_proj 10.q_proj', { target_modules: ['q_proj'] }],
    ['0.q_proj 1.q_proj 10.q_proj lm_head', { target_modules: ['q_proj', 'lm_head'] }],
    // A target is matched with the end of a path by whole names: `proj` does not match `q_proj`.
    ['', { target_modules: ['proj', 'head'] }],
    ['1.v_proj', { target_modules: ['model.layers.1.self_attn.v_proj'] }],
    [
      '0.q_proj 0.v_proj 0.up_proj 1.q_proj 1.v_proj 1.up_proj 10.q_proj 10.v_proj 10.up_proj',
      { target_modules: 'all-linear' },
    ],
    [
      '0.up_proj 1.up_proj 10.up_proj',
      { target_modules: 'All-Linear', exclude_modules: ['q_proj', 'v_proj'] },
    ],
    ['0.q_proj 0.v_proj', { target_modules: '.*\\.0\\..*(q|v)_proj' }],
    // A regular expression must match the whole path.
    ['', { target_modules: 'layers.0.*' }],
    ['', { target_modules: 'model\\.layers\\.0' }],
    ['1.q_proj', { target_modules: '(?P<m>model).layers\\.1\\.self\\_attn\\.q\\-?_proj' }],
    ['0.q_proj 10.q_proj', { target_modules: ['q_proj'], exclude_modules: '.*\\.1\\..*' }],
    ['1.q_proj 10.q_proj', { target_modules: ['q_proj'], layers_to_transform: [1, 10] }],
    ['0.q_proj', { target_modules: ['q_proj'], layers_to_transform: 0 }],
    ['1.q_proj', { target_modules: ['q_proj'], layers_to_transform: [1], layers_pattern: 'layers' }],
    ['1.q_proj', { target_modules: ['q_proj'], layers_to_transform: [1], layers_pattern: ['h', 'layers'] }],
    ['', { target_modules: ['q_proj'], layers_to_transform: [1], layers_pattern: 'h' }],
    // A target that is a whole path matches, even in a layer that `layers_to_transform` leaves out.
    [
      '0.up_proj 1.q_proj',
      { target_modules: ['q_proj', 'model.layers.0.mlp.up_proj'], layers_to_transform: [1] },
    ],
    [
      '0.q_proj 1.q_proj 10.q_proj',
      { target_modules: ['q_proj'], layers_to_transform: [], layers_pattern: '' },
    ],
  ])('means %j: %j', (expected, fields) => {
    expect(meant(fields)).toBe(expected);
  });

  it.each<[Readonly<Record<string, Json>>, 'InvalidAdapter' | 'UnsupportedOption', string]>([
    [{}, 'InvalidAdapter', '"target_modules": it is missing'],
    [{ target_modules: null }, 'InvalidAdapter', 'choose by architecture'],
    [{ target_modules: 'x', layers_to_transform: [1] }, 'InvalidAdapter', 'layers go with a list only'],
    [{ target_modules: ['x'], layers_pattern: 'h' }, 'InvalidAdapter', 'no layers are'],
    [{ target_modules: '(?i)Q_PROJ' }, 'UnsupportedOption', 'not a regular expression of JavaScript'],
    [{ target_modules: 'q\\Z' }, 'UnsupportedOption', 'not a regular expression'],
    [{ target_modules: '(' }, 'UnsupportedOption', 'not a regular expression'],
    [{ target_modules: ['x'], exclude_modules: '*' }, 'UnsupportedOption', '"exclude_modules"'],
  ])('is refused: %j', async (fields, code, text) => {
    await refused(() => meant(fields), code, text);
  });

  it('must match every module with tensors and, where the model is known, no other', async () => {
    await refused(
      () => parse({ ...LORA, target_modules: ['v_proj'] }, lora),
      'InvalidAdapter',
      /q_proj": there are tensors/,
    );
    await refused(
      () => parse({ ...LORA, target_modules: ['q_proj', 'o_proj'] }, lora, CONFIG),
      'InvalidAdapter',
      /means 1 modules of the model that have no tensors: "model.layers.0.self_attn.o_proj"/,
    );
    expect(first(LORA, lora, CONFIG).dims).toEqual({ in: 16, out: 16, r: 4 });
    // The embedding is no linear layer, but its name may be a target.
    const all = Object.fromEntries(
      [...linearModules(parseModelConfig(CONFIG, 'c'))]
        .filter(([path]) => path !== 'lm_head')
        .flatMap(([path, [out, inputs]]) => [
          [`${path}.lora_A.weight`, [4, inputs]],
          [`${path}.lora_B.weight`, [out, 4]],
        ]),
    );
    expect(parse({ ...LORA, target_modules: 'all-linear' }, all, CONFIG).modules.size).toBe(7);
    await refused(
      () => parse({ ...LORA, target_modules: ['q_proj', 'embed_tokens'] }, lora, CONFIG),
      'InvalidAdapter',
      'have no tensors: "model.embed_tokens"',
    );
  });

  it('must be of the model, in place and size', async () => {
    const at = (path: string) => ({ [`${path}.lora_A.weight`]: [4, 16], [`${path}.lora_B.weight`]: [16, 4] });
    await refused(
      () => parse(LORA, at('model.layers.7.self_attn.q_proj'), CONFIG),
      'InvalidAdapter',
      /Did you mean '[^']+'\? Take /,
    );
    const wide = { [`${Q}.lora_A.weight`]: [4, 32], [`${Q}.lora_B.weight`]: [16, 4] };
    await refused(
      () => parse(LORA, wide, CONFIG),
      'InvalidAdapter',
      'this adapter is of a model with in = 32 there, and this model has in = 16',
    );
    const embedding = { ...OFT, target_modules: ['embed_tokens'] };
    const table = { 'model.embed_tokens.oft_embedding_R.weight': [4, 6] };
    expect(first(embedding, table, CONFIG)).toMatchObject({
      layer: 'oftEmbedding',
      dims: { vocabulary: 24, d: 16, r: 4, b: 4 },
    });
    const linear = { 'model.embed_tokens.oft_R.weight': [4, 6] };
    await refused(() => parse(embedding, linear, CONFIG), 'InvalidAdapter', 'no linear layer there');
  });
});
