/** Dimensions: normal forms decide equality and are parsed as they print, and sizes follow from tensors' shapes. */
import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDim,
  type Binding,
  type Dim,
  dimConst,
  dimNames,
  dimVar,
  divDim,
  equalDim,
  evalDim,
  evalReal,
  mulDim,
  negDim,
  parseDim,
  printDim,
  subDim,
  substituteDim,
  tri,
} from '../../compiler/dims/dims.ts';
import { bindProgram, programDims, solveDims } from '../../compiler/ir/bind.ts';
import { buildProgram } from '../../compiler/ir/layer.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { limits } from '../../compiler/limits.ts';
import { runs } from '../support/runs.ts';

const NAMES = ['a', 'b', 'r', 'tokens'];

/** A random dimension: its text, how it is built, and its exact value as a fraction num/den of big integers. */
interface Written {
  readonly text: string;
  readonly dim: Dim;
  value(at: Binding): Fraction;
}
type Fraction = readonly [bigint, bigint];
const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d];
const by = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d];
const same = ([a, b]: Fraction, [c, d]: Fraction) => a * d === c * b;

const { written } = fc.letrec<{ written: Written }>((tie) => {
  const leaf = fc.oneof(
    fc
      .integer({ min: 0, max: 6 })
      .map((n): Written => ({ text: `${n}`, dim: dimConst(n), value: () => [BigInt(n), 1n] })),
    fc
      .constantFrom(...NAMES)
      .map((n): Written => ({ text: n, dim: dimVar(n), value: (at) => [BigInt(at[n]!), 1n] })),
  );
  const pair = (sign: string, dim: (a: Dim, b: Dim) => Dim, value: (a: Fraction, b: Fraction) => Fraction) =>
    fc.tuple(tie('written'), tie('written')).map(
      ([a, b]): Written => ({
        text: `(${a.text}${sign}${b.text})`,
        dim: dim(a.dim, b.dim),
        value: (at) => value(a.value(at), b.value(at)),
      }),
    );
  const inverse = ([a, b]: Fraction): Fraction => [b, a];
  const minusOne: Fraction = [-1n, 1n];
  return {
    written: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      pair(' + ', addDim, plus),
      pair(' - ', subDim, (a, b) => plus(a, by(minusOne, b))),
      pair('*', mulDim, by),
      tie('written').map(
        (a): Written => ({
          text: `tri(${a.text})`,
          dim: tri(a.dim),
          value: (at) => by(by(a.value(at), plus(a.value(at), minusOne)), [1n, 2n]),
        }),
      ),
      fc.tuple(tie('written'), fc.constantFrom(...NAMES, 2, 3)).map(
        ([a, d]): Written => ({
          text: `(${a.text})/${d}`,
          dim: divDim(a.dim, typeof d === 'number' ? dimConst(d) : dimVar(d)),
          value: (at) => by(a.value(at), inverse([BigInt(typeof d === 'number' ? d : at[d]!), 1n])),
        }),
      ),
      tie('written').map(
        (a): Written => ({
          text: `-${a.text}`,
          dim: negDim(a.dim),
          value: (at) => by(minusOne, a.value(at)),
        }),
      ),
    ),
  };
});
const binding: Arbitrary<Binding> = fc.record(
  Object.fromEntries(NAMES.map((n) => [n, fc.integer({ min: 1, max: 5000 })])),
);

describe('dimensions', () => {
  it('are what they were written as', () => {
    fc.assert(
      fc.property(written, (w) => {
        expect(printDim(parseDim(w.text))).toBe(printDim(w.dim));
      }),
      {
        ...runs(1000, 50_000),
        examples: [[{ text: '-b', dim: negDim(dimVar('b')), value: () => [0n, 1n] }]],
      },
    );
  });

  it('parse as they print', () => {
    fc.assert(
      fc.property(written, ({ dim }) => {
        const text = printDim(dim);
        // A triangle of triangles of sums has more terms than a dimension may have characters.
        if (text.length > limits.dimensionText.most) expect(() => parseDim(text)).toThrow('the limit is');
        else expect(equalDim(parseDim(text), dim)).toBe(true);
      }),
      runs(1000, 50_000),
    );
  });

  it('are equal exactly when they have equal sizes everywhere', () => {
    fc.assert(
      fc.property(written, written, fc.array(binding, { minLength: 8, maxLength: 8 }), (a, b, everywhere) => {
        const agree = everywhere.every((at) => same(a.value(at), b.value(at)));
        expect(equalDim(a.dim, b.dim)).toBe(agree);
        expect(printDim(a.dim) === printDim(b.dim)).toBe(agree);
        expect(equalDim(subDim(a.dim, b.dim), dimConst(0))).toBe(agree);
      }),
      runs(1000, 50_000),
    );
  });

  it('have the exact size, or none', () => {
    fc.assert(
      fc.property(written, binding, (w, at) => {
        const [num, den] = w.value(at);
        const whole = num % den === 0n && num / den >= 0n && num / den <= BigInt(Number.MAX_SAFE_INTEGER);
        if (whole) expect(evalDim(w.dim, at)).toBe(Number(num / den));
        else expect(() => evalDim(w.dim, at)).toThrow(/not a whole number of elements/);
      }),
      runs(1000, 50_000),
    );
  });

  it('keep their size when a name is replaced by what it stands for', () => {
    fc.assert(
      fc.property(written, binding, fc.integer({ min: 1, max: 9 }), (w, at, n) => {
        const replaced = substituteDim(w.dim, { a: mulDim(dimConst(n), dimVar('r')) });
        expect(dimNames(replaced)).not.toContain('a');
        const [num, den] = w.value({ ...at, a: n * at.r! });
        const size = Number(num) / Number(den);
        expect(Math.abs(evalReal(replaced, at) - size)).toBeLessThanOrEqual(
          1e-9 * Math.max(1, ...magnitudes(replaced, at)),
        );
      }),
      runs(500, 10_000),
    );
  });
});

