/**
 * Random well-typed programs of operators. Dimensions are names that are bound afterwards, so that sizes shrink on
 * their own.
 */
import fc, { type Arbitrary } from 'fast-check';
import type { Binding } from '../../../compiler/dims/dims.ts';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node, Program } from '../../../compiler/ir/node.ts';
import { printProgram } from '../../../compiler/ir/print.ts';
import '../../../compiler/ops/index.ts';
import { assemble } from '../assemble.ts';
import { Expressions, SHARED, sharedName } from './expressions.ts';
import { parameter, type Shape, times, transpose } from './shapes.ts';

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

interface Drawn {
  readonly outputs: readonly Node[];
  /** The expressions of SHARED, in its order. */
  readonly shared: readonly Node[];
  /** The letters that the names of frozen inputs begin with. */
  readonly frozen: readonly string[];
  readonly sizes: Binding;
}

function assembled({ outputs, shared, frozen, sizes }: Drawn): RandomProgram {
  const by = new Map(SHARED.map((s, i) => [sharedName(s), shared[i]!]));
  return atSizes(assemble(outputs, by, frozen), sizes);
}

/** A program at sizes of its dimensions. */
export const atSizes = (symbolic: Program, sizes: Binding): RandomProgram => ({
  ...{ symbolic, sizes, bound: bindProgram(symbolic, sizes) },
  ...{ [fc.toStringMethod]: () => `${JSON.stringify(sizes)}\n${printProgram(symbolic)}` },
});

/** Random programs of all operators, with shared parameters and expressions and one to three outputs. */
export function programs(
  options: {
    readonly kinks?: boolean;
    readonly shapes?: readonly Shape[];
    readonly sizes?: Arbitrary<Binding>;
  } = {},
): Arbitrary<RandomProgram> {
  const { kinks = true, shapes = TOP, sizes: bySize = sizes } = options;
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
      sizes: bySize,
    })
    .map(assembled);
}

/**
 * Random adapters of one or two linear layers: x times a random square matrix, times the frozen weight, plus a bias, and
 * a function between two layers.
 */
export function adapters(
  options: { readonly kinks?: boolean; readonly sizes?: Arbitrary<Binding> } = {},
): Arbitrary<RandomProgram> {
  const { kinks = true, sizes: bySize = sizes } = options;
  const expressions = new Expressions(kinks, false);
  const square = expressions.of(['b*r', 'b*r'], 2);
  const weight = (which: string, out: string) => parameter([out, 'b*r'], which);
  const adapted = (x: Node, by: Node, w: Node, bias: Node | undefined) => {
    const y = times(x, times(by, transpose(w)));
    return bias ? apply('add', [y, bias]) : y;
  };
  const x = parameter(['tokens', 'b*r'], 'x');
  return fc
    .record({
      by: fc.tuple(square, square),
      between: fc.option(fc.constantFrom('tanh', 'sigmoid', 'sin'), { freq: 1 }),
      bias: fc.boolean(),
      shared: fc.tuple(...SHARED.map((s) => expressions.of(s, 0))),
      sizes: bySize,
    })
    .map(({ by: [first, second], between, bias, shared, sizes }) => {
      const own = (out: string) => (bias ? parameter([out], 'c') : undefined);
      const hidden = between && apply(between, [adapted(x, first, weight('V', 'b*r'), own('b*r'))]);
      const outputs = [adapted(hidden ?? x, second, weight('W', 'n'), own('n'))];
      return assembled({ outputs, shared, frozen: ['V', 'W', 'c'], sizes });
    });
}
