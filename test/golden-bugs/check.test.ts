/** Regression tests of bugs that unusual programs found in `oftc check`, each as the smallest layer. */
import { describe, expect, it } from 'vitest';
import { bindProgram, programDims, solveDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { check, type Finding, renderCheck } from '../../src/check/index.ts';
import { checkMerge } from '../../src/check/merge.ts';
import { checkOrthogonality } from '../../src/check/orthogonality.ts';
import { smallSizes } from '../../src/identity/sizes.ts';
import {
  blockDiag,
  cayley,
  cayleyNeumann,
  concat,
  exp,
  expand,
  frozen,
  hadamard,
  householder,
  identity,
  input,
  inverse,
  layer,
  logSumExp,
  pick,
  put,
  shuffle,
  size,
  skew,
  sqrt,
  sum,
  type Tensor,
  take,
  trainable,
  unfold,
} from '../../src/index.ts';

const checked = (program: Program) => check(program, { trials: 3 });

async function passes(program: Program): Promise<void> {
  const report = await checked(program);
  expect(report.passed, renderCheck(report)).toBe(true);
}

describe('a gradient that cancels to 0', () => {
  it('of the norm of rotated rows is 0', async () => {
    await passes(
      layer(
        { x: input('tokens', 'in'), v: trainable('r', 'tri(b)') },
        ({ x, v }) => {
          const y = x.matmul(blockDiag(cayley(skew(v))));
          return sum(y.mul(y), -1);
        },
        { where: { in: 'r*b' } },
      ).trace(),
    );
  });

  it('of x·R·Rᵀ·Wᵀ is 0 by R', async () => {
    await passes(
      layer(
        { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
        ({ x, W, v }) => {
          const R = blockDiag(cayley(skew(v)));
          return x.matmul(R).matmul(R.T).matmul(W.T);
        },
        { where: { in: 'r*b' } },
      ).trace(),
    );
  });

  it('of a normalised exponential is 0 by the shift of its logits', async () => {
    await passes(
      layer({ x: input('tokens', 'n'), s: trainable(1) }, ({ x, s }) => {
        const e = exp(x.add(s));
        return e.div(sum(e, -1));
      }).trace(),
    );
  });
});

describe('integer inputs', () => {
  it('that only put uses stay within the axis that it makes', async () => {
    await passes(
      layer({ x: input('tokens', 'k'), at: frozen('k', { dtype: 'i32' }) }, ({ x, at }) =>
        put(x, at, 1, 'n'),
      ).trace(),
    );
  });

  it('that are reshaped before they are used stay within the axis', async () => {
    await passes(
      layer({ E: frozen('words', 'd'), ids: input('tokens', 6, { dtype: 'i32' }) }, ({ E, ids }) =>
        take(E, ids.reshape('tokens', 2, 3), 0),
      ).trace(),
    );
  });

  it('that pick uses stay within the row that it picks from', async () => {
    await passes(
      layer({ x: input('tokens', 'classes'), label: input('tokens', { dtype: 'i32' }) }, ({ x, label }) =>
        logSumExp(x).sub(pick(x, label)),
      ).trace(),
    );
  });
});

it('sizes of which not all can differ are larger than 1 where they can be', () => {
  const partial = layer({ x: input('tokens', 'in'), v: trainable('r', 'tri(b)') }, ({ x, v }) => {
    const turned = x.slice(1, 0, 'r*b').matmul(blockDiag(cayley(skew(v))));
    return concat([turned, x.slice(1, 'r*b', 'in-r*b')], 1);
  }).trace();
  expect(smallSizes(partial)).toContainEqual({ in: 4, r: 2, b: 2 });
});

describe('a layer that slices a fixed number of elements is checked at sizes that have as many', () => {
  const first = (n: number) =>
    layer({ x: input('tokens', 'd'), g: trainable(n) }, ({ x, g }) => x.slice(1, 0, n).mul(g)).trace();

  it.each([4, 16])('along an axis: %i', async (n) => {
    expect(smallSizes(first(n))[0]).toEqual({ d: n });
    await passes(first(n));
  });

  it('along an axis, at given sizes where all that are tried are too small', async () => {
    await expect(check(first(70))).rejects.toMatchObject({ code: 'OFT3007' });
    const report = await check(first(70), { dims: { d: 75 }, trials: 1 });
    expect(report.passed, renderCheck(report)).toBe(true);
  });

  it('along the tokens, or along pairs of them', async () => {
    const { x, g } = { x: input('tokens', 'd'), g: trainable('d') };
    await passes(layer({ x, g }, (t) => t.x.slice(0, 1, 4).mul(t.g)).trace());
    await passes(layer({ x }, (t) => t.x.reshape('tokens/2', '2*d')).trace());
  });
});

describe('dimensions that only an operator has', () => {
  const wide = layer({ x: input('tokens', 'k'), at: frozen('k', { dtype: 'i32' }) }, ({ x, at }) =>
    put(x, at, 1, 'n'),
  ).trace();

  it('are bound', () => {
    expect(programDims(wide)).toEqual(['tokens', 'k', 'n']);
    expect(solveDims(wide, { k: 2, n: 5 })).toEqual({ k: 2, n: 5 });
    expect(() => bindProgram(wide, { k: 2 })).toThrow(/unbound dimension 'n'/);
    expect(programDims(bindProgram(wide, { k: 2, n: 5 }))).toEqual(['tokens']);
  });

  it('are refused by another name', () => {
    expect(() => solveDims(wide, { m: 5 })).toThrow(
      expect.objectContaining({ code: 'OFT3001', message: expect.stringContaining('it has tokens, k, n') }),
    );
  });

  it.each<[string, (x: Tensor<['tokens', 'k']>) => Tensor]>([
    ['identity', (x) => sum(identity('n'), [0, 1]).reshape(1).mul(x)],
    ['expand', (x) => expand(x.reshape('tokens', 1, 'k'), 'tokens', 'n', 'k')],
    [
      'shuffle',
      (x) =>
        sum(shuffle(['n', 2], [1, 0]), [0, 1])
          .reshape(1)
          .mul(x),
    ],
    ['size', (x) => x.mul(size('n'))],
  ])('are found in %s', async (_, body) => {
    const program = layer({ x: input('tokens', 'k') }, ({ x }) => body(x)).trace();
    expect(programDims(program)).toEqual(['tokens', 'k', 'n']);
    const report = await check(program, { trials: 1, dims: { k: 2, n: 3 } });
    expect(report.passed, renderCheck(report)).toBe(true);
  });
});

describe('merging', () => {
  const merged = (program: Program): Finding => {
    const [found, ...more] = checkMerge(program, smallSizes(program).at(-1)!, 3, 1);
    expect(more).toEqual([]);
    return found!;
  };

  it.each<[string, (x: Tensor<['tokens', 'in']>) => Tensor, RegExp]>([
    ['x·x', (x) => x.mul(x), /not affine in x: the layer does not merge/],
    ['2x + 1', (x) => x.mul(2).add(1), /so a merged weight exists/],
    ['x less its mean row', (x) => x.sub(sum(x, 0)), /depends on other rows of x: the layer does not merge/],
    ['x over the number of rows', (x) => x.div(size('tokens')), /depends on other rows of x/],
  ])('says whether %s merges', async (_, body, note) => {
    expect(merged(layer({ x: input('tokens', 'in') }, ({ x }) => body(x)).trace()).note).toMatch(note);
  });

  const rotation = (v: Tensor<['r', 'tri(b)']>) => blockDiag(cayleyNeumann(skew(v)));
  const embedding = (weight: (E: Tensor<['words', 'd']>, R: Tensor) => Tensor, init?: 'zeros' | 'ones') =>
    layer(
      {
        ids: input('tokens', { dtype: 'i32' }),
        E: frozen('words', 'd'),
        v: trainable('r', 'tri(b)', { init }),
      },
      ({ ids, E, v }) => take(E, ids, 0).matmul(rotation(v)),
      { where: { d: 'r*b' }, claims: ({ E, v }) => ({ weight: weight(E, rotation(v)) }) },
    ).trace();

  it('an embedding merges into its table', async () => {
    const found = merged(embedding((E, R) => E.matmul(R), 'zeros'));
    expect(found).toMatchObject({
      passed: true,
      property: "forward ≡ merged, the claimed weight in place of 'E'",
      trials: 3,
    });
  });

  it.each<[string, Program, RegExp]>([
    [
      'transposed',
      embedding((E, R) => E.matmul(R.T), 'zeros'),
      /y\[\d+\] differs from that of the frozen layer/,
    ],
    ['not at all', embedding((E) => E, 'zeros'), /y\[\d+\] differs/],
    ['scaled', embedding((E, R) => E.matmul(R).mul(2), 'zeros'), /at their start the claim is not 'E'/],
    ['from no start', embedding((E, R) => E.matmul(R)), /'v' does not say how it starts/],
    ['from no identity', embedding((E, R) => E.matmul(R), 'ones'), /there is no frozen layer to merge into/],
    [
      'in another shape',
      embedding((E, R) => E.matmul(R).T, 'zeros'),
      /is not made of exactly one frozen tensor/,
    ],
  ])('refuses an embedding that is rotated %s', async (_, program, counterexample) => {
    const found = merged(program);
    expect(found.passed, found.note).toBe(false);
    expect(found.counterexample).toMatch(counterexample);
  });

  it('a convolution merges into its kernel, with reflections that start in pairs', async () => {
    const turned = (W: Tensor, u: Tensor) => W.reshape('out', 'c*4').matmul(householder(u));
    const conv = layer(
      {
        x: input('tokens', 'c', 3, 3),
        W: frozen('out', 'c', 2, 2),
        u: trainable('c*4', 2, { init: { pairs: 1, of: { normal: 1 } } }),
      },
      ({ x, W, u }) => unfold(x, { kernel: 2 }).matmul(turned(W, u).T),
      { claims: ({ W, u }) => ({ weight: turned(W, u).reshape('out', 'c', 2, 2) }) },
    );
    expect(merged(conv.trace())).toMatchObject({ passed: true, trials: 3 });
  });

  it('a gather merges into its rows, with magnitudes that start as their norms', async () => {
    const normed = (W: Tensor, m: Tensor) => W.mul(m.div(sqrt(sum(W.mul(W), -1))));
    const gather = layer(
      {
        ids: input('tokens', { dtype: 'i32' }),
        W: frozen('words', 'd'),
        m: trainable('words', 1, { init: { rowNorms: 'W' } }),
      },
      ({ ids, W, m }) => take(normed(W, m), ids, 0),
      { claims: ({ W, m }) => ({ weight: normed(W, m) }) },
    );
    expect(merged(gather.trace())).toMatchObject({ passed: true, trials: 3 });
  });

  it('says which shape the weight of a linear layer has', async () => {
    const program = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T), {
      claims: ({ W }) => ({ weight: W.T }),
    }).trace();
    expect(merged(program).counterexample).toMatch(
      /the claimed weight is \(\d, \d\) where y = x·weightᵀ needs/,
    );
  });
});

