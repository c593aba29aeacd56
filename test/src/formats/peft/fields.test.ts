/** Fields that all methods have, patterns by module, weights beside an adapter's own tensors, and limits. */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../src/formats/json.ts';
import { Fields } from '../../../../src/formats/peft/fields.ts';
import {
  isStored,
  LAYERS,
  type LayerName,
  programOf,
  tracedOnce,
} from '../../../../src/formats/peft/layers.ts';
import { statedByModule } from '../../../../src/formats/peft/method.ts';
import { parseAdapter } from '../../../../src/formats/peft/parse.ts';
import { targeting } from '../../../../src/formats/peft/targets.ts';
import { refused } from '../models.ts';
import { first, heads, LORA, lora, parse, Q, type Shapes } from '../peft.ts';

describe('a field that is not known', () => {
  it.each<[Json, boolean]>([
    ...[null, false, 0, '', [], {}].map((value): [Json, boolean] => [value, false]),
    ...[true, 1, -1, 'x', ' ', [0], [null], { a: 0 }].map((value): [Json, boolean] => [value, true]),
  ])('with the value %j is noted unless it is off', (value, isNoted) => {
    const notes = ['adapter_config.json has fields that are not known here and not read: "new_option"'];
    expect(parse({ ...LORA, new_option: value }, lora).notes).toEqual(isNoted ? notes : []);
  });

  it('is listed with eleven others, and more are counted', () => {
    const noted = (count: number) => {
      const others = Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, 1]));
      return parse({ ...LORA, ...others }, lora).notes;
    };
    const twelve = Array.from({ length: 12 }, (_, i) => `"x${i}"`).join(', ');
    const start = 'adapter_config.json has fields that are not known here and not read: ';
    expect(noted(12)).toEqual([`${start}${twelve}`]);
    expect(noted(13)).toEqual([`${start}${twelve} and 1 more`]);
  });
});

it('the fields of an adapter are an object', async () => {
  for (const json of [[], 'x', null, [LORA]])
    await refused(() => new Fields(json, 'f'), 'InvalidAdapter', /^InvalidAdapter: f: /);
});

describe('modules that are saved whole', () => {
  const saved = (modules: Json, shapes: Shapes, saves: readonly string[]) =>
    parseAdapter({ ...LORA, modules_to_save: modules }, heads({ ...lora, ...shapes }), 'f', undefined, saves)
      .saved;

  it('may be those that the reader names', async () => {
    const shapes = { 'classifier.weight': [2, 16], 'classifier.bias': [2], 'score.weight': [2, 16] };
    expect([...saved(['classifier', 'score'], shapes, ['score', 'classifier'])]).toEqual([
      ['classifier.weight', 'base_model.model.classifier.weight'],
      ['classifier.bias', 'base_model.model.classifier.bias'],
      ['score.weight', 'base_model.model.score.weight'],
    ]);
    expect(saved(['classifier'], {}, ['classifier']).size).toBe(0);
    expect(saved(null, {}, ['classifier']).size).toBe(0);
    await refused(
      () => saved(['classifier', 'score'], shapes, ['classifier']),
      'UnsupportedOption',
      '"modules_to_save": it is ["classifier","score"], and read is only absent.',
    );
    // A tensor of a module that only starts with the name of a saved one is no copy of it.
    await refused(
      () => saved(['classifier'], { 'classifiers.weight': [2] }, ['classifier']),
      'InvalidAdapter',
      'classifiers.weight": no tensor of LORA on a linear layer ends so',
    );
  });
});

describe('a weight of the base beside an adapter', () => {
  const sizes = new Map([
    [Q, [16, 16]],
    ['lm_head', [24, 16]],
    ['model.embed_tokens', [24, 16]],
  ] as const);
  const base = (name: string, shape: readonly number[], known: boolean) => {
    const tensors = heads({ ...lora, [`${name}.base_layer.weight`]: shape });
    return [...parseAdapter(LORA, tensors, 'f', known ? sizes : undefined).base];
  };

  it.each(['lm_head', 'model.embed_tokens'])('may be that of %s, of the model’s shape', async (name) => {
    const stored = [[name, `base_model.model.${name}.base_layer.weight`]];
    expect(base(name, [24, 16], true)).toEqual(stored);
    expect(base(name, [1, 2], false)).toEqual(stored);
    await refused(
      () => base(name, [16, 24], true),
      'InvalidAdapter',
      `f/adapter_model.safetensors: "${stored[0]![1]}": it is [16,24], and on this model [24,16] is meant.`,
    );
  });

  it('is of no other module', async () => {
    await refused(() => base(Q, [16, 16], true), 'InvalidAdapter', 'base_layer.weight": no tensor of LORA');
  });
});

