/** Several adapters on one model: in turn, together, and those that do not go together. */
import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { padded } from '../../../runtime/schedule.ts';
import { lora } from '../../../src/adapters/lora.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { Adapters } from '../../../src/finetune/adapters.ts';
import { loadModel } from '../../../src/finetune/api.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import type { PlanStore } from '../../../src/plans/store.ts';
import { testDevice } from '../../support/device.ts';
import { oftc } from '../cli/harness.ts';
import { type Choice, randomAdapter } from './random-adapters.ts';
import { from, randomWeights, SMALL } from './support.ts';
import { at, DATA, finetune, MODEL } from './tiny.ts';

const batch = packed([nextTokens([1, 5, 3, 10, 0, 2])], SMALL);
const weights = from(randomWeights(SMALL, 1));

const ROTATED = { source: oft, dims: { b: 2 }, targets: ['q', 'head'] };
const ADDED = { source: lora, dims: { r: 2 }, targets: ['v', 'down'] };
/** An adapter with random tensors, which are smaller by a factor. */
const named = (name: string, choice: Choice, by: number) => {
  const tensors = [...randomAdapter(choice, SMALL, choice.dims)].map(
    ([path, { data, shape }]) => [path, { data: Float32Array.from(data, (x) => x / by), shape }] as const,
  );
  return { name, choice: { ...choice, tensors: from(new Map(tensors)) } };
};

describe('adapters in turn', () => {
  const adapters = [named('a', ROTATED, 1), named('b', ADDED, 2), named('c', ROTATED, 3)];

  it('compute what each computes alone, and the base without any', async () => {
    const all = await Adapters.open({ config: SMALL, weights, device: 'cpu' }, adapters);
    const alone = async (options: object) => {
      const model = await Model.open({ config: SMALL, weights, device: 'cpu', ...options });
      const { data } = await model.logits(batch);
      model.dispose();
      return data;
    };
    const seen = [];
    for (const { name, choice } of [...adapters, ...adapters]) {
      const { data } = await all.use(name).logits(batch);
      expect(data).toEqual(await alone({ adapter: choice }));
      seen.push(data);
    }
    expect((await all.use().logits(batch)).data).toEqual(await alone({}));
    expect(seen[0]).not.toEqual(seen[2]);
    expect(() => all.use('d')).toThrow(/there is no adapter 'd'; there are a, b, c/);
    all.dispose();
  });

  it('take the bytes of their own tensors, and equal programs are compiled once', async () => {
    const device = await testDevice();
    const [written, plans] = [[] as string[], new Map<string, string>()];
    const store: PlanStore = {
      read: (key) => plans.get(key),
      write: (key, text) => {
        written.push(key);
        plans.set(key, text);
      },
    };
    const all = await Adapters.open({ config: SMALL, weights, device, plans: store }, adapters);
    const ledger = all.use().place.ledger!;
    for (const name of ['a', 'b', 'c']) {
      const { bytes } = all.use(name);
      expect(Object.keys(bytes)).toEqual(['adapter']);
      const own = [...all.use(name).trained.values()].map(({ elements }) => padded(4 * elements));
      expect(bytes.adapter).toBe(own.reduce((a, b) => a + b, 0));
    }
    await all.use('a').loss(batch);
    await all.use('b').loss(batch);
    const [compiled, held] = [written.length, ledger.now];
    expect(new Set(written).size).toBe(compiled);
    await all.use('c').loss(batch);
    // The third adapter has the program of the first one.
    expect(written).toHaveLength(compiled);
    const first = ledger.now - held;
    for (const name of ['a', 'b', 'c', 'a', 'b', 'c']) await all.use(name).loss(batch);
    expect(ledger.now - held).toBe(first);
    all.dispose();
  });
});

const trained = async (out: string, ...options: string[]) => {
  const { exit, stderr } = await finetune(out, '--steps', '2', '--lr', '0.1', ...options);
  expect(exit, stderr).toBe(0);
};
const evaluated = (model: string, adapters: readonly string[], ...more: string[]) =>
  oftc(
    ...['eval', '--model', model, '--data', DATA, '--device', 'cpu', '--length', '7', '--json'],
    ...adapters.flatMap((a) => ['--adapter', a]),
    ...more,
  );
const runAdapter = (run: string) => at(`${run}/adapter`);