describe('orthogonality where square roots occur', () => {
  const unit = (u: Tensor<['in']>) => u.div(sqrt(sum(u.mul(u), -1))).reshape('in', 1);
  const claiming = (R: (u: Tensor<['in']>) => Tensor) =>
    layer({ x: input('tokens', 'in'), u: trainable('in') }, ({ x, u }) => x.matmul(R(u)), {
      claims: ({ u }) => ({ orthogonal: R(u) }),
    }).trace();

  const judged = (program: Program): Finding =>
    checkOrthogonality(program, smallSizes(program).at(-1)!, 3, 1)[0]!;

  it('a reflection by a unit vector is verified in float64', async () => {
    const found = judged(claiming((u) => identity('in').sub(unit(u).matmul(unit(u).T).mul(2))));
    expect(found.passed, found.counterexample).toBe(true);
    expect(found.where).toMatch(/^float64 at/);
    expect(found.note).toMatch(/not verified over the field, which does not have the identities of sqrt/);
  });

  it('a projection by a unit vector is not orthogonal', async () => {
    const found = judged(claiming((u) => identity('in').sub(unit(u).matmul(unit(u).T))));
    expect(found.passed).toBe(false);
    expect(found.counterexample).toMatch(/in float64 the largest element of RᵀR − I is/);
    expect(found.counterexample).not.toMatch(/truncated/);
  });
});

