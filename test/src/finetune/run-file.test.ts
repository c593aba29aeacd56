/** `oftc finetune --config run.json`: what a run writes is what repeats it. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readRunFile, runText } from '../../../src/cli/finetune/run-file.ts';
import { oftc } from '../cli/harness.ts';
import { at, DATA, finetune, folder, MODEL } from './tiny.ts';

const MY_ADAPTER = fileURLToPath(new URL('../../../examples/my-adapter.ts', import.meta.url));
const ONE_STEP = ['--steps', '1', '--targets', 'q_proj'];

const bytes = (run: string, file = 'adapter/adapter_model.safetensors') => readFileSync(at(`${run}/${file}`));
const json = (run: string) => JSON.parse(readFileSync(at(`${run}/run.json`), 'utf8'));
const repeat = (from: string, ...more: string[]) =>
  oftc('finetune', '--config', at(`${from}/run.json`), '--json', ...more);

let count = 0;
/** Writes a run.json of these keys and the tiny model's. */
function runFile(more: object, text = JSON.stringify({ ...SMALL, ...more })): string {
  const file = at(`given-${++count}.json`);
  writeFileSync(file, text);
  return file;
}
const SMALL = {
  ...{ model: 'model', data: 'text.txt', device: 'cpu', adapter: 'oft', set: { b: 4 }, targets: 'q_proj' },
  ...{ length: 7, batch: 2, steps: 1 },
};

describe('a run', () => {
  it('is repeated from its run.json alone, and overridden by the command line', async () => {
    const options = ['--steps', '2', '--targets', 'q_proj,v_proj', '--set', 'b=2,cayley=exact'];
    const others = ['--clip', '0.5', '--betas', '0.5,0.75', '--weight-decay', '1e-7', '--seed', '3'];
    const first = await finetune('first', ...options, ...others, '--in-order');
    expect(first.exit, first.stderr).toBe(0);
    expect(json('first')).toMatchObject({
      ...{ oftc: '0.1.0', adapter: 'oft', targets: ['q_proj', 'v_proj'], out: '.', layer: null, init: null },
      ...{ set: { b: 2, cayley: 'exact', terms: 5 }, clip: 0.5, betas: [0.5, 0.75], weight_decay: 1e-7 },
      ...{ seed: 3, in_order: true, hold_out: '1/8', lr: 0.003, schedule: 'cosine', fsdp: false },
    });
    const again = await repeat('first', '--out', at('again'));
    expect(again.exit, again.stderr).toBe(0);
    expect(again.stderr).toContain(`the command line overrides "out": "." of ${at('first/run.json')}\n`);
    expect(bytes('again')).toEqual(bytes('first'));
    expect(json('again')).toEqual(json('first'));
    const other = await repeat('first', '--out', at('other'), '--lr', '0.1', '--seed', '3');
    expect(other.stderr).toContain('note: the command line overrides "out": ".", "lr": 0.003 of ');
    expect(bytes('other')).not.toEqual(bytes('first'));
    expect(json('other')).toEqual({ ...json('first'), lr: 0.1 });
  });

  it('is resumed by its own run.json, which an earlier version may not have written', async () => {
    expect((await finetune('left', ...ONE_STEP)).exit).toBe(0);
    const refused = await repeat('left');
    expect(JSON.parse(refused.stdout).error).toMatchObject({ code: 'OFT6005' });
    const { exit, stdout, stderr } = await repeat('left', '--resume');
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout).resumedAt).toBe(1);
    const longer = await repeat('left', '--resume', '--steps', '2');
    expect(JSON.parse(longer.stdout).error).toMatchObject({
      code: 'OFT6006',
      message: expect.stringContaining('steps was 1 and is 2'),
    });
  });

  it('on an adapter takes the place of a new one, and the other way round', async () => {
    expect((await finetune('start', ...ONE_STEP)).exit).toBe(0);
    const more = await repeat('start', '--init', at('start/adapter'), '--out', at('more'));
    expect(more.exit, more.stderr).toBe(0);
    expect(more.stderr).toMatch(
      /--init takes the place of "adapter": "oft", "set": \{.*"b":4\}, "targets": "q_proj" of /,
    );
    expect(json('more')).toMatchObject({
      adapter: null,
      set: null,
      targets: null,
      init: at('start/adapter'),
    });
    const anew = await repeat(
      'more',
      '--adapter',
      'hra',
      '--set',
      'r=2',
      '--targets',
      'q_proj',
      '--out',
      at('anew'),
    );
    expect(anew.exit, anew.stderr).toBe(0);
    expect(anew.stderr).toMatch(/--adapter takes the place of "init": ".*start\/adapter" of /);
  });

  it('of a layer in a file needs trust, unless the command line names the file', async () => {
    copyFileSync(MY_ADAPTER, at('my-adapter.ts'));
    const file = runFile({ adapter: 'my-adapter.ts', set: { a: 2, b: 4 } });
    const run = (...more: string[]) => oftc('finetune', '--config', file, '--json', ...more);
    const refused = await run('--out', at('untrusted'));
    expect(JSON.parse(refused.stdout).error).toMatchObject({
      code: 'InvalidRun',
      message: expect.stringMatching(
        /"adapter": it names a TypeScript file, .*my-adapter.ts, whose code may run\. Give --trust-code/,
      ),
    });
    expect(existsSync(at('untrusted'))).toBe(false);
    for (const trust of [['--trust-code'], ['--adapter', at('my-adapter.ts')]]) {
      const { exit, stderr } = await run(...trust, '--out', at(`trusted-${trust.length}`));
      expect(exit, stderr).toBe(0);
    }
    expect(json('trusted-1').set).toMatchObject({ a: 2, b: 4 });
    const again = await repeat('trusted-1', '--trust-code', '--out', at('trusted-again'));
    expect(again.exit, again.stderr).toBe(0);
    expect(bytes('trusted-again', 'adapter/adapter.safetensors')).toEqual(
      bytes('trusted-1', 'adapter/adapter.safetensors'),
    );
  });
});

