/** Every command that computes with an adapter reports where it diverges, whatever its method. */
import { beforeAll, describe, expect, it } from 'vitest';
import { oftc } from '../cli/harness.ts';
import { at, DATA, finetune, MODEL } from './tiny.ts';

const LORA = ['--adapter', 'lora', '--set', 'r=2', '--schedule', 'constant'];
const WORSE =
  /warning: step \d+: the held-out loss is [\d.]+, and was [\d.]+ at the start: training makes the model worse\. The largest element of the adapter is \S+, in 'model\.layers\.\d\.\S+\.lora_[AB]\.weight'\. Try a lower --lr/g;

describe('a run of LoRA', () => {
  it('reports once, with step and tensor, that the held-out loss rises above its start', async () => {
    const { exit, stderr } = await finetune('far', ...LORA, '--lr', '1e20', '--steps', '12');
    expect(exit, stderr).toBe(0);
    expect(stderr.match(WORSE)).toHaveLength(1);
  });

  it('reports nothing where it learns', async () => {
    const { exit, stderr } = await finetune('near', ...LORA, '--lr', '0.01', '--steps', '12');
    expect(exit, stderr).toBe(0);
    expect(stderr).not.toMatch(/warning/);
  });

  it('without held-out data reports by the losses of its batches', async () => {
    const more = ['--lr', '1e3', '--steps', '24', '--hold-out', '0'];
    const { exit, stderr } = await finetune('alone', ...LORA, ...more, '--targets', 'all-linear,lm_head');
    expect(exit, stderr).toBe(0);
    expect(stderr).toMatch(
      /warning: step \d+: the mean loss of the last 10 steps is [\d.e+]+, and that of the first/,
    );
  });
});

it('a run of OFT without held-out data reports a diverging series too', async () => {
  const more = ['--lr', '1', '--steps', '2', '--hold-out', '0', '--targets', 'q_proj'];
  const { exit, stderr } = await finetune('unseen', ...more, '--schedule', 'constant');
  expect(exit, stderr).toBe(0);
  expect(stderr).toMatch(/warning: model\.layers\.0\.self_attn\.q_proj: 'v\.0': ‖Q‖₂ is at least/);
});

describe('an adapter of OFT whose series diverges', () => {
  beforeAll(async () => {
    const more = ['--lr', '1', '--steps', '2', '--schedule', 'constant', '--targets', 'q_proj'];
    for (const [run, set] of [
      ['wild', 'b=4'],
      ['exact', 'b=4,cayley=exact'],
    ] as const) {
      const { exit, stderr } = await finetune(run, ...more, '--set', set);
      expect(exit, stderr).toBe(0);
    }
  });
  const on = (run: string) => ['--model', MODEL, '--adapter', at(`${run}/adapter`), '--device', 'cpu'];
  const commands = (run: string): Readonly<Record<string, readonly string[]>> => ({
    generate: ['generate', ...on(run), '--prompt', 'ab', '--tokens', '1'],
    eval: ['eval', ...on(run), '--data', DATA, '--length', '7'],
    merge: ['merge', ...on(run), '--out', at(`merged-${run}`)],
    'finetune --init': [
      ...[
        'finetune',
        '--model',
        MODEL,
        '--init',
        at(`${run}/adapter`),
        '--data',
        DATA,
        '--out',
        at(`on-${run}`),
      ],
      ...['--device', 'cpu', '--steps', '1', '--length', '7', '--batch', '2', '--hold-out', '1/8'],
    ],
  });

  it.each(Object.keys(commands('wild')))(
    'is reported once by %s, and not where the transform is exact',
    async (name) => {
      const wild = await oftc(...commands('wild')[name]!);
      expect(wild.exit, wild.stderr).toBe(0);
      for (const n of [0, 1])
        expect(
          wild.stderr.split(`warning: model.layers.${n}.self_attn.q_proj: 'v.0': ‖Q‖₂ is at least`),
        ).toHaveLength(2);
      const exact = await oftc(...commands('exact')[name]!);
      expect(exact.exit, exact.stderr).toBe(0);
      expect(exact.stderr).not.toMatch(/‖Q‖/);
    },
  );
});

describe('--accumulate', () => {
  it('above the limit is refused with the limit and what sets it', async () => {
    const { exit, stdout } = await finetune('never', '--accumulate', '999999999');
    expect(exit).toBe(2);
    expect(JSON.parse(stdout).error.message).toMatch(
      /--accumulate: 999,999,999 batches .*: the limit is 16,777,216, because gradients are added in 32-bit floats/,
    );
  });
});
