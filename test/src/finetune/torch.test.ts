/** `--engine torch`: the losses and files of the default engine, from processes of PyTorch. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Storage } from '../../../compiler/primitives/storage.ts';
import { choiceOf } from '../../../src/finetune/adapter-choice.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { continued } from '../../../src/finetune/greedy.ts';
import { readCheckpoint } from '../../../src/finetune/loop/checkpoint.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { methodOf } from '../../../src/finetune/methods.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import { weightsFrom } from '../../../src/finetune/models/from-files.ts';
import type { Target } from '../../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { sitesOf, startOf } from '../../../src/finetune/start.ts';
import { TorchEngine } from '../../../src/finetune/torch/engine.ts';
import {
  dequantize,
  type Grouped4,
  type QuantizedTensor,
  quantize,
  storageOf,
  wordsOf,
} from '../../../src/formats/quantized/index.ts';
import { writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import { PACKAGE, PYTHON, python } from '../../support/torch.ts';
import { random } from './support.ts';
import { at, finetune, folder, MODEL } from './tiny.ts';

beforeAll(() => {
  process.env.OFTC_PYTHON = PYTHON;
  process.env.OMP_NUM_THREADS = '1';
});

async function trained(out: string, ...more: string[]): Promise<string> {
  const { exit, stdout, stderr } = await finetune(out, ...more);
  expect(exit, stdout + stderr).toBe(0);
  return stderr;
}

/** Compares a run with that of the default engine, which the interpreter computes in float64. */
async function agrees(run: string, reference: string): Promise<void> {
  const [actual, expected] = [await readMetrics(at(run)), await readMetrics(at(reference))];
  expect(actual).toHaveLength(expected.length);
  for (const [n, metric] of expected.entries())
    for (const key of ['step', 'loss', 'heldOut', 'rate', 'norm', 'tokens'] as const)
      if (key in metric)
        expect((actual[n] as Record<string, number>)[key], `${key} of line ${n}`).toBeCloseTo(
          (metric as Record<string, number>)[key]!,
          5,
        );
  const [state, wanted] = await Promise.all(
    [run, reference].map((r) => readCheckpoint(at(`${r}/checkpoint.safetensors`))),
  );
  expect([...state!.adapter.keys()].sort()).toEqual([...wanted!.adapter.keys()].sort());
  for (const [path, { data }] of wanted!.adapter)
    for (const [n, x] of data.entries())
      expect(state!.adapter.get(path)!.data[n], `${path}[${n}]`).toBeCloseTo(x, 4);
  expect([...state!.frozen.keys()]).toEqual([...wanted!.frozen.keys()]);
  expect(readdirSync(at(run)).sort()).toEqual(readdirSync(at(reference)).sort());
}

