/** Leaves out the operators that change gradients alone, once no gradient is taken any more. */
import { reapply } from '../ir/build.ts';
import type { Node, Program } from '../ir/node.ts';
import { operator } from '../ir/operator.ts';
import { fold } from '../ir/walk.ts';

/** The program with the values of such operators in their place, so that nothing stands between them and their users. */
export function valuesOnly(program: Program): Program {
  const visit = fold<Node>((n, of) => {
    if (n.kind === 'input') return n;
    const { passes } = operator(n.op);
    return passes === undefined ? reapply(n, n.args.map(of)) : of(n.args[passes]!);
  });
  return { ...program, outputs: program.outputs.map((o) => ({ ...o, node: visit(o.node) })) };
}
