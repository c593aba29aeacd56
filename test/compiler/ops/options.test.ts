/** Options of operators, and what they are when they are left out. */
import { describe, expect, it } from 'vitest';
import { parseDim, printDim } from '../../../compiler/dims/dims.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { printNode } from '../../../compiler/ir/print.ts';
import { options, type SurfaceArg } from '../../../compiler/ops/arguments.ts';
import { needsGradient } from '../../../compiler/ops/cotangents.ts';
import { functions } from '../../../compiler/ops/surface.ts';
import { input as declared, layer, take, topK } from '../../../src/language/dsl/index.ts';
import { printLayer } from '../../../src/language/print-layer.ts';
import { index, skew, tensor } from './operands.ts';

it.each([
  [[], 'OFT1020', 'f needs options such as { a: … }, got a list'],
  [5, 'OFT1020', 'f needs options such as { a: … }, got number'],
  [tensor(2), 'OFT1020', 'f needs options such as { a: … }, got a tensor'],
  [{ x: 1, a: 2, y: 3 }, 'OFT1022', "f has no option 'x'; it has a, b and c"],
])('%# are no options', (given, code, message) => {
  expect(() => options(given, 'f', ['a', 'b', 'c'])).toThrow(expect.objectContaining({ code, message }));
});

const image = tensor(2, 3, 9, 9);
const sides = (node: Node) => node.type.shape.map(printDim);

it.each([
  [{ kernel: 2 }, { kernel: 2, stride: 1, padding: 0 }],
  [
    { kernel: 2, stride: 2 },
    { kernel: 2, stride: 2, padding: 0 },
  ],
  [
    { kernel: 2, padding: 1 },
    { kernel: 2, stride: 1, padding: 1 },
  ],
])('unfold with %j is that with %j', (few, all) => {
  const [a, b] = [few, all].map((given) => functions.unfold(image, given) as OpNode);
  expect([a!.attrs, sides(a!)]).toEqual([b!.attrs, sides(b!)]);
});

it.each([
  {},
  { stride: 2 },
  { kernel: 0 },
  { kernel: 2, stride: 0 },
  { kernel: -2 },
  { kernel: 2, stride: -1 },
  { kernel: 2, padding: -1 },
  { kernel: 2.5 },
  { kernel: 2, stride: 1.5 },
  { kernel: 2, padding: 0.5 },
])('unfold refuses %j', (given) => {
  expect(() => functions.unfold(image, given)).toThrow(
    expect.objectContaining({ code: 'OFT1022', message: expect.stringMatching(/^unfold takes \{ kernel/) }),
  );
});

it('unfold names its options in their order', () => {
  expect(() => functions.unfold(image, { kernels: 2 })).toThrow(
    /^unfold has no option 'kernels'; it has kernel, stride and padding/,
  );
});

it.each([[[1, 0]], [[0, 1]], [[1, 0, 1]], [[-1, 0]]])(
  'a sum over the axes %j is one over 0 and 1',
  (axes) => {
    expect((functions.sum(tensor(3, 5), axes) as OpNode).attrs).toEqual({ axes: [0, 1] });
  },
);

it('an option of attention that is undefined is left out', () => {
  const [q, k, start] = [tensor(4, 2, 8), tensor(4, 1, 8), index(4)];
  const attend = (given: SurfaceArg) => (functions.attention(q, k, k, start, given) as OpNode).attrs;
  expect(attend({ scale: undefined, softCap: 2 })).toEqual(attend({ softCap: 2 }));
  expect(Object.keys(attend({ scale: undefined }))).toEqual([]);
});

it('a gradient is for floats that are not frozen', () => {
  const roles = (['frozen', 'trainable', 'input'] as const).map((role) => input(role, role, tensor(2).type));
  expect([...roles, index(2)].map((n) => needsGradient(n))).toEqual([false, true, true, false]);
  expect(needsGradient(input('i', 'trainable', index(2).type))).toBe(false);
});

it('a list of no tensors is not joined', () => {
  expect(() => functions.concat([], 0)).toThrow(
    expect.objectContaining({
      code: 'OFT1020',
      message: 'concat needs at least one tensor, got an empty list',
    }),
  );
});

it.each(['0', '46341', '5/2', '-1'])('there are no phases of %s points', (size) => {
  const phases = () => apply('phases', [], { size: parseDim(size) });
  expect(phases).toThrow(expect.objectContaining({ code: 'OFT2003' }));
});

it.each([1, 46_340])('there are phases of %i points', (size) => {
  expect(sides(functions.phases(size))).toEqual([`${size}`, `${size}`]);
});

it('the bound of an exponential is a number up to 65,536', () => {
  const expm = (maxNorm: SurfaceArg) => functions.expm(skew(3), { maxNorm } as SurfaceArg);
  expect(printNode(expm(65_536))).toBe('expm(skew(f32 3), maxNorm: 65536/1)');
  expect(() => expm(65_537)).toThrow(/^expm: 65,537 as the largest norm/);
  for (const wrong of ['4', 0, -1])
    expect(() => expm(wrong)).toThrow(`expm: maxNorm must be a number above 0, got ${wrong}`);
});

describe('the largest elements', () => {
  it.each([
    [tensor(2, 3), 3, ['2', '3']],
    [tensor(3, 2), 2, ['3', '2']],
    [tensor(5), 1, ['1']],
  ])('of %# are along the last axis', (a, k, shape) => {
    expect(sides(functions.topK(a, k))).toEqual(shape);
  });

  it('may be of a size that is not known', () => {
    expect(sides(functions.topK(tensor(2, 3), 'k'))).toEqual(['2', 'k']);
  });

  it.each([
    [tensor(3, 2), 3, 'OFT2002', /^topK: \(3, 2\) has not 3 elements/],
    [tensor(), 1, 'OFT2003', /^topK needs an axis/],
    [index(3), 1, 'OFT2005', /^topK needs float tensors/],
  ])('of %# are refused', (a, k, code, message) => {
    expect(() => functions.topK(a, k)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it('are printed with their number', () => {
    const largest = layer({ x: declared('tokens', 8) }, ({ x }) => take(x, topK(x, 2), 1));
    expect(printLayer(largest.trace())).toContain('topK(x, 2)');
  });
});
