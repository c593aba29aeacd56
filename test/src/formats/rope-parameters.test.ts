/** Parameters of rotary embeddings: what each variant reads, what it takes where one is absent, and what is refused. */
import { describe, expect, it } from 'vitest';
import { parseRope, type Rope, ropeFrequencies, ropeOfType } from '../../../src/formats/config/rope.ts';
import type { JsonObject } from '../../../src/formats/json.ts';

type Config = JsonObject & { readonly rope_theta?: number | null };
/** Reads a configuration of 64 positions. */
const parse = (config: Config): Rope => parseRope(config, 64, 'c.json');
const scaled = (rope_scaling: JsonObject, more: Config = {}): Rope => parse({ rope_scaling, ...more });
const message = (config: Config): string => {
  try {
    return JSON.stringify(parse(config));
  } catch (error) {
    return error instanceof Error ? error.message : 'no error';
  }
};

describe('the section', () => {
  it('is rope_parameters, or else rope_scaling, or neither', () => {
    const [linear, dynamic] = [
      { rope_type: 'linear', factor: 2 },
      { type: 'dynamic', factor: 3 },
    ];
    const plain = { kind: 'default', theta: 10_000 };
    const first = { kind: 'linear', theta: 10_000, factor: 2 };
    const second = { kind: 'dynamic', theta: 10_000, factor: 3, maxPositions: 64 };
    expect(parse({ rope_parameters: linear, rope_scaling: dynamic })).toEqual(first);
    expect(parse({ rope_parameters: dynamic, rope_scaling: linear })).toEqual(second);
    expect(parse({ rope_parameters: null, rope_scaling: dynamic })).toEqual(second);
    expect(parse({ rope_scaling: dynamic })).toEqual(second);
    expect(parse({ rope_parameters: linear })).toEqual(first);
    expect(parse({ rope_parameters: null, rope_scaling: null })).toEqual(plain);
    expect(parse({})).toEqual(plain);
  });

  it('has θ, or the configuration has it, or θ is 10,000', () => {
    expect(parse({ rope_parameters: { rope_theta: 5 } })).toMatchObject({ theta: 5 });
    expect(parse({ rope_parameters: { rope_theta: 7 }, rope_theta: 7 })).toMatchObject({ theta: 7 });
    expect(parse({ rope_parameters: { rope_theta: null }, rope_theta: 7 })).toMatchObject({ theta: 7 });
    expect(parse({ rope_parameters: {}, rope_theta: null })).toMatchObject({ theta: 10_000 });
  });

  it('has its type under one of two names, of which rope_type comes first', () => {
    const both = { rope_type: 'linear', type: 'dynamic', factor: 2 };
    expect(scaled(both)).toMatchObject({ kind: 'linear' });
    expect(scaled({ ...both, rope_type: null })).toMatchObject({ kind: 'dynamic' });
    expect(scaled({ rope_type: null, type: null })).toMatchObject({ kind: 'default' });
  });

  it('may hold what every variant knows: the whole of each head is turned', () => {
    for (const partial_rotary_factor of [1, null])
      expect(scaled({ partial_rotary_factor })).toMatchObject({ kind: 'default' });
  });

  it('of a type of layers is an object in rope_parameters', () => {
    const own = { rope_theta: 3 };
    expect(ropeOfType({ rope_parameters: { a: own } }, 'a')).toBe(own);
    for (const rope_parameters of [
      undefined,
      null,
      'a',
      [own],
      {},
      { b: own },
      { a: null },
      { a: 3 },
      { a: [own] },
    ])
      expect(ropeOfType(rope_parameters === undefined ? {} : { rope_parameters }, 'a')).toBeUndefined();
  });

  it('is refused with a message that names it', () => {
    const sections: readonly JsonObject[] = [
      { type: 'ntk' },
      { rope_type: 'constructor' },
      { rope_type: 3 },
      { rope_theta: 0 },
      { partial_rotary_factor: 0.5 },
      { type: 'default', factor: 2 },
      { type: 'linear', beta_fast: 2, beta_slow: 1, factor: 2 },
      { type: 'linear', factor: 0 },
      { type: 'dynamic' },
      { type: 'dynamic', factor: 2, alpha: 1, original_max_position_embeddings: 8 },
      { type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
      {
        type: 'llama3',
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 0,
      },
      {
        type: 'llama3',
        factor: 8,
        low_freq_factor: 4,
        high_freq_factor: 4,
        original_max_position_embeddings: 8,
      },
      { type: 'yarn', factor: 4, short_factor: [1] },
      { type: 'longrope', short_factor: [1], long_factor: [1, 2] },
      { type: 'longrope', short_factor: [1], long_factor: [0] },
      { type: 'longrope', long_factor: [1] },
    ];
    const messages = sections.map((rope_scaling) => message({ rope_scaling }));
    messages.push(message({ rope_parameters: { type: 'ntk' }, rope_scaling: {} }));
    messages.push(message({ rope_parameters: { rope_theta: 5 }, rope_theta: 7 }));
    messages.push(
      message({
        rope_scaling: { type: 'su', short_factor: [1], long_factor: [1] },
        original_max_position_embeddings: 1.5,
      }),
    );
    expect(messages.join('\n')).toMatchInlineSnapshot(`
      "c.json: "rope_scaling": the variant "ntk" is not computed. Use a model whose rope_type is one of default, linear, dynamic, llama3, yarn, longrope.
      c.json: "rope_scaling": the variant "constructor" is not computed. Use a model whose rope_type is one of default, linear, dynamic, llama3, yarn, longrope.
      c.json: "rope_scaling.rope_type": string is expected, and it is 3. Take config.json from the checkpoint.
      c.json: "rope_scaling.rope_theta": a number above 0 is expected, and it is 0. Take config.json from the checkpoint.
      c.json: "rope_scaling": partial_rotary_factor is 0.5, and only 1 is computed. Use a model without it.
      c.json: "rope_scaling": "factor" is not a parameter of the variant "default". Take config.json from the checkpoint.
      c.json: "rope_scaling": "beta_fast" is not a parameter of the variant "linear". Take config.json from the checkpoint.
      c.json: "rope_scaling.factor": a number above 0 is expected, and it is 0. Take config.json from the checkpoint.
      c.json: "rope_scaling.factor": it is missing. Take config.json from the checkpoint.
      c.json: "rope_scaling": "alpha" is not a parameter of the variant "dynamic". Take config.json from the checkpoint.
      c.json: "rope_scaling.original_max_position_embeddings": it is missing. Take config.json from the checkpoint.
      c.json: "rope_scaling.original_max_position_embeddings": a whole number above 0 is expected, and it is 0. Take config.json from the checkpoint.
      c.json: "rope_scaling": low_freq_factor is 4, and must be below high_freq_factor, which is 4. Take config.json from the checkpoint.
      c.json: "rope_scaling": "short_factor" is not a parameter of the variant "yarn". Take config.json from the checkpoint.
      c.json: "rope_scaling": short_factor has 1 numbers, and long_factor 2. Take config.json from the checkpoint.
      c.json: "rope_scaling.long_factor.0": a number above 0 is expected, and it is 0. Take config.json from the checkpoint.
      c.json: "rope_scaling.short_factor": it is missing. Take config.json from the checkpoint.
      c.json: "rope_parameters": the variant "ntk" is not computed. Use a model whose rope_type is one of default, linear, dynamic, llama3, yarn, longrope.
      c.json: "rope_parameters": its rope_theta is 5, and that of config.json 7. Keep the one that the model was trained with.
      c.json: "original_max_position_embeddings": a whole number above 0 is expected, and it is 1.5. Take config.json from the checkpoint."
    `);
  });
});

describe('yarn', () => {
  const yarn = (fields: JsonObject) => scaled({ type: 'yarn', ...fields });
  const standard = {
    kind: 'yarn',
    theta: 10_000,
    factor: 1,
    attentionFactor: 1,
    betaFast: 32,
    betaSlow: 1,
    truncate: true,
    originalMaxPositions: 64,
  };
  /** The paper's factor of cos and sin. */
  const paper = (factor: number, scale = 1) => 0.1 * scale * Math.log(factor) + 1;

  it('takes the quotient of the positions for an absent factor', () => {
    expect(yarn({})).toEqual(standard);
    expect(yarn({ original_max_position_embeddings: 16 })).toEqual({
      ...standard,
      factor: 4,
      attentionFactor: paper(4),
      originalMaxPositions: 16,
    });
    expect(yarn({ original_max_position_embeddings: 16, factor: 3 })).toMatchObject({ factor: 3 });
  });

  it('reads each of its numbers', () => {
    expect(yarn({ factor: 2, attention_factor: 3, beta_fast: 5, beta_slow: 4, truncate: false })).toEqual({
      ...standard,
      factor: 2,
      attentionFactor: 3,
      betaFast: 5,
      betaSlow: 4,
      truncate: false,
    });
  });

  it('scales cos and sin by the logarithm of a factor above 1 alone', () => {
    expect(yarn({ factor: 1.5 })).toMatchObject({ attentionFactor: paper(1.5) });
    for (const factor of [0.5, 1]) expect(yarn({ factor })).toMatchObject({ attentionFactor: 1 });
  });

  it('divides two such terms only where both have a factor other than 0', () => {
    const quotient = { factor: 4, mscale: 2, mscale_all_dim: 0.5 };
    expect(yarn(quotient)).toMatchObject({ attentionFactor: paper(4, 2) / paper(4, 0.5) });
    const { mscale, mscale_all_dim } = quotient;
    for (const fields of [
      { mscale },
      { mscale_all_dim },
      { mscale, mscale_all_dim: 0 },
      { mscale: null, mscale_all_dim },
    ])
      expect(yarn({ factor: 4, ...fields })).toMatchObject({ attentionFactor: paper(4) });
  });
});

describe('longrope', () => {
  const [short_factor, long_factor] = [
    [1, 2],
    [3, 5],
  ];
  const longrope = (fields: JsonObject, more: Config = {}, positions = 64) =>
    parseRope(
      { rope_scaling: { type: 'longrope', short_factor, long_factor, ...fields }, ...more },
      positions,
      'c',
    );
  const original = (n: number) => ({ original_max_position_embeddings: n });

  it('has the original context in the configuration, or in its section, or that of the model', () => {
    const read = { kind: 'longrope', theta: 10_000, shortFactor: short_factor, longFactor: long_factor };
    expect(longrope(original(16), original(8))).toEqual({
      ...read,
      originalMaxPositions: 8,
      attentionFactor: Math.sqrt(1 + Math.log(8) / Math.log(8)),
    });
    expect(longrope(original(16), { original_max_position_embeddings: null })).toEqual({
      ...read,
      originalMaxPositions: 16,
      attentionFactor: Math.sqrt(1 + Math.log(4) / Math.log(16)),
    });
    expect(longrope({})).toEqual({ ...read, originalMaxPositions: 64, attentionFactor: 1 });
  });

  it('takes its factor where no original context says how much longer the model is', () => {
    expect(longrope({ factor: 4 })).toMatchObject({
      originalMaxPositions: 64,
      attentionFactor: Math.sqrt(1 + Math.log(4) / Math.log(64)),
    });
    expect(longrope({ factor: 4, ...original(64) })).toMatchObject({ attentionFactor: 1 });
    expect(longrope({ factor: 4, attention_factor: 3 })).toMatchObject({ attentionFactor: 3 });
  });

  it('scales nothing where the context is no longer than the original one', () => {
    for (const n of [64, 128]) expect(longrope(original(n))).toMatchObject({ attentionFactor: 1 });
    expect(longrope({ factor: 1.5 })).toMatchObject({
      attentionFactor: Math.sqrt(1 + Math.log(1.5) / Math.log(64)),
    });
    expect(longrope(original(1), {}, 1), 'a context of one token').toMatchObject({ attentionFactor: 1 });
  });

  it('divides by the short factors up to the original context, and beyond it by the long ones', () => {
    const rope = longrope({ ...original(16), attention_factor: 2, rope_theta: 16 });
    const at = (length: number) => ropeFrequencies(rope, 4, length);
    expect(at(16)).toEqual({ inverse: Float64Array.of(1, 1 / 4 / 2), attentionFactor: 2 });
    expect(at(17)).toEqual({ inverse: Float64Array.of(1 / 3, 1 / 4 / 5), attentionFactor: 2 });
  });
});

describe('frequencies', () => {
  it('of llama3 are divided for waves longer than the context by its factor of low frequencies', () => {
    const { inverse } = ropeFrequencies(
      {
        kind: 'llama3',
        theta: 10,
        factor: 8,
        lowFreqFactor: 2,
        highFreqFactor: 4,
        originalMaxPositions: 128,
      },
      8,
      1,
    );
    // The waves are 6.3, 11.2, 19.9 and 35.3 tokens; with a context of 128, those up to 32 stay.
    const plain = Float64Array.from([0, 1, 2, 3], (i) => 10 ** (-i / 4));
    expect([...inverse.slice(0, 3)]).toEqual([...plain.slice(0, 3)]);
    const smooth = ((128 * plain[3]!) / (2 * Math.PI) - 2) / 2;
    expect(inverse[3]! / ((1 - smooth) * (plain[3]! / 8) + smooth * plain[3]!)).toBeCloseTo(1, 12);
    const long = ropeFrequencies(
      { kind: 'llama3', theta: 10, factor: 8, lowFreqFactor: 2, highFreqFactor: 4, originalMaxPositions: 64 },
      8,
      1,
    );
    // With a context of 64, those above 32 tokens are divided.
    expect(long.inverse[3]).toBe(plain[3]! / 8);
  });

  it('of yarn change at one dimension where both ends of its ramp meet', () => {
    const { inverse, attentionFactor } = ropeFrequencies(
      {
        kind: 'yarn',
        theta: 10_000,
        factor: 16,
        attentionFactor: 0.5,
        betaFast: 1,
        betaSlow: 1,
        truncate: true,
        originalMaxPositions: 2,
      },
      4,
      1,
    );
    expect([...inverse]).toEqual([1, 0.01 / 16]);
    expect(attentionFactor).toBe(0.5);
  });
});
