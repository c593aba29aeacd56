/** Random expressions of element-wise functions, with arguments that are broadcast, and of sums. */
import fc, { type Arbitrary } from 'fast-check';
import { rational } from '../../../compiler/dims/rational.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { dims, factor, type Of, parameter, type Shape } from './shapes.ts';

/** The shapes, other than `shape`, that broadcast to `shape`. */
const narrower = (shape: Shape): Shape[] => [
  ...(shape.length > 0 ? [shape.slice(1)] : []),
  ...shape.flatMap((d, i) => (d === '1' ? [] : [shape.with(i, '1')])),
];
/** The shapes that a sum over one axis turns into `shape`. */
const wider = (shape: Shape): Shape[] => [
  ...(shape.length < 3
    ? [
        ['m', ...shape],
        ['tokens', ...shape],
      ]
    : []),
  ...shape.flatMap((d, i) => (d === '1' ? [shape.with(i, 'n')] : [])),
];

/** Element-wise functions and sums of a shape. `kinks` allows functions that are not differentiable everywhere. */
export function elementwise(shape: Shape, of: Of, kinks: boolean): Arbitrary<Node>[] {
  const a = of(shape);
  const both = (b: Arbitrary<Node>, build: (x: Node, y: Node) => Node) =>
    fc.tuple(a, b).map(([x, y]) => build(x, y));
  const binary = (op: string) => (x: Node, y: Node) => apply(op, [x, y]);
  const unary = (op: string) => a.map((x) => apply(op, [x]));
  const one = () => apply('literal', [], { value: rational(1n) });
  /** An expression of at least 1: 1 + x². */
  const positive = (x: Node) => apply('add', [one(), apply('mul', [x, x])]);
  const narrow = narrower(shape).map(of);
  const wide = wider(shape).map(of);
  const kinked = kinks
    ? [
        both(a, binary('max')),
        both(a, binary('min')),
        unary('abs'),
        ...narrow.map((n) => both(n, binary('max'))),
      ]
    : [];
  const sums = shape.flatMap((d, i) =>
    d === '1'
      ? ['n', 'tokens'].map((by) => of(shape.with(i, by)).map((x) => apply('sum', [x], { axes: [i] })))
      : [],
  );
  return [
    both(a, binary('add')),
    both(a, (x, y) => apply('add', [apply('add', [x, y]), x])),
    both(a, binary('mul')),
    both(a, (x, y) => apply('div', [x, positive(y)])),
    fc.tuple(factor, a).map(([by, x]) => apply('scale', [x], { by })),
    ...['sin', 'cos', 'tanh', 'erf', 'sigmoid', 'detach'].map(unary),
    a.map((x) => apply('sqrt', [positive(x)])),
    // ln(1 + x²) would lose digits of a small x.
    a.map((x) => apply('log', [apply('add', [one(), positive(x)])])),
    a.map((x) => apply('exp', [apply('tanh', [x])])),
    a.map((x) => apply('project', [parameter(shape, 'u'), x])),
    a.map((x) => apply('straightThrough', [x, parameter(shape, 'u')])),
    ...narrow.flatMap((n) => [
      both(n, binary('add')),
      both(n, binary('mul')),
      n.map((x) => apply('expand', [x], { shape: dims(shape) })),
    ]),
    ...wide.map((w) => w.map((x) => apply('sumTo', [x], { shape: dims(shape) }))),
    ...kinked,
    ...sums,
  ];
}