describe('adapters together', () => {
  it.each([
    ['rotations', ['oft', 'b=4'], ['hra', 'r=2'], 'q_proj,v_proj', 'q_proj,v_proj'],
    ['additions', ['lora', 'r=2'], ['lora', 'r=1'], 'q_proj,v_proj', 'q_proj,v_proj'],
    ['on different modules', ['oft', 'b=4'], ['dora', 'r=1'], 'q_proj', 'v_proj'],
  ])('%s are the second on the model with the first merged', async (kind, one, two, on, of) => {
    const [a, b] = [`${kind}-a`.replaceAll(' ', '-'), `${kind}-b`.replaceAll(' ', '-')];
    await trained(a, '--adapter', one[0]!, '--set', one[1]!, '--targets', on);
    await trained(b, '--adapter', two[0]!, '--set', two[1]!, '--targets', of, '--seed', '1');
    const merged = at(`${a}-merged`);
    const merge = ['merge', '--model', MODEL, '--adapter', runAdapter(a), '--out', merged, '--device', 'cpu'];
    expect((await oftc(...merge)).exit).toBe(0);
    const inOrder = await evaluated(MODEL, [runAdapter(a), runAdapter(b)], '--compose');
    expect(inOrder.exit, inOrder.stderr + inOrder.stdout).toBe(0);
    const { adapters, tokens } = JSON.parse(inOrder.stdout);
    expect(adapters.map((r: { adapter: string }) => r.adapter)).toEqual(['base', a, b, `${a}+${b}`]);
    const onMerged = await evaluated(merged, [runAdapter(b)]);
    const expected = JSON.parse(onMerged.stdout);
    expect(tokens).toBe(expected.tokens);
    expect(Math.abs(adapters[3].loss - expected.loss)).toBeLessThan(1e-6);
    const losses = adapters.map((r: { loss: number }) => r.loss);
    expect(new Set(losses).size).toBe(4);
  });
});

it('loadModel does from code what the commands do', async () => {
  await trained('code-a', '--targets', 'q_proj');
  await trained('code-b', '--targets', 'v_proj', '--seed', '1');
  const adapters = { a: runAdapter('code-a'), b: runAdapter('code-b') };
  const model = await loadModel(MODEL, { adapters, compose: ['a', 'b'], device: 'cpu' });
  expect(model.names).toEqual(['a', 'b', 'a+b']);
  const losses = [];
  for (const name of [undefined, ...model.names]) {
    model.use(name);
    losses.push(await model.loss('ab cd ef'));
  }
  expect(new Set(losses).size).toBe(4);
  model.use('a');
  const options = ['--prompt', 'ab', '--tokens', '3', '--temperature', '0', '--device', 'cpu'];
  const { stdout } = await oftc('generate', '--model', MODEL, '--adapter', adapters.a, ...options);
  expect(`ab${await model.continue('ab', { tokens: 3 })}\n`).toBe(stdout);
  expect(() => model.use('c')).toThrow(/there is no adapter 'c'/);
  model.dispose();
  const wrong = loadModel(MODEL, { adapters, compose: ['a', 'c'], device: 'cpu' });
  await expect(wrong).rejects.toThrow(/there is no adapter 'c' to compose; there are a, b/);
});

describe('generate', () => {
  it('continues the prompt with each adapter in turn, under its name', async () => {
    await trained('first', '--targets', 'q_proj');
    await trained('second', '--targets', 'q_proj', '--seed', '1');
    const generate = (...more: string[]) =>
      oftc(...['generate', '--model', MODEL, '--prompt', 'ab', '--tokens', '3', '--device', 'cpu'], ...more);
    const two = ['--adapter', runAdapter('first'), '--adapter', `other=${runAdapter('second')}`];
    const [both, one] = [await generate(...two), await generate('--adapter', runAdapter('first'))];
    expect(both.exit, both.stderr).toBe(0);
    expect(both.stdout).toMatch(/^\[first\]\nab.*\n\n\[other\]\nab.*\n$/s);
    expect(both.stdout.startsWith(`[first]\n${one.stdout}`)).toBe(true);
    const { texts, prompt } = JSON.parse((await generate(...two, '--json')).stdout);
    expect(prompt).toBe('ab');
    expect(texts.map((t: { adapter: string }) => t.adapter)).toEqual(['first', 'other']);
    const together = await generate(...two, '--compose');
    expect(together.exit, together.stderr).toBe(0);
    expect(together.stdout).toMatch(/^ab/);
  });

  it.each([
    [['first', 'first'], [], 'Usage', /two adapters are called 'first': name each, --adapter NAME=/],
    [['base=first', 'second'], [], 'Usage', /'base' is the model without an adapter: name each/],
    [['first'], ['--compose'], 'Usage', /--compose is of several adapters: give --adapter twice/],
    [['first', 'empty'], [], 'MissingFile', /empty/],
  ])('%j %j is refused', async (runs, more, code, message) => {
    mkdirSync(at('empty/adapter'), { recursive: true });
    const adapters = runs.map((run) => run.replace(/[^=]*$/, runAdapter));
    const { exit, stdout } = await evaluated(MODEL, adapters, ...more);
    expect(exit).not.toBe(0);
    expect(JSON.parse(stdout).error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('refuses adapters that were trained on the same weight and are of two kinds', async () => {
    await trained('adding', '--adapter', 'lora', '--set', 'r=1', '--targets', 'q_proj');
    const { exit, stdout } = await evaluated(MODEL, ['first', 'adding'].map(runAdapter), '--compose');
    expect(exit).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'OFT6017',
      message: expect.stringMatching(/^'first' \(rotations\) and 'adding' \(additions\) both change q_proj/),
    });
    const twice = ['first', 'second'].map(runAdapter);
    const file = await evaluated(MODEL, twice, '--logits', at('logits.safetensors'));
    expect(JSON.parse(file.stdout).error.message).toMatch(/--logits names one file: give one --adapter/);
  });
});
