/**
 * Starts of an author's layer: those that are missing are proposed, and tensors that training never changes, or that change
 * the model at once, are noted.
 */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Outcome, oftc } from '../cli/harness.ts';
import { argumentsOf, at } from './tiny.ts';

let count = 0;

/** Trains a layer with these declarations and body for a step. */
const train = (declared: string, body: string, sizes: string): Promise<Outcome> => {
  const n = ++count;
  const path = at(`started-${n}.ts`);
  writeFileSync(
    path,
    `import { cayley, blockDiag, detach, frozen, input, layer, skew, trainable } from 'oftc';
export const mine = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), ${declared} },
  (t) => ${body},
);`,
  );
  const given = argumentsOf(`started-run-${n}`, '--targets', 'q_proj', '--steps', '1');
  return oftc(
    ...given.map((word, i) => (given[i - 1] === '--adapter' ? path : word === 'b=4' ? sizes : word)),
  );
};

const LOW_RANK = 't.x.matmul(t.W.T).add(t.x.matmul(t.down.T).matmul(t.up.T))';

/** The declarations with the starts that a refusal writes for them. */
const started = (declared: string, refused: string): string => {
  const { error } = JSON.parse(refused) as { error: { code: string; message: string } };
  expect(error.code).toBe('OFT1036');
  const starts = [...error.message.matchAll(/(\w+): trainable\(…, (\{ init: .*? \})\)(?=,|$)/g)];
  expect(starts.length).toBeGreaterThan(0);
  return starts.reduce(
    (text, [, name, init]) =>
      text.replace(new RegExp(`(${name}: trainable\\(.*?)\\)`), (_, call: string) => `${call}, ${init})`),
    declared,
  );
};

it.each([
  [
    "down: trainable('k', 'in'), up: trainable('out', 'k', { init: 'zeros' })",
    LOW_RANK,
    'k=2',
    "down: trainable('k', 'in', { init: { kaiming: 1 } }), up: trainable('out', 'k', { init: 'zeros' })",
  ],
  [
    "down: trainable('k', 'in', { init: { normal: 0.1 } }), up: trainable('out', 'k')",
    LOW_RANK,
    'k=2',
    "down: trainable('k', 'in', { init: { normal: 0.1 } }), up: trainable('out', 'k', { init: 'zeros' })",
  ],
  [
    "down: trainable('k', 'in'), up: trainable('out', 'k')",
    LOW_RANK,
    'k=2',
    "down: trainable('k', 'in', { init: { kaiming: 1 } }), up: trainable('out', 'k', { init: 'zeros' })",
  ],
  [
    "scale: trainable('out')",
    't.x.matmul(t.W.T).mul(t.scale)',
    'in=8',
    "scale: trainable('out', { init: 'ones' })",
  ],
  [
    "turn: trainable('in', 'in')",
    't.x.matmul(t.turn).matmul(t.W.T)',
    'in=8',
    "turn: trainable('in', 'in', { init: 'identity' })",
  ],
])(
  'proposes for %s starts from which all are trained, and the layer starts as the frozen one',
  async (declared, body, sizes, right) => {
    const refused = await train(declared, body, sizes);
    expect(refused.exit).toBe(1);
    const mended = started(declared, refused.stdout);
    expect(mended).toBe(right);
    const { exit, stderr } = await train(mended, body, sizes);
    expect(exit, stderr).toBe(0);
    expect(stderr).not.toContain('will ever change');
  },
);

it.each([
  [
    "s: trainable('out', { init: 'ones' }), down: trainable('k', 'in', { init: 'zeros' }), up: trainable('out', 'k', { init: 'zeros' })",
    `${LOW_RANK}.mul(t.s)`,
    'k=2',
    "note: 'down' and 'up' both start at zeros, and neither will ever change: declare 'down' with { init: { kaiming: 1 } }\n",
  ],
  [
    "s: trainable('out', { init: 'ones' }), a: trainable('in', { init: 'zeros' }), b: trainable('in', { init: 'zeros' }), c: trainable('in', { init: 'zeros' })",
    't.x.add(t.x.mul(t.a).mul(t.b).mul(t.c)).matmul(t.W.T).mul(t.s)',
    'in=8',
    "note: 'a' and 'b' and 'c' all start at zeros, and none of them will ever change: declare 'a' with { init: { kaiming: 0 } } and 'b' with { init: { kaiming: 0 } }\n",
  ],
  [
    "s: trainable('out', { init: 'ones' }), unused: frozen('out', { init: 'zeros' })",
    't.x.matmul(t.W.T).mul(t.s)',
    'in=8',
    "note: the body does not use 'unused': use it, or leave the declaration out\n",
  ],
  [
    "s: trainable('out', { init: 'zeros' })",
    't.x.matmul(t.W.T).mul(t.s)',
    'in=8',
    "note: at the start of a new adapter, 'y' is 0, because 's' is: declare 's' with { init: 'ones' }\n",
  ],
])(
  'notes of %s what training leaves as it is, and what the start changes',
  async (declared, body, sizes, note) => {
    const { exit, stderr } = await train(declared, body, sizes);
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain(note);
  },
);

it('says nothing of factors of which one starts at zeros', async () => {
  const declared =
    "down: trainable('k', 'in', { init: { normal: 0.1 } }), up: trainable('out', 'k', { init: 'zeros' })";
  const { exit, stderr } = await train(declared, LOW_RANK, 'k=2');
  expect(exit, stderr).toBe(0);
  expect(stderr).not.toContain('change');
});

it('says of a bias that a module lacks how the layer does without', async () => {
  const path = at('biased.ts');
  const plain = `import { frozen, input, layer, trainable } from 'oftc';
export const mine = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), bias: frozen('out'), s: trainable('out', { init: 'ones' }) },
  ({ x, W, bias, s }) => x.matmul(W.T).mul(s).add(bias),
);`;
  const conditional = plain
    .replace('layer(\n  {', 'layer(\n  (c: { bias: boolean }) => ({')
    .replace("'ones' }) }", "'ones' }) })")
    .replace("frozen('out')", "when(c.bias, frozen('out'))")
    .replace(
      'x.matmul(W.T).mul(s).add(bias)',
      '(bias ? x.matmul(W.T).mul(s).add(bias) : x.matmul(W.T).mul(s)),\n  { config: { bias: true } }',
    )
    .replace('trainable }', 'trainable, when }');
  const without = plain
    .replace("bias: frozen('out'), ", '')
    .replace(', bias,', ',')
    .replace('.add(bias)', '');
  const train = (source: string, ...more: string[]) => {
    writeFileSync(path, source);
    const given = argumentsOf(
      `biased-${++count}`,
      '--targets',
      'q_proj,o_proj',
      '--steps',
      '1',
      '--set',
      'in=8',
      ...more,
    );
    return oftc(...given.map((word, i) => (given[i - 1] === '--adapter' ? path : word)));
  };
  const message = async (outcome: Promise<Outcome>) => JSON.parse((await outcome).stdout).error.message;
  const lacks = "on o_proj: 'mine' takes 'bias', and this module of the model has none: ";
  expect(await message(train(plain))).toContain(
    `${lacks}leave bias out of the layer, to whose result a bias of the model is added`,
  );
  expect(await train(without)).toMatchObject({ exit: 0 });
  expect(await message(train(conditional))).toContain(`${lacks}give finetune --set bias=false`);
  expect(await train(conditional, '--set', 'in=8,bias=false')).toMatchObject({ exit: 0 });
});
