/**
 * Notes on fields and tensors of a model or adapter that oftc does not read: every command prints them once, on
 * stderr.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { baseModelName } from '../../../src/finetune/base-name.ts';
import { isNamed } from '../../../src/finetune/stated-base.ts';
import { type Outcome, oftc } from '../cli/harness.ts';
import { at, DATA, finetune, MODEL } from './tiny.ts';

const change = (file: string, fields: object): void =>
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...fields }));

const STRANGE = at('strange-model');
const ADAPTER = at('notes/adapter');
const FAST = ['--set', 'b=4', '--steps', '1', '--save-every', '1', '--hold-out', '0'];

beforeAll(async () => {
  cpSync(MODEL, STRANGE, { recursive: true });
  change(join(STRANGE, 'config.json'), { attention_twist: 3 });
  const { exit, stdout, stderr } = await finetune('notes', ...FAST);
  expect(stderr).toMatch(
    /^note: nothing held out\. .*\ntraining 84 parameters, 7\.14 % of the model's 1\.18k\nstep 1\/1 .*\n$/,
  );
  expect([exit, stdout]).toEqual([0, expect.any(String)]);
  change(join(ADAPTER, 'adapter_config.json'), { oft_twist: 2 });
});

const times = (text: string, part: string): number => text.split(part).length - 1;
const says = ({ exit, stdout, stderr }: Outcome, ...names: readonly string[]): void => {
  expect({ exit, stderr }).toMatchObject({ exit: 0 });
  for (const name of names) expect([name, times(stderr, name)]).toEqual([name, 1]);
  expect(stderr).toMatch(/^note: .* has fields that are not known here and not read: /m);
  expect(Object.keys(JSON.parse(stdout)).length).toBeGreaterThan(0);
};

const PROMPT = ['--prompt', 'ab', '--tokens', '2'];

describe('unknown fields of config.json and adapter_config.json', () => {
  const using = ['--model', STRANGE, '--adapter', ADAPTER, '--device', 'cpu', '--json'];
  it.each([
    ['generate', PROMPT],
    ['eval', ['--data', DATA, '--length', '7', '--batch', '2']],
    ['merge', ['--out', at('notes-merged')]],
  ])('are reported by %s', async (command, more) => {
    says(await oftc(command, ...using, ...more), '"attention_twist"', '"oft_twist"');
  });

  it('are reported by finetune, for a model and for the adapter that it starts from', async () => {
    says(await finetune('notes-again', ...FAST, '--model', STRANGE), '"attention_twist"');
    const more = ['--model', STRANGE, '--init', ADAPTER, '--steps', '1', '--hold-out', '0'];
    says(await finetune('notes-init', ...more), '"attention_twist"', '"oft_twist"');
  });
});

describe('the base model that an adapter names', () => {
  it('is compared with the model that it is used on', async () => {
    const on = async (model: string) =>
      (await oftc('generate', '--model', model, '--adapter', ADAPTER, ...PROMPT, '--device', 'cpu')).stderr;
    const other = `${ADAPTER} states the base model 'model', and is used on `;
    expect(await on(STRANGE)).toContain(`note: ${other}${STRANGE}: if that is another model`);
    expect(await on(MODEL)).not.toContain('states the base model');
  });

  it.each([
    ['meta-llama/Llama-3.2-1B', '/data/llama-3.2-1b', undefined, true],
    ['meta-llama/Llama-3.2-1B', '/hub/models--meta-llama--Llama-3.2-1B/snapshots/4e20de', undefined, true],
    ['meta-llama/Llama-3.2-1B', '/data/base', 'meta-llama/Llama-3.2-1B', true],
    ['unsloth/Llama-3.2-1B-bnb-4bit', '/data/Llama-3.2-1B', undefined, true],
    ['models/llama/', '/data/llama', undefined, true],
    ['..', '/data/llama', undefined, true],
    ['', '/data/llama', undefined, true],
    ['meta-llama/Llama-3.2-1B', '/data/Llama-3.2-1B-Instruct', undefined, false],
    ['meta-llama/Llama-3.2-1B', '/data/base', 'meta-llama/Llama-3.2-1B-Instruct', false],
    ['meta-llama/Llama-3.2-1B', '/data/meta-llama/other', 'meta-llama/other', false],
  ])('%s is that of %s, recorded %s: %s', (stated, folder, recorded, expected) => {
    expect(isNamed(stated, folder, recorded)).toBe(expected);
  });

  const recorded = (out: string): string =>
    JSON.parse(readFileSync(at(`${out}/adapter/adapter_config.json`), 'utf8')).base_model_name_or_path;

  it('is never a path of one machine', async () => {
    expect(recorded('notes')).toBe('model');
    const path = relative(process.cwd(), MODEL);
    await finetune('notes-relative', ...FAST, '--model', path);
    expect(recorded('notes-relative')).toBe(path);
    change(join(STRANGE, 'config.json'), { _name_or_path: 'meta-llama/Llama-3.2-1B' });
    await finetune('notes-hub', ...FAST, '--model', STRANGE);
    expect(recorded('notes-hub')).toBe('meta-llama/Llama-3.2-1B');
  });

  it.each([
    ['/data/models/llama', undefined, 'llama'],
    ['/data/models/llama/', '/home/me/llama', 'llama'],
    ['models/llama', '', 'models/llama'],
    ['./llama', 'C:\\models\\llama', './llama'],
    ['../llama', '~/llama', '../llama'],
    ['llama', './here', 'llama'],
    ['/data/x', 'org/model', 'org/model'],
  ])('given %s and recorded %s is %s', (given, name, expected) => {
    expect(baseModelName(given, name)).toBe(expected);
  });
});
