/**
 * Printed layers whose results have no row for each token, whose sizes not every number of tokens gives, and whose way
 * depends on the tokens.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import {
  attention,
  exp,
  frozen,
  input,
  layer,
  logSumExp,
  pick,
  size,
  sum,
  take,
  tanh,
  trainable,
} from '../../../../src/language/dsl/index.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { rulesOfTokens } from '../../../../src/targets/torch/layer.ts';
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
/** Nothing but a loss, of an activation of floats. */
const error = built(
  'error',
  layer({ x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('in') }, ({ x, W, s }) => {
    const y = tanh(x.mul(s).matmul(W.T));
    return sum(y.mul(y), [0, 1]).div(size('tokens'));
  }),
  { in: 4, out: 3 },
);
/** Nothing but a loss, of indices: the saved activations alone have their dtype. */
const likelihood = built(
  'likelihood',
  layer(
    {
      ids: input('tokens', { dtype: 'i32' }),
      label: input('tokens', { dtype: 'i32' }),
      E: frozen('vocab', 'in'),
      s: trainable('in'),
    },
    ({ ids, label, E, s }) => {
      const z = tanh(take(E, ids, 0).mul(s)).matmul(E.T);
      return sum(logSumExp(z).sub(pick(z, label)), [0, 1]);
    },
  ),
  { in: 4, vocab: 5 },
);
/** Attention, which works in a way that depends on its sequences. */
const attended = built(
  'attended',
  layer(
    { x: input('tokens', 2, 4), start: input('tokens', { dtype: 'i32' }), s: trainable(4) },
    ({ x, start, s }) => {
      const q = x.mul(s);
      return { plain: attention(q, x, x, start), capped: attention(q, x, x, start, { softCap: 2 }) };
    },
  ),
  {},
);
/** Keys that are given beside the tokens, and turned by a parameter. */
const keys = built(
  'keys',
  layer(
    {
      q: input('tokens', 2, 'd'),
      k: input('rows', 2, 'd'),
      seen: input('tokens', 2, { dtype: 'i32' }),
      A: trainable(2, 'd', 'd'),
    },
    ({ q, k, seen, A }) => attention(q, k.permute(1, 0, 2).matmul(A).permute(1, 0, 2), k, seen),
  ),
  { d: 4, rows: 5 },
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
  for (const files of [error, likelihood]) expect(files['test_layer.py']).toContain('    wide = None\n');
});

it('a layer of sizes that stay open checks the rules on tokens alone', () => {
  const open = layer({ x: input('tokens', 'in') }, ({ x }) => ({
    pairs: x.reshape('tokens/2', '2*in'),
    sixths: x.reshape('tokens*in/6', 6),
    first: x.slice(0, 0, 'in'),
    last: x.slice(0, 'tokens - 3', 3),
  }));
  const says = rulesOfTokens(open.trace()).map((rule) => rule.says);
  expect(says).toEqual([
    "'tokens/2' is not a whole number of elements",
    "slice: 'tokens - 3' is no place in axis 0",
  ]);
});

it.runIf(PYTHON)('their tests pass', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-tokens-'));
  const all = { penalty, pooled, summary, error, likelihood, attended, keys, pairs };
  for (const [name, files] of Object.entries(all)) write(join(folder, name), files);
  const tests = Object.keys(all).map((name) => `${name}.test_layer`);
  expect(python(['-m', 'unittest', ...tests], folder)).toMatch(/Ran 64 tests[\s\S]*\nOK/);
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
