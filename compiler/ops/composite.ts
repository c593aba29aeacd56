/** Operators that are defined in others, and stay whole while their facts are of use. */

import { apply, input, substitute, topological } from '../ir/build.ts';
import type { Node, OpNode, TensorType } from '../ir/node.ts';
import { type Operator, register } from '../ir/operator.ts';
import { cotangents } from './cotangents.ts';
import { total } from './nodes.ts';

export interface Composite
  extends Pick<
    Operator,
    'name' | 'takes' | 'law' | 'facts' | 'transpose' | 'rotates' | 'print' | 'elsewhere'
  > {
  /** Throws OftcError (OFT2xxx) when the argument does not fit; the result has its own type. */
  type(args: readonly TensorType[]): TensorType;
  /** What it is, in other operators. */
  define(node: OpNode): Node;
}

const definitions = new Map<string, Composite>();

export const composites = (): readonly Composite[] => [...definitions.values()];

/** The definition of a composite, else undefined. */
export const defined = (node: Node): Node | undefined =>
  node.kind === 'op' ? definitions.get(node.op)?.define(node) : undefined;

export function registerComposite({ define, ...rest }: Composite): void {
  definitions.set(rest.name, { define, ...rest });
  register({
    ...rest,
    lower: (node, ctx) => ctx.lower(define(node)),
    // Through the definition on placeholders: simplification may look into an argument, and past it.
    vjp: (node, g) => {
      const places = node.args.map((a, i) => input(`${rest.name} argument ${i}`, 'trainable', a.type));
      const root = define(apply(node.op, places, node.attrs) as OpNode);
      const sums = cotangents(topological([root]), [[root, g]], () => true);
      return places.map((place) => {
        const own = sums.get(place);
        return own && substitute(total(own), new Map(places.map((p, i) => [p, node.args[i]!])));
      });
    },
  });
}
