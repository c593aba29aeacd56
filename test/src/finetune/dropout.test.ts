/** Dropout in training: the masks, the layers that take them, and runs that are resumed or shared by processes. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { dora } from '../../../src/adapters/lora.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { maskFor, moduleNumber } from '../../../src/finetune/dropout/draws.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import { PYTHON, python } from '../../support/torch.ts';
import { ADAPTERS, type Choice, randomAdapter } from './random-adapters.ts';
import { from, randomWeights, SMALL } from './support.ts';
import { at, finetune, folder } from './tiny.ts';

const CHOICES: Readonly<Record<string, Choice>> = {
  ...ADAPTERS,
  dora: { source: dora, config: { scale: 2 }, dims: { r: 2 } },
};
const HALF = { p: 0.5, seed: 3 };
const FIRST = { step: 1, part: 0 };

describe('a mask', () => {
  it('of an input drops each element with the probability, and scales the others', () => {
    const shape = { of: 'input', width: 50 } as const;
    const mask = maskFor(shape, { p: 0.2, seed: 1 }, FIRST, 7, 2000);
    const dropped = mask.filter((x) => x === 0).length;
    // The standard deviation of the share is 0.0013.
    expect(Math.abs(dropped / mask.length - 0.2)).toBeLessThan(0.006);
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.8)]));
  });

  it('of blocks drops a whole number of one group, each block as often as another', () => {
    const shape = { of: 'blocks', groups: 2, count: 5 } as const;
    const often = new Float64Array(10);
    for (let step = 1; step <= 4000; step++) {
      const mask = maskFor(shape, HALF, { step, part: 0 }, 7, 0);
      const zeros = [...mask.keys()].filter((i) => mask[i] === 0);
      expect(zeros).toHaveLength(2);
      expect(Math.floor(zeros[0]! / 5)).toBe(Math.floor(zeros[1]! / 5));
      for (const i of zeros) often[i]!++;
    }
    for (const count of often) expect(Math.abs(count / 4000 - 0.2)).toBeLessThan(0.03);
    expect(maskFor({ of: 'blocks', groups: 1, count: 1 }, HALF, FIRST, 7, 0)).toEqual(Float32Array.of(1));
  });

  it('is another one for each seed, step, batch and module, and the same again', () => {
    const draw = (seed: number, step: number, part: number, module: string) =>
      maskFor({ of: 'input', width: 8 }, { p: 0.5, seed }, { step, part }, moduleNumber(module), 8).join();
    const all = [
      ...[draw(0, 1, 0, 'a'), draw(1, 1, 0, 'a'), draw(0, 2, 0, 'a'), draw(0, 1, 1, 'a'), draw(0, 1, 0, 'b')],
    ];
    expect(new Set(all).size).toBe(5);
    expect(draw(0, 2, 0, 'a')).toBe(all[2]);
  });

  it.runIf(PYTHON)('is the same in the processes of PyTorch, for a part of the tokens too', () => {
    const modules = [
      { q: { of: 'input', width: 3, shape: [], module: moduleNumber('q') } },
      { v: { of: 'blocks', groups: 2, count: 4, shape: [2, 4, 1, 1], module: moduleNumber('v') } },
    ];
    const script = `
import json, sys, torch
from oftc_torch.finetune.dropout import Dropout
dropout = Dropout(json.loads(sys.argv[1]), torch.device("cpu"))
whole = dropout.masks(5, 1, 0, 6)
part = dropout.masks(5, 1, 2, 4)
assert torch.equal(whole[0]["q"][2:], part[0]["q"]) and torch.equal(whole[1]["v"], part[1]["v"])
assert whole[1]["v"].shape == (2, 4, 1, 1)
print(json.dumps([whole[0]["q"].flatten().tolist(), whole[1]["v"].flatten().tolist()]))
`;
    const found = JSON.parse(python(['-c', script, JSON.stringify({ ...HALF, modules })], folder));
    const drawn = { step: 5, part: 1 };
    const wanted = [
      maskFor({ of: 'input', width: 3 }, HALF, drawn, moduleNumber('q'), 6),
      maskFor({ of: 'blocks', groups: 2, count: 4 }, HALF, drawn, moduleNumber('v'), 6),
    ];
    expect(found).toEqual(wanted.map((mask) => [...mask]));
  });
});

describe('a model with dropout', () => {
  const weights = from(randomWeights(SMALL, 1));
  const open = (name: string, p: number) => {
    const choice = CHOICES[name]!;
    const tensors = from(randomAdapter(choice, SMALL, choice.dims));
    const dropout = p > 0 ? { dropout: { p, seed: 0 } } : {};
    return Model.open({ config: SMALL, weights, device: 'cpu', adapter: { ...choice, ...dropout, tensors } });
  };
  const batch = packed([nextTokens([1, 2, 3, 4, 5]), nextTokens([6, 7, 8])], SMALL);

  it.each(['oft', 'boft', 'lora', 'dora'])('evaluates %s without it, and draws by the step', async (name) => {
    const [plain, dropping] = [await open(name, 0), await open(name, 0.5)];
    const loss = await plain.loss(batch);
    expect(await dropping.loss(batch)).toBe(loss);
    const losses = [];
    for (const step of [1, 2, 1]) {
      const g = await dropping.gradients(batch, { step, part: 0 });
      losses.push(g.loss);
      g.free();
    }
    expect(losses[0]).not.toBe(losses[1]);
    expect(losses[0]).toBe(losses[2]);
    expect(losses[0]).not.toBeCloseTo(loss, 6);
    plain.dispose();
    dropping.dispose();
  });

  it.each(['oft', 'lora', 'dora'])('is that without it where %s drops nothing', async (name) => {
    // Of one or two blocks none is dropped, and of the elements of an input hardly one.
    const [plain, dropping] = [await open(name, 0), await open(name, 1e-9)];
    const [wanted, found] = [await plain.gradients(batch), await dropping.gradients(batch, FIRST)];
    expect(found.loss).toBeCloseTo(wanted.loss, 7);
    for (const path of wanted.values.keys()) {
      const [a, b] = [await wanted.read(path), await found.read(path)];
      for (const [i, x] of a.entries()) expect(b[i]).toBeCloseTo(x, 7);
    }
    plain.dispose();
    dropping.dispose();
  });
});

describe('a run with dropout', () => {
  const LORA = ['--adapter', 'lora', '--set', 'r=2', '--dropout', '0.3'];
  const losses = async (run: string) =>
    (await readMetrics(at(run))).map((m) => ('loss' in m ? m.loss : m.heldOut));

  beforeAll(() => {
    process.env.OFTC_PYTHON = PYTHON;
    process.env.OMP_NUM_THREADS = '1';
  });

  it('states it in PEFT’s configuration, from which another run takes it', async () => {
    const { exit, stderr } = await finetune('dropped', ...LORA, '--steps', '3');
    expect(exit, stderr).toBe(0);
    const config = (run: string) =>
      JSON.parse(readFileSync(at(`${run}/adapter/adapter_config.json`), 'utf8'));
    expect(config('dropped').lora_dropout).toBe(0.3);
    expect((await finetune('further', '--init', at('dropped/adapter'), '--steps', '2')).exit).toBe(0);
    expect(config('further').lora_dropout).toBe(0.3);
    const off = ['--init', at('dropped/adapter'), '--steps', '2', '--dropout', '0'];
    expect((await finetune('off', ...off)).exit).toBe(0);
    expect(config('off').lora_dropout).toBe(0);
    expect((await losses('further'))[1]).not.toBe((await losses('off'))[1]);
  });

  it.runIf(PYTHON)('has the same losses in two processes of PyTorch', async () => {
    const options = [...LORA, '--steps', '3', '--accumulate', '2', '--targets', 'q_proj,down_proj,lm_head'];
    expect((await finetune('here', ...options)).exit).toBe(0);
    const torch = ['--engine', 'torch', '--processes', '2'];
    const { exit, stdout } = await finetune('there', ...options, ...torch);
    expect(exit, stdout).toBe(0);
    const [here, there] = [await losses('here'), await losses('there')];
    for (const [n, loss] of here.entries()) expect(there[n]).toBeCloseTo(loss, 5);
  });

  it('is refused for a method without dropout, and says where no block is dropped', async () => {
    const { exit, stdout } = await finetune('hra', '--adapter', 'hra', '--set', 'r=2', '--dropout', '0.1');
    expect(exit).toBe(2);
    expect(JSON.parse(stdout).error.message).toMatch(/--dropout 0.1 is of .*, and 'hra' has none/);
    expect(JSON.parse((await finetune('one', '--dropout', '1')).stdout).error.message).toMatch(/below 1/);
    const few = await finetune('few', '--dropout', '0.1', '--steps', '1');
    expect(few.exit, few.stdout).toBe(0);
    expect(few.stderr).toMatch(/dropout 0.1 drops no block, for a module has at most 3/);
  });
});
