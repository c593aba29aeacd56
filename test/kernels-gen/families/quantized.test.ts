/** Quantised arguments of kernels of every family: a kernel computes from the words what it would from the values. */
import { describe, expect, test } from 'vitest';
import { evalDim } from '../../../compiler/dims/dims.ts';
import type { InputPrim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { type Storage, storageName } from '../../../compiler/primitives/storage.ts';
import { bound, exact, outside } from '../../../compiler/semantics/domains/bound.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import type { Strategy } from '../../../kernels-gen/index.ts';
import { Executable } from '../../../runtime/executable.ts';
import { dequantize, type QuantizedTensor, quantize, wordsOf } from '../../../src/formats/quantized/index.ts';
import { decodeF16, encodeF16 } from '../../../src/formats/safetensors/half.ts';
import { random } from '../../../src/start/random.ts';
import { testDevice } from '../../support/device.ts';
import { variantsIn } from '../../support/plans.ts';
import { sample, sampled } from '../../support/sample.ts';
import { QUICK } from '../../support/schedules.ts';
import {
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
  scatter,
  select,
  solve,
} from '../build.ts';
import { planOf } from '../execute.ts';
import { backward, FORMATS, forward, held } from './quantized-programs.ts';

/** The strategy that stages in workgroup memory, whose code a software device takes seconds to compile. */
const SHARED: readonly Strategy[] = ['shared'];
const TOKENS = [0, 1, 65];

const shapeAt = (p: InputPrim, tokens: number): number[] => p.shape.map((d) => evalDim(d, { tokens }));

/** A quantised tensor of uniform random weights. Where it is indexed, inputs belong to groups in any order. */
function weights(storage: Storage, shape: readonly number[], next: () => number): QuantizedTensor {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * next() - 1);
  const tensor = quantize(values, shape, storage);
  if (storage.format !== 'int4' || !storage.indexed || !('group' in tensor)) return tensor;
  return { ...tensor, group: tensor.group.toReversed() };
}

/** The outputs that are outside the reference's bound, by strategy and token count. */
async function violations(
  p: PrimProgram,
  counts: readonly number[] = [1],
  strategies = QUICK,
): Promise<object[]> {
  const found: object[] = [];
  for (const strategy of strategies) {
    const executable = await Executable.create(await testDevice(), planOf(p, strategy));
    for (const tokens of counts) {
      const { words, values } = drawn(p, tokens);
      const pairs = p.inputs.map((i) => [i.name, exact(shapeAt(i, tokens), values[i.name]!)] as const);
      const expected = interpret(p, bound(), Object.fromEntries(pairs), tokens);
      const actual = await executable.run(tokens, { ...values, ...words }).readAll();
      for (const [name, of] of Object.entries(expected)) {
        const bad = outside(actual[name]! as Float32Array, of);
        if (bad) found.push({ name, strategy, tokens, ...bad });
      }
    }
    executable.dispose();
  }
  return found;
}

/** Random values of a program's inputs, the words of the quantised ones, and the bits of those in f16. */
function drawn(p: PrimProgram, tokens: number) {
  const next = random(tokens + 1);
  const words: Record<string, Uint32Array | Uint16Array> = {};
  const values: Record<string, Float32Array> = {};
  for (const i of p.inputs) {
    const shape = shapeAt(i, tokens);
    if (i.storage) {
      const tensor = weights(i.storage, shape, next);
      values[i.name] = dequantize(tensor);
      words[i.name] = wordsOf(tensor, i.storage);
    } else {
      const single = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * next() - 1);
      const half = i.dtype === 'f16' ? encodeF16(single) : undefined;
      values[i.name] = half ? decodeF16(half) : single;
      if (half) words[i.name] = half;
    }
  }
  return { words, values };
}

/** Shapes with whole words but blocks across rows; with rows of no whole word; wider and narrower than a tile. */
const SHAPES = [
  [24, 40],
  [13, 31],
  [3, 200],
] as const;

