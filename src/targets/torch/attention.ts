/** Puts PyTorch's own attention in place of its parts: one call forward, and one for the three gradients. */

import { eqQ, type Rational, toNumber } from '../../../compiler/dims/rational.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { isOp } from '../../../compiler/ops/nodes.ts';
import type { AttentionPrim, Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { foldOver } from '../../../compiler/primitives/walk.ts';

/** The arguments of a call for the gradients: q, k, start, v and the cotangent of the result. */
const GIVEN = 5;

/**
 * Drops `lse` from attention, and makes gradients by q and by k and v parts of one primitive of five arguments, which
 * computes all. Those stay whose D is not Σ g·o, as in the gradient of `lse`.
 */
export function fusedAttention(program: PrimProgram, nodeOf: (p: Prim) => OpNode | undefined): PrimProgram {
  const calls: AttentionPrim[] = [];
  const callOf = (p: AttentionPrim, args: readonly Prim[]): AttentionPrim => {
    const { formula: _, ...rest } = p;
    const known = calls.find(
      (c) => eqQ(c.scale, p.scale) && isSame(c.softCap, p.softCap) && c.args.every((a, n) => a === args[n]),
    );
    if (known) return known;
    const call: AttentionPrim = { ...rest, part: 'query', shape: args[0]!.shape, args };
    calls.push(call);
    return call;
  };
  const fused = foldOver<Prim, Prim>(
    (p) => p.args,
    (p, of) => {
      const args = p.args.map(of);
      if (p.kind === 'attention') {
        const [q, k, start, v, , g] = args as [Prim, Prim, Prim, Prim, Prim, Prim];
        if (p.part === 'output') return { ...p, args: [q, k, start, v] };
        if (isWholeGradient(nodeOf(p))) return { ...p, args: [callOf(p, [q, k, start, v, g])] };
      }
      return args.every((a, n) => a === p.args[n]) ? p : { ...p, args };
    },
  );
  return { ...program, outputs: program.outputs.map((o) => ({ ...o, prim: fused(o.prim) })) };
}

const GRADIENTS: ReadonlySet<string> = new Set(['attentionQuery', 'attentionKeyValue']);

/** Whether a node is a gradient of attention whose D is Σ g·o, with o the attention of the same arguments. */
function isWholeGradient(node: OpNode | undefined): boolean {
  // A primitive may stand for an operator around the gradient, such as `detach`.
  if (!node || !GRADIENTS.has(node.op)) return false;
  const { args, attrs } = node;
  const [q, k, start, v, , g, d] = args as [Node, Node, Node, Node, Node, Node, Node];
  const sum = bare(d);
  if (!isOp(sum, 'sum')) return false;
  const product = bare(sum.args[0]!);
  if (!isOp(product, 'mul') || product.args.length !== 2) return false;
  const isOutput = (n: Node): boolean => {
    const own = bare(n);
    return (
      isOp(own, 'attention') &&
      [q, k, start, v].every((a, i) => own.args[i] === a) &&
      ['scale', 'softCap'].every((o) => isSame(own.attrs[o] as Option, attrs[o] as Option))
    );
  };
  const isCotangent = (n: Node): boolean => bare(n) === bare(g);
  const [a, b] = product.args as [Node, Node];
  return (isOutput(a) && isCotangent(b)) || (isOutput(b) && isCotangent(a));
}

type Option = Rational | undefined;
const isSame = (a: Option, b: Option): boolean => (a && b ? eqQ(a, b) : a === b);

/** The node without reshapes. */
const bare = (n: Node): Node => (isOp(n, 'reshape') ? bare(n.args[0]!) : n);

/** The expression of an attention primitive, given those of its arguments. */
export function attentionText(
  { part, scale, softCap, args }: AttentionPrim,
  texts: readonly string[],
): string {
  // The call gives a tuple of the gradients by q, k and v.
  if (args.length === 1) return part === 'query' ? `${texts[0]}[0]` : `torch.stack(${texts[0]}[1:], dim=1)`;
  const name = {
    lse: 'attention_lse',
    output: 'attention',
    query: args.length === GIVEN ? 'attention_gradients' : 'attention_query',
    keyValue: 'attention_key_value',
  }[part];
  const options = [`scale=${toNumber(scale)}`, ...(softCap ? [`soft_cap=${toNumber(softCap)}`] : [])];
  return `oftc_torch.${name}(${[...texts, ...options].join(', ')})`;
}
