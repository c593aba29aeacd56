/** Layers of experts as Python. */
import { expect, it } from 'vitest';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { hraExperts } from '../../../support/experts.ts';
import { from, library } from './built.ts';

it('a solve of each expert reads its two operands alone', () => {
  const sizes = { in: 8, out: 6, r: 2, k: 2, experts: 5 };
  const text = buildTorch(hraExperts, { name: 'hra_experts', sizes, from, python: library })['layer.py']!;
  const solves = text.split('\n').filter((l) => l.includes('oftc_torch.solve('));
  expect(solves.length).toBeGreaterThan(1);
  for (const line of solves) expect(line).toMatch(/ = oftc_torch\.solve\(\w+, \w+\)$/);
});
