/** Advice in refusals of a layer on a model: after a user follows the advice, the layer is accepted. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { oftc } from '../cli/harness.ts';
import { argumentsOf, at } from './tiny.ts';

let count = 0;
const layerFile = (params: string, body: string): string => {
  const path = at(`advised-${++count}.ts`);
  writeFileSync(
    path,
    `import { frozen, input, layer, list, permutation, trainable } from 'oftc';
export const mine = layer({ x: input('tokens', 'in'), W: frozen('out', 'in'), ${params} }, (t) => ${body});
`,
  );
  return path;
};

const train = (adapter: string, ...more: string[]) => {
  const given = argumentsOf(`advised-run-${++count}`, '--targets', 'q_proj', '--steps', '1', ...more);
  const own = given.flatMap((word, i) => {
    if (given[i - 1] === '--adapter') return [adapter];
    // Leaves out `--set b=4`, the block size of the default OFT adapter, which these layers do not have.
    return word === 'b=4' || given[i + 1] === 'b=4' ? [] : [word];
  });
  return oftc(...own);
};

it('a missing size: the message says to give it by --set', async () => {
  const path = layerFile(
    "A: trainable('r', 'in', { init: 'zeros' }), B: trainable('out', 'r', { init: { normal: 0.1 } })",
    't.x.matmul(t.W.T).add(t.x.matmul(t.A.T).matmul(t.B.T))',
  );
  const refused = await train(path);
  expect(refused.exit).toBe(1);
  const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
  expect(error).toMatchObject({
    code: 'OFT3006',
    message: expect.stringContaining('r=… (command line: --set)'),
  });
  expect(refused.stdout).not.toContain('--dims');
  expect(await train(path, '--set', 'r=2')).toMatchObject({ exit: 0 });
  const library = await train('lora');
  expect(library.exit).toBe(1);
  expect(library.stdout).toContain('--set');
  expect(library.stdout).not.toContain('--dims');
});

it.each([
  [
    'f32',
    "s: trainable('in', { init: 'ones' }), c: frozen('in')",
    't.x.mul(t.s).add(t.c).matmul(t.W.T)',
    "frozen('in')",
  ],
  [
    'i32',
    "s: trainable('in', { init: 'ones' }), p: frozen('in', { dtype: 'i32' })",
    't.x.mul(t.s).matmul(permutation(t.p)).matmul(t.W.T)',
    "frozen('in', { dtype: 'i32' })",
  ],
])(
  'the start that is advised for a frozen parameter of %s is one that it can have',
  async (_, params, body, written) => {
    const refused = await train(layerFile(params, body));
    expect(refused.exit).toBe(1);
    const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe('OFT6001');
    const [, options] = /frozen\(…, (\{.*?\})\)/.exec(error.message) ?? [];
    expect(options).toBeDefined();
    const mended = params.replace(written, `frozen('in', ${options})`);
    const taken = await train(layerFile(mended, body));
    expect({ exit: taken.exit, stderr: taken.stderr }).toMatchObject({ exit: 0 });
  },
);

it('an input that a model does not have: the message advises a role that its dtype allows', async () => {
  for (const [dtype, advice] of [
    ['i32', 'declare it frozen'],
    ['f32', 'declare it frozen or trainable'],
  ]) {
    const refused = await train(
      layerFile(
        `s: trainable('in', { init: 'ones' }), k: input('in', { dtype: '${dtype}' })`,
        dtype === 'i32'
          ? 't.x.mul(t.s).matmul(permutation(t.k)).matmul(t.W.T)'
          : 't.x.mul(t.s).mul(t.k).matmul(t.W.T)',
      ),
    );
    const { error } = JSON.parse(refused.stdout) as { error: { message: string } };
    expect(error.message.endsWith(advice!)).toBe(true);
  }
});

it('a size above the limit names the limit', async () => {
  const refused = await train('lora', '--set', 'r=99999999999');
  const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
  expect(error).toEqual({
    code: 'OFT3004',
    message:
      "dimension 'r': 99,999,999,999 elements along one dimension: the limit is 2,147,483,647, because kernels count elements in 32-bit integers",
    at: null,
  });
});
