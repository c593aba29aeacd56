/**
 * `oftc finetune --resume` goes on only with a run whose files are whole and unchanged. A refusal leaves every file
 * as it was.
 */
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../../../src/cli/errors.ts';
import { readRun } from '../../../src/finetune/loop/run-folder.ts';
import { runs } from '../../support/runs.ts';
import { change } from './checkpoints.ts';
import { at, finetune, MODEL } from './tiny.ts';

const RUN = at('run');
const CHECKPOINT = join(RUN, 'checkpoint.safetensors');
const METRICS = join(RUN, 'metrics.jsonl');
const OPTIONS = ['--steps', '5', '--save-every', '3', '--targets', 'q_proj'];

/** The contents of a folder by path: a file's bytes, or a link's target. */
function contents(folder: string): Map<string, string> {
  const all = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    const found = lstatSync(path);
    if (found.isSymbolicLink()) all.set(name, `→ ${readlinkSync(path)}`);
    else all.set(name, found.isFile() ? readFileSync(path).toString('base64') : 'folder');
  }
  return all;
}

/** Expects a resumed run to be refused before it trains: it reports no step and changes no file. */
async function refused(code: string, message: RegExp, ...more: string[]): Promise<void> {
  const before = contents(RUN);
  const { exit, stdout, stderr } = await finetune('run', ...OPTIONS, '--resume', ...more);
  expect(exit, stdout).toBe(1);
  expect(JSON.parse(stdout).error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(stderr).not.toMatch(/step \d+: /);
  expect(contents(RUN)).toEqual(before);
}

beforeAll(async () => {
  const { exit, stderr } = await finetune('whole', ...OPTIONS);
  expect(exit, stderr).toBe(0);
});
beforeEach(() => {
  rmSync(RUN, { recursive: true, force: true });
  cpSync(at('whole'), RUN, { recursive: true });
});

describe('without its checkpoint', () => {
  beforeEach(() => rmSync(CHECKPOINT));

  it('a finished run is refused', () =>
    refused('OFT6006', /run has "adapter", "loss\.svg" of a run and no checkpoint\.safetensors/));

  it('a run that took steps is refused', () => {
    rmSync(join(RUN, 'adapter'), { recursive: true });
    rmSync(join(RUN, 'loss.svg'));
    return refused('OFT6006', /run has metrics of 8 lines of a run and no checkpoint\.safetensors/);
  });

  it('a run that was killed before its first checkpoint starts, and says so', async () => {
    rmSync(join(RUN, 'adapter'), { recursive: true });
    rmSync(join(RUN, 'loss.svg'));
    const whole = readFileSync(METRICS, 'utf8');
    for (const text of ['', whole.slice(0, 12), whole.slice(0, whole.indexOf('\n') + 1)]) {
      writeFileSync(METRICS, text);
      const { exit, stdout, stderr } = await finetune('run', ...OPTIONS, '--resume');
      expect(exit, stderr).toBe(0);
      expect(JSON.parse(stdout).resumedAt).toBe(null);
      expect(stderr).toMatch(/run: there is no checkpoint yet, and the run starts at step 1/);
      for (const name of ['adapter', 'loss.svg', 'checkpoint.safetensors'])
        rmSync(join(RUN, name), { recursive: true });
    }
  });
});

describe('a checkpoint', () => {
  it.each(['-1', '1.5', 'junk', '', ' 3', '03', '3e0', '0x3', 'NaN', '8388611', '6', '4', '0'])(
    "with the step '%s' is refused, though its digests are right",
    (step) => {
      change(CHECKPOINT, ({ metadata }) => metadata.set('step', step));
      return refused('OFT6013', /checkpoint\.safetensors: .*(step|running mean|no step)/);
    },
  );

  it('of a later step than the run has is refused, though its metrics are right', () => {
    const last = readFileSync(METRICS, 'utf8');
    change(CHECKPOINT, ({ metadata }) => {
      metadata.set('settings', metadata.get('settings')!.replace('"steps":5', '"steps":4'));
    });
    expect(last).toMatch(/"step":5/);
    return refused('OFT6013', /its step is 5, and the run has 4/, '--steps', '4');
  });

  it.each(['step', 'metrics', 'metrics-sha256', 'settings', 'model', 'tensors', 'digests', 'sha256'])(
    'without its field %s is refused',
    (name) => {
      change(CHECKPOINT, ({ metadata }) => metadata.delete(name), { signed: false });
      return refused('OFT6013', new RegExp(`checkpoint\\.safetensors: the field '${name}' is missing`));
    },
  );

  it.each(['step', 'metrics', 'metrics-sha256', 'settings', 'model', 'tensors', 'digests'])(
    'with another text as its field %s is refused, which names it',
    (name) => {
      change(CHECKPOINT, ({ metadata }) => metadata.set(name, `${metadata.get(name)} `), { signed: false });
      return refused('OFT6013', new RegExp(`checkpoint\\.safetensors: the field '${name}' is not what`));
    },
  );

  it('without one of AdamW’s means is refused, signed or not', async () => {
    const name = 'v/model.layers.1.self_attn.q_proj.oft_R.weight';
    change(CHECKPOINT, ({ tensors }) => tensors.delete(name), { signed: false });
    await refused('OFT6013', new RegExp(`the tensor '${name}' is missing`));
    change(CHECKPOINT, () => {});
    await refused(
      'OFT6013',
      new RegExp(`the tensor '${name}', a running mean of AdamW after step 5, is missing`),
    );
  });

  it('without any of these means, with a short one, or with one of an unknown tensor is refused', async () => {
    const kept = readFileSync(CHECKPOINT);
    change(CHECKPOINT, ({ tensors }) => {
      for (const name of [...tensors.keys()]) if (/^[mv]\//.test(name)) tensors.delete(name);
    });
    await refused('OFT6013', /the tensor 'm\/.*', a running mean of AdamW after step 5, is missing/);
    writeFileSync(CHECKPOINT, kept);
    const name = 'm/model.layers.0.self_attn.q_proj.oft_R.weight';
    change(CHECKPOINT, ({ tensors }) => {
      const { data, dtype, shape } = tensors.get(name)!;
      const width = data.byteLength / shape[0]!;
      const short = new Uint8Array(data.buffer, data.byteOffset, data.byteLength - width);
      tensors.set(name, { name, dtype, shape: [shape[0]! - 1], data: short });
    });
    await refused('OFT6013', new RegExp(`the tensor '${name}' has 11 elements, and 'p/.*' 12`));
    writeFileSync(CHECKPOINT, kept);
    change(CHECKPOINT, ({ tensors }) => tensors.set('m/x', { ...tensors.get(name)!, name: 'm/x' }));
    await refused('OFT6013', /there is a tensor 'm\/x', and nothing of the name is trained/);
  });

  it('of the format without digests is refused', () => {
    change(CHECKPOINT, ({ metadata }) => metadata.set('format', 'oftc-finetune-1'), { signed: false });
    return refused(
      'OFT6006',
      /is a checkpoint of an earlier version of oftc \(oftc-finetune-1\).*finish the run/,
    );
  });

  it('of another model is refused, and the tensor that differs is named', async () => {
    cpSync(MODEL, at('changed'), { recursive: true });
    const file = at('changed/model.safetensors');
    const bytes = readFileSync(file);
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
    for (const name of ['model.layers.1.self_attn.q_proj.weight', 'model.embed_tokens.weight']) {
      const flipped = Buffer.from(bytes);
      const offset = 8 + Number(bytes.readBigUInt64LE()) + header[name].data_offsets[0] + 9;
      flipped[offset]! ^= 1;
      writeFileSync(file, flipped);
      await refused(
        'OFT6006',
        new RegExp(`of the model, "${name}" is not as when it was started`),
        '--model',
        at('changed'),
      );
    }
  });

  it('of fewer steps is refused by a message that says how to train further', () =>
    refused(
      'OFT6006',
      /steps was \d+ and is 9\. .*in a run of its own: --init ADAPTER --out FOLDER/,
      '--steps',
      '9',
    ));

  it('of a model whose tokenizer makes other tokens is refused', async () => {
    cpSync(MODEL, at('spelt'), { recursive: true });
    const file = at('spelt/tokenizer.json');
    const json = JSON.parse(readFileSync(file, 'utf8'));
    [json.model.vocab.a, json.model.vocab.b] = [json.model.vocab.b, json.model.vocab.a];
    writeFileSync(file, JSON.stringify(json));
    await refused('OFT6006', /tokens was \w+ and is \w+\./, '--model', at('spelt'));
  });
});

describe('a flipped bit is refused by a message that names the file', () => {
  /** The message with which reading the run is refused; undefined where it is not. */
  const said = async (): Promise<string | undefined> => {
    try {
      await readRun(RUN);
      return undefined;
    } catch (error) {
      const { exit, message } = refusal(error, false);
      expect(exit).toBe(1);
      return message;
    }
  };
  /** Flips a bit in place, because writing the file anew would take longer than reading the run. */
  const invert = (path: string, bit: number): void => {
    const [file, byte] = [openSync(path, 'r+'), Buffer.alloc(1)];
    readSync(file, byte, 0, 1, bit >> 3);
    byte[0]! ^= 1 << (bit & 7);
    writeSync(file, byte, 0, 1, bit >> 3);
    closeSync(file);
  };
  const flip = async (path: string, bit: number): Promise<void> => {
    invert(path, bit);
    const message = await said();
    expect(message, `bit ${bit} of ${path}`).toBeDefined();
    expect(message).toContain(path);
    invert(path, bit);
  };
  const headerBytes = () => 8 + Number(readFileSync(CHECKPOINT).readBigUInt64LE());

  it('in each byte of the checkpoint’s header', async () => {
    expect(await said()).toBeUndefined();
    const size = headerBytes();
    for (let at = 0; at < size; at++) await flip(CHECKPOINT, 8 * at + ((at * 5) % 8));
  });

  it('in its tensors, and the message names the tensor', async () => {
    const size = readFileSync(CHECKPOINT).length;
    const { numRuns, seed } = runs(150, 5000);
    const bits = fc.integer({ min: 8 * headerBytes(), max: 8 * size - 1 });
    await fc.assert(
      fc.asyncProperty(bits, (bit) => flip(CHECKPOINT, bit)),
      { numRuns, seed },
    );
    const bytes = readFileSync(CHECKPOINT);
    bytes[size - 1]! ^= 1;
    writeFileSync(CHECKPOINT, bytes);
    expect(await said()).toMatch(/the tensor '[fpmv]\/model\.layers\.1\..*' is not what its digest says/);
  });

  it('in each byte of the metrics', async () => {
    const size = readFileSync(METRICS).length;
    for (let at = 0; at < size; at++) await flip(METRICS, 8 * at + ((at * 3) % 8));
  });

  it('before a step is taken', async () => {
    const bytes = readFileSync(METRICS);
    bytes[bytes.indexOf('"loss":') + 9]! ^= 1;
    writeFileSync(METRICS, bytes);
    await refused(
      'OFT6013',
      /metrics\.jsonl: its first \d+ bytes are not those that the checkpoint's digest is of/,
    );
  });
});

describe('metrics after the last checkpoint', () => {
  const line = (step: number) =>
    `{"step":${step},"loss":2.5,"rate":0.001,"norm":0.25,"tokens":14,"seconds":0.01}`;

  it('are written again, and reported', async () => {
    appendFileSync(METRICS, `${line(6)}\n{"step":6,"heldOut":2.4}\n${line(7).slice(0, 40)}`);
    const { exit, stderr } = await finetune('run', ...OPTIONS, '--resume');
    expect(exit, stderr).toBe(0);
    expect(stderr).toMatch(/going on after step 5; 3 later lines of its metrics will be written again/);
    expect(readFileSync(METRICS)).toEqual(readFileSync(at('whole/metrics.jsonl')));
  });

  it('may end anywhere in a line that a run writes', async () => {
    const known = readFileSync(METRICS);
    for (const whole of [line(6), '{"step":5,"heldOut":-1.5e-7}'])
      for (let length = 0; length <= whole.length; length++) {
        writeFileSync(METRICS, `${known}${whole.slice(0, length)}`);
        expect((await readRun(RUN)).later, whole.slice(0, length)).toBe(length === 0 ? 0 : 1);
      }
  });

  it.each([
    ['a line of another program', 'epoch 3\n', /metrics\.jsonl:9: the line is not JSON/],
    ['a line without a loss', '{"step":6}\n', /metrics\.jsonl:9: loss: /],
    ['a field that no run writes', '{"step":6,"heldOut":2,"x":1}\n', /metrics\.jsonl:9: x: /],
    ['a loss that is no number', `${line(6).replace('2.5', '"2.5"')}\n`, /metrics\.jsonl:9: loss: /],
    ['a negative step', `${line(-6)}\n`, /metrics\.jsonl:9: step: /],
    ['a gap in the steps', `${line(7)}\n`, /metrics\.jsonl:9: step: a step of 7 does not follow step 5/],
    [
      'a step twice',
      `${line(6)}\n${line(6)}\n`,
      /metrics\.jsonl:10: step: a step of 6 does not follow step 6/,
    ],
    ['an empty line', `\n${line(6)}\n`, /metrics\.jsonl:9: the line is not JSON/],
    [
      'an end that begins no line',
      '{"epoch":',
      /metrics\.jsonl:9: the line is cut short, and is not the beginning/,
    ],
    [
      'zeros after a power failure',
      '\0\0\0\0',
      /metrics\.jsonl:9: the line is cut short, and is not the beginning/,
    ],
  ])('with %s are refused', (_, text, message) => {
    appendFileSync(METRICS, text);
    return refused('OFT6013', message);
  });
});

describe('what is not the run’s own', () => {
  it('a link in place of its metrics is refused, and what it leads to stays', async () => {
    cpSync(METRICS, at('diary.txt'));
    rmSync(METRICS);
    symlinkSync(at('diary.txt'), METRICS);
    const before = readFileSync(at('diary.txt'));
    await refused('OFT6005', /holds "metrics\.jsonl", which is a symbolic link/);
    expect(readFileSync(at('diary.txt'))).toEqual(before);
  });

  it.each(['checkpoint.safetensors', 'loss.svg', 'adapter'])(
    'a link in place of %s is refused',
    async (name) => {
      rmSync(join(RUN, name), { recursive: true });
      symlinkSync(at(`whole/${name}`), join(RUN, name));
      await refused('OFT6005', new RegExp(`holds "${name}", which is a symbolic link`));
    },
  );

  it('another name of its metrics keeps what it has', async () => {
    linkSync(METRICS, at('copy.jsonl'));
    appendFileSync(METRICS, '{"step":6,"lo');
    const before = readFileSync(at('copy.jsonl'));
    const { exit, stderr } = await finetune('run', ...OPTIONS, '--resume');
    expect(exit, stderr).toBe(0);
    expect(readFileSync(at('copy.jsonl'))).toEqual(before);
  });

  it.each([
    '.anything.tmp',
    '.safetensors-mine.tmp',
    '.adapter-new-1.tmp',
    '.thesis-new-6f1c2b1e-54a5-4c61-9d2c-0b6a2e6f1a11.tmp',
  ])('a folder %s is refused and stays', async (name) => {
    mkdirSync(join(RUN, name));
    writeFileSync(join(RUN, name, 'thesis.tex'), 'a thesis');
    await refused('OFT6005', /which no run writes: move it out of the run's folder/);
  });

  it('what a killed run left is removed', async () => {
    for (const name of ['metrics.jsonl', 'checkpoint.safetensors', 'loss.svg'])
      writeFileSync(join(RUN, `.${name}-new-6f1c2b1e-54a5-4c61-9d2c-0b6a2e6f1a11.tmp`), 'half');
    for (const kind of ['new', 'old'])
      mkdirSync(join(RUN, `.adapter-${kind}-6f1c2b1e-54a5-4c61-9d2c-0b6a2e6f1a12.tmp`));
    writeFileSync(join(RUN, '.oftc.lock'), '{"pid":1}\n');
    const { exit, stderr } = await finetune('run', ...OPTIONS, '--resume');
    expect(exit, stderr).toBe(0);
    expect(readdirSync(RUN).sort()).toEqual(readdirSync(at('whole')).sort());
    expect(existsSync(join(RUN, 'adapter/adapter_model.safetensors'))).toBe(true);
  });
});
