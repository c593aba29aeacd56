/** Random expressions of a shape and depth. They are built for the shape, so that no draw is rejected. */
import fc, { type Arbitrary } from 'fast-check';
import { rational } from '../../../compiler/dims/rational.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { functions as f } from '../../../compiler/ops/surface.ts';
import { blocks } from './blocks.ts';
import { elementwise } from './elementwise.ts';
import { indexed } from './indexed.ts';
import { products } from './products.ts';
import { dims, keyOf, type Of, parameter, type Shape } from './shapes.ts';
import { square } from './square.ts';
import { structured } from './structured.ts';

/** The shapes of expressions that outputs may share. */
export const SHARED: readonly Shape[] = [
  ['b*r', 'b*r'],
  ['tokens', 'b*r'],
  ['r', 'b', 'b'],
  ['n', 'b*r'],
];

/** The name of the input that stands for the shared expression of a shape until the program is assembled. */
export const sharedName = (shape: Shape) => `shared${keyOf(shape)}`;

/** Draws expressions. `kinks` allows functions that are not differentiable everywhere, `share` shared expressions. */
export class Expressions {
  readonly #known = new Map<string, Arbitrary<Node>>();
  readonly kinks: boolean;
  readonly share: boolean;
  constructor(kinks: boolean, share: boolean) {
    this.kinks = kinks;
    this.share = share;
  }

  of(shape: Shape, depth: number): Arbitrary<Node> {
    const key = `${depth} ${keyOf(shape)}`;
    const drawn =
      this.#known.get(key) ??
      (depth === 0 ? this.#leaves(shape) : this.#applied(shape, (s) => this.of(s, depth - 1)));
    this.#known.set(key, drawn);
    return drawn;
  }

  /** An operator on expressions that `of` draws, or a leaf. */
  #applied(shape: Shape, of: Of): Arbitrary<Node> {
    const any = fc.oneof(...elementwise(shape, of, this.kinks), ...indexed(shape, of));
    const forms =
      shape.length < 2 ? [] : [products, square, blocks, structured].flatMap((draw) => draw(shape, of));
    return fc.oneof(
      { withCrossShrink: true },
      { arbitrary: this.#leaves(shape), weight: 1 },
      { arbitrary: any, weight: 2 },
      ...(forms.length > 0 ? [{ arbitrary: fc.oneof(...forms), weight: 6 }] : []),
    );
  }

  #leaves(shape: Shape): Arbitrary<Node> {
    const names = ['u', 'v', 'w'].map((w) => parameter(shape, w));
    if (this.share && SHARED.some((s) => keyOf(s) === keyOf(shape)))
      names.push(input(sharedName(shape), 'trainable', { shape: dims(shape), dtype: 'f32' }));
    if (shape.length === 0) {
      return fc.constantFrom(
        f.size('b*r'),
        f.size('tokens'),
        apply('literal', [], { value: rational(3n, 2n) }),
      );
    }
    return fc.constantFrom(...names);
  }
}
