/**
 * The products of a program as chains without an association, and the sub-products that several chains
 * could share, whichever way round they stand: R·Wᵀ in one is (W·Rᵀ)ᵀ in the other.
 */
import { apply, Identity, sameExpression, topological, withSpans } from '../ir/build.ts';
import type { Node, OpNode, Program } from '../ir/node.ts';
import { actionOf, operator, structureOf } from '../ir/operator.ts';
import { limits } from '../limits.ts';
import { isOp, transposed } from '../ops/nodes.ts';

/** The longest chain that is associated. */
export const MAX_CHAIN = limits.factors.most;

/** A product of three or more factors, or one that could share with such. */
export interface Chain {
  /** The matmul, or the diagBlocks around it, that the association replaces. */
  readonly site: OpNode;
  readonly factors: readonly Node[];
  /** Only the diagonal blocks of the last product are wanted. */
  readonly projected: boolean;
}

export function collectChains(program: Program): Chain[] {
  const roots = program.outputs.map((o) => o.node);
  const nodes = topological(roots);
  const isProjection = (n: Node): boolean => isOp(n, 'diagBlocks') && isOp(n.args[0]!, 'matmul');
  // Of a product that is only projected no more than the blocks are formed.
  const formed = new Set(roots);
  for (const n of nodes) if (n.kind === 'op' && !isProjection(n)) for (const a of n.args) formed.add(a);
  const projected = nodes
    .filter((n): n is OpNode => isProjection(n))
    .map((site) => ({ site, factors: (site.args[0] as OpNode).args, projected: true }));
  const whole = nodes
    .filter((n): n is OpNode => isOp(n, 'matmul') && formed.has(n))
    .map((site) => ({ site, factors: site.args, projected: false }));
  return [...projected, ...whole];
}

/** Whether one is the other transposed, by structure. */
export function areTransposes(a: Node, b: Node): boolean {
  return sameExpression(transposeOf(a), b) || sameExpression(a, transposeOf(b));
}

/** Aᵀ pushed inside where the operator can, so that a structured factor stays structured. */
export function transposeOf(n: Node): Node {
  if (n.kind === 'op' && (structureOf(n) || actionOf(n))) {
    return operator(n.op).transpose?.(n) ?? transposed(n);
  }
  return transposed(n);
}

/** A·B: composed where both are structured alike, else a two-factor product. */
export function multiply(left: Node, right: Node): OpNode {
  const s = structureOf(left);
  if (s && s === structureOf(right)) {
    const composed = s.compose?.(left as OpNode, right as OpNode);
    if (composed) return composed as OpNode;
  }
  return apply('matmul', [left, right]);
}

/** The last product of a chain: at its site's spans, projected where only blocks are wanted. */
export function multiplyLast(chain: Chain, left: Node, right: Node): OpNode {
  return withSpans(chain.site.spans, () =>
    chain.projected
      ? apply('diagBlocks', [apply('matmul', [left, right])], chain.site.attrs)
      : multiply(left, right),
  );
}

/** Keys of sub-products: the same for a sub-product and for its transpose. */
export class SubProducts {
  readonly #identity = new Identity();
  readonly #transposes = new Map<number, number>();

  #transposeId(n: Node): number {
    const id = this.#identity.of(n);
    let t = this.#transposes.get(id);
    if (t === undefined) {
      t = this.#identity.of(transposeOf(n));
      this.#transposes.set(id, t);
      this.#transposes.set(t, id);
    }
    return t;
  }

  /** `flipped`: this occurrence is the transpose of the key's own orientation. */
  key(factors: readonly Node[]): { key: string; flipped: boolean } {
    const forward = factors.map((f) => this.#identity.of(f)).join(' ');
    const backward = factors
      .map((f) => this.#transposeId(f))
      .reverse()
      .join(' ');
    return forward <= backward ? { key: forward, flipped: false } : { key: backward, flipped: true };
  }
}

/** Chains that must be decided together: connected through a shareable sub-product. */
export interface Group {
  readonly chains: readonly Chain[];
  /** Keys that occur in at least two places, shortest first. */
  readonly shareable: readonly string[];
}

/** Groups with at least one chain of three factors; all other products have nothing to decide. */
export function groupChains(chains: readonly Chain[], subs: SubProducts): Group[] {
  const where = new Map<string, { chains: Set<Chain>; count: number; length: number }>();
  for (const chain of chains) {
    // It is refused.
    if (chain.factors.length > MAX_CHAIN) continue;
    for (const [i, j] of intervals(chain.factors.length)) {
      // A projected chain never has its whole product.
      if (j - i < 2 || (chain.projected && j - i === chain.factors.length)) continue;
      const { key } = subs.key(chain.factors.slice(i, j));
      const entry = where.get(key) ?? { chains: new Set(), count: 0, length: j - i };
      entry.chains.add(chain);
      entry.count++;
      where.set(key, entry);
    }
  }
  const shared = [...where].filter(([, e]) => e.count > 1).sort(([, a], [, b]) => a.length - b.length);
  const groups: { chains: Set<Chain>; keys: string[] }[] = chains.map((c) => ({
    chains: new Set([c]),
    keys: [],
  }));
  for (const [key, e] of shared) {
    const touched = groups.filter((g) => [...e.chains].some((c) => g.chains.has(c)));
    const merged = {
      chains: new Set(touched.flatMap((g) => [...g.chains])),
      keys: [...touched.flatMap((g) => g.keys), key],
    };
    for (const g of touched) groups.splice(groups.indexOf(g), 1);
    groups.push(merged);
  }
  const order = new Map(chains.map((c, i) => [c, i]));
  return groups
    .filter((g) => [...g.chains].some((c) => c.factors.length > 2))
    .map((g) => ({ chains: [...g.chains].sort((a, b) => order.get(a)! - order.get(b)!), shareable: g.keys }))
    .sort((a, b) => order.get(a.chains[0]!)! - order.get(b.chains[0]!)!);
}

/** [i, j) with j > i, shortest first. */
export function intervals(n: number): [number, number][] {
  const all: [number, number][] = [];
  for (let len = 1; len <= n; len++) for (let i = 0; i + len <= n; i++) all.push([i, i + len]);
  return all;
}
