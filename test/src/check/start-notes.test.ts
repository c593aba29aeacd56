/** Notes on a new adapter that does not start as the frozen layer, and on reflections that are not orthogonal. */
import { expect, it } from 'vitest';
import { whyNotCompared } from '../../../src/check/frozen-start.ts';
import { reflectionNotes } from '../../../src/check/reflections.ts';
import { startNote, startNotes } from '../../../src/check/start-notes.ts';
import { stuckNotes } from '../../../src/check/stuck.ts';
import { smallSizes } from '../../../src/identity/sizes.ts';
import { adapter, BLOCKS } from '../../compiler/errors/mistakes/source.ts';
import { lowerOk } from '../../compiler/frontend/harness.ts';

const AT = "at the start of a new adapter, 'y'";
const UNLESS =
  'unless that is meant, what it adds is to start at 0, or is taken from the frozen weight, and what it multiplies by is to start as the identity';
const V = "v: trainable('r', 'tri(b)', { init: 'zeros' })";
const A = "A: trainable('k', 'in', { init: { kaiming: 1 } }), B: trainable('out', 'k', { init: 'zeros' })";
const C = "C: trainable('in', 'in', { init: 'zeros' })";
const rotated = (R: string) => `x.matmul(blockDiag(${R})).matmul(W.T)`;
const rescaled = `{
    const V = W.add(B.matmul(A));
    const norm = detach(sqrt(sum(V.mul(V), -1)));
    return x.matmul(V.div(norm).mul(m.reshape('out', 1)).T);
  }`;

it.each([
  [
    'a scale of zeros',
    [`${V}, m: trainable('out', { init: 'zeros' })`, `${rotated('cayley(skew(v))')}.mul(m)`, BLOCKS],
    `${AT} is 0, because 'm' is: declare 'm' with { init: 'ones' }`,
  ],
  [
    'magnitudes of ones',
    [`${A}, m: trainable('out', { init: 'ones' })`, rescaled],
    `${AT} differs from that of the frozen layer by N %: declare 'm' with { init: { rowNorms: 'W' } }`,
  ],
  [
    'a series without its identity',
    [V, rotated('polynomial(skew(v), [0, 1, 0.5])'), BLOCKS],
    `${AT} is 0, because diag(skew(v) + 0.5skew(v)²) is: a factor is to start as the identity, and a scale at 1`,
  ],
  [
    'singular vectors that are added twice',
    [
      "A: trainable('k', 'in', { init: { right: 'W', power: 0.5 } }), B: trainable('out', 'k', { init: { left: 'W', power: 0.5 } })",
      'x.matmul(W.T).add(x.matmul(A.T).matmul(B.T))',
    ],
    `${AT} differs from that of the frozen layer by N %: ${UNLESS}`,
  ],
  [
    'singular vectors of a part of the weight',
    [
      "U: frozen('out', 'k', { init: { left: 'W', power: 1 } }), Vt: frozen('k', 'in', { init: { right: 'W' } }), m: trainable('k', { init: 'ones' })",
      'x.matmul(U.matmul(diag(m)).matmul(Vt).T)',
    ],
    `${AT} differs from that of the frozen layer by N % at in=5, out=4, k=3, and not at k=4, which is the whole rank: a smaller one leaves out what the singular vectors do not span`,
  ],
  [
    'an exponential of elements',
    [V, rotated('exp(skew(v))'), BLOCKS],
    `${AT} differs from that of the frozen layer by N %: ${UNLESS}`,
  ],
  [
    'a quotient of elements',
    [C, "x.matmul(identity('in').add(C).div(identity('in').sub(C))).matmul(W.T)"],
    `${AT} is not finite, because (I + C) / (I − C) is not`,
  ],
  [
    'a projection that divides 0 by 0',
    [
      V.replace("'zeros'", "'zeros', project: (v) => v.div(min(1, sqrt(sum(v.mul(v), -1))))"),
      rotated('cayley(skew(v))'),
      BLOCKS,
    ],
    `${AT} is not finite, because v / min(1, sqrt(sum(v ⊙ v, axes: [1]))) is not`,
  ],
  [
    'an inverse of zeros',
    [C, 'x.matmul(inverse(C)).matmul(W.T)'],
    `${AT} has no value, because an inverse in it does not exist: solve 'solve', matrix 0: a matrix to be solved is singular`,
  ],
] as const)('%s has a note', (_, [declared, body, options], note) => {
  const program = lowerOk(adapter(declared, body, options));
  expect(startNotes(program).map((n) => n.replace(/\d+ %/, 'N %'))).toEqual([note]);
  expect(stuckNotes(program)).toEqual([]);
});

