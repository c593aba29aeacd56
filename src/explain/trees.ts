/** Compares how products associate: (A·B)·C and the transpose of Cᵀ·(Bᵀ·Aᵀ) are the same products. */
import { Identity } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { projectedBy } from '../../compiler/ir/operator.ts';
import { isOp } from '../../compiler/ops/nodes.ts';
import { type ProgramGroup, transposeOf } from '../../compiler/rewrite/chains.ts';

/** The tree of an expression, and the tree of its transpose. */
interface Tree {
  readonly forward: string;
  readonly backward: string;
}

export class Trees {
  readonly #identity = new Identity();
  readonly #leaves: ReadonlyMap<number, Tree>;

  constructor(group: ProgramGroup) {
    const leaves = new Map<number, Tree>();
    for (const factor of group.chains.flatMap((c) => c.factors)) {
      const [own, other] = [this.#identity.of(factor), this.#identity.of(transposeOf(factor))];
      leaves.set(own, { forward: `${own}`, backward: `${other}` });
      if (!leaves.has(other)) leaves.set(other, { forward: `${other}`, backward: `${own}` });
    }
    this.#leaves = leaves;
  }

  /** A key that is equal for roots which form the same products. */
  key(roots: readonly Node[]): string {
    return roots.map((r) => this.#tree(r).forward).join(' ');
  }

  #tree(node: Node): Tree {
    const leaf = this.#leaves.get(this.#identity.of(node));
    if (leaf) return leaf;
    if (isOp(node, 'transpose')) {
      const { forward, backward } = this.#tree(node.args[0]!);
      return { forward: backward, backward: forward };
    }
    const whole = projectedBy(node);
    if (whole) {
      const { forward, backward } = this.#tree(whole);
      return { forward: `blocks ${forward}`, backward: `blocks ${backward}` };
    }
    if (isOp(node, 'matmul')) {
      const trees = node.args.map((a) => this.#tree(a));
      const backward = trees.map((t) => t.backward).reverse();
      return { forward: `(${trees.map((t) => t.forward).join(' ')})`, backward: `(${backward.join(' ')})` };
    }
    return { forward: `${this.#identity.of(node)}`, backward: `${this.#identity.of(transposeOf(node))}` };
  }
}
