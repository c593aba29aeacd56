/** The lines that `oftc finetune` prints before and while it trains. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TrainingLine } from '../../../src/cli/finetune/line.ts';
import { oftc } from '../cli/harness.ts';
import { argumentsOf, at, finetune, TEXT } from './tiny.ts';

it('says first what is held out and trained, then how far it is', async () => {
  const { exit, stderr, stdout } = await finetune('told', '--steps', '20', '--eval-every', '20');
  expect(exit, stderr).toBe(0);
  expect(stderr.replace(/\d+\.\d{4}|\d+ tokens\/s|\S+ \S+ left/g, '•')).toBe(
    [
      "training 84 parameters, 7.14 % of the model's 1.18k",
      'step 0: held-out loss •',
      ...[1, ...Array.from({ length: 9 }, (_, i) => 2 * (i + 1))].map((n) => `step ${n}/20  loss •  •  •`),
      'step 20/20  loss •  •',
      'step 20: held-out loss •',
      '',
    ].join('\n'),
  );
  const { parameters, modelParameters } = JSON.parse(stdout);
  expect((100 * parameters) / modelParameters).toBeCloseTo(7.14, 2);
});

it('says how to hold something out where the text is too short for the part', async () => {
  const text = at('short.txt');
  writeFileSync(text, TEXT.slice(0, 8 * 25));
  const { stderr } = await finetune('short', '--data', text, '--hold-out', '1/20', '--steps', '1');
  expect(stderr).toMatch(
    /^note: nothing held out: 25 sequences are too few for --hold-out 1\/20, take 1\/3 or a longer text\. All/,
  );
  const { exit, stdout } = await finetune('less', '--data', text, '--hold-out', '1/3', '--steps', '1');
  expect(exit).toBe(0);
  expect(JSON.parse(stdout).sequences.heldOut).toBe(5);
});

it('prints at the end the share that is trained, and again that nothing is held out', async () => {
  const text = at('mute.txt');
  writeFileSync(text, TEXT.slice(0, 8 * 9));
  const argv = argumentsOf('mute', '--data', text, '--steps', '2').filter((a) => a !== '--json');
  const { stdout, stderr } = await oftc(...argv);
  expect(stderr).toMatch(/^note: nothing held out: 9 sequences are too few for .*, take a longer text\. All/);
  expect(stdout).toMatch(
    /^trained 84 parameters, 7\.14 % of the model's 1\.18k: 2 steps on 9 sequences, .*\n.*\nloss [\d.]+, nothing held out\n/,
  );
});

describe('the lines of training', () => {
  const lines = (steps: number, seconds: number, isTTY: boolean): string => {
    let stderr = '';
    const io = { stdout: { write: () => {} }, stderr: { write: (t: string) => (stderr += t), isTTY } };
    const line = new TrainingLine({ ...io, color: false, json: false }, steps, {
      first: 0,
      score: undefined,
    });
    for (let step = 1; step <= steps; step++)
      line.step({ step, loss: 1, rate: 1, norm: 1, tokens: 10, seconds });
    return stderr;
  };
  const steps = (text: string) => [...text.matchAll(/step (\d+)\//g)].map(([, n]) => Number(n));

  it('without a terminal are a tenth of the steps apart, or a minute', () => {
    expect(steps(lines(1000, 0.5, false))).toEqual([
      1,
      ...Array.from({ length: 10 }, (_, i) => 100 * (i + 1)),
    ]);
    expect(steps(lines(100, 25, false)).slice(0, 4)).toEqual([1, 4, 7, 10]);
    expect(lines(100, 25, false)).not.toContain('\r');
  });

  it('on a terminal come at every step and overwrite each other', () => {
    expect(steps(lines(30, 0.5, true))).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(lines(30, 0.5, true)).not.toContain('\n');
  });
});

it('says after the first step that no gradient reaches what is trained', async () => {
  const low = at('both-zero.ts');
  writeFileSync(
    low,
    `import { frozen, input, layer, trainable } from 'oftc';
export const low = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), A: trainable('in', 'k', { init: 'zeros' }), B: trainable('k', 'out', { init: 'zeros' }) },
  ({ x, W, A, B }) => x.matmul(W.T).add(x.matmul(A).matmul(B)),
);
`,
  );
  const dead = await finetune(
    'dead',
    '--adapter',
    low,
    '--set',
    'k=2',
    '--targets',
    'q_proj',
    '--steps',
    '2',
  );
  expect(dead.stderr).toMatch(
    /note: every gradient is 0 in step 1, so nothing is trained\. .* start one at zero/,
  );
  expect(dead.stderr.match(/every gradient is 0/g)).toHaveLength(1);
});