describe('tensors of a module', () => {
  it('that the fields do not mean are refused, the first by name', async () => {
    const more = { [`${Q}.lora_magnitude_vector`]: [16] };
    await refused(
      () => parse(LORA, { ...lora, ...more }),
      'InvalidAdapter',
      `f/adapter_model.safetensors: "base_model.model.${Q}.lora_magnitude_vector": the layer lora has no such tensor`,
    );
    const gralora = { peft_type: 'GRALORA', r: 2, alpha: 2, target_modules: ['q_proj'] };
    const own = { [`${Q}.gralora_A`]: [2, 8, 2], [`${Q}.gralora_B`]: [2, 2, 8] };
    const extra = { [`${Q}.gralora_B_general.weight`]: [16, 1], [`${Q}.gralora_A_general.weight`]: [1, 16] };
    await refused(
      () => parse(gralora, { ...own, ...extra }),
      'InvalidAdapter',
      'gralora_B_general.weight": the',
    );
  });

  it('of LoKr in which the second factor alone is whole have the rank of the first', async () => {
    const lokr = { peft_type: 'LOKR', r: 2, alpha: 3, target_modules: ['q_proj'] };
    const own = {
      ...{ [`${Q}.lokr_w1_a`]: [4, 2], [`${Q}.lokr_w1_b`]: [2, 4] },
      [`${Q}.lokr_w2`]: [5, 6],
    };
    expect(first(lokr, own)).toMatchObject({
      config: { scale: 1.5, both: true, full: true },
      dims: { r: 2 },
    });
    await refused(
      () => parse({ ...lokr, r: 3 }, own),
      'InvalidAdapter',
      'r means r = 3, and the tensors have 2',
    );
  });

  it('are missing on several modules of the model: five are named, and more are counted', async () => {
    const paths = Array.from({ length: 7 }, (_, i) => `model.layers.${i}.self_attn.q_proj`);
    const sizes = new Map(paths.map((path) => [path, [16, 16] as const]));
    const named = paths.slice(1, 6).map((path) => `"${path}"`);
    await refused(
      () => parseAdapter(LORA, heads(lora), 'f', sizes),
      'InvalidAdapter',
      `f/adapter_model.safetensors: target_modules means 6 modules of the model that have no tensors: ${named.join(', ')} and 1 more.`,
    );
  });
});

describe('numbers by module', () => {
  it.each<[Json, boolean]>([
    [{ q_proj: 4 }, true],
    [{ q_proj: 0.5 }, true],
    [{ q_proj: '4' }, false],
    [{ q_proj: true }, false],
    [{ q_proj: null }, false],
    [{ q_proj: -4 }, false],
    [[4], false],
  ])('are above 0: alpha_pattern %j', async (alpha_pattern, isRead) => {
    const read = () => first({ ...LORA, alpha_pattern }, lora).layer;
    if (isRead) expect(read()).toBe('lora');
    else await refused(read, 'InvalidAdapter', '"alpha_pattern": numbers by module are expected, and it is');
  });

  it('are at most 1000, and so are patterns of layers', async () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, 1]));
    expect(first({ ...LORA, alpha_pattern: many(1000) }, lora).config).toEqual({ scale: 2 });
    await refused(
      () => parse({ ...LORA, alpha_pattern: many(1001) }, lora),
      'InvalidAdapter',
      /f\/adapter_config\.json: "alpha_pattern": .*Name several modules by one pattern\./,
    );
    const layers = (count: number) => ({
      ...{ ...LORA, layers_to_transform: [0] },
      layers_pattern: ['layers', ...Object.keys(many(count - 1))],
    });
    expect(first(layers(1000), lora).layer).toBe('lora');
    await refused(
      () => parse(layers(1001), lora),
      'InvalidAdapter',
      /"layers_pattern": .*one end of their paths\./,
    );
  });
});

