/** Kernels' grids, tiles and workgroup memory, and the operations and bytes that they state. */
import { describe, expect, it } from 'vitest';
import { portable } from '../../compiler/devices/index.ts';
import { dimConst, dimVar } from '../../compiler/dims/dims.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import { chooseTile } from '../../kernels-gen/families/contraction/tile.ts';
import { axisRefs, digitsOf } from '../../kernels-gen/fuse/axes.ts';
import { sharedColumns } from '../../kernels-gen/fuse/columns.ts';
import { nodesOf } from '../../kernels-gen/fuse/cost.ts';
import { evalExtent } from '../../runtime/plan.ts';
import { variantsIn } from '../support/plans.ts';
import {
  call,
  constant,
  contraction,
  input,
  load,
  map,
  mul,
  program,
  reduce,
  scatter,
  select,
  solve,
} from './build.ts';
import { integers, violations } from './execute.ts';
import { generatePlan } from './generate.ts';
import { blockGradient, cayley, matmul, rotate } from './layers.ts';

/** The last step of a program's Plan at a token count: its kernel, grid and costs. */
function last(p: PrimProgram, tokens = 0) {
  const plan = generatePlan([{ minTokens: 0, maxTokens: null, program: p }], {
    name: p.name,
    roles: Object.fromEntries(p.inputs.map((i) => [i.name, 'input' as const])),
  });
  const { steps, slots } = variantsIn(plan)[0]!;
  const step = steps.at(-1)!;
  const kernel = plan.kernels[step.kernel]!;
  return {
    grid: evalExtent(step.workgroups, tokens),
    threads: kernel.workgroupSize[0],
    shared: kernel.workgroupBytes,
    flops: evalExtent(step.flops, tokens),
    bytes: evalExtent(step.bytes, tokens),
    slots: slots.map((s) => evalExtent(s, tokens)),
    wgsl: kernel.wgsl,
  };
}

describe('tiles', () => {
  it.each([
    // [batch, m, n, rows and columns of results a thread, threads along batch, rows and columns]
    [1, 1, 1, 1, 1, 1, 1, 1],
    [1, 7, 5, 1, 1, 1, 8, 8],
    [1, 64, 64, 1, 1, 1, 8, 8],
    [1, 128, 64, 1, 2, 1, 8, 8],
    [1, 256, 256, 4, 4, 1, 8, 8],
    [1, 252, 256, 2, 4, 1, 8, 8],
    [1, 252, 260, 2, 4, 1, 8, 8],
    [8, 128, 128, 4, 4, 1, 8, 8],
    [3, 1, 4096, 1, 2, 1, 1, 64],
    [1, 1, 4096, 1, 1, 1, 1, 64],
    [1, 4096, 1, 1, 1, 1, 64, 1],
    [1, 3, 4096, 2, 2, 1, 2, 32],
    [1, 3, 65536, 4, 4, 1, 1, 64],
    [1, 65536, 3, 4, 4, 1, 64, 1],
    [100, 2, 2, 1, 1, 16, 2, 2],
    [5000, 1, 1, 1, 1, 64, 1, 1],
    [3, 2, 2, 1, 1, 4, 2, 2],
    [0, 0, 0, 1, 1, 1, 1, 1],
  ])('of %d × %d × %d', (batch, m, n, rows, cols, batchThreads, rowThreads, colThreads) => {
    expect(chooseTile(batch, m, n, portable)).toEqual({ rows, cols, batchThreads, rowThreads, colThreads });
  });
});