/** The absolute value of each term of a dimension. */
const magnitudes = (d: Dim, at: Binding): number[] =>
  d.terms.map((t) => Math.abs(evalReal({ terms: [t] }, at)));

const layer = (
  dims: Readonly<Record<string, readonly string[]>>,
  where: Readonly<Record<string, string>> = {},
): Program =>
  buildProgram({
    name: 'layer',
    params: Object.fromEntries(
      Object.entries(dims).map(([name, d]) => [
        name,
        { role: 'input' as const, dims: d, dtype: 'f32' as const, spans: [] },
      ]),
    ),
    where,
    body: (t) => t as Readonly<Record<string, never>>,
  });

const oft = layer(
  { x: ['tokens', 'in'], W: ['out', 'in'], v: ['r', 'tri(b)'], half: ['in/2', 'out*r + 1'] },
  { in: 'r*b' },
);
const shapesOf = (program: Program, at: Binding) =>
  Object.fromEntries(program.inputs.map((i) => [i.name, i.type.shape.map((d) => evalDim(d, at))]));

describe('solving for sizes', () => {
  const edge = fc.constantFrom(1, 2, 3, 4, 8, 31, 32, 33, 64, 257, 4096);

  it('recovers every size from the shapes of the tensors', () => {
    fc.assert(
      fc.property(edge, edge, edge, fc.nat({ max: 5000 }), fc.boolean(), (r, b, out, tokens, given) => {
        const sizes = { r, b: r % 2 ? b * 2 : b, out, tokens };
        const want = { ...sizes, in: sizes.r * sizes.b };
        const shapes = shapesOf(oft, sizes);
        const got = solveDims(oft, given ? { b: sizes.b, in: want.in } : {}, shapes);
        expect(got).toEqual(want);
        expect(Object.keys(got).sort()).toEqual([...programDims(oft)].sort());
      }),
      runs(500, 10_000),
    );
  });

  it('solves tri(b) = 0 for a block of one', () => {
    const program = layer({ v: ['r', 'tri(b)'] });
    expect(solveDims(program, {}, { v: [4, 0] })).toEqual({ r: 4, b: 1 });
  });

  it('names what contradicts', () => {
    fc.assert(
      fc.property(edge, edge, edge, fc.integer({ min: 1, max: 9 }), (r, b, out, wrong) => {
        const shapes = shapesOf(oft, { r, b: b * 2, out, tokens: 3 });
        const off = { ...shapes, W: [out, r * b * 2 + wrong] };
        expect(() => solveDims(oft, {}, off)).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^OFT300[23]$/) }),
        );
      }),
      runs(200, 5000),
    );
  });

  it.each([
    ['an unknown name', { q: 3 }, {}, 'OFT3001'],
    ['two values', { b: 4, r: 2, in: 9 }, {}, 'OFT3002'],
    ['a size that does not divide', { b: 4, in: 10 }, {}, 'OFT3003'],
    ['a packed length that is no triangle', {}, { v: [2, 4] }, 'OFT3003'],
    ['a size of zero', { b: 0 }, {}, 'OFT3004'],
    ['a fraction', { b: 1.5 }, {}, 'OFT3004'],
    ['another rank', {}, { x: [3] }, 'OFT3005'],
  ] as const)('refuses %s', (_, given, shapes, code) => {
    expect(() => solveDims(oft, given, shapes)).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ['dimensions that are not bound', layer({ x: ['a', 'b'] }), { a: 2 }, 'OFT3006'],
    ['a half of an odd size', layer({ x: ['a/2'] }), { a: 3 }, 'OFT3003'],
    ['a named half of an odd size', layer({ x: ['a', 'h'] }, { h: 'a/2' }), { a: 3 }, 'OFT3003'],
    ['a negative size', layer({ x: ['a - 3'] }), { a: 2 }, 'OFT3003'],
  ] as const)('binding refuses %s', (_, program, given, code) => {
    expect(() => bindProgram(program, solveDims(program, given))).toThrow(expect.objectContaining({ code }));
  });
});