it('the first pattern that matches a module gives its number', () => {
  const fields = new Fields({ peft_type: 'LORA' }, 'f');
  const stated = statedByModule({ q_proj: 4, '[a-z]_proj': 8 }, 2, fields, 'alpha_pattern');
  expect(stated('m.q_proj')).toEqual(['alpha_pattern', 4]);
  expect(stated('m.k_proj')).toEqual(['alpha_pattern', 8]);
  expect(stated('m.up')).toEqual(['alpha', 2]);
});

it('tensors on a module that target_modules does not mean are refused', async () => {
  await refused(
    () => parse({ ...LORA, target_modules: ['k_proj'] }, lora),
    'InvalidAdapter',
    'there are tensors for this module, and target_modules does not mean it',
  );
});

it.each([
  [{ target_modules: 5 }, '(string | Array) is expected, and it is 5'],
  [{ layers_to_transform: 'a' }, '(number | Array) is expected, and it is "a"'],
])('a refusal of %j lists what is expected', (more, wanted) => {
  expect(() => new Fields({ peft_type: 'LORA', ...more }, 'f')).toThrow(wanted);
});

describe('targets', () => {
  const isOn = (fields: Readonly<Record<string, Json>>, module: string) =>
    targeting(new Fields({ peft_type: 'LORA', ...fields }, 'f'), [])(module);

  it('and layers are at most 100000 in a list', async () => {
    const list = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
    expect(isOn({ target_modules: list(100_000, 'up') }, 'h.0.up')).toBe(true);
    await refused(
      () => isOn({ target_modules: list(100_001, 'up') }, 'up'),
      'InvalidAdapter',
      '"target_modules": ',
    );
    const layers = (count: number) => ({ target_modules: ['up'], layers_to_transform: list(count, 0) });
    expect(isOn(layers(100_000), 'm.h.0.up')).toBe(true);
    await refused(() => isOn(layers(100_001), 'up'), 'InvalidAdapter', '"layers_to_transform": ');
  });

  it('as an expression have at most 10000 characters', async () => {
    const of = (count: number) => ({ target_modules: 'up'.padEnd(count, '|x') });
    expect(isOn(of(10_000), 'up')).toBe(true);
    await refused(
      () => isOn(of(10_001), 'up'),
      'UnsupportedOption',
      /"target_modules": .*Write the modules as a list\./,
    );
  });

  it('as an expression that JavaScript refuses: the reason is JavaScript’s own', async () => {
    await refused(
      () => isOn({ target_modules: '(' }, 'up'),
      'UnsupportedOption',
      /f: "target_modules": "\(" is not a regular expression of JavaScript \(Invalid/,
    );
  });

  it('as an expression that takes too long on a path are refused', async () => {
    await refused(
      () => isOn({ target_modules: '(?=(a+)+b)a' }, 'a'.repeat(40)),
      'UnsupportedOption',
      `"target_modules": "(?=(a+)+b)a" takes too long on "${'a'.repeat(40)}"`,
    );
  });

  it('in layers: the first pattern of layers that matches gives the number', () => {
    const layers = (...layers_pattern: string[]) => ({
      ...{ target_modules: ['up'], layers_to_transform: [3] },
      layers_pattern,
    });
    expect(isOn(layers('h', 'sub'), 'm.h.3.sub.4.up')).toBe(true);
    expect(isOn(layers('sub', 'h'), 'm.h.3.sub.4.up')).toBe(false);
    expect(isOn({ target_modules: ['up'], layers_to_transform: [3] }, 'x.up')).toBe(false);
  });

  it('a pattern of layers without layers is refused, whatever stands beside it', async () => {
    for (const layers_pattern of [['', 'h'], ['h', ''], 'h'])
      await refused(
        () => isOn({ target_modules: ['up'], layers_pattern }, 'up'),
        'InvalidAdapter',
        'layers_pattern is given, and no layers are',
      );
    expect(isOn({ target_modules: ['up'], layers_pattern: ['', ''] }, 'up')).toBe(true);
  });
});

describe('the ranks of OSF', () => {
  const of = (effective_rank: Json, [out, inner]: readonly [number, number], low: number) =>
    first(
      { peft_type: 'OSF', effective_rank, target_modules: ['q_proj'] },
      {
        [`${Q}.osf_svd_params.U_low`]: [out, low],
        [`${Q}.osf_svd_params.S_low`]: [low],
        [`${Q}.osf_svd_params.V_low`]: [low, inner],
      },
    );

  it.each<[Json, readonly [number, number], kept: number]>([
    [null, [15, 13], 6],
    [null, [13, 15], 6],
    [1, [15, 13], 1],
    [0.99, [15, 13], 12],
    [0.1, [15, 13], 1],
    [12, [15, 13], 12],
    [6, [13, 13], 6],
  ])('%j of a weight %j keeps %d singular values', (rank, size, kept) => {
    expect(of(rank, size, Math.min(...size) - kept)).toMatchObject({
      config: { fewerOutputs: size[0] < size[1] },
      dims: { k: kept, out: size[0], in: size[1] },
    });
  });

  it.each([
    ['U_low', 0],
    ['V_low', -3],
  ] as const)('count for no weight where %s has no axes', async (name, k) => {
    const prefix = `${Q}.osf_svd_params`;
    const stored = { [`${prefix}.U_low`]: [15, 3], [`${prefix}.S_low`]: [3], [`${prefix}.V_low`]: [3, 13] };
    await refused(
      () => parse({ peft_type: 'OSF', target_modules: ['q_proj'] }, { ...stored, [`${prefix}.${name}`]: [] }),
      'InvalidAdapter',
      `"${Q}": dimension 'k' must be a whole number of at least 1, got ${k}.`,
    );
  });
});

describe('the layers of PEFT’s methods', () => {
  it('have these tensors in files', () => {
    const stored = Object.fromEntries(
      Object.keys(LAYERS).map((name) => {
        const { inputs } = programOf(name as LayerName, {});
        return [name, inputs.filter(isStored).map((i) => i.stored)];
      }),
    );
    expect(stored).toEqual({
      oft: ['oft_R.weight'],
      oftEmbedding: ['oft_embedding_R.weight'],
      boft: ['boft_R', 'boft_s'],
      hra: ['hra_u'],
      road: ['road_theta', 'road_alpha'],
      lora: ['lora_A.weight', 'lora_B.weight'],
      dora: ['lora_A.weight', 'lora_B.weight', 'lora_magnitude_vector'],
      psoft: ['psoft_R.weight', 'psoft_R.vector_a', 'psoft_R.vector_b'],
      miss: ['miss_block'],
      gralora: ['gralora_A', 'gralora_B'],
      c3a: ['c3a_kernel'],
      ia3: ['ia3_l'],
      loha: ['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b'],
      lokr: ['lokr_w1', 'lokr_w2_a', 'lokr_w2_b'],
      hira: ['hira_A', 'hira_B'],
      delora: ['delora_A', 'delora_B', 'delora_lambda'],
      deft: ['deft_P', 'deft_R'],
      vera: ['vera_lambda_b', 'vera_lambda_d'],
      randlora: ['randlora_lambda', 'randlora_gamma'],
      shira: ['shira_indices', 'shira_weight'],
      fourierft: ['fourierft_spectrum'],
      waveft: ['waveft_spectrum'],
      osf: ['osf_svd_params.U_low', 'osf_svd_params.S_low', 'osf_svd_params.V_low'],
      frod: ['frod_lambda_l', 'frod_lambda_s_values'],
    });
  });

  it('are traced once for each configuration', () => {
    const once = tracedOnce();
    expect(once('lora', { scale: 2 })).toBe(once('lora', { scale: 2 }));
    expect(once('lora', { scale: 3 })).not.toBe(once('lora', { scale: 2 }));
    expect(once('dora', { scale: 2 })).not.toBe(once('lora', { scale: 2 }));
  });
});
