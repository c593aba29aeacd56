/**
 * Turns expressions into what people would write, and so undoes what rules did for the kernels' sake. A written
 * permutation that is applied as reshape∘permuteAxes∘reshape becomes a product with P. diag(Tᵀ) becomes diag(T)ᵀ. A
 * repetition whose only purpose is to fit the other operand is left out. Equal expressions become one node.
 */
import { type Dim, equalDim, productDim } from '../../../compiler/dims/dims.ts';
import { apply, Identity, reapply, sameShape } from '../../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { operator } from '../../../compiler/ir/operator.ts';
import { fold } from '../../../compiler/ir/walk.ts';
import { reshape } from '../../../compiler/ops/indexing.ts';
import { isOp, transposed } from '../../../compiler/ops/nodes.ts';

export class Display {
  readonly #identity = new Identity();
  /** The displayed node of each permutation: P itself if it was written first, and P's transpose for its inverse. */
  readonly #permutations = new Map<Node, Node>();

  /** The node that is displayed for an expression; equal displays share one node. */
  readonly of: (node: Node) => Node = fold((node, of) =>
    this.#one(this.#folded(node.kind === 'input' ? node : reapply(node, node.args.map(of)))),
  );

  #one(node: Node): Node {
    return this.#identity.canonical(node);
  }

  #folded(node: Node): Node {
    if (node.kind === 'input') return node;
    if (isOp(node, 'shuffle')) return this.#permutation(node);
    if (isOp(node, 'transpose')) return transposed(node.args[0]!);
    if (isOp(node, 'blockDiag') && isOp(node.args[0]!, 'transpose'))
      return transposed(this.#one(apply('blockDiag', [node.args[0].args[0]!])));
    if (isOp(node, 'reshape')) {
      const [a] = node.args as [Node];
      return reshape(isOp(a, 'reshape') ? a.args[0]! : a, node.type.shape);
    }
    if (isOp(node, 'permuteAxes')) return this.#product(node) ?? node;
    return operator(node.op).broadcasts ? broadcast(node) : node;
  }

  /** The permutation P of a node, or Pᵀ if its transpose P was written before. */
  #permutation(node: OpNode): Node {
    const own = this.#one(node);
    if (!this.#permutations.has(own)) {
      this.#permutations.set(own, own);
      const other = this.#one(operator('shuffle').transpose!(node));
      if (other !== own) this.#permutations.set(other, this.#one(transposed(own)));
    }
    return this.#permutations.get(own)!;
  }

  /** A permuteAxes(reshape(a)) that reorders the digits of columns or rows, as a reshape of a·P or P·a. */
  #product(node: OpNode): Node | undefined {
    const [split] = node.args as [Node];
    if (!isOp(split, 'reshape')) return undefined;
    const [a] = split.args as [Node];
    const order = node.attrs.order as readonly number[];
    const rank = a.type.shape.length;
    for (const along of rank === 2 ? [1, 0] : [rank - 1]) {
      const digits = digitsOf(a.type.shape, split.type.shape, along);
      if (!digits || order.some((o, n) => o !== n && !within(n, along, digits.length))) continue;
      const shuffle = apply('shuffle', [], {
        digits,
        order: order.slice(along, along + digits.length).map((o) => o - along),
      });
      const ofColumns = along === rank - 1;
      const p = this.#permutations.get(
        this.#one(ofColumns ? shuffle : operator('shuffle').transpose!(shuffle)),
      );
      if (!p) continue;
      return reshape(this.#one(apply('matmul', ofColumns ? [a, p] : [p, a])), node.type.shape);
    }
    return undefined;
  }
}

/** The node without repetitions of its operands that broadcasting makes anyway. */
function broadcast(node: OpNode): OpNode {
  const bare = reapply(
    node,
    node.args.map((a) => (isOp(a, 'expand') ? a.args[0]! : a)),
  );
  return sameShape(bare.type.shape, node.type.shape) ? bare : node;
}

const within = (n: number, start: number, length: number) => n >= start && n < start + length;

/** The digits that a reshape splits axis `along` into; undefined if it changes other axes. */
function digitsOf(shape: readonly Dim[], split: readonly Dim[], along: number): readonly Dim[] | undefined {
  const count = split.length - shape.length + 1;
  if (along < 0 || shape.length < 2 || count < 2) return undefined;
  const digits = split.slice(along, along + count);
  const rest = split.toSpliced(along, count);
  const others = shape.toSpliced(along, 1);
  return sameShape(rest, others) && equalDim(productDim(digits), shape[along]!) ? digits : undefined;
}
