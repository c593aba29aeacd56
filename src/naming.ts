/** Short names for sub-expressions that would otherwise be printed again and again. */
import { Identity, topological } from '../compiler/ir/build.ts';
import type { Node, Program } from '../compiler/ir/node.ts';
import { printNode } from '../compiler/ir/print.ts';
import { isOp } from '../compiler/ops/nodes.ts';
import { transposeOf } from '../compiler/rewrite/chains.ts';

export class Namer {
  readonly #identity = new Identity();
  readonly #names = new Map<number, { readonly name: string; readonly node: Node }>();
  readonly #counts = new Map<string, number>();

  /** Names what papers name: skew-symmetric generators Q, the gradients of block-diagonals G. */
  nameIn(program: Program): void {
    for (const n of topological(program.outputs.map((o) => o.node))) {
      if (isOp(n, 'skew')) this.#give(n, 'Q');
      if (isOp(n, 'diagBlocks')) this.#give(n, 'G');
    }
  }

  /** The name of a node, given now if it has none; a transpose is named after what it transposes. */
  name(node: Node): string {
    if (isTransposed(node)) return `${this.name(transposeOf(node))}ᵀ`;
    return this.known(node) ?? this.#give(node, letterOf(node));
  }

  /** The name of a node that has one; inputs always do. */
  known(node: Node): string | undefined {
    if (node.kind === 'input') return node.name;
    if (isTransposed(node)) {
      const base = this.known(transposeOf(node));
      return base && `${base}ᵀ`;
    }
    return this.#names.get(this.#identity.of(node))?.name;
  }

  /** A node as a formula over the names given so far, its own aside. */
  print(node: Node): string {
    return printNode(node, (n) => (n === node && n.kind === 'op' ? undefined : this.known(n)));
  }

  /** `R = diag(…)`, one line per given name. */
  legend(): string[] {
    return [...this.#names.values()].map(({ name, node }) => {
      return `${name} = ${this.print(node)}`;
    });
  }

  #give(node: Node, letter: string): string {
    const id = this.#identity.of(node);
    const old = this.#names.get(id);
    if (old) return old.name;
    const count = (this.#counts.get(letter) ?? 0) + 1;
    this.#counts.set(letter, count);
    const name = count === 1 ? letter : `${letter}${subscript(count)}`;
    this.#names.set(id, { name, node });
    return name;
  }
}

/** g for what a cotangent reaches, h for activations, R for what parameters alone determine. */
function letterOf(node: Node): string {
  const roles = topological([node]).flatMap((n) => (n.kind === 'input' ? [n.role] : []));
  return roles.includes('cotangent') ? 'g' : roles.includes('input') ? 'h' : 'R';
}

const isTransposed = (node: Node): boolean =>
  isOp(node, 'transpose') || (isOp(node, 'blockDiag') && isOp(node.args[0]!, 'transpose'));

const subscript = (n: number): string => [...String(n)].map((d) => '₀₁₂₃₄₅₆₇₈₉'[Number(d)]).join('');
