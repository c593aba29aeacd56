/** Primitive programs of the parts of orthogonal adapters, at given sizes. */
import type { Prim, PrimProgram } from '../../compiler/primitives/prim.ts';
import {
  add,
  call,
  constant,
  contraction,
  div,
  input,
  iselect,
  less,
  load,
  map,
  mul,
  program,
  reduce,
  type Size,
  scatter,
  select,
  solve,
  sub,
} from './build.ts';

export type Layout = 'NN' | 'NT' | 'TN';

/** A product out[m, n] over k in a layout: x·W (NN), x·Wᵀ (NT) or xᵀ·g (TN), perhaps with a bias. */
export function matmul(layout: Layout, m: Size, n: Size, k: Size, bias = false): PrimProgram {
  const x = layout === 'TN' ? input('x', [k, m]) : input('x', [m, k]);
  const w = layout === 'NT' ? input('w', [n, k]) : input('w', [k, n]);
  const a = layout === 'TN' ? load(0, 'k', 'm') : load(0, 'm', 'k');
  const b = layout === 'NT' ? load(1, 'n', 'k') : load(1, 'k', 'n');
  const y = contraction(
    'y',
    [x, w],
    [
      ['m', m],
      ['n', n],
    ],
    [['k', k]],
    a,
    b,
  );
  if (!bias) return program({ y });
  const c = input('bias', [n]);
  const scaled = call('add', call('mul', load(0, 'i', 'j'), constant(1, 2)), load(1, 'j'));
  return program({
    y: map(
      'bias',
      [y, c],
      [
        ['i', m],
        ['j', n],
      ],
      scaled,
    ),
  });
}

/** x times block-diagonal T: y[t, k·b+j] = Σ_i x[t, k·b+i] T[k,i,j]. */
export const rotate = (x: Prim, t: Prim, tokens: Size, r: number, b: number): Prim =>
  contraction(
    'rotate',
    [x, t],
    [
      ['t', tokens],
      ['k', r],
      ['j', b],
    ],
    [['i', b]],
    load(0, 't', add(mul('k', b), 'i')),
    load(1, 'k', 'i', 'j'),
    { shape: [tokens, r * b] },
  );

/** The blocks' gradient: Σ_t x[t, k·b+i] g[t, k·b+j]. */
export const blockGradient = (x: Prim, g: Prim, tokens: Size, r: number, b: number): Prim =>
  contraction(
    'grad blocks',
    [x, g],
    [
      ['k', r],
      ['i', b],
      ['j', b],
    ],
    [['t', tokens]],
    load(0, 't', add(mul('k', b), 'i')),
    load(1, 't', add(mul('k', b), 'j')),
  );

const packed = (i: string, j: string, b: number) => add(div(mul(i, sub(2 * b - 1, i)), 2), sub(sub(j, i), 1));

/** The skew-symmetric blocks Q[k,i,j] of the packed strict triangles v[k, ·]. */
export const skew = (v: Prim, r: number, b: number): Prim =>
  map(
    'skew',
    [v],
    [
      ['k', r],
      ['i', b],
      ['j', b],
    ],
    select(
      less('i', 'j'),
      load(0, 'k', packed('i', 'j', b)),
      select(less('j', 'i'), call('neg', load(0, 'k', packed('j', 'i', b))), constant(0)),
    ),
  );

export const batched = (a: Prim, c: Prim, r: number, b: number): Prim =>
  contraction(
    'product',
    [a, c],
    [
      ['k', r],
      ['i', b],
      ['j', b],
    ],
    [['l', b]],
    load(0, 'k', 'i', 'l'),
    load(1, 'k', 'l', 'j'),
  );

const identity = select(
  { k: 'ieq', a: { k: 'axis', name: 'i' }, b: { k: 'axis', name: 'j' } },
  constant(1),
  constant(0),
);
const plus = (label: string, scale: Prim[], b: number, r: number, sign: 'add' | 'sub' = 'add'): Prim =>
  map(
    label,
    scale,
    [
      ['k', r],
      ['i', b],
      ['j', b],
    ],
    call(sign, identity, load(0, 'k', 'i', 'j')),
  );

/** x rotated by the Cayley–Neumann series (I + Q)(I + Q + Q² + Q³). */
export function cayleyNeumann(tokens: Size, r: number, b: number): PrimProgram {
  const x = input('x', [tokens, r * b]);
  const v = input('v', [r, (b * (b - 1)) / 2]);
  const q = skew(v, r, b);
  let sum = plus('I + Q', [q], b, r);
  for (let n = 0; n < 2; n++) sum = plus('I + Q·', [batched(q, sum, r, b)], b, r);
  const rotation = batched(plus('I + Q', [q], b, r), sum, r, b);
  return program({ y: rotate(x, rotation, tokens, r, b), R: rotation });
}

/** The exact Cayley transform (I − Q)⁻¹(I + Q). */
export function cayley(r: number, b: number): PrimProgram {
  const q = skew(input('v', [r, (b * (b - 1)) / 2]), r, b);
  return program({ R: solve('R', plus('I − Q', [q], b, r, 'sub'), plus('I + Q', [q], b, r)) });
}

/** The blocks' gradient of a rotation, and a scatter that packs it into triangles. */
export function gradient(tokens: Size, r: number, b: number): PrimProgram {
  const x = input('x', [tokens, r * b]);
  const g = input('g', [tokens, r * b]);
  const blocks = blockGradient(x, g, tokens, r, b);
  const low = select(less('i', 'j'), load(0, 'k', 'i', 'j'), constant(0));
  const upper = select(less('i', 'j'), load(0, 'k', 'i', 'j'), call('neg', load(0, 'k', 'i', 'j')));
  const cell = iselect(less('i', 'j'), packed('i', 'j', b), iselect(less('j', 'i'), packed('j', 'i', b), 0));
  const off = select(
    { k: 'ieq', a: { k: 'axis', name: 'i' }, b: { k: 'axis', name: 'j' } },
    constant(0),
    upper,
  );
  return program({
    dT: blocks,
    dv: scatter(
      'dv',
      [blocks],
      [r, (b * (b - 1)) / 2],
      [
        ['k', r],
        ['i', b],
        ['j', b],
      ],
      [{ k: 'axis', name: 'k' }, cell],
      off,
    ),
    low: map(
      'low',
      [blocks],
      [
        ['k', r],
        ['i', b],
        ['j', b],
      ],
      low,
    ),
    dbias: reduce('dbias', [g], [['j', r * b]], [['t', tokens]], load(0, 't', 'j')),
    most: reduce(
      'most',
      [blocks],
      [
        ['k', r],
        ['i', b],
      ],
      [['j', b]],
      call('abs', load(0, 'k', 'i', 'j')),
      'max',
    ),
  });
}

/** The product a·b of f16 tensors. */
export const halfProduct = (n: number, k: number) =>
  program({
    y: contraction(
      'y',
      [input('a', ['tokens', k], 'f16'), input('b', [k, n], 'f16')],
      [
        ['i', 'tokens'],
        ['j', n],
      ],
      [['k', k]],
      load(0, 'i', 'k'),
      load(1, 'k', 'j'),
      { dtype: 'f16' },
    ),
  });
