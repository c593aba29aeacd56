/**
 * Operators that are defined by other operators. Rules use a composite's facts first. Then its definition replaces
 * it. A composite has no transpose of its own, because its gradient shares products with the transpose of the
 * definition.
 */
import { apply, input, substitute, topological } from '../ir/build.ts';
import type { Attrs, Node, OpNode, TensorType } from '../ir/node.ts';
import { type Operator, register } from '../ir/operator.ts';
import { cotangents } from './cotangents.ts';
import { total } from './nodes.ts';

export interface Composite
  extends Pick<Operator, 'name' | 'takes' | 'law' | 'facts' | 'rotates' | 'print' | 'elsewhere'> {
  /** The type of the result. Throws OftcError (OFT2xxx) when the arguments do not fit. */
  type(args: readonly TensorType[], attrs: Attrs): TensorType;
  /** The node written in other operators. */
  define(node: OpNode): Node;
}

const definitions = new Map<string, Composite>();

export const composites = (): readonly Composite[] => [...definitions.values()];

/** The definition of a composite operator's node; undefined for other nodes. */
export const defined = (node: Node): Node | undefined =>
  node.kind === 'op' ? definitions.get(node.op)?.define(node) : undefined;

export function registerComposite({ define, ...rest }: Composite): void {
  definitions.set(rest.name, { define, ...rest });
  register({
    ...rest,
    lower: (node, ctx) => ctx.lower(define(node)),
    // Placeholders stand for the arguments while the definition is differentiated. Otherwise simplification could look
    // into an argument, and the definition would depend on what is inside.
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
