/**
 * Small maps in fused blocks: their code has no loop, and lanes hand each other the elements that others computed.
 */
import { describe, expect, it } from 'vitest';
import { dimConst } from '../../../../compiler/dims/dims.ts';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import { packedIndex } from '../../../../compiler/ops/skew.ts';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { planOf as planOfLayer } from '../../../../src/session/session.ts';
import {
  type Axes,
  add,
  call,
  constant,
  input,
  iselect,
  less,
  load,
  map,
  mod,
  mul,
  program,
  select,
  sub,
} from '../../../../test/kernels-gen/build.ts';
import { A, BLOCK, product, square } from '../../../../test/kernels-gen/families/blocks-programs.ts';
import { agrees, arraysOf, codeOf, held, kept } from './blocks-code.ts';
import { first, HANDED, n, of, reversed } from './blocks-handed-programs.ts';

describe('a small map is written out', () => {
  it.each(Object.entries(HANDED))('%s', async (_, p) => {
    const wgsl = codeOf(p);
    expect([kept(wgsl) > 0, held(wgsl), wgsl.includes('for (var at')]).toEqual([true, 0, false]);
    await agrees(p);
  });

  it.each([8, 16])('of a packed triangle in storage, of blocks of %d', async (b) => {
    const v = input('v', [3, (b * (b - 1)) / 2]);
    const above = less('i', 'j');
    const [row, col] = [iselect(above, 'i', 'j'), iselect(above, 'j', 'i')];
    const at = load(0, 'g', packedIndex(row, col, dimConst(b)));
    const body = select(above, at, select(less('j', 'i'), call('neg', at), constant(0)));
    const Q = map('Q', [v], square(b), body);
    const p = program({ y: product('second', b, product('first', b, Q, Q), Q) });
    expect([held(codeOf(p)), arraysOf(codeOf(p), 'own')]).toEqual([0, 1]);
    await agrees(p);
  });

  it('of what ends within the lanes’ last elements', async () => {
    const v = input('v', [3, 28]);
    const place = add(mul(8, 'i'), 'j');
    const at = load(0, 'g', place);
    const padded = select(less(place, 28), call('sin', call('mul', at, at)), constant(1));
    const square8 = map('padded', [v], square(8), padded);
    const p = program({ y: product('second', 8, product('first', 8, square8, square8), square8) });
    // Seven vectors are an element of each lane for all but the last one, which repeats the vector before.
    expect(codeOf(p).match(/arg0\[.*\]/g)).toEqual(['arg0[7 * group + min(lane, 6)]']);
    await agrees(p);
  });

  it('and handed on there alone: lanes go through other loops by themselves', async () => {
    const reverse = map('reverse', [first], square(n), call('mul', load(0, 'g', 'i', 'j'), reversed));
    const long: Axes = [...BLOCK, ['i', 300]];
    const same = map('same', [first], long, call('mul', load(0, 'g', 3, 7), load(0, 'g', mod('i', n), 5)));
    const p = program({ y: reverse, z: same });
    expect(codeOf(p)).toMatch(/for \(var at\w* = lane/);
    await agrees(p);
  });

  it('the packed gradient of blocks of 8 needs no memory that lanes share', () => {
    const sizes = solveDims(oft.trace(), { in: 64, out: 48, b: 8 });
    const plan = planOfLayer(compileProgram(oft.trace(), { sizes, gradients: true }));
    const blocks = plan.kernels.filter((k) => /^blocks_.*_lanes$/.test(k.name));
    expect(blocks.map((k) => held(k.wgsl))).toEqual([0, 0]);
  });

  it('not one of many elements, nor of places that are read from memory', async () => {
    const large = product('first', 32, A(32), input('B', [3, 32, 32]));
    const turnedPlaces = load(0, 'g', sub(31, 'i'), sub(31, 'j'));
    const many = of(large, call('mul', load(0, 'g', 'i', 'j'), turnedPlaces), square(32));
    const places = input('places', [n], 'i32');
    const read = program({
      y: map(
        'y',
        [first, places],
        square(n),
        load(0, 'g', 'i', { k: 'iload', arg: 1, index: [sub('j', 0)] }),
      ),
    });
    expect(held(codeOf(many))).toBe(1);
    await agrees(many);
    expect(held(codeOf(read))).toBe(1);
  });
});