describe('contractions', () => {
  const unary = (m: number, n: number, k: number) => last(matmul('NN', m, n, k));
  it('cover their results once', () => {
    expect(unary(65, 33, 257)).toMatchObject({ grid: 9 * 5, threads: 64, shared: 0 });
    expect(unary(4096, 4096, 64)).toMatchObject({ grid: 128 * 128, threads: 64 });
    expect(unary(4097, 4096, 64)).toMatchObject({ grid: 129 * 128, threads: 64 });
  });
  it('count their work', () => {
    expect(unary(65, 33, 257)).toMatchObject({
      flops: 2 * 65 * 33 * 257,
      bytes: 4 * (65 * 257 + 257 * 33 + 65 * 33),
    });
    // The epilogue halves y and adds a bias: two more operations an element.
    expect(last(matmul('NT', 'tokens', 64, 32, true), 7)).toMatchObject({
      flops: 2 * 7 * 64 * 32 + 2 * 7 * 64,
      bytes: 4 * (7 * 32 + 64 * 32 + 64 + 7 * 64),
    });
  });
  it('count operations on operands as these are read', () => {
    const square = (arg: number, i: string, j: string) => call('mul', load(arg, i, j), load(arg, i, j));
    const [a, b] = [input('a', [3, 5]), input('b', [5, 7])];
    const axes = [
      ['m', 3],
      ['n', 7],
    ] as const;
    const y = contraction('y', [a, b], axes, [['k', 5]], square(0, 'm', 'k'), load(1, 'k', 'n'));
    const z = contraction('z', [a, b], axes, [['k', 5]], load(0, 'm', 'k'), square(1, 'k', 'n'));
    expect(last(program({ y })).flops).toBe(2 * 3 * 7 * 5 + 3 * 5);
    expect(last(program({ z })).flops).toBe(2 * 3 * 7 * 5 + 5 * 7);
  });
  it('at 0 tokens run only where they have results', () => {
    const x = input('x', ['tokens', 12]);
    expect(last(program({ y: rotate(x, input('t', [3, 4, 4]), 'tokens', 3, 4) })).grid).toBe(0);
    expect(last(program({ y: blockGradient(x, input('g', ['tokens', 12]), 'tokens', 3, 4) }))).toMatchObject({
      grid: 1,
      flops: 0,
    });
  });
  it('spread rows and columns as long as they are', () => {
    expect(unary(3, 4096, 5).grid).toBe(4096 / (2 * 32));
    expect(unary(4096, 3, 5).grid).toBe(4096 / (2 * 32));
  });
  it('read within their operands', () => {
    expect(unary(65, 33, 5).wgsl).toMatch(/min\(\w+( \+ \d+)?, 64\)/);
    expect(unary(65, 33, 5).wgsl).toMatch(/min\(\w+( \+ \d+)?, 32\)/);
  });
  it('do not guard stores where tiles end exactly at the edge of the results', () => {
    expect(unary(256, 256, 16).wgsl).not.toMatch(/if \((?!group >=)/);
    expect(unary(255, 256, 16).wgsl).toMatch(/if \((?!group >=).* < 255\)/);
  });
  it('are right where tokens fill their tiles, as rows, columns and batches', async () => {
    for (const tokens of [8, 64, 256]) {
      const [a, b] = [input('a', ['tokens', 3, 5]), input('b', ['tokens', 5, 2])];
      const axes = [
        ['t', 'tokens'],
        ['m', 3],
        ['n', 2],
      ] as const;
      const y = contraction('y', [a, b], axes, [['k', 5]], load(0, 't', 'm', 'k'), load(1, 't', 'k', 'n'));
      for (const p of [matmul('NN', 33, 'tokens', 4), matmul('NN', 'tokens', 33, 4), program({ y })])
        expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
    }
  });
  it('are right where one thread holds all rows, or all columns', async () => {
    for (const p of [matmul('NN', 2, 8192, 1), matmul('NN', 8192, 2, 1)])
      expect(await violations(p, 0, integers(p, 0))).toEqual([]);
  });
  it('repeat results along an axis that neither operand has', async () => {
    const [a, b] = [input('a', [3, 5]), input('b', [5, 7])];
    const axes = [
      ['r', 4],
      ['m', 3],
      ['n', 7],
    ] as const;
    const p = program({
      y: contraction('y', [a, b], axes, [['k', 5]], load(0, 'm', 'k'), load(1, 'k', 'n')),
    });
    expect(last(p).grid).toBe(Math.ceil((4 * 3) / 8) * Math.ceil(7 / 8));
    expect(await violations(p, 0, integers(p, 0))).toEqual([]);
  });
  it('unroll the inner loop by what divides it', () => {
    const products = (k: number) => unary(1, 1, k).wgsl.match(/acc \+= /g)!.length;
    expect([3, 4, 6, 12].map(products)).toEqual([1, 4, 2, 4]);
  });
  it('unroll none whose bodies are large', () => {
    const [a, b] = [input('a', [3, 4]), input('b', [4, 2])];
    const axes = [
      ['m', 3],
      ['n', 2],
    ] as const;
    const of = (size: number) => {
      let body = load(0, 'm', 'k');
      while (nodesOf(body) + nodesOf(load(1, 'k', 'n')) < size) body = call('neg', body);
      const { wgsl } = last(
        program({ y: contraction('y', [a, b], axes, [['k', 4]], body, load(1, 'k', 'n')) }),
      );
      return wgsl.match(/acc \+= /g)!.length;
    };
    expect([24, 25].map(of)).toEqual([4, 1]);
  });
});

describe('reductions', () => {
  const z = input('z', [200, 300]);
  const of = (m: number, k: number) =>
    reduce('r', [input('w', [m, k])], [['i', m]], [['j', k]], load(0, 'i', 'j'));
  it('share a long sum along contiguous memory', () => {
    expect(last(program({ y: of(200, 300) }))).toMatchObject({
      grid: 200,
      threads: 64,
      shared: 64 * 4,
      flops: 200 * 300,
      bytes: 4 * (200 * 300 + 200),
    });
    expect(last(program({ y: of(200, 128) })).threads).toBe(64);
    expect(last(program({ y: of(200, 128) })).shared).toBe(256);
  });
  it('share a long sum across memory among neighbours', () => {
    const y = reduce('r', [z], [['j', 300]], [['i', 200]], load(0, 'i', 'j'));
    expect(last(program({ y }))).toMatchObject({ grid: Math.ceil(300 / 8), threads: 256, shared: 1024 });
  });
  it('read within their operands', () => {
    expect(last(program({ y: of(201, 100) })).wgsl).toContain('if (i_0 < 201)');
  });
  it('leave a short sum to one thread', () => {
    expect(last(program({ y: of(200, 127) }))).toMatchObject({ grid: 4, threads: 64, shared: 0 });
  });
  it('count the terms and what follows', () => {
    const squares = call('mul', load(0, 'i', 'j'), load(0, 'i', 'j'));
    const norms = reduce('r', [z], [['i', 200]], [['j', 300]], squares);
    const y = map('y', [norms], [['i', 200]], call('mul', load(0, 'i'), constant(3)));
    expect(last(program({ y }))).toMatchObject({ flops: 200 * 300 * 2 + 200, bytes: 4 * (200 * 300 + 200) });
  });
});

describe('element-wise kernels and scatters', () => {
  it('have a thread for each element', () => {
    const axes = [
      ['i', 200],
      ['j', 300],
    ] as const;
    const y = map('m', [input('z', [200, 300])], axes, call('abs', call('exp', load(0, 'i', 'j'))));
    expect(last(program({ y }))).toMatchObject({
      grid: Math.ceil((200 * 300) / 64),
      threads: 64,
      flops: 2 * 200 * 300,
      bytes: 8 * 200 * 300,
    });
    const s = scatter(
      's',
      [input('v', [5, 7])],
      [100, 7],
      [
        ['i', 5],
        ['j', 7],
      ],
      [mul('i', 3), { k: 'axis', name: 'j' }],
      call('mul', load(0, 'i', 'j'), constant(3)),
    );
    expect(last(program({ s })).wgsl).toContain('if (i_0 < 700)');
    expect(last(program({ s }))).toMatchObject({
      grid: Math.ceil(700 / 64),
      threads: 64,
      flops: 5 * 7 * 2,
      bytes: 4 * (35 + 700),
    });
  });
  it('take axes for digits of a position, unless a run-time size would divide', () => {
    const axes = (...extents: (number | string)[]) =>
      extents.map((e, i) => ({ name: `i${i}`, extent: typeof e === 'string' ? dimVar(e) : dimConst(e) }));
    const at = { k: 'axis', name: 'p' } as const;
    expect([...digitsOf(axes('tokens', 3), at)!]).toEqual([
      ['i1', { k: 'imod', a: at, by: 3 }],
      ['i0', { k: 'idiv', a: at, by: 3 }],
    ]);
    expect(digitsOf(axes(3, 'tokens'), at)).toBeUndefined();
    // An axis of extent 1 adds no digit, and an axis of extent 0 has no remainder to take.
    expect(digitsOf(axes(2, 1), at)!.get('i1')).toEqual({ k: 'imod', a: at, by: 1 });
    expect(digitsOf(axes(2, 0), at)!.get('i1')).toEqual({ k: 'imod', a: at, by: 1 });
    expect(axisRefs(axes(3))).toEqual([{ k: 'axis', name: 'i0' }]);
  });
});

describe('solves', () => {
  it.each([
    [undefined, 3, undefined],
    [0, 3, undefined],
    [1, 1, 1],
    [16, 16, 16],
    [48, 48, 37],
    [50, 50, 31],
    [52, 52, 26],
    [53, 100, undefined],
    [57, 4, 4],
    [63, 1, 1],
    [64, 1, undefined],
    [32, 1000, 64],
    [40, 1000, 62],
    [65, 65, undefined],
    [3, 0, undefined],
  ])('of %s rows take some of %d columns into workgroup memory', (n, m, columns) => {
    expect(sharedColumns(n, m)).toBe(columns);
  });
  it('read f16', async () => {
    const a = map(
      'a',
      [input('v', [3], 'f16')],
      [
        ['i0', 3],
        ['i1', 3],
      ],
      select(
        { k: 'ieq', a: { k: 'axis', name: 'i0' }, b: { k: 'axis', name: 'i1' } },
        load(0, 'i0'),
        constant(0),
      ),
      { dtype: 'f16' },
    );
    const p = program({ x: solve('x', a, input('b', [3, 2], 'f16')) });
    expect(await violations(p, 0, { v: [1, 2, -2], b: [2, 1, 2, -2, 1, 0].map((n) => 2 * n) })).toEqual([]);
  });
  it('have a workgroup for the columns of a system that fit, or for a system', () => {
    // A system takes n²(n + 2m) operations, and each element of I − Q and of I + Q takes two. Q is a packed triangle.
    expect(last(cayley(2, 48))).toMatchObject({
      grid: 2 * 2,
      threads: 64,
      shared: 4 * 48 * (48 + 37),
      flops: 2 * 48 ** 2 * (48 + 2 * 48 + 2 * 2),
      bytes: 4 * 2 * (48 ** 2 + (48 * 47) / 2),
    });
    expect(last(cayley(2, 65))).toMatchObject({
      grid: 2,
      threads: 256,
      shared: 0,
      flops: 2 * 65 ** 2 * (65 + 2 * 65 + 2 * 2),
    });
    expect(last(cayley(2, 65)).slots).toContain(4 * 2 * 65 * (65 + 65));
  });
});

/** The first workgroup that does nothing, as the kernel's WGSL computes it for a token count. */
function ended(wgsl: string, tokens: number): number {
  // Quotients of bigints are whole, as those of i32 are.
  const value = (text: string): number => {
    const known = text.replaceAll(/\bi_\d+\b/g, (n) => `${named(n)}`);
    return Number(new Function('tokens', `return ${known.replaceAll(/\b\d+\b/g, '$&n')}`)(BigInt(tokens)));
  };
  const named = (n: string) => value(new RegExp(`let ${n} = (.*);`).exec(wgsl)![1]!);
  return value(/if \(group >= (.*)\) \{ return; \}/.exec(wgsl)![1]!);
}

// A grid of more than 65,535 workgroups is folded into rows, and may then have surplus workgroups at its end. A solve
// must not write there.
describe('kernels end the workgroups beyond those they need', () => {
  const ij = (m: number | string, n: number) =>
    [
      ['i', m],
      ['j', n],
    ] as const;
  const rowSums = (m: number | string, k: number) =>
    reduce('r', [input('w', [m, k])], [['i', m]], [['j', k]], load(0, 'i', 'j'));
  const put = (m: number | string) =>
    scatter(
      's',
      [input('v', [m, 7])],
      [m, 9],
      ij(m, 7),
      [{ k: 'axis', name: 'i' }, mul('j', 1)],
      load(0, 'i', 'j'),
    );
  const system = (r: number | string, n: number, m: number) =>
    solve('x', input('a', [r, n, n]), input('b', [r, n, m]));
  it.each<readonly [string, PrimProgram]>([
    [
      'map',
      program({ y: map('m', [input('z', ['tokens', 3])], ij('tokens', 3), call('exp', load(0, 'i', 'j'))) }),
    ],
    ['short reduction', program({ y: rowSums('tokens', 3) })],
    ['long reduction', program({ y: rowSums('tokens', 300) })],
    [
      'reduction across memory',
      program({
        y: reduce('r', [input('w', [300, 'tokens'])], [['j', 'tokens']], [['i', 300]], load(0, 'i', 'j')),
      }),
    ],
    ['scatter', program({ y: put('tokens') })],
    ['solve in workgroup memory', program({ y: system('tokens', 3, 5) })],
    ['solve in column chunks', program({ y: system('tokens', 48, 50) })],
    ['solve in a temporary', program({ y: system('tokens', 65, 50) })],
    ['contraction over rows', matmul('NN', 'tokens', 33, 5)],
    ['contraction over columns', matmul('NN', 33, 'tokens', 5)],
    ['contraction of known size', matmul('NN', 64 * 65536, 33, 5)],
  ])('%s', (_, p) => {
    for (const tokens of [1, 7, 64, 65, 1000, 1_000_000]) {
      const { grid, wgsl } = last(p, tokens);
      expect(ended(wgsl, tokens)).toBe(grid);
    }
  });
  it('one system more than a row of workgroups is solved, and none beyond it', async () => {
    const p = program({ x: system('tokens', 1, 1) });
    const tokens = 2 ** 16 + 1;
    const a = Array.from({ length: tokens }, (_, i) => (i % 2 ? 2 : 1));
    const b = Array.from({ length: tokens }, (_, i) => 2 * ((i % 5) - 2));
    expect(await violations(p, tokens, { a, b })).toEqual([]);
  });
});
