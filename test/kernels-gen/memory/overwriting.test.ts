/** The tensors that a kernel, or fused blocks, may store a result over. */
import { describe, expect, it } from 'vitest';
import { gpu, portable } from '../../../compiler/devices/index.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { type FusedBlocks, fuseBlocks, isMember } from '../../../kernels-gen/fuse/blocks.ts';
import { fuse } from '../../../kernels-gen/fuse/index.ts';
import { type Kernel, RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import { groupOverwrites, overwriting, wholeOf } from '../../../kernels-gen/memory/overwrite.ts';
import {
  type Axes,
  add,
  call,
  constant,
  contraction,
  div,
  input,
  load,
  map,
  mod,
  mul,
  program,
  reduce,
  type Size,
  sub,
} from '../build.ts';
import { kernelOf } from '../schedule/contractions.ts';

const axes = (m: Size, n: Size): Axes => [
  ['m', m],
  ['n', n],
];
const product = (label: string, a: Prim, b: Prim, n: number, k: number) =>
  contraction(label, [a, b], axes('tokens', n), [['k', k]], load(0, 'm', 'k'), load(1, 'k', 'n'));
const [x, w] = [input('x', ['tokens', 40]), input('w', [40, 12])];
const hidden = product('hidden', x, w, 12, 40);

describe('what no kernel may overwrite', () => {
  const [h] = [input('h', ['tokens', 12])];
  const stored = { ...hidden, stored: true as const };
  const ofKernel = (y: Prim, tensor: Prim = stored) => {
    const kernel = fuse(program({ y, hidden: stored }), 512, portable).find((k) => k.tensor === y)!;
    expect(kernel.root.args).toContain(tensor);
    return overwriting(kernel, tensor);
  };
  const at = (...index: (IntExpr | string | number)[]) =>
    map('y', [stored], axes('tokens', 12), load(0, ...index));
  const squares = (a: IntExpr[], b: IntExpr[], n = 12) =>
    contraction(
      'y',
      [stored, input('u', [n, 12])],
      axes('tokens', n),
      [['k', 12]],
      load(0, ...a),
      load(1, ...b),
    );
  const [m, n, k] = ['m', 'n', 'k'].map((name): IntExpr => ({ k: 'axis', name })) as [
    IntExpr,
    IntExpr,
    IntExpr,
  ];

  it('excludes these, which kernels do overwrite', () => {
    expect(ofKernel(at('m', 'n'))).toEqual({ tensor: stored, by: 'elements' });
    expect(ofKernel(at(m, add(mod(n, 12), 0)))).toEqual({ tensor: stored, by: 'elements' });
    expect(ofKernel(squares([m, k], [n, k]))).toEqual({ tensor: stored, by: 'rows' });
    const [of, over] = [[input('u', [12, 12]), stored], [['k', 12]]] as const;
    const second = contraction('y', of, axes('tokens', 12), over, load(0, 'n', 'k'), load(1, 'm', 'k'));
    expect(ofKernel(second)).toEqual({ tensor: stored, by: 'rows' });
    const sums = reduce('y', [x, stored], axes('tokens', 12), [['k', 40]], load(0, 'm', 'k'));
    const epilogue = call('add', load(RESULT), load(1, 'm', 'n'));
    expect(overwriting({ tensor: sums, root: sums, epilogue, spans: [] }, stored)?.by).toBe('elements');
  });

  it('an input, or one of another type', () => {
    expect(
      ofKernel(
        map('y', [stored, h], axes('tokens', 12), call('add', load(0, 'm', 'n'), load(1, 'm', 'n'))),
        h,
      ),
    ).toBe(undefined);
    const half = map('y', [stored], axes('tokens', 12), load(0, 'm', 'n'), { dtype: 'f16' });
    expect(ofKernel(half)).toBe(undefined);
  });

  it('a tensor of integers', () => {
    const index = map('index', [], [['m', 'tokens']], constant(1), { dtype: 'i32' });
    const y = map('y', [index], [['m', 'tokens']], load(0, 'm'), { dtype: 'i32' });
    const kernel = { tensor: y, root: y, epilogue: null, spans: [] };
    expect(overwriting(kernel, index)).toBe(undefined);
    const float = { ...y, args: [{ ...index, dtype: 'f32' as const }], dtype: 'f32' as const };
    expect(overwriting({ ...kernel, tensor: float, root: float }, float.args[0]!)?.by).toBe('elements');
  });

  it('elements elsewhere', () => {
    for (const index of [
      [m, sub(11, n)],
      [m, 0],
      [m, div(n, 2)],
      [0, n],
    ] as const)
      expect(ofKernel(at(...index))).toBe(undefined);
    const both = map(
      'y',
      [stored],
      axes('tokens', 12),
      call('add', load(0, 'm', 'n'), load(0, 'm', sub(11, 'n'))),
    );
    expect(ofKernel(both)).toBe(undefined);
  });

  it('rows with more or fewer columns, out of order, or of both operands', () => {
    expect(ofKernel(squares([m, k], [n, k], 13))).toBe(undefined);
    expect(ofKernel(squares([m, k], [n, k], 11))).toBe(undefined);
    expect(ofKernel(squares([m, sub(11, k)], [n, k]))).toBe(undefined);
    const gram = contraction(
      'y',
      [stored],
      axes('tokens', 12),
      [['k', 12]],
      load(0, 'm', 'k'),
      load(0, 'n', 'k'),
    );
    expect(ofKernel(gram)).toBe(undefined);
    const rowSum = reduce('y', [stored], axes('tokens', 1), [['k', 12]], load(0, 'm', 'k'));
    expect(ofKernel(rowSum)).toBe(undefined);
    const finished = map(
      'y',
      [squares([m, k], [n, k]), stored],
      axes('tokens', 12),
      call('add', load(0, 'm', 'n'), load(1, 'm', sub(11, 'n'))),
    );
    expect(ofKernel(finished)).toBe(undefined);
  });

  it('rows that are summed over what no column is, or reach into the next', () => {
    const more = contraction(
      'y',
      [stored, input('u', [12, 12, 3])],
      axes('tokens', 12),
      [
        ['k', 12],
        ['s', 3],
      ],
      load(0, 'm', 'k'),
      load(1, 'n', 'k', 's'),
    );
    expect(ofKernel(more)).toEqual({ tensor: stored, by: 'rows' });
    const split = contraction(
      'y',
      [stored, input('u', [12, 4, 3])],
      axes('tokens', 12),
      [
        ['k', 4],
        ['s', 3],
      ],
      load(0, 'm', add(mul('k', 3), 's')),
      load(1, 'n', 'k', 's'),
    );
    expect(ofKernel(split)).toBe(undefined);
    const wider = contraction(
      'y',
      [stored, input('u', [12, 12, 3])],
      [...axes('tokens', 12), ['p', 3]],
      [['k', 12]],
      load(0, 'm', 'k'),
      load(1, 'k', 'n', 'p'),
    );
    expect(ofKernel(wider)).toBe(undefined);
    // Rows have 12 elements but start 11 apart, so that each reaches into the next.
    const line = map('line', [input('f', [111])], [['i', 111]], call('exp', load(0, 'i')));
    const held = { ...line, stored: true as const };
    const windows = contraction(
      'y',
      [held, input('u', [11, 12])],
      axes(10, 11),
      [['k', 12]],
      load(0, add(mul('m', 11), 'k')),
      load(1, 'n', 'k'),
    );
    const kernel = fuse(program({ windows, held }), 512, portable).find((k) => k.tensor === windows)!;
    expect(overwriting(kernel, held)).toBe(undefined);
  });

  it('rows of a product that is added', () => {
    const other = product('other', stored, input('u', [12, 12]), 12, 12);
    const own = product('own', x, input('w2', [40, 12]), 12, 40);
    const y = map('y', [own, other], axes('tokens', 12), call('add', load(0, 'm', 'n'), load(1, 'm', 'n')));
    const kernel = fuse(program({ y, hidden: stored }), 512, portable).find((k) => k.tensor === y)!;
    expect(kernel.added).toHaveLength(1);
    expect(overwriting(kernel, stored)).toBe(undefined);
    // The columns of an added product's operand are not overwritten either, although they lie where the results do.
    const square = map('square', [input('f', [12, 12])], axes(12, 12), call('exp', load(0, 'm', 'n')));
    const held = { ...square, stored: true as const };
    const of = (label: string, u: Prim, h: Prim) =>
      contraction(label, [u, h], axes(12, 12), [['k', 12]], load(0, 'm', 'k'), load(1, 'k', 'n'));
    const [a, b] = [of('a', input('u', [12, 12]), input('v', [12, 12])), of('b', input('w', [12, 12]), held)];
    const sum = map('sum', [a, b], axes(12, 12), call('add', load(0, 'm', 'n'), load(1, 'm', 'n')));
    const both = fuse(program({ sum, held }), 512, portable).find((k) => k.tensor === sum)!;
    expect(both.root.kind === 'contraction' && both.root.args.indexOf(held)).toBeGreaterThan(1);
    expect(both.added).toHaveLength(1);
    expect(overwriting(both, held)).toBe(undefined);
  });

  it('a factor of a product that is added, though it lies where the results do', () => {
    const [a, factor] = [input('a', [12, 12]), map('factor', [], [['g', 12]], constant(1))];
    const dots = (over: string, first: Expr) =>
      contraction('dots', [a, factor], [['g', 12]], [[over, 12]], first, load(0, 'g', over));
    const root = dots('k', load(0, 'g', 'k'));
    const kernel = { tensor: root, root, added: [dots('l', load(1, 'g'))], epilogue: null, spans: [] };
    expect(overwriting(kernel, factor)).toBe(undefined);
  });

  it('rows of as many columns as there are tokens', () => {
    const square = map(
      'square',
      [input('f', [12, 'tokens'])],
      axes(12, 'tokens'),
      call('exp', load(0, 'm', 'n')),
    );
    const held = { ...square, stored: true as const };
    const [over, u] = [[['k', 'tokens']], input('u', ['tokens', 'tokens'])] as const;
    const y = contraction('y', [held, u], axes(12, 'tokens'), over, load(0, 'm', 'k'), load(1, 'k', 'n'));
    const kernel = fuse(program({ y, held }), 512, portable).find((k) => k.tensor === y)!;
    expect(overwriting(kernel, held)).toBe(undefined);
  });

  it('rows of more columns than every workgroup has', () => {
    const wide = (size: number) => {
      const rows = product('rows', x, input('w', [40, size]), size, 40);
      const y = product('y', rows, input('u', [size, size]), size, size);
      return overwriting(fuse(program({ y }), 512, portable).at(-1)!, rows);
    };
    expect(wide(64)?.by).toBe('rows');
    expect(wide(65)).toBe(undefined);
  });
});

describe('fused blocks may overwrite', () => {
  /** The axes of 4 blocks of 4 × 4. */
  const BLOCKS: Axes = [
    ['g', 4],
    ['i', 4],
    ['j', 4],
  ];
  const own = (arg: number) => load(arg, 'g', 'i', 'j');
  const blocks = (label: string, shape: readonly number[] = [4, 4, 4], dtype?: 'f16') => {
    const named = shape.map((size, i) => [`x${i}`, size] as const);
    return map(label, [], named, constant(1), dtype ? { dtype } : {});
  };
  const times = (label: string, of: Prim) =>
    contraction(label, [of], BLOCKS, [['k', 4]], load(0, 'g', 'i', 'k'), load(0, 'g', 'k', 'j'));
  const fused = (...roots: Kernel['root'][]): FusedBlocks => {
    const members = roots
      .map((root): Kernel => ({ tensor: root, root, epilogue: null, spans: [] }))
      .filter(isMember);
    expect(members).toHaveLength(roots.length);
    return fuseBlocks(members, new Set(roots), gpu.fusion.blocks)!;
  };
  /** Whether y = f·f may be stored over a tensor that f, an earlier member, reads. */
  const mayReplace = (tensor: Prim, body = own(0)) => {
    const f = map('f', [tensor], BLOCKS, body);
    const y = times('y', f);
    return groupOverwrites(fused(f, y), { tensor, by: y });
  };

  it('a tensor of the result’s shape and type, where only earlier members read it, block by block', () => {
    expect(mayReplace(blocks('T'))).toBe(true);
  });

  it('no input, and no tensor of another type or shape', () => {
    expect(mayReplace(input('T', [4, 4, 4]))).toBe(false);
    expect(mayReplace(blocks('T', [4, 4, 4], 'f16'))).toBe(false);
    expect(mayReplace(blocks('T', [4, 4, 5]))).toBe(false);
    for (const row of [4, 16]) expect(mayReplace(blocks('T', [4, row]), load(0, 'g', 'j'))).toBe(false);
  });

  it('no tensor of which a member reads another block', () => {
    expect(mayReplace(blocks('T'), load(0, 'i', 'g', 'j'))).toBe(false);
    expect(mayReplace(blocks('T'), load(0, 0, 'i', 'j'))).toBe(false);
    expect(mayReplace(blocks('T'), call('add', load(0, 3, 'i', 'j'), own(0)))).toBe(false);
  });

  it('no tensor that the member which stores, or a later one, reads', () => {
    const tensor = blocks('T');
    const f = map('f', [tensor], BLOCKS, own(0));
    const y = times('y', f);
    const z = map('z', [y, tensor], BLOCKS, call('add', own(0), own(1)));
    for (const by of [f, y, z]) expect(groupOverwrites(fused(f, y, z), { tensor, by })).toBe(false);
  });

  it('no tensor that is not an argument, but an argument that no member loads', () => {
    const [f, tensor] = [map('f', [blocks('T')], BLOCKS, own(0)), blocks('other')];
    const y = times('y', f);
    const group = fused(f, y);
    expect(groupOverwrites(group, { tensor, by: y })).toBe(false);
    expect(groupOverwrites({ ...group, args: [...group.args, tensor] }, { tensor, by: y })).toBe(true);
  });
});

describe('a tile of a product', () => {
  const [h, u] = [product('h', x, w, 12, 40), input('u', [12, 12])];
  const of = (first: boolean) => kernelOf(program({ y: first ? product('y', h, u, 12, 12) : transposed }));
  const transposed = contraction(
    'y',
    [u, h],
    axes(12, 'tokens'),
    [['k', 12]],
    load(0, 'm', 'k'),
    load(1, 'n', 'k'),
  );

  it('may have one row and one column, where the product overwrites no rows', () => {
    for (const kernel of [of(true), { ...of(true), overwrites: { tensor: h, by: 'elements' } as const }]) {
      const { rows, cols } = wholeOf(kernel);
      expect(Math.max(rows, cols)).toBeLessThanOrEqual(1);
    }
  });

  it('has all columns where the product overwrites its rows’ operand, or all rows for its columns’', () => {
    const whole = (first: boolean) => wholeOf({ ...of(first), overwrites: { tensor: h, by: 'rows' } });
    expect(whole(true).cols).toBe(12);
    expect(whole(true).rows).toBeLessThanOrEqual(1);
    expect(whole(false).rows).toBe(12);
    expect(whole(false).cols).toBeLessThanOrEqual(1);
    const scaled = call('mul', load(0, 'm', 'k'), load(2, 'm'));
    const args = [h, u, input('s', ['tokens'])];
    const y = contraction('y', args, axes('tokens', 12), [['k', 12]], scaled, load(1, 'k', 'n'));
    expect(wholeOf({ ...kernelOf(program({ y })), overwrites: { tensor: h, by: 'rows' } }).cols).toBe(12);
  });
});