describe.runIf(PYTHON)('training with PyTorch', () => {
  /** More steps than a run takes before the test ends. */
  const STEPS = 100_000;
  const SHARED = ['--accumulate', '2', '--clip', '0.5', '--steps', '4', '--weight-decay', '0.1'];

  it('agrees with the default engine, with quantised weights and an adapter on the head too', async () => {
    const options = [...SHARED, '--targets', 'q_proj,v_proj,down_proj,lm_head', '--quantize', 'int8'];
    await trained('one-wanted', ...options);
    const said = await trained('one', ...options, '--engine', 'torch');
    expect(said).toMatch(/PyTorch \S+ on the CPU: one process\n/);
    await agrees('one', 'one-wanted');
  });

  // Two processes with DDP are in torch-golden.test.ts.
  it('agrees where FSDP2 spreads the model, an adapter has permutations, and texts share rows', async () => {
    // Rows of texts of unequal length, in which unequal numbers of labels count.
    const lines = Array.from({ length: 24 }, (_, n) => ({
      prompt: 'ab cd ef'.slice(0, 1 + (n % 4)),
      completion: 'ga ef'.slice(0, 1 + (n % 3)),
    }));
    const data = at('talk-by-two.jsonl');
    writeFileSync(data, lines.map((line) => JSON.stringify(line)).join('\n'));
    const options = [...SHARED, '--adapter', 'gsoft', '--set', 'b=2', '--data', data];
    await trained('fsdp-wanted', ...options);
    const said = await trained('fsdp', ...options, '--engine', 'torch', '--processes', '2', '--fsdp');
    expect(said).toMatch(/on the CPU: 2 processes, with FSDP2\n/);
    await agrees('fsdp', 'fsdp-wanted');
  });

  it('decodes each quantised form as it is decoded here', async () => {
    const shape = [48, 64] as const;
    const next = random(3);
    const values = Float32Array.from({ length: 48 * 64 }, () => next() - 0.5);
    const storages: readonly Storage[] = [
      { format: 'nf4', block: 64 },
      { format: 'nf4', block: 32, nested: 32 },
      { format: 'int8' },
      { format: 'int4', group: 8 },
      { format: 'int4', group: 16 },
    ];
    const plain = storages.map((s) => quantize(values, shape, s));
    const last = plain.at(-1) as Grouped4;
    // The columns of a group need not be neighbours.
    const all: QuantizedTensor[] = [
      ...plain,
      { ...last, group: last.group.map((_, n) => last.group[(7 * n) % 64]!) },
    ];
    const file = at('forms.safetensors');
    const each = all.map((t, n) => ({ t, n, storage: storageOf(t) }));
    await writeSafetensors(file, [
      ...each.map(({ t, n, storage }) => {
        const words = new Int32Array(wordsOf(t, storage).buffer);
        return { name: `${n}`, dtype: 'I32' as const, shape: [words.length], data: words };
      }),
      ...each.map(({ t, n }) => ({ name: `${n}.wanted`, dtype: 'F32' as const, shape, data: dequantize(t) })),
    ]);
    expect(each.at(-1)!.storage).toMatchObject({ indexed: true });
    const script = `
import json, sys, torch
from safetensors.torch import load_file
from oftc_torch.finetune.weights import decode
tensors = load_file(sys.argv[1])
for n, storage in enumerate(json.loads(sys.argv[2])):
    assert torch.equal(decode(tensors[f"{n}"], storage, (48, 64)), tensors[f"{n}.wanted"]), storage
print("equal")
`;
    const storagesText = JSON.stringify(each.map((e) => e.storage));
    expect(python(['-c', script, file, storagesText], folder)).toContain('equal');
  });

  it.each([
    ['two processes', false],
    ['FSDP2', true],
  ])('continues prompts as the reference does, with %s', async (_, fsdp) => {
    const files = await openModel(MODEL);
    const method = methodOf('lora', { r: '2' }, undefined);
    const targets: Target[] = ['q', 'head'];
    const sites = sitesOf(files.config, { ...method, targets });
    const start = await startOf(files.config, sites, weightsFrom(files), 0);
    // LoRA starts at zeros, with which the adapter does nothing.
    for (const { data } of start.values()) for (const n of data.keys()) data[n] = data[n]! + Math.sin(n);
    const adapter = choiceOf(method, targets, start, '');
    const reference = await Model.open({
      config: files.config,
      weights: weightsFrom(files),
      adapter,
      device: 'cpu',
    });
    const engine = await TorchEngine.open({
      ...{ files, weights: weightsFrom(files), adapter, generates: true },
      ...{ version: '0.0.0', python: PYTHON!, library: PACKAGE, processes: 2, fsdp, device: 'cpu' },
      tell: () => {},
    });
    const prompts = [
      [0],
      [1, 2, 3],
      [4, 5],
      [6, 7, 8, 1, 2],
      [3],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4],
    ];
    try {
      await engine.compile({ betas: [0.9, 0.999], decay: 0 });
      const options = { most: 5, batch: 2 };
      const free = prompts.map((ids) => ({ ids, end: [] as number[] }));
      const wanted = await continued(reference, free, options);
      expect(await engine.continued(free, options)).toEqual(wanted);
      const ending = free.map((p, n) => ({ ...p, end: [wanted[n]![1]!] }));
      expect(await engine.continued(ending, options)).toEqual(await continued(reference, ending, options));
    } finally {
      reference.dispose();
      await engine.dispose();
      await files.close();
    }
  });

  it('goes on from a state as if it had never been left', async () => {
    const files = await openModel(MODEL);
    const method = methodOf('oft', { b: '4' }, undefined);
    const targets: Target[] = ['q', 'down'];
    const sites = sitesOf(files.config, { ...method, targets });
    const start = await startOf(files.config, sites, weightsFrom(files), 0);
    const engine = await TorchEngine.open({
      ...{ files, weights: weightsFrom(files), adapter: choiceOf(method, targets, start, '') },
      ...{ version: '0.0.0', python: PYTHON!, library: PACKAGE, processes: 1, fsdp: false, device: 'cpu' },
      tell: () => {},
    });
    const batches = [0, 1, 2].map((n) => packed([nextTokens([n, 1, 2, 3 + n])], files.config));
    const step = (n: number) =>
      engine.step(() => batches[n]!, { accumulate: 1, step: n + 1, rate: 1e-2, clip: undefined });
    try {
      await engine.compile({ betas: [0.9, 0.999], decay: 0.1 });
      await step(0);
      const state = await engine.state();
      const taken = [await step(1), await step(2)];
      const end = await engine.state();
      await engine.restore({ step: 1, ...state });
      expect([await step(1), await step(2)]).toEqual(taken);
      expect(await engine.state()).toEqual(end);
    } finally {
      await engine.dispose();
      await files.close();
    }
  });

  it.runIf(process.platform === 'linux')(
    'ends with a sentence where a process is killed, and leaves a whole checkpoint',
    async () => {
      const options = [
        '--engine',
        'torch',
        '--processes',
        '2',
        '--save-every',
        '1',
        '--eval-every',
        `${STEPS}`,
      ];
      const running = finetune('dies', ...options, '--steps', `${STEPS}`);
      while (!existsSync(at('dies/checkpoint.safetensors'))) await new Promise((r) => setTimeout(r, 50));
      const list = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
      const of = (parent: number) =>
        list.map((l) => l.trim().split(/\s+/)).filter(([, ppid]) => Number(ppid) === parent);
      const [torchrun] = of(process.pid).filter((l) =>
        l.some((word) => word.startsWith('oftc_torch.finetune')),
      );
      const [worker] = of(Number(torchrun![0]));
      process.kill(Number(worker![0]), 'SIGKILL');
      const { exit, stdout } = await running;
      expect(exit).toBe(1);
      const { code, message } = JSON.parse(stdout).error;
      expect(code).toBe('OFT6015');
      expect(message).toMatch(
        /^process [01] of 2 was killed, or ran out of memory\. .*: go on from its checkpoint with --resume$/,
      );
      expect((await readCheckpoint(at('dies/checkpoint.safetensors'))).step).toBeLessThan(STEPS);
    },
  );
});

