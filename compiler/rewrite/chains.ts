/**
 * Collects the products of a program as chains that have no association yet, and finds the sub-products that several
 * chains could share. A sub-product and its transpose are one: R·Wᵀ in one chain is (W·Rᵀ)ᵀ in another.
 */
import { apply, Identity, sameExpression, topological, withSpans } from '../ir/build.ts';
import type { Node, OpNode, Program } from '../ir/node.ts';
import { actionOf, operator, structureOf } from '../ir/operator.ts';
import { isOp, transposed } from '../ops/nodes.ts';

/** The most factors that a chain may have, because the ways to associate it grow as the Catalan numbers. */
export const MAX_CHAIN = 12;

/** A product of three or more factors, or a shorter one that could share a sub-product with such a product. */
export interface Chain {
  /** The matmul, or the diagBlocks around it, that the association replaces. */
  readonly site: OpNode;
  readonly factors: readonly Node[];
  /** Whether only the diagonal blocks of the last product are needed. */
  readonly projected: boolean;
}

export function collectChains(program: Program): Chain[] {
  const roots = program.outputs.map((o) => o.node);
  const nodes = topological(roots);
  const isProjection = (n: Node): boolean => isOp(n, 'diagBlocks') && isOp(n.args[0]!, 'matmul');
  // A product of which only diagonal blocks are needed is never formed in full.
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

/** Whether one expression is, node for node, the other transposed. */
export function areTransposes(a: Node, b: Node): boolean {
  return sameExpression(transposeOf(a), b) || sameExpression(a, transposeOf(b));
}

/** The transpose Aᵀ, by the operator's own transpose where it has one: a structured factor then stays structured. */
export function transposeOf(n: Node): Node {
  if (n.kind === 'op' && (structureOf(n) || actionOf(n))) {
    return operator(n.op).transpose?.(n) ?? transposed(n);
  }
  return transposed(n);
}

/** The product A·B: a structured matrix where both have the same structure and it composes, else a matmul of two. */
export function multiply(left: Node, right: Node): OpNode {
  const s = structureOf(left);
  if (s && s === structureOf(right)) {
    const composed = s.compose?.(left as OpNode, right as OpNode);
    if (composed) return composed as OpNode;
  }
  return apply('matmul', [left, right]);
}

/** The last product of a chain, with the spans of the chain's site; only its diagonal blocks if it is projected. */
export function multiplyLast(chain: Chain, left: Node, right: Node): OpNode {
  return withSpans(chain.site.spans, () =>
    chain.projected
      ? apply('diagBlocks', [apply('matmul', [left, right])], chain.site.attrs)
      : multiply(left, right),
  );
}

/** Gives keys to sub-products. A sub-product and its transpose have the same key. */
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

  /** The key of a sub-product. `flipped` says that the factors are the transpose of the key's own orientation. */
  key(factors: readonly Node[]): { key: string; flipped: boolean } {
    const forward = factors.map((f) => this.#identity.of(f)).join(' ');
    const backward = factors
      .map((f) => this.#transposeId(f))
      .reverse()
      .join(' ');
    return forward <= backward ? { key: forward, flipped: false } : { key: backward, flipped: true };
  }
}

/** Chains that must be decided together, for they have sub-products that they could share. */
export interface Group {
  readonly chains: readonly Chain[];
  /** The keys of sub-products that occur in at least two places, shortest first. */
  readonly shareable: readonly string[];
}

/** The groups of chains that have a chain of three factors or more; others leave nothing to decide. */
export function groupChains(chains: readonly Chain[], subs: SubProducts): Group[] {
  const where = new Map<string, { chains: Set<Chain>; count: number; length: number }>();
  for (const chain of chains) {
    for (const [i, j] of intervals(chain.factors.length)) {
      // A projected chain never forms the product of all its factors.
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

/** All intervals [i, j) of n factors, shortest first. */
export function intervals(n: number): [number, number][] {
  const all: [number, number][] = [];
  for (let len = 1; len <= n; len++) for (let i = 0; i + len <= n; i++) all.push([i, i + len]);
  return all;
}
