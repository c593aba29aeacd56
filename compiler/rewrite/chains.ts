/** Collects the products of a program as chains, and multiplies their factors as expressions. */
import * as association from '../associate/chains.ts';
import { apply, Identity, sameExpression, topological, withSpans } from '../ir/build.ts';
import type { Node, OpNode, Program } from '../ir/node.ts';
import { actionOf, operator, projectedBy, structureOf } from '../ir/operator.ts';
import { isOp, transposed } from '../ops/nodes.ts';

/** A product of a program as a chain. A product of two factors is one too, because longer chains may share it. */
export interface ProgramChain extends association.Chain<Node> {
  /** The matmul, or the projection around it, that the association replaces. */
  readonly site: OpNode;
}

export function collectChains(program: Program): ProgramChain[] {
  const roots = program.outputs.map((o) => o.node);
  const nodes = topological(roots);
  const isProjection = (n: Node): boolean => {
    const whole = projectedBy(n);
    return whole !== undefined && isOp(whole, 'matmul');
  };
  // A product of which only parts are needed is never formed in full.
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

/**
 * The product A·B. Two matrices of one structure compose to a third where that structure allows it; otherwise the
 * product is a matmul.
 */
export function multiply(left: Node, right: Node): OpNode {
  const s = structureOf(left);
  if (s && s === structureOf(right)) {
    const composed = s.compose?.(left as OpNode, right as OpNode);
    if (composed) return composed as OpNode;
  }
  return apply('matmul', [left, right]);
}

/** The last product of a chain, with the spans of the chain's site; only the parts that a projection keeps. */
export function multiplyLast(chain: ProgramChain, left: Node, right: Node): OpNode {
  return withSpans(chain.site.spans, () =>
    chain.projected
      ? apply(chain.site.op, chain.site.args.with(0, apply('matmul', [left, right])), chain.site.attrs)
      : multiply(left, right),
  );
}

/** Gives keys to the sub-products of expressions. */
export class SubProducts extends association.SubProducts<Node> {
  constructor() {
    super(new Identity().of, transposeOf);
  }
}

export type ProgramGroup = association.Group<ProgramChain>;

/** The groups of chains that have a chain of three factors or more; others leave nothing to decide. */
export const groupChains = (chains: readonly ProgramChain[], subs: SubProducts): ProgramGroup[] =>
  association.groupChains(chains, subs).filter((g) => g.chains.some((c) => c.factors.length > 2));
