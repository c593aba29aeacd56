/** Advice in refusals of a layer on a model: after a user follows the advice, the layer is accepted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { oftc } from '../cli/harness.ts';
import { argumentsOf, at } from './tiny.ts';

let count = 0;
const layerFile = (params: string, body: string, out = 'out'): string => {
  const path = at(`advised-${++count}.ts`);
  writeFileSync(
    path,
    `import { frozen, input, layer, list, permutation, trainable } from 'oftc';
export const mine = layer({ x: input('tokens', 'in'), W: frozen('${out}', 'in'), ${params} }, (t) => ${body});
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

it('axes of a batch and of a sequence: the message says that they fold into tokens', async () => {
  const path = layerFile("s: trainable('in', { init: 'ones' })", 't.x.mul(t.s).matmul(t.W.T)');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace("input('tokens', 'in')", "input('batch', 'seq', 'in')"));
  for (const more of [[], ['--set', 'batch=1,seq=8']]) {
    const refused = await train(path, ...more);
    const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
    expect(error).toMatchObject({
      code: 'OFT6001',
      message:
        "on q_proj: 'mine' declares x as (batch, seq, in): declare x: input('tokens', 'in'), because all leading axes, such as batch and seq, fold into 'tokens'",
    });
  }
  writeFileSync(path, text);
  expect(await train(path)).toMatchObject({ exit: 0 });
});

it.each([
  ['the merged weight', 't.W.mul(t.s)', '(4, 8)', '(tokens, 4)'],
  ['no product', 't.x.mul(t.s)', '(tokens, 8)', '(tokens, 4)'],
])('a layer that returns %s: the message says what a linear layer returns', async (_, body, is, wanted) => {
  const returning = layerFile("s: trainable('in', { init: 'ones' })", body);
  const refused = await train(returning, '--targets', 'v_proj');
  const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
  expect(error).toMatchObject({
    code: 'OFT6001',
    message: expect.stringContaining(
      `'mine' returns ${is} here, and a linear layer returns ${wanted}: return one tensor of tokens and outputs, such as x.matmul(W.T)`,
    ),
  });
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

it('a layer whose W is square: the message says to declare both sizes, and which projections it fits', async () => {
  const square = (out: string) =>
    layerFile("A: trainable('in', 'in', { init: 'zeros' })", 't.x.add(t.x.matmul(t.A)).matmul(t.W.T)', out);
  const refused = await train(square('in'), '--targets', 'q_proj,v_proj');
  const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
  expect(error).toMatchObject({
    code: 'OFT6001',
    message:
      "on v_proj: 'mine' declares W as square, (in, in), and this weight is (4, 8): declare W: frozen('out', 'in'); it fits q_proj, o_proj",
  });
  expect(await train(square('in'), '--targets', 'q_proj,o_proj')).toMatchObject({ exit: 0 });
  expect(await train(square('out'), '--targets', 'q_proj,v_proj')).toMatchObject({ exit: 0 });
});

it('a layer whose W is transposed: the message says how a model has it, also where the weight is square', async () => {
  const declared = (sizes: string, W: string) => {
    const path = layerFile(
      "A: trainable('in', 'in', { init: 'zeros' })",
      `t.x.add(t.x.matmul(t.A)).matmul(${W})`,
    );
    writeFileSync(path, readFileSync(path, 'utf8').replace("'out', 'in'", sizes));
    return path;
  };
  const refused = await train(declared("'in', 'out'", 't.W'));
  const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
  expect(error).toMatchObject({
    code: 'OFT6001',
    message:
      "on q_proj: 'mine' declares W as (in, out), and a model has it as (out, in): declare W: frozen('out', 'in'), and in the body write W.T for W, and W for W.T",
  });
  expect(await train(declared("'out', 'in'", 't.W.T'))).toMatchObject({ exit: 0 });
});

it('a start that is not finite: no option of training is advised', async () => {
  const refused = await train(
    layerFile("s: trainable('in', { init: 'zeros' })", 't.x.mul(t.s.div(t.s)).matmul(t.W.T)'),
  );
  const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string } };
  expect(error).toMatchObject({
    code: 'OFT6007',
    message: expect.stringMatching(
      /^step 0: the held-out loss is NaN, before anything is trained, so that no option of training mends it: `oftc check` of the adapter/,
    ),
  });
});

it('sizes that PEFT cannot state: a note before training says so, and which size keeps its format', async () => {
  const formatOf = async (size: string) => {
    const { stdout, stderr } = await train('oft', '--set', size);
    return [
      (JSON.parse(stdout) as { format: string }).format,
      /^note: the adapter will.*$/m.exec(stderr)?.[0],
    ];
  };
  expect(await formatOf('r=2')).toEqual([
    'oftc',
    "note: the adapter will be written in oftc's own format, which PEFT does not read, because PEFT states one 'b' for all modules. For PEFT's, stop and give --set b=…",
  ]);
  expect(await formatOf('b=2')).toEqual(['peft', undefined]);
  const psoft = await train('psoft', '--set', 'r=2');
  expect(psoft.stderr).toContain('because PEFT does not store "A", "B"');
});
