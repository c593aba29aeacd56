/** Lowers a program to primitives that remember their operators, so that these may be printed in a form of their own. */
import { type LoweringOptions, lowerProgram } from '../../../compiler/ir/lower.ts';
import type { OpNode, Program } from '../../../compiler/ir/node.ts';
import { operator } from '../../../compiler/ir/operator.ts';
import type { Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { fusedAttention } from './attention.ts';
import { dimText } from './dims.ts';
import { joinedPads } from './pads.ts';

export interface Annotated {
  readonly primitives: PrimProgram;
  /** The operator's application that a primitive is the result of. */
  nodeOf(p: Prim): OpNode | undefined;
  /** Whether a primitive is printed by its operator, from the primitive's own arguments. */
  isWhole(p: Prim): boolean;
  /** The expression of a primitive that is printed by its operator, given those of its arguments. */
  form(p: Prim, args: readonly string[]): string;
}

export function annotated(program: Program, lowering: Omit<LoweringOptions, 'formula'>): Annotated {
  const nodes: (OpNode | undefined)[] = [];
  // The formula of a primitive is the place of its node in the list.
  const formula = (_: Prim, node: OpNode | undefined) => `${nodes.push(node) - 1}`;
  const nodeOf = (p: Prim) => nodes[Number(p.formula)];
  const primitives = fusedAttention(lowerProgram(joinedPads(program), { ...lowering, formula }), nodeOf);
  return {
    primitives,
    nodeOf,
    isWhole: (p) => {
      const node = nodeOf(p);
      if (node === undefined) return false;
      const { torch, passes } = operator(node.op);
      return torch !== undefined && (passes === undefined || lowering.copies === true);
    },
    form: (p, args) => {
      const node = nodeOf(p)!;
      return operator(node.op).torch!(args, node, dimText);
    },
  };
}