test('the bytes of a kernel count the words of quantised elements', () => {
  const W = held('W', [64, 64], { format: 'int8' });
  const [variant] = variantsIn(
    planOf(
      program({
        y: map(
          'm',
          [W],
          [
            ['o', 64],
            ['i', 64],
          ],
          load(0, 'o', 'i'),
        ),
      }),
    ),
  );
  // 4096 codes of a byte, 64 scales and 4096 results.
  expect(variant!.steps[0]!.bytes).toBe(4096 + 4 * 64 + 4 * 4096);
});

describe.each(FORMATS.map((f) => [storageName(f), f] as const))('%s', (name, storage) => {
  const isSampled = sampled(name, ['nf4:32 nested:32', 'int4:8 indexed']);
  test.runIf(isSampled).each(sample(SHAPES, ['13']))(
    'products with W (%i, %i), and with its transpose',
    async (out, ins) => {
      const W = held('W', [out, ins], storage);
      const both = program({ y: forward(W, out, ins), dx: backward(W, out, ins) });
      expect(await violations(both, TOKENS)).toEqual([]);
    },
  );

  test.runIf(storageName(storage).includes(' ') && isSampled)('staged in workgroup memory', async () => {
    const W = held('W', [13, 31], storage);
    const both = program({ y: forward(W, 13, 31), dx: backward(W, 13, 31) });
    expect(await violations(both, TOKENS, SHARED)).toEqual([]);
  });

  // Lanes load vectors of a row where the sum is a multiple of 32, and panels where it is longer than 128.
  test.runIf(isSampled).each([64, 256])('rows of %i elements, also in f16', async (ins) => {
    const W = held('W', [40, ins], storage);
    for (const dtype of ['f32', 'f16'] as const)
      expect(await violations(program({ y: forward(W, 40, ins, dtype) }), [1, 65], ['lanes'])).toEqual([]);
  });

  test.runIf(isSampled)('every other family, and indices that are no whole words', async () => {
    const W = held('W', [24, 40], storage);
    const A = held('A', [12, 12], storage);
    const outputs = {
      copy: W,
      map: map(
        'm',
        [W],
        [
          ['i', 40],
          ['o', 24],
        ],
        call('add', load(0, 'o', 'i'), load(0, 'o', mod(add('i', 3), 40))),
      ),
      blocks: contraction(
        'b',
        [W, input('z', [4, 10, 6])],
        [
          ['o', 24],
          ['r', 4],
          ['j', 6],
        ],
        [['b', 10]],
        load(0, 'o', add(mul('r', 10), 'b')),
        load(1, 'r', 'b', 'j'),
      ),
      norms: reduce('n', [W], [['o', 24]], [['i', 40]], call('mul', load(0, 'o', 'i'), load(0, 'o', 'i'))),
      long: reduce('l', [held('L', [2, 300], storage)], [['o', 2]], [['i', 300]], load(0, 'o', 'i')),
      scattered: scatter(
        's',
        [W],
        [24, 20],
        [
          ['o', 24],
          ['i', 40],
        ],
        [{ k: 'axis', name: 'o' }, div('i', 2)],
        load(0, 'o', 'i'),
      ),
    };
    expect(await violations(program(outputs))).toEqual([]);
    // The system I + A/12 is far from singular; both sides are quantised.
    const B = held('B', [12, 20], storage);
    const same = { k: 'ieq', a: { k: 'axis', name: 'i' }, b: { k: 'axis', name: 'j' } } as const;
    const diagonal = select(same, constant(12), constant(0));
    const near = map(
      'near',
      [A],
      [
        ['i', 12],
        ['j', 12],
      ],
      call('add', diagonal, load(0, 'i', 'j')),
    );
    expect(await violations(program({ x: solve('x', near, B) }))).toEqual([]);
  });

  test.runIf(isSampled)('a column of one token', async () => {
    const W = held('W', [264, 128], storage);
    expect(await violations(program({ y: forward(W, 264, 128), dx: backward(W, 264, 128) }))).toEqual([]);
  });
});
