/** `oftc finetune` end to end on a tiny model, computed by the float64 reference. */
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { main } from '../../../src/cli/cli.ts';
import { readTrained } from '../../../src/finetune/adapter-files.ts';
import type { Metric } from '../../../src/finetune/loop/metrics.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { argumentsOf, at, finetune, MODEL, TEXT } from './tiny.ts';

const MY_ADAPTER = fileURLToPath(new URL('../../../examples/my-adapter.ts', import.meta.url));

const losses = async (run: string): Promise<readonly (readonly number[])[]> =>
  (await readMetrics(at(run))).map((m: Metric) =>
    'loss' in m ? [m.step, m.loss, m.norm] : [m.step, m.heldOut],
  );

it('learns with OFT, and writes what PEFT reads', async () => {
  const { exit, stdout, stderr } = await finetune(
    ...(['oft', '--steps', '24', '--lr', '0.05', '--targets', 'all-linear'] as const),
  );
  expect(exit, stderr).toBe(0);
  const { heldOut, format } = JSON.parse(stdout);
  expect(heldOut.map((h: { step: number }) => h.step)).toEqual([0, 4, 8, 12, 16, 20, 24]);
  expect(heldOut.at(-1).loss).toBeLessThan(heldOut[0].loss - 0.1);
  expect(format).toBe('peft');
  const model = await openModel(MODEL);
  const { method, targets } = await readTrained(at('oft/adapter'), model);
  await model.close();
  expect(method).toMatchObject({ peft: 'oft', dims: { b: 4 } });
  expect(targets).toHaveLength(7);
  expect(readFileSync(at('oft/loss.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  expect(stderr).toMatch(/step 24: held-out loss/);
});

it('trains a layer of a file', async () => {
  const { exit, stdout, stderr } = await finetune(
    'mine',
    ...['--adapter', MY_ADAPTER, '--set', 'a=2,b=4', '--targets', 'q_proj,down_proj', '--lr', '0.05'],
  );
  expect(exit, stderr).toBe(0);
  const { heldOut, format, parameters } = JSON.parse(stdout);
  expect(heldOut.at(-1).loss).toBeLessThan(heldOut[0].loss);
  expect(format).toBe('oftc');
  // The parameters u, d and v on q (8 inputs) and down (12 inputs), in two transformer blocks.
  expect(parameters).toBe(2 * (8 / 2 + 8 + (8 / 4) * 6 + 12 / 2 + 12 + (12 / 4) * 6));
  const model = await openModel(MODEL);
  const { choice } = await readTrained(at('mine/adapter'), model);
  await model.close();
  const { data } = await choice.tensors.read('model.layers.1.mlp.down_proj.d');
  expect(data).toHaveLength(12);
  expect(data.some((x) => x !== 1)).toBe(true);
});

/** Makes a run fail at its second evaluation, after the checkpoint of step 3, and adds the litter of a crash. */
async function stopped(run: string, ...options: string[]): Promise<void> {
  const write = (text: string) => {
    if (text.startsWith('step 4:')) throw new Error('here it stops');
  };
  expect(await main(argumentsOf(run, ...options), { stdout: { write: () => {} }, stderr: { write } })).toBe(
    70,
  );
  appendFileSync(at(`${run}/metrics.jsonl`), '{"step":5,"los');
  writeFileSync(at(`${run}/.checkpoint.safetensors-new-${randomUUID()}.tmp`), 'half');
}

describe('a run that is resumed', () => {
  const OPTIONS = [
    ...['--clip', '0.5', '--accumulate', '2', '--warmup', '2', '--schedule', 'linear', '--lr-min', '0.001'],
    ...['--weight-decay', '0.1', '--set', 'b=4,cayley=exact'],
  ];

  it('goes on to the same losses and the same adapter', async () => {
    const whole = await finetune('whole', ...OPTIONS);
    expect(whole.exit, whole.stderr).toBe(0);
    // The failed run left a torn line of metrics and a torn temporary file.
    await stopped('stopped', ...OPTIONS);
    const { exit, stdout, stderr } = await finetune('stopped', ...OPTIONS, '--resume');
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout).resumedAt).toBe(3);
    expect(await losses('stopped')).toEqual(await losses('whole'));
    const file = 'adapter/adapter_model.safetensors';
    expect(readFileSync(at(`stopped/${file}`))).toEqual(readFileSync(at(`whole/${file}`)));
    expect(readdirSync(at('stopped')).sort()).toEqual(readdirSync(at('whole')).sort());
  });

  it('is refused with other options, another text, or metrics that were cut', async () => {
    await stopped('other', ...OPTIONS);
    let code = 'OFT6006';
    const refused = async (message: RegExp, ...more: string[]) => {
      const { exit, stdout } = await finetune('other', ...OPTIONS, '--resume', ...more);
      expect(exit).toBe(1);
      expect(JSON.parse(stdout).error).toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    };
    await refused(/lr was 0.003 and is 0.01/, '--lr', '0.01');
    await refused(/lr-min was 0.001 and is 0.002/, '--lr-min', '0.002');
    await refused(/seed was 0 and is 1\./, '--seed', '1');
    await refused(/betas was 0.9,0.999 and is 0.5,0.9\./, '--betas', '0.5,0.9');
    writeFileSync(at('longer.txt'), `${TEXT} ab`);
    await refused(/data was \w+ and is \w+; tokens was \w+ and is \w+\./, '--data', at('longer.txt'));
    writeFileSync(at('other/metrics.jsonl'), '');
    code = 'OFT6013';
    await refused(/metrics.jsonl: it has 0 bytes where the checkpoint knows \d+\./);
  });
});

describe('is refused before anything is written:', () => {
  const refused = async (exit: number, code: string, message: RegExp, ...more: string[]) => {
    const outcome = await finetune('never', ...more);
    expect(outcome.exit, outcome.stdout).toBe(exit);
    expect(JSON.parse(outcome.stdout).error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(existsSync(at('never'))).toBe(false);
  };

  it('a model, a tokenizer or a text that is not there', async () => {
    await refused(1, 'MissingFile', /nowhere/, '--model', at('nowhere'));
    await refused(1, 'MissingFile', /no.txt/, '--data', at('no.txt'));
    cpSync(MODEL, at('mute'), { recursive: true });
    rmSync(at('mute/tokenizer.json'));
    await refused(1, 'MissingFile', /tokenizer.json/, '--model', at('mute'));
  });

  it('a tokenizer of another model', async () => {
    cpSync(MODEL, at('foreign'), { recursive: true });
    const file = at('foreign/tokenizer.json');
    const json = JSON.parse(readFileSync(file, 'utf8'));
    json.model.vocab.z = 99;
    writeFileSync(file, JSON.stringify(json));
    await refused(1, 'VocabularyMismatch', /99/, '--model', at('foreign'));
  });

  it('a text that cannot be read, or is too short', async () => {
    writeFileSync(at('latin.txt'), Uint8Array.of(0x61, 0xe4, 0x62));
    await refused(1, 'InvalidJson', /latin.txt: it is not UTF-8/, '--data', at('latin.txt'));
    writeFileSync(at('short.txt'), 'abcdabcdab');
    await refused(1, 'OFT6004', /10 tokens: 1 sequence of 8 .* a batch of 2/, '--data', at('short.txt'));
    writeFileSync(at('lines.jsonl'), '{"text": "ab"}\n\n{"words": "cd"}\n');
    await refused(1, 'OFT6004', /lines.jsonl:3: there is no "text"/, '--data', at('lines.jsonl'));
  });

  it('targets, methods and settings that there are not', async () => {
    await refused(2, 'Usage', /no linear layer 'q_prj'.*Did you mean 'q_proj'/, '--targets', 'v_proj,q_prj');
    await refused(2, 'Usage', /'lm_haed'.*Did you mean 'lm_head'/, '--targets', 'all-linear,lm_haed');
    await refused(1, 'OFT6008', /no method 'ofd'.*Did you mean 'oft'/, '--adapter', 'ofd');
    await refused(1, 'OFT1043', /'trems'.*Did you mean 'terms'/, '--set', 'b=4,trems=3');
    await refused(1, 'OFT1043', /Here oft_block_size is b: --set b=4$/, '--set', 'oft_block_size=4');
    await refused(
      1,
      'OFT1043',
      /'rank', 'lora_alpha'; .* Here rank is r and scale is lora_alpha\/r: --set r=8,scale=2$/,
      ...['--adapter', 'lora', '--set', 'rank=8,lora_alpha=16'],
    );
    await refused(1, 'OFT1044', /'terms' .* must be a number, got 'x'/, '--set', 'b=4,terms=x');
    await refused(
      1,
      'OFT1044',
      /'cayley' .* 'neumann' or 'exact', got 'neuman'/,
      '--set',
      'b=4,cayley=neuman',
    );
    await refused(1, 'OFT3004', /'b' must be a whole number/, '--set', 'b=0');
    await refused(1, 'OFT6001', /'oft' trains nothing with b=1: .* 0 elements/, '--set', 'b=1');
    await refused(1, 'OFT3003', /^on q_proj: axis 1 of tensor 'W' is 8.*b = 4/, '--set', 'b=5');
    await refused(
      1,
      'OFT1043',
      /neither .* 'permuted'/,
      '--adapter',
      'poet',
      '--set',
      'a=4,b=4,permuted=true',
    );
  });

  it('numbers without a meaning', async () => {
    await refused(2, 'Usage', /learning rate must be a number above 0, got '-1'/, '--lr=-1');
    await refused(2, 'Usage', /least learning rate must be a number of at least 0/, '--lr-min=-1');
    await refused(2, 'Usage', /--lr-min 0.1 is above --lr 0.003/, '--lr-min', '0.1');
    await refused(
      2,
      'Usage',
      /constant stays at --lr 0.003, and falls to no --lr-min/,
      ...['--lr-min', '0.001', '--schedule', 'constant'],
    );
    await refused(2, 'Usage', /steps must be a whole number from 1/, '--steps', '0');
    await refused(2, 'Usage', /Write a part such as 1\/20/, '--hold-out', '20%');
    for (const betas of ['0.9', '1,0.9', '0.9,-0.1', '0.9,x', '0.9,0.99,0.999'])
      await refused(2, 'Usage', /two numbers of at least 0 and below 1/, '--betas', betas);
    await refused(2, 'Usage', /--warmup 8 leaves nothing of --steps 8/, '--warmup', '8');
    await refused(2, 'Usage', /--length 17 is more than the 16 positions/, '--length', '17');
  });

  it('a folder that holds something else, or a run that is not to be resumed', async () => {
    mkdirSync(at('full'));
    writeFileSync(at('full/thesis.tex'), '');
    const other = await finetune('full');
    expect(JSON.parse(other.stdout).error).toMatchObject({
      code: 'OFT6005',
      message: expect.stringMatching(/thesis/),
    });
    expect(readdirSync(at('full'))).toEqual(['thesis.tex']);
    await stopped('again');
    const before = readFileSync(at('again/metrics.jsonl'));
    const again = await finetune('again');
    expect(JSON.parse(again.stdout).error).toMatchObject({
      code: 'OFT6005',
      message: expect.stringMatching(/--resume/),
    });
    expect(readFileSync(at('again/metrics.jsonl'))).toEqual(before);
  });
});

it('stops where numbers are no longer finite, and names step and tensor', async () => {
  const { exit, stdout } = await finetune('nan', '--lr', '1e38', '--adapter', 'lora', '--set', 'r=2');
  expect(exit).toBe(1);
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'OFT6007',
    message: expect.stringMatching(/^step \d+: .*'model\.layers\.\d\./),
  });
});

it('warns where the Cayley–Neumann series no longer converges', async () => {
  const { exit, stderr } = await finetune('far', '--lr', '1', '--steps', '4', '--schedule', 'constant');
  expect(exit, stderr).toBe(0);
  expect(stderr).toMatch(/warning: model\.layers\.0\.self_attn\.q_proj: 'v\.0': ‖Q‖₂ is at least/);
});
