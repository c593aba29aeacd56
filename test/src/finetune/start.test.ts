/** Other starts of a run: token ids in place of a text, and an existing adapter in place of a method. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readData } from '../../../src/finetune/data/read.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { type TensorData, writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import { openTokenizer } from '../../../src/formats/tokenizer/index.ts';
import { oftc } from '../cli/harness.ts';
import { tensorFile } from './support.ts';
import { argumentsOf, at, DATA, finetune, MODEL, TEXT } from './tiny.ts';

const MY_ADAPTER = fileURLToPath(new URL('../../../examples/my-adapter.ts', import.meta.url));
const MINE = ['--adapter', MY_ADAPTER, '--set', 'a=2,b=4', '--targets', 'q_proj,down_proj'];

async function idsFile(name: string, ...tensors: TensorData[]): Promise<string> {
  await writeSafetensors(at(name), tensors);
  return at(name);
}
const integers = (name: string, shape: readonly number[], ids: readonly number[]): TensorData => ({
  name,
  dtype: 'I64',
  shape,
  data: BigInt64Array.from(ids, BigInt),
});

const losses = async (run: string): Promise<readonly number[]> =>
  (await readMetrics(at(run))).map((m) => ('loss' in m ? m.loss : m.heldOut));
const heldOut = async (run: string): Promise<readonly number[]> =>
  (await readMetrics(at(run))).flatMap((m) => ('heldOut' in m ? [m.heldOut] : []));

describe('token ids', () => {
  const noTokenizer = () => Promise.reject(new Error('it is not asked for'));
  const read = (path: string, length = 3) =>
    readData([path], { tokenizer: noTokenizer }, { length, holdOut: 0, vocabulary: 9 });

  it('are a text along one axis, and sequences along the last of several', async () => {
    const ids = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    const text = await idsFile('text.safetensors', integers('anything', [9], ids));
    const { train, tokens } = await read(text, 2);
    expect(tokens).toBe(9);
    expect(train.map((s) => s.ids)).toEqual([
      [0, 1],
      [3, 4],
      [6, 7],
    ]);
    const rows = await idsFile(
      'rows.safetensors',
      ...[
        integers('attention_mask', [2, 4], Array(8).fill(1)),
        integers('input_ids', [1, 2, 4], ids.slice(1)),
      ],
    );
    const { train: sequences, notes } = await read(rows);
    expect(notes).toEqual([
      `of ${rows}, the token ids are used, and "attention_mask" is not: every token predicts the next one of its sequence`,
    ]);
    expect(sequences).toEqual([
      { ids: [1, 2, 3], labels: [2, 3, 4] },
      { ids: [5, 6, 7], labels: [6, 7, 8] },
    ]);
  });

  it('train as their text does, without a tokenizer', async () => {
    const ids = (await openTokenizer(MODEL)).encode(TEXT);
    const data = await idsFile('same.safetensors', {
      name: 'ids',
      dtype: 'I32',
      shape: [ids.length],
      data: ids,
    });
    cpSync(MODEL, at('mute'), { recursive: true });
    writeFileSync(at('mute/tokenizer.json'), '');
    expect((await finetune('spelt')).exit).toBe(0);
    const { exit, stderr } = await finetune('counted', '--data', data, '--model', at('mute'));
    expect(exit, stderr).toBe(0);
    expect(await losses('counted')).toEqual(await losses('spelt'));
  });

  it('are refused where the model does not have them, or sequences do not fit', async () => {
    const refused = (path: string, message: RegExp) =>
      expect(read(path)).rejects.toMatchObject({
        code: 'OFT6004',
        message: expect.stringMatching(message),
      });
    const all = Array(8).fill(0);
    await refused(
      await idsFile('large.safetensors', integers('ids', [4], [0, 8, 9, 0])),
      /large.safetensors: element 2 is 9, and the model's vocabulary has 0 to 8/,
    );
    await refused(await idsFile('below.safetensors', integers('ids', [2], [0, -1])), /element 1 is -1/);
    await refused(
      await idsFile('two.safetensors', integers('a', [8], all), integers('b', [8], all)),
      /several of integers, "a", "b": name the token ids 'input_ids'/,
    );
    const floats: TensorData = { name: 'ids', dtype: 'F32', shape: [1], data: new Float32Array(1) };
    await refused(await idsFile('floats.safetensors', floats), /there is no tensor of integers/);
    await refused(
      await idsFile('wide.safetensors', integers('ids', [1, 8], all)),
      /\(1, 8\), sequences of 8 where --length 3 has 4: give --length 7/,
    );
    await refused(await idsFile('thin.safetensors', integers('ids', [8, 1], all)), /at least 2/);
    await refused(await idsFile('scalar.safetensors', integers('ids', [], [0])), /at least 2/);
    const lost = await finetune('never', '--data', at('lost.safetensors'));
    expect(JSON.parse(lost.stdout).error).toMatchObject({ code: 'IoError' });
    expect(existsSync(at('never'))).toBe(false);
  });
});

it('--in-order takes sequences in the order of the data', async () => {
  const options = ['--steps', '1', '--hold-out', '0', '--in-order'];
  for (const [run, ...more] of [
    ['ordered'],
    ['same', '--seed', '5'],
    ['shorter', '--data', at('head.txt')],
  ] as const) {
    // One step reads two sequences of eight letters, the first sixteen letters of the text.
    writeFileSync(at('head.txt'), TEXT.slice(0, 16));
    const { exit, stderr } = await finetune(run, ...options, '--adapter', 'lora', '--set', 'r=2', ...more);
    expect(exit, stderr).toBe(0);
  }
  // The seed also determines LoRA's A, but B starts as 0, so the first loss is the model's own.
  expect(await losses('same')).toEqual(await losses('ordered'));
  expect(await losses('shorter')).toEqual(await losses('ordered'));
});

describe('an adapter that is there already', () => {
  it.each([['oft'], ['mine', ...MINE]])('is trained on: %s', async (name, ...options) => {
    const [first, more] = [`first-${name}`, `more-${name}`];
    expect((await finetune(first, '--lr', '0.05', '--steps', '4', ...options)).exit).toBe(0);
    const init = ['--init', at(`${first}/adapter`), '--lr', '0.05'];
    const on = await finetune(more, ...init, '--steps', '4');
    expect(on.exit, on.stderr).toBe(0);
    const [before, after] = [await heldOut(first), await heldOut(more)];
    // The adapter's file stores float32, but the reference computes in float64.
    expect(after[0]).toBeCloseTo(before.at(-1)!, 5);
    expect(Math.abs(after.at(-1)! - after[0]!)).toBeGreaterThan(1e-3);
    const file = name === 'oft' ? 'adapter_config.json' : 'adapter.json';
    const settings = (run: string) => JSON.parse(readFileSync(at(`${run}/adapter/${file}`), 'utf8'));
    expect(settings(more)).toEqual(settings(first));
    const resumed = await finetune(more, ...init, '--steps', '4', '--resume');
    expect(resumed.exit, resumed.stderr).toBe(0);
    const own = await finetune(more, ...init, '--steps', '4', '--resume', '--init', at(`${more}/adapter`));
    expect(JSON.parse(own.stdout).error.message).toContain('which is read');
    cpSync(at(more), at(`copied-${more}`), { recursive: true });
    const copy = ['--init', at(`copied-${more}/adapter`)];
    const other = await finetune(more, ...init, '--steps', '4', '--resume', ...copy);
    expect(JSON.parse(other.stdout).error).toMatchObject({
      code: 'OFT6006',
      message: expect.stringMatching(/init was \w{64} and is \w{64}\./),
    });
  });

  it('is refused where a tensor has another size', async () => {
    expect((await finetune('sized', '--steps', '1', ...MINE)).exit).toBe(0);
    const file = at('sized/adapter/adapter.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"b": 4', '"b": 2'));
    const { stdout } = await finetune('never', '--init', at('sized/adapter'));
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'InvalidAdapter',
      message: expect.stringMatching(
        /"model\.layers\.0\.self_attn\.q_proj\.\w+": it is \[\d+,6\], and on this model \[4,1\]/,
      ),
    });
    expect(existsSync(at('never'))).toBe(false);
  });

  it('names its own method: giving a method too, or neither, is wrong usage', async () => {
    const usage = async (message: RegExp, ...argv: string[]) => {
      const { exit, stdout } = await oftc(...argv);
      expect(exit).toBe(2);
      expect(JSON.parse(stdout).error.message).toMatch(message);
    };
    const both = argumentsOf('never', '--init', at('sized/adapter'));
    await usage(/--init takes .* leave out --adapter, /, ...both, '--adapter', 'oft');
    await usage(
      /leave out --adapter, --layer, --set, --targets, or --init/,
      ...[...both, '--targets', 'q_proj', '--set', 'b=4', '--layer', 'l', '--adapter', 'oft'],
    );
    const neither = ['finetune', '--model', MODEL, '--data', DATA, '--out', at('never'), '--json'];
    await usage(/'--adapter <method>' not specified.*--init <folder>/, ...neither);
    await usage(/'--targets <modules>' not specified/, ...neither, '--adapter', 'oft');
    const of = ['--adapter', 'oft', '--targets', 'q_proj', '--layer', 'oft'];
    await usage(/--layer is of a TypeScript file, and 'oft' is a method of the library/, ...neither, ...of);
  });
});

it('eval writes the logits of the first batch', async () => {
  const out = at('new/logits.safetensors');
  const { exit, stderr } = await oftc(
    ...['eval', '--model', MODEL, '--data', DATA, '--device', 'cpu', '--json'],
    ...['--length', '7', '--batch', '3', '--logits', out],
  );
  expect(exit, stderr).toBe(0);
  const tokenizer = () => openTokenizer(MODEL);
  const { train } = await readData([DATA], { tokenizer }, { length: 7, holdOut: 0, vocabulary: 9 });
  const refused = await oftc(
    ...['eval', '--model', MODEL, '--data', DATA, '--json', '--logits', `${DATA}/logits.safetensors`],
  );
  expect(refused.exit).toBe(2);
  expect(JSON.parse(refused.stdout).error.message).toMatch(
    /^--logits .*text\.txt: .* cannot be written to: name another place, or get the permission$/,
  );
  const written = tensorFile(out);
  expect((await written.read('logits')).shape).toEqual([3, 7, 9]);
  const ids = train.slice(0, 3).flatMap((s) => Array.from(s.ids));
  expect(Array.from((await written.read('input_ids')).data)).toEqual(ids);
});
