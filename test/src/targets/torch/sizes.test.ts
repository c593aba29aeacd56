/** The sizes that a printed function reads from the shapes of its arguments. */
import { expect, it } from 'vitest';
import { givenSizes, sizeLines } from '../../../../src/targets/torch/sizes.ts';
import { input, type Size } from '../../../kernels-gen/build.ts';

/** Arguments a, b, c, … of these shapes. */
const of = (...shapes: readonly (readonly Size[])[]) => shapes.map((shape, n) => input('pqrs'[n]!, shape));

it('a size that another one is found by is stated before it', () => {
  expect(sizeLines(of(['n'], ['n*m'], ['k']), ['x = m'])).toEqual(['n = p.shape[0]', 'm = q.shape[0] // n']);
  expect(sizeLines(of(['n'], ['n*m'], ['m*k']), ['x = k'])).toEqual([
    'n = p.shape[0]',
    'm = q.shape[0] // n',
    'k = r.shape[0] // m',
  ]);
});

it('a size that a later shape is needed for is found all the same', () => {
  expect(sizeLines(of(['n*m'], ['n']), ['m'])).toEqual(['n = q.shape[0]', 'm = p.shape[0] // n']);
});

it('a packed triangle gives its side where nothing before it does', () => {
  expect(sizeLines(of(['tri(n)']), ['n'])).toEqual(['n = oftc_torch.triangle_side(p.shape[0])']);
  expect(sizeLines(of(['n'], ['tri(n)']), ['n'])).toEqual(['n = p.shape[0]']);
  expect(givenSizes(of(['tri(n*m)']))).toEqual(['m', 'n']);
});

it.each<[string, readonly Size[], readonly string[]]>([
  ['a square', ['n*n'], ['n']],
  ['no elements', [0], []],
  ['a quotient by a size that is known', ['a', 'in/a'], ['in']],
  ['a sum of two sizes', ['n', 'n + m'], ['m']],
  ['a sum with a quotient', ['in', 'a', 'n + in/a + 2'], ['n']],
])('%s gives no size', (_, shape, given) => {
  expect(givenSizes(of(shape))).toEqual(given);
});

it('a sum with a number gives its size', () => {
  expect(sizeLines(of(['n + 2']), ['n'])).toEqual(['n = (p.shape[0] - 2)']);
});

it('sizes that nothing gives are asked for in the order of the alphabet', () => {
  expect(givenSizes(of(['b*c', 'a*d']))).toEqual(['a', 'b']);
});
