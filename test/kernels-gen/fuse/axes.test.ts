/** The axes that need a loop. */
import { expect, it } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { looped } from '../../../kernels-gen/fuse/axes.ts';

it('an axis of extent 1 needs no loop, and one without indices has an empty loop', () => {
  const axes = [1, 0, 2, 1, 3].map((n, i) => ({ name: `x${i}`, extent: dimConst(n) }));
  expect(looped(axes).map((a) => a.name)).toEqual(['x1', 'x2', 'x4']);
});
