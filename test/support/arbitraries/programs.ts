/**
 * Random well-typed programs of operators. Dimensions are names that are bound afterwards, so that sizes shrink on
 * their own.
 */
import fc, { type Arbitrary } from 'fast-check';
import type { Binding } from '../../../compiler/dims/dims.ts';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { printProgram } from '../../../compiler/ir/print.ts';
import '../../../compiler/ops/index.ts';
import { assemble } from '../assemble.ts';
import { Expressions, SHARED, sharedName } from './expressions.ts';
import type { Shape } from './shapes.ts';

/** The shapes of outputs. */
const TOP: readonly Shape[] = [
  ['tokens', 'b*r'],
  ['tokens', 'n'],
  ['m', 'tokens', 'n'],
  ['r', 'b', 'b'],
  ['b*r', 'b*r'],
  ['b*r', 'm*r'],
  ['n', 'b*r'],
  ['n'],
];

export const sizes = fc.record({
  n: fc.constantFrom(2, 1, 3, 5),
  m: fc.constantFrom(2, 1, 3),
  r: fc.constantFrom(2, 1, 3),
  b: fc.constantFrom(2, 1, 3, 4),
});

export interface RandomProgram {
  /** The program with symbolic dimensions. */
  readonly symbolic: Program;
  readonly sizes: Binding;
  /** The program with sizes bound, and only `tokens` symbolic. */
  readonly bound: Program;
}

/** Random programs of all operators, with shared parameters and expressions and one to three outputs. */
export function programs(
  options: { readonly kinks?: boolean; readonly shapes?: readonly Shape[] } = {},
): Arbitrary<RandomProgram> {
  const { kinks = true, shapes = TOP } = options;
  const inner = new Expressions(kinks, false);
  const outer = new Expressions(kinks, true);
  const output = (depth: number) => fc.oneof(...shapes.map((s) => outer.of(s, depth)));
  return fc
    .record({
      outputs: fc.oneof(
        { withCrossShrink: true },
        { weight: 4, arbitrary: fc.array(output(2), { minLength: 1, maxLength: 3 }) },
        { weight: 1, arbitrary: fc.array(output(3), { minLength: 1, maxLength: 1 }) },
      ),
      shared: fc.tuple(...SHARED.map((s) => inner.of(s, 1))),
      frozen: fc.subarray(['v', 'w']),
      sizes,
    })
    .map(({ outputs, shared, frozen, sizes }) => {
      const by = new Map(SHARED.map((s, i) => [sharedName(s), shared[i]!]));
      const symbolic = assemble(outputs, by, frozen);
      const bound = bindProgram(symbolic, sizes);
      return {
        symbolic,
        sizes,
        bound,
        [fc.toStringMethod]: () => `${JSON.stringify(sizes)}\n${printProgram(symbolic)}`,
      };
    });
}
