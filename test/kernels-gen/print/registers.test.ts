/** The printer keeps what kernels wait for, and holds registers as vectors and variables where it can. */
import { describe, expect, it } from 'vitest';
import { type Dim, dimConst, dimVar, mulDim } from '../../../compiler/dims/dims.ts';
import {
  ax,
  constant,
  iadd,
  idiv,
  ilt,
  imul,
  int,
  load,
  select,
} from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import {
  type Body,
  type For,
  type LoopKernel,
  type Memory,
  type Statement,
  trips,
} from '../../../kernels-gen/loops/type.ts';
import { printWgsl } from '../../../kernels-gen/print/wgsl.ts';
import { ACC, IN, kernel, loop, MEMORIES, N, OUT, store } from '../loops/small-kernels.ts';
import { memory } from '../loops/statements.ts';

describe('the code', () => {
  const codeOf = (loops: LoopKernel, options = {}) =>
    printWgsl({ naive: loops, steps: [], loops }, options).module.wgsl;
  const t = (body: Body) => loop('t', 4, body, { how: 'invocation', stride: 1 });

  const handing = (scope: 'subgroup' | 'workgroup') =>
    kernel(
      [
        t([
          store(OUT, [ax('t')]),
          { k: 'barrier', scope },
          store(OUT, [iadd(ax('t'), int(4))], load(OUT, [iadd(int(3), imul(int(-1), ax('t')))])),
        ]),
      ],
      4,
    );
  it('waits for results that other invocations read', () => {
    expect(codeOf(handing('workgroup'))).toContain('storageBarrier();');
  });
  it('needs no barriers of subgroups in lockstep', () => {
    expect(codeOf(handing('subgroup'))).toContain('subgroupBarrier();');
    expect(codeOf(handing('subgroup'), { isLockstep: true })).not.toContain('Barrier');
  });
  it('has an array of vectors where all that touches it is along vectors', () => {
    const v = { how: 'vector' } as const;
    const memories = [
      memory('a', 'input', 2, 4),
      memory('out', 'output', 4),
      memory('acc', 'register', 4),
      memory('r', 'register', 2, 4),
    ];
    const [R, k, o] = [3, ax('k'), ax('o')];
    const fill = loop('k', 2, [loop('v', 4, [store(R, [k, ax('v')], load(IN, [k, ax('v')]))], v)]);
    const sum = (at: IntExpr): Statement => ({
      ...{ k: 'accumulate', to: ACC, index: [ax('w')], combine: 'sum', value: load(R, [at, ax('w')]) },
    });
    const body = [
      fill,
      loop('z', 4, [store(ACC, [ax('z')], constant(0))], v),
      loop('o', 2, [loop('w', 4, [sum(o)], v)], { how: 'unrolled' }),
      loop('u', 4, [store(OUT, [ax('u')], load(ACC, [ax('u')]))], v),
    ];
    const code = codeOf({
      memories: memories.map((m, n) => (n < 2 ? { ...m, vectors: true } : m)),
      ...{ threads: 1, body },
    });
    expect(code).toContain('var r: array<vec4f, 2>;');
    expect(code).toContain('r[k] = arg0[k];');
    expect(code).toContain('acc += r[1];');
  });
  describe('of a register with a dimension that constants name', () => {
    const unrolled = { how: 'unrolled' } as const;
    const [R, i, j, o, p] = [2, ax('i'), ax('j'), ax('o'), ax('p')];
    const filled = (...shape: readonly number[]) => ({
      memories: [
        memory('a', 'input', ...shape),
        memory('out', 'output', ...shape),
        memory('r', 'register', ...shape),
      ],
      fill: loop('i', shape[0]!, [loop('j', shape[1]!, [store(R, [i, j], load(IN, [i, j]))])], unrolled),
    });
    const read = (index: readonly IntExpr[]) =>
      loop('o', 2, [loop('p', 3, [store(OUT, [o, p], load(R, index))])], unrolled);

    it('has an array for each place', () => {
      const { memories, fill } = filled(2, 3);
      const code = codeOf({ memories, threads: 1, body: [fill, read([o, p])] });
      expect(code.match(/var r.*/g)).toEqual(['var r_0: array<f32, 3>;', 'var r_1: array<f32, 3>;']);
      expect(code).toContain('r_1[j_u1] = arg0[j_u1 + 3];');
      expect(code).toContain('out[p_u1 + 3] = r_1[p_u1];');
    });
    it('has one array where a statement names it otherwise, and for a single place', () => {
      const { memories, fill } = filled(2, 3);
      const code = codeOf({
        memories,
        threads: 1,
        body: [fill, loop('o', 2, [loop('p', 3, [store(OUT, [o, p], load(R, [o, p]))])])],
      });
      expect(code.match(/var r.*/g)).toEqual(['var r: array<f32, 6>;']);
      const single = filled(1, 3);
      const one = loop('p', 3, [store(OUT, [int(0), p], load(R, [int(0), p]))]);
      const of = codeOf({ memories: single.memories, threads: 1, body: [single.fill, one] });
      expect(of.match(/var r.*/g)).toEqual(['var r: array<f32, 3>;']);
    });
    it('reads the nearest place where a selection asks for one outside', () => {
      const { memories, fill } = filled(2, 3);
      const at = iadd(o, int(1));
      const value = select(ilt(at, int(2)), load(R, [at, p]), constant(0));
      const sum = loop('o', 2, [loop('p', 3, [store(OUT, [o, p], value)])], unrolled);
      const code = codeOf({ memories, threads: 1, body: [fill, sum] });
      expect(code).not.toContain('r_2');
    });
    it('has one array where lanes store at places that depend on them', () => {
      const at = [idiv(ax('t'), 4), ax('t')];
      const names = ['a', 'out', 'r'] as const;
      const spaces = ['input', 'output', 'lanes'] as const;
      const memories = names.map((name, n) => memory(name, spaces[n]!, 2, 8));
      const body = loop('t', 8, [store(R, at, load(IN, at)), store(OUT, at, load(R, at))], {
        how: 'invocation',
        stride: 1,
      });
      const code = codeOf({ memories, threads: 8, body: [body] });
      expect(code.match(/var r.*/g)).toEqual(['var r: array<f32, 2>;']);
    });
  });
  it('has a variable for an element that a name in an unrolled loop tells', () => {
    const at: Statement = { k: 'let', name: 'k', value: iadd(ax('p'), int(0)), extent: dimConst(N) };
    const index = [ax('k')];
    const memories = [...MEMORIES.slice(0, 2), memory('r', 'register', N)];
    const body = [
      loop('i', N, [store(2, [ax('i')], load(IN, [ax('i')]))], { how: 'unrolled' }),
      loop('p', N, [at, store(OUT, index, load(2, index))], { how: 'unrolled' }),
    ];
    expect(codeOf({ memories, threads: 1, body })).not.toContain('array<f32, 8>;\n');
  });
  it('declares a vector before a store of one of its parts', () => {
    const v = { how: 'vector' } as const;
    const memories = [memory('a', 'input', 4), memory('out', 'output', 4), memory('r', 'register', 4)];
    const [R, p, w] = [2, ax('p'), ax('w')];
    const accumulated = { k: 'accumulate', to: R, combine: 'sum' } as const;
    const body = [
      loop('p', 4, [store(R, [p], load(IN, [p]))], { how: 'unrolled' }),
      loop('u', 4, [{ ...accumulated, index: [ax('u')], value: load(IN, [ax('u')]) }], v),
      loop('w', 4, [store(OUT, [w], load(R, [w]))], v),
    ];
    const code = codeOf({
      memories: memories.map((m, n) => (n < 2 ? { ...m, vectors: true } : m)),
      ...{ threads: 1, body },
    });
    expect(code).toMatch(/var r: vec4f;.*r\.x = v_0\.x;/s);
  });
  it('names an index in its own scope', () => {
    const size = dimVar('tokens');
    const axes = [
      { name: 'i', extent: size },
      { name: 'j', extent: size },
    ];
    const out: Memory = { name: 'out', space: 'output', dtype: 'f32', shape: [size, size] };
    const put = store(OUT, [ax('i'), ax('j')]);
    const over = (axis: string, of: Dim, body: Body): For => ({
      ...{ k: 'for', axis, trips: trips(of), how: 'serial', body },
    });
    const flat = over('at', mulDim(size, size), [{ k: 'digits', axes, of: ax('at') }, put]);
    const nested = over('i', size, [over('j', size, [put])]);
    const code = codeOf({ memories: [MEMORIES[IN]!, out], threads: 1, body: [flat, nested] });
    expect(code.match(/out\[at\]/g)).toHaveLength(1);
  });
});
