/** Layers of experts as Python. */
import { expect, it } from 'vitest';
import { hra } from '../../../../src/adapters/hra.ts';
import {
  collect,
  dispatch,
  frozen,
  input,
  layer,
  ofExpert,
  trainable,
} from '../../../../src/language/dsl/index.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { from, library } from './built.ts';

it('a solve of each expert reads its two operands alone', () => {
  const rows = 4;
  const program = layer(
    {
      x: input('tokens', 'in'),
      chosen: input('tokens', 'k', { dtype: 'i32' }),
      W: frozen('experts', 'out', 'in'),
      u: trainable('experts', 'in', 'r'),
    },
    ({ x, chosen, W, u }) => {
      const own = {
        x: dispatch(x, chosen, 'experts', { rows }),
        W: ofExpert(W, chosen, { rows }),
        u: ofExpert(u, chosen, { rows }),
      };
      return collect(hra(own), chosen, 'experts', { rows });
    },
    { name: 'hraExperts' },
  ).trace();
  const sizes = { in: 8, out: 6, r: 2, k: 2, experts: 5 };
  const text = buildTorch(program, { name: 'hra_experts', sizes, from, python: library })['layer.py']!;
  const solves = text.split('\n').filter((l) => l.includes('oftc_torch.solve('));
  expect(solves.length).toBeGreaterThan(1);
  for (const line of solves) expect(line).toMatch(/ = oftc_torch\.solve\(\w+, \w+\)$/);
});