it('a Hadamard matrix whose order is a name is checked at powers of 2', () => {
  const rotated = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) =>
    x.matmul(hadamard('in')).matmul(W.T),
  ).trace();
  const sizes = smallSizes(rotated).map((s) => s.in);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.filter((n) => !Number.isInteger(Math.log2(n!)))).toEqual([]);
});

it('a Hadamard matrix whose order grows with tokens is refused: it was a matrix of ones', () => {
  const grown = layer({ x: input(4, 'tokens') }, ({ x }) => x.matmul(hadamard('tokens')));
  expect(() => grown.trace()).toThrow(expect.objectContaining({ code: 'OFT2003' }));
});

it('a layer that divides by the norm of x does not merge: it has no value at x = 0', async () => {
  const normed = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) =>
    x.div(sqrt(sum(x.mul(x), -1))).matmul(W.T),
  ).trace();
  const { findings } = await checked(normed);
  expect(findings.find((f) => f.property === 'merged weight')?.note).toMatch(/y is not affine in x/);
});

it('a gradient that cancels but for rounding is none', async () => {
  const cancelling = layer(
    { x: input('tokens', 'in'), W: frozen('out', 'in'), A: trainable('in', 'in', { init: 'zeros' }) },
    ({ x, W, A }) => {
      const S = identity('in').add(A.sub(A.T));
      return x.matmul(S.matmul(inverse(S))).matmul(W.T);
    },
  ).trace();
  const { findings } = await checked(cancelling);
  expect(findings.map((f) => f.note)).toContain("no output depends on 'A', whatever its values are");
});

it('an option that unfold does not have is refused', () => {
  const misspelt = { kernel: 3, strid: 2 };
  const patches = layer({ x: input('tokens', 3, 4, 4) }, ({ x }) => unfold(x, misspelt));
  expect(() => patches.trace()).toThrow(/unfold has no option 'strid'.*Did you mean 'stride'/);
});