it('a Python that lacks packages is refused by a message with the command that installs them', async () => {
  const python = join(tmpdir(), `oftc-python-${process.pid}`);
  writeFileSync(
    python,
    `#!/bin/sh\necho '{"executable": "${python}", "python": [3, 13], "torch": null, "missing": ["torch", "safetensors"]}'\n`,
  );
  chmodSync(python, 0o755);
  process.env.OFTC_PYTHON = python;
  const message = async () =>
    JSON.parse((await finetune('refused', '--engine', 'torch')).stdout).error.message as string;
  expect(await message()).toBe(
    `--engine torch needs a Python with PyTorch: ${python} lacks torch and safetensors: run ${python} -m pip install torch safetensors`,
  );
  writeFileSync(
    python,
    `#!/bin/sh\necho '{"executable": "${python}", "python": [3, 9], "torch": "2.6.0", "missing": []}'\n`,
  );
  expect(await message()).toContain(`${python} is Python 3.9: install 3.10 or newer`);
  process.env.OFTC_PYTHON = '/no/such/python';
  expect(await message()).toContain('OFTC_PYTHON names /no/such/python, and there is no such program');
  expect(existsSync(at('refused'))).toBe(false);
  process.env.OFTC_PYTHON = PYTHON;
});

it.each([
  [['--processes', '2'], '--processes is of PyTorch: add --engine torch, or leave --processes out'],
  [['--fsdp'], '--fsdp is of PyTorch: add --engine torch, or leave --fsdp out'],
  [
    ['--engine', 'torch', '--processes', '3'],
    'a batch of 2 sequences has too few for --processes 3: give --batch 3 or more, or fewer processes',
  ],
])('%j is refused: %s', async (more, message) => {
  const { exit, stdout, stderr } = await finetune('refused', ...more);
  expect(exit).toBe(2);
  expect(stdout + stderr).toContain(message);
});