it('singular vectors of the whole weight have none', () => {
  const program = lowerOk(
    adapter(
      "U: trainable('out', 'k', { init: { left: 'W', power: 1 } }), Vt: frozen('k', 'in', { init: { right: 'W' } })",
      'x.matmul(U.matmul(Vt).T)',
    ),
  );
  expect(startNote(program, smallSizes(program), { in: 6, out: 4, k: 3 })).toHaveLength(1);
  expect(startNote(program, smallSizes(program), { in: 6, out: 4, k: 4 })).toEqual([]);
});

it.each([
  [
    'several inputs',
    { declared: "z: input('tokens', 'in')", body: 'x.add(z).matmul(W.T)' },
    'it has several inputs',
  ],
  [
    'another result',
    { declared: '', body: "x.matmul(W.T).reshape('tokens', 'out', 1)" },
    "'y' is (tokens, out, 1), and no frozen matrix makes that of 'x' (tokens, in): 'W' is (out, in)",
  ],
])('%s: the start is not compared, for a reason', (_, { declared, body }, reason) => {
  const start = [C, declared].filter(Boolean).join(', ');
  const program = lowerOk(
    adapter(start, body.replace('matmul(W.T)', "matmul(identity('in').add(C)).matmul(W.T)")),
  );
  expect(whyNotCompared(program)).toBe(reason);
});

it.each([
  ['a scale of ones', "m: trainable('out', { init: 'ones' })", 'x.matmul(W.T).mul(m)'],
  ['magnitudes of the norms', `${A}, m: trainable('out', { init: { rowNorms: 'W' } })`, rescaled],
  ['a random rotation', C.replace("'zeros'", '{ normal: 1 }'), 'x.matmul(cayley(C.sub(C.T))).matmul(W.T)'],
  ['a layer without a frozen weight', C, 'x.matmul(C)'],
])('%s has none', (_, declared, body) => {
  expect(startNotes(lowerOk(adapter(declared, body)))).toEqual([]);
});

it('sizes at which a start is impossible fail, where the author gives them', () => {
  const program = lowerOk(
    adapter(
      "u: trainable('in', 'k', { init: { pairs: 'k', of: { normal: 1 } } })",
      'x.matmul(householder(u)).matmul(W.T)',
    ),
  );
  const at = (k: number) => startNote(program, smallSizes(program), { in: 4, out: 4, k });
  expect(at(2)).toEqual([]);
  expect(at(3)).toEqual([
    {
      text: "a new adapter has no start at in=4, out=4, k=3: 'u' starts as pairs along axis 1, which has 3 of them: choose an even size",
      fails: true,
    },
  ]);
});

it.each([
  ['', 'u.matmul(u.T).mul(2)', true],
  ['divided by ‖u‖', 'u.matmul(u.T).mul(2).div(sqrt(sum(u.mul(u), 0)))', true],
  ['divided by ‖u‖²', 'u.matmul(u.T).mul(2).div(sum(u.mul(u), 0))', false],
  ['as a projection', 'u.matmul(u.T).div(sum(u.mul(u), 0))', false],
])('a reflection %s is orthogonal, or has a note', (_, subtracted, noted) => {
  const program = lowerOk(
    adapter(
      "u: trainable('in', 1, { init: { normal: 1 } })",
      `x.matmul(identity('in').sub(${subtracted})).matmul(W.T)`,
    ),
  );
  expect(reflectionNotes(program)).toEqual(
    noted
      ? [
          expect.stringMatching(
            /^R = I − .* is not orthogonal: an element of RᵀR − I is .* A reflection divides by the length of each column, I − 2·u·uᵀ\/‖u‖², and is householder\(u\)$/,
          ),
        ]
      : [],
  );
});
