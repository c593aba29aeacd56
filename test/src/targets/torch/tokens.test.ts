/** Printed layers whose results have no row for each token, and whose sizes not every number of tokens gives. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import {
  exp,
  frozen,
  input,
  layer,
  logSumExp,
  size,
  sum,
  trainable,
} from '../../../../src/language/dsl/index.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { PYTHON, python } from '../../../support/torch.ts';
import { from, library, write } from './built.ts';

const built = (
  name: string,
  traced: { trace(): Parameters<typeof buildTorch>[0] },
  dims: Record<string, number>,
) => {
  const program = traced.trace();
  return buildTorch(program, { name, sizes: solveDims(program, dims), from, python: library });
};

/** The first result is a term of a loss, and the second one the activations. */
const penalty = built(
  'penalty',
  layer({ x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('in') }, ({ x, W, s }) => ({
    term: sum(s.mul(s), -1),
    y: x.mul(s).matmul(W.T),
  })),
  { in: 4, out: 3 },
);
/** The weights of a mean over tokens come from a softmax over them. */
const pooled = built(
  'pooled',
  layer({ x: input('tokens', 'in'), q: trainable('in', 'k') }, ({ x, q }) => {
    const scores = x.matmul(q).T;
    return x.matmul(exp(scores.sub(logSumExp(scores).reshape('k', 1))).matmul(x).T);
  }),
  { in: 4, k: 3 },
);
/** Results over all tokens, which are infinite or NaN where there are none. */
const summary = built(
  'summary',
  layer({ x: input('tokens', 'in'), q: trainable('in') }, ({ x, q }) => ({
    most: logSumExp(x.matmul(q.reshape('in', 1)).T),
    mean: sum(x, 0).div(size('tokens')),
    y: x.mul(q),
  })),
  { in: 4 },
);
/** Every two tokens are one row. */
const pairs = built(
  'pairs',
  layer({ x: input('tokens', 'in'), q: trainable('2*in', 'k') }, ({ x, q }) =>
    x.reshape('tokens/2', '2*in').matmul(q),
  ),
  { in: 4, k: 3 },
);

it('a pass checks the number of tokens, and the tests draw such as it takes', () => {
  const check = `oftc_torch.check_tokens(tokens, tokens % 2 == 0, "'tokens/2' is not a whole number of elements")`;
  expect(pairs['layer.py']).toContain(`    tokens = x.shape[0]\n    ${check}\n`);
  expect(pairs['test_layer.py']).toContain('    counts = {1: 2, 3: 4, 5: 6}\n');
  for (const files of [penalty, pooled, summary]) expect(files['test_layer.py']).not.toContain('counts');
  expect(penalty['test_layer.py']).toContain('    wide = 1\n');
});

it.runIf(PYTHON)('their tests pass', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-tokens-'));
  const all = { penalty, pooled, summary, pairs };
  for (const [name, files] of Object.entries(all)) write(join(folder, name), files);
  const tests = Object.keys(all).map((name) => `${name}.test_layer`);
  expect(python(['-m', 'unittest', ...tests], folder)).toMatch(/Ran 32 tests[\s\S]*\nOK/);
  const three = `
import torch
from pairs.layer import PairsFunction
try:
    PairsFunction.apply(torch.ones(3, 4), torch.ones(8, 3))
except ValueError as error:
    print(error)
`;
  expect(python(['-c', three], folder)).toBe("'tokens/2' is not a whole number of elements at tokens = 3\n");
});
