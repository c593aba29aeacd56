/**
 * Nests products with too many factors for all their associations to be compared. The factors beside the tokens are
 * multiplied first, SEGMENT at a time, so that tokens are multiplied by one factor after another. Products of the
 * forward pass and of gradients are cut at the same places, counted from the tokens, and share what they have in
 * common.
 */
import { MAX_CHAIN } from '../associate/chains.ts';
import { apply, reapply, rebuild, withSpans } from '../ir/build.ts';
import type { Node, Program } from '../ir/node.ts';
import { isOp, transposed } from '../ops/nodes.ts';
import { hasTokens } from './applying.ts';
import { SubProducts } from './chains.ts';

/**
 * The largest number of factors in a segment of a long product. Two segments, such as the two sides of a gradient,
 * fit into one chain.
 */
export const SEGMENT = MAX_CHAIN / 2;

/** The program in which no product has more than MAX_CHAIN factors. */
export function nestLong(program: Program): Program {
  const subs = new SubProducts();
  /** The segments so far, by their keys: a segment that occurs transposed is the transpose of the first. */
  const segments = new Map<string, { readonly node: Node; readonly flipped: boolean }>();
  const segment = (factors: readonly Node[]): Node => {
    const { key, flipped } = subs.key(factors);
    const known = segments.get(key);
    if (known) return known.flipped === flipped ? known.node : transposed(known.node);
    const node = apply('matmul', factors);
    segments.set(key, { node, flipped });
    return node;
  };
  const visit = rebuild(new Map(), (n, args) =>
    isOp(n, 'matmul') && args.length > MAX_CHAIN
      ? withSpans(n.spans, () => apply('matmul', nested(args, segment)))
      : reapply(n, args),
  );
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}

/** At most MAX_CHAIN factors with the same product. */
function nested(all: readonly Node[], segment: (factors: readonly Node[]) => Node): readonly Node[] {
  let factors = all;
  while (factors.length > MAX_CHAIN) {
    const { from, to } = beside(factors);
    factors = [...factors.slice(0, from), segment(factors.slice(from, to)), ...factors.slice(to)];
  }
  return factors;
}

/**
 * The range of the SEGMENT factors to multiply first. In x·A·B·… the range begins with x. In …·B·A·xᵀ it ends with xᵀ.
 * In …·B·A·xᵀ·g·C·D·…, where factors follow the tokens on both sides, it lies on the side with more factors.
 */
function beside(factors: readonly Node[]): { readonly from: number; readonly to: number } {
  const first = factors.findIndex(hasTokens);
  if (first < 0) return { from: 0, to: SEGMENT };
  const last = factors.findLastIndex(hasTokens);
  const [before, after] = [first, factors.length - 1 - last];
  const right = after >= before;
  const from = right ? Math.min(last, factors.length - SEGMENT) : Math.max(0, first + 1 - SEGMENT);
  return { from, to: from + SEGMENT };
}
