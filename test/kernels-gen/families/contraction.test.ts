import { describe, expect, test } from 'vitest';
import { sampled } from '../../support/sample.ts';
import { add, contraction, input, load, map, mul, program, reduce } from '../build.ts';
import { integers, violations } from '../execute.ts';
import { blockGradient, cayley, cayleyNeumann, gradient, type Layout, matmul, rotate } from '../layers.ts';

const TOKENS = [0, 1, 7, 257];

describe('matmul layouts', () => {
  for (const layout of ['NN', 'NT', 'TN'] as Layout[]) {
    for (const [m, n, k] of [
      [1, 1, 1],
      [2, 3, 5],
      [16, 31, 33],
      [48, 64, 65],
      [257, 1, 16],
      [1, 257, 3],
      [65, 33, 257],
    ] as const) {
      test.runIf(sampled(`${m}×${n}×${k}`, ['2×3×5', '16×31×33']))(`${layout} ${m}×${n}×${k}`, async () => {
        const p = matmul(layout, m, n, k, true);
        expect(await violations(p, 1, integers(p, 1))).toEqual([]);
      });
    }
    for (const tokens of TOKENS) {
      test.runIf(sampled(`${tokens}`, ['0', '7']))(
        `${layout}, ${tokens} tokens as rows, columns, depth`,
        async () => {
          for (const p of [
            matmul(layout, 'tokens', 33, 16, true),
            matmul(layout, 5, 'tokens', 31),
            matmul(layout, 3, 48, 'tokens'),
          ]) {
            expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
          }
        },
      );
    }
  }
});

describe('block structure', () => {
  for (const [r, b] of [
    [1, 1],
    [3, 2],
    [5, 3],
    [2, 16],
    [3, 33],
    [1, 64],
  ] as const) {
    test.runIf(sampled(`${b}`, ['1', '3', '33']))(`${r} blocks of ${b}`, async () => {
      for (const tokens of TOKENS) {
        const x = input('x', ['tokens', r * b]);
        const t = input('t', [r, b, b]);
        const g = input('g', ['tokens', r * b]);
        const p = program({ y: rotate(x, t, 'tokens', r, b), dT: blockGradient(x, g, 'tokens', r, b) });
        expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
      }
    });
  }
});

describe('adapters', () => {
  for (const [r, b] of [
    [1, 2],
    [3, 5],
    [2, 16],
    [2, 31],
  ] as const) {
    test.runIf(sampled(`${b}`, ['5']))(`Cayley–Neumann, ${r} blocks of ${b}`, async () => {
      const p = cayleyNeumann('tokens', r, b);
      for (const tokens of [0, 7]) expect(await violations(p, tokens, integers(p, tokens, 1))).toEqual([]);
    });
    test.runIf(sampled(`${b}`, ['5', '31']))(`gradient of ${r} blocks of ${b}`, async () => {
      const p = gradient('tokens', r, b);
      for (const tokens of TOKENS) expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
    });
  }
  // A system of 48 rows is solved in workgroup memory, one of 65 in a temporary.
  for (const [r, b] of [
    [1, 2],
    [3, 16],
    [2, 48],
    [2, 65],
  ] as const) {
    test.runIf(sampled(`${b}`, ['2', '65']))(`Cayley, ${r} blocks of ${b}`, async () => {
      const p = cayley(r, b);
      expect(await violations(p, 0, integers(p, 0, 1))).toEqual([]);
    });
  }
});

test('products summed over tokens and samples, in one contraction and in two steps', async () => {
  const x = input('x', ['tokens', 4, 3]);
  const g = input('g', ['tokens', 4, 5]);
  const both = contraction(
    'both',
    [x, g],
    [
      ['i', 3],
      ['j', 5],
    ],
    [
      ['t', 'tokens'],
      ['s', 4],
    ],
    load(0, 't', 's', 'i'),
    load(1, 't', 's', 'j'),
  );
  const each = contraction(
    'each',
    [x, g],
    [
      ['t', 'tokens'],
      ['i', 3],
      ['j', 5],
    ],
    [['s', 4]],
    load(0, 't', 's', 'i'),
    load(1, 't', 's', 'j'),
  );
  const sum = reduce(
    'sum',
    [each],
    [
      ['i', 3],
      ['j', 5],
    ],
    [['t', 'tokens']],
    load(0, 't', 'i', 'j'),
  );
  const p = program({ both, sum });
  for (const tokens of TOKENS) expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
});

test('tokens on the inside of a regrouped shape', async () => {
  const x = input('x', [4, 'tokens']);
  const w = input('w', [4, 3]);
  const flat = map(
    'flat',
    [x],
    [
      ['s', 4],
      ['t', 'tokens'],
    ],
    load(0, 's', 't'),
    { shape: ['4*tokens'] },
  );
  const token = {
    k: 'extent',
    dim: { terms: [{ coef: { num: 1n, den: 1n }, powers: [['tokens', 1]] }] },
  } as const;
  const y = contraction(
    'y',
    [flat, w],
    [
      ['t', 'tokens'],
      ['j', 3],
    ],
    [['s', 4]],
    load(0, add(mul('s', token), 't')),
    load(1, 's', 'j'),
  );
  const p = program({ y });
  for (const tokens of TOKENS) expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
});