it('relative paths start at the folder of the file, and absolute ones stay', async () => {
  const runs = relative(process.cwd(), at('runs/one'));
  mkdirSync(runs, { recursive: true });
  const args = {
    model: relative(process.cwd(), MODEL),
    adapter: 'hra',
    data: [DATA, join(runs, 'b')],
    out: runs,
    holdOut: 0,
    steps: 1,
  };
  const text = runText({ ...args, betas: [0, 0.5], targets: ['all-linear', 'lm_head'] }, '9', runs);
  expect(JSON.parse(text)).toMatchObject({
    ...{ model: '../../model', adapter: 'hra', data: [DATA, 'b'], out: '.', oftc: '9', hold_out: 0 },
    targets: ['all-linear', 'lm_head'],
  });
  const file = join(runs, 'run.json');
  const options = { ...JSON.parse(text), adapter: './mine.ts', clip: 1e-3 };
  // A run has a value for each option with a default; these arguments have none.
  const known = Object.entries(options).filter(([, value]) => value !== null);
  writeFileSync(file, JSON.stringify(Object.fromEntries(known)));
  const { held, version } = await readRunFile(file, runs);
  expect(version).toBe('9');
  expect(Object.fromEntries(held.map(({ entry, value }) => [entry.option.attributeName(), value]))).toEqual({
    ...args,
    ...{ adapter: join(runs, 'mine.ts'), out: join(runs), betas: [0, 0.5], clip: 1e-3 },
    targets: ['all-linear', 'lm_head'],
  });
});

