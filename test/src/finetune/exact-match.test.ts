/** `finetune --eval-generate` and `eval --generate` on a tiny model, with sums of letters as questions. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import { PYTHON } from '../../support/torch.ts';
import { oftc } from '../cli/harness.ts';
import { argumentsOf, at, finetune, MODEL } from './tiny.ts';

/** Rows "x.x.": the response repeats the letter. */
const ROWS = [0, 1, 2, 3, 4, 5].map((letter) => [letter, 8, letter, 8]);
const DATA = ['--length', '3', '--batch', '2', '--hold-out', '0', '--eval-every', '20'];

beforeAll(async () => {
  const shape = [ROWS.length, 4];
  await writeSafetensors(at('letters.safetensors'), [
    { name: 'input_ids', dtype: 'I32', shape, data: Int32Array.from(ROWS.flat()) },
    {
      name: 'labels',
      dtype: 'I32',
      shape,
      data: Int32Array.from(ROWS.flatMap(([, , a, b]) => [-100, -100, a!, b!])),
    },
  ]);
  process.env.OFTC_PYTHON = PYTHON;
  process.env.OMP_NUM_THREADS = '1';
});

const FULL = fileURLToPath(new URL('../../../examples/full.ts', import.meta.url));

/** A run that is evaluated on what it is trained on. */
const run = (out: string, ...more: string[]) => {
  const letters = at('letters.safetensors');
  const validated = argumentsOf(out, ...DATA, '--data', letters, '--validation', letters, ...more);
  // The layer of full finetuning has no sizes, and a validation file no --hold-out.
  const without = ['--hold-out', ...(more.includes(FULL) ? ['--set'] : [])];
  const kept = validated.filter((word, n) => ![word, validated[n - 1]!].some((w) => without.includes(w)));
  return oftc(...kept);
};
const LEARNING = [
  '--adapter',
  'lora',
  '--set',
  'r=4',
  '--targets',
  'all-linear',
  '--lr',
  '0.03',
  '--steps',
  '40',
];
const scores = async (out: string) =>
  (await readMetrics(at(out))).flatMap((m) => ('correct' in m ? [[m.step, m.correct, m.asked]] : []));

it('full finetuning of linear layers reports the exact match before, during and after, and eval that of its adapter', async () => {
  const { exit, stdout, stderr } = await run(
    'answers',
    ...['--adapter', FULL, '--targets', 'all-linear', '--lr', '0.01', '--steps', '40'],
    ...['--eval-generate', '--answer', '^(.)'],
  );
  expect(exit, stdout + stderr).toBe(0);
  const found = await scores('answers');
  expect(found.map(([step, , asked]) => [step, asked])).toEqual([
    [0, 6],
    [20, 6],
    [40, 6],
  ]);
  const [before, after] = [found[0]![1]!, found.at(-1)![1]!];
  expect(after).toBeGreaterThan(before);
  expect(JSON.parse(stdout).exactMatch.at(-1)).toEqual({ step: 40, correct: after, asked: 6 });
  expect(stderr).toMatch(/step 40: held-out loss .*, exact match \d+\.\d % \(\d of 6\)/);
  expect(readFileSync(at('answers/loss.svg'), 'utf8')).toContain('exact match');

  const evaluated = await oftc(
    ...['eval', '--model', MODEL, '--adapter', at('answers/adapter'), '--data', at('letters.safetensors')],
    ...['--length', '3', '--device', 'cpu', '--generate', '--answer', '^(.)'],
    ...['--answers', at('answers.jsonl'), '--json'],
  );
  expect(evaluated.exit, evaluated.stderr).toBe(0);
  expect(JSON.parse(evaluated.stdout)).toMatchObject({ correct: after, asked: 6 });
  const lines = readFileSync(at('answers.jsonl'), 'utf8').trim().split('\n');
  const answers = lines.map((line) => JSON.parse(line));
  expect(answers.map((a) => [a.prompt, a.response])).toEqual(
    [...'abcdef'].map((letter) => [`${letter}.`, `${letter}.`]),
  );
  for (const { response, generated, correct } of answers) expect(correct).toBe(generated[0] === response[0]);
});

it.runIf(PYTHON)('PyTorch finds the same answers', async () => {
  const options = [...LEARNING, '--eval-generate'];
  expect((await run('ours', ...options)).exit).toBe(0);
  expect((await run('torch', ...options, '--engine', 'torch')).exit).toBe(0);
  expect(await scores('torch')).toEqual(await scores('ours'));
});

describe('is refused:', () => {
  const message = async (...options: string[]) =>
    JSON.parse((await run('never', ...options)).stdout).error.message;

  it('options on answers where none are generated, and what is no regular expression', async () => {
    expect(await message('--answer', 'x')).toMatch(/--answer is of generated answers: add --eval-generate/);
    expect(await message('--answer-tokens', '3')).toMatch(/--answer-tokens is of generated answers/);
    expect(await message('--eval-generate', '--answer', '(')).toMatch(/Write a regular expression: /);
    expect(await message('--eval-generate', '--answer', '(.)\\1')).toMatch(
      /--answer \(.\)\\1 may take long to search for: write it without back references/,
    );
  });

  it('data without prompts, or without the mark', async () => {
    const text = await finetune('never', '--eval-generate');
    expect(JSON.parse(text.stdout).error.message).toMatch(/the held-out data have no prompts: give .jsonl/);
    expect(await message('--eval-generate', '--answer', 'z')).toMatch(
      /--answer z matches nothing in .*: "a\."/,
    );
  });
});
