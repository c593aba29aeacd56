/** Programs of fused blocks with small maps, which read what other lanes computed. */
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import type { Prim, PrimProgram } from '../../../../compiler/primitives/prim.ts';
import {
  add,
  call,
  constant,
  input,
  iselect,
  less,
  load,
  map,
  mul,
  program,
  select,
  sub,
} from '../../../../test/kernels-gen/build.ts';
import { A, BLOCK, product, square } from '../../../../test/kernels-gen/families/blocks-programs.ts';

export const n = 16;
export const reversed = load(0, 'g', sub(n - 1, 'i'), sub(n - 1, 'j'));
export const of = (first: Prim, body: Expr, axes = square(n)) =>
  program({ y: map('y', [first], axes, body) });
export const first = product('first', n, A(n), input('B', [3, n, n]));
/** Small maps whose elements lanes hand each other. */
export const HANDED: Readonly<Record<string, PrimProgram>> = {
  'rows and columns from the end': of(first, call('mul', load(0, 'g', 'i', 'j'), reversed)),
  'one column for all': of(first, call('mul', load(0, 'g', 'i', 'j'), load(0, 'g', 'i', 5))),
  'one element, along another axis': of(first, load(0, 'g', 3, 7), [...BLOCK, ['i', 8]]),
  'only where there is such a place': of(
    first,
    select(less('j', n - 1), load(0, 'g', 'i', add('j', 1)), constant(1)),
  ),
  'the row before, where both are beyond the first': of(
    first,
    select(less(0, iselect(less('i', 'j'), 'i', 'j')), load(0, 'g', sub('i', 1), 'j'), constant(1)),
  ),
  'of rows that are no whole lanes': of(first, call('mul', load(0, 'g', 3, 7), load(0, 'g', 'i', 5)), [
    ...BLOCK,
    ['i', 12],
  ]),
  'columns two by two': of(first, load(0, 'g', 'i', add(mul(2, 'j'), 1)), [...BLOCK, ['i', n], ['j', 8]]),
};