describe('a run.json is refused, and nothing is written:', () => {
  const refused = async (file: string, code: string, message: RegExp, ...more: string[]) => {
    const { exit, stdout } = await oftc(
      'finetune',
      '--config',
      file,
      '--out',
      at('never'),
      '--json',
      ...more,
    );
    expect(JSON.parse(stdout).error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(exit).toBe(code === 'Usage' ? 2 : 1);
    expect(existsSync(at('never'))).toBe(false);
  };

  it.each([
    [{ stepz: 3 }, /given-\d+\.json: "stepz": there is no such option\. Write steps\.$/],
    [{ learning_rate: 1 }, /"learning_rate": there is no such option\. Write lr\.$/],
    [{ zzzzzzzz: 1 }, /"zzzzzzzz": there is no such option\. There are oftc, \$schema, model, adapter, /],
    [
      { trust_code: true },
      /"trust_code": no run\.json has this option\. Whether code is trusted .* --trust-code\./,
    ],
    [{ resume: true }, /"resume": no run\.json has this option\./],
    [{ steps: '3' }, /"steps": number is expected, and it is "3"/],
    [{ steps: 1.5 }, /"steps": steps must be a whole number from 1 to 2147483647, got '1\.5'\. docs/],
    [{ steps: null }, /"steps": number is expected, and it is null/],
    [{ model: null }, /"model": string is expected, and it is null/],
    [{ data: '' }, /"data": a path is expected, or a list of paths, and it is ""/],
    [{ data: [] }, /"data": a path is expected, or a list of paths, and it is \[\]/],
    [{ out: '' }, /"out": a path is expected, and it is ""/],
    [{ in_order: 'yes' }, /"in_order": boolean is expected, and it is "yes"/],
    [{ betas: [0.9, 'x'] }, /"betas\.1": number is expected, and it is "x"/],
    [{ betas: [0.9] }, /"betas": Write two numbers .* got '0\.9'/],
    [
      { hold_out: [20] },
      /"hold_out": a part such as "1\/20" or 0\.05 is expected, or 0 for none, and it is \[20\]/,
    ],
    [{ hold_out: 0.15 }, /"hold_out": Every nth sequence is held out: write 1\/7 instead of 0\.15/],
    [{ hold_out: '1/1' }, /"hold_out": Write a part such as 1\/20 or 0\.05, or 0 for none, got '1\/1'/],
    [
      { targets: ['q_proj', 3] },
      /"targets": a name is expected, or a list of names, and it is \["q_proj",3\]/,
    ],
    [{ set: { b: [4] } }, /"set\.b": a number, a text or a flag is expected, and it is \[4\]/],
    [{ set: 'b=4' }, /"set": settings by name are expected, and it is "b=4"/],
    [{ schedule: 'cosin' }, /"schedule": Allowed choices are /],
    [{ oftc: 1 }, /"oftc": string is expected, and it is 1/],
  ])('%j', async (more, message) => {
    await refused(runFile(more), 'InvalidRun', message);
  });

  it('no JSON, no object, no file, and a folder', async () => {
    await refused(runFile({}, '{"steps": 1, "steps": 2}'), 'InvalidJson', /key .*steps.* occurs twice/);
    await refused(runFile({}, '[]'), 'InvalidRun', /an object is expected/);
    await refused(at('no-run.json'), 'MissingFile', /no-run\.json: there is no such file/);
    await refused(folder, 'MissingFile', /it is not a regular file/);
  });

  it.each([
    [{ warmup: 5 }, [], /^"warmup": 5 of .*\.json leaves nothing of "steps": 1 of .*\.json: choose fewer$/],
    [{}, ['--warmup', '5'], /^--warmup 5 leaves nothing of "steps": 1 of .*\.json: choose fewer$/],
    [{ init: 'a' }, [], /^"init" of .* takes .* leave out "adapter" of .*, "set" of .*, "targets" of /],
    [{ processes: 2 }, [], /^"processes" of .* is of PyTorch: add --engine torch, or leave "processes" of /],
    [
      { targets: ['qproj'] },
      [],
      /^the model has no linear layer 'qproj' for "targets" of .*\.json; it has q_proj/,
    ],
    [{ lr_min: 1 }, [], /^"lr_min": 1 of .*\.json is above --lr 0.003, from which the rate falls/],
    [{ answer: 'a' }, [], /^"answer" of .*\.json is of generated answers: add --eval-generate/],
    [{ hold_out: '1/4', validation: 'text.txt' }, [], /^"validation" of .* leave "hold_out" of .* away/],
    [{ layer: 'oft' }, [], /^"layer" of .* is of a TypeScript file, and 'oft' is a method/],
    [{ accumulate: 999999999 }, [], /^"accumulate" of .*: 999,999,999 batches/],
  ])('options that contradict each other, by where they are: %j %j', async (more, argv, message) => {
    await refused(runFile(more), 'Usage', message, ...argv);
  });

  it('an option that is needed and neither there nor given', async () => {
    const { data: _, ...rest } = SMALL;
    const file = runFile({}, JSON.stringify(rest));
    await refused(file, 'Usage', /required option '--data <file>' not specified, and .*\.json has no "data"/);
  });
});

it('a note names the version of oftc that wrote a file, where it is another one', async () => {
  const file = runFile({ oftc: '0.0.9', model: 'nowhere' });
  const { stderr } = await oftc('finetune', '--config', file, '--out', at('noted'));
  expect(stderr).toContain(`note: ${file} was written by oftc 0.0.9, and this is oftc 0.1.0\n`);
});
