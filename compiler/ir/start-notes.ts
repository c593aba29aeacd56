/** The note on parameters that start at zeros, are multiplied with each other alone, and so never change. */
import { topological } from './build.ts';
import type { InputNode, Node, Program } from './node.ts';
import { argsOf, fold } from './walk.ts';

/** Operators that are linear in each argument alone: the result is zero if one of them is. */
const PRODUCTS: ReadonlySet<string> = new Set(['matmul', 'mul', 'kronecker']);
/** Operators of one argument whose result is zero if the argument is. */
const LINEAR: ReadonlySet<string> = new Set([
  'transpose',
  'reshape',
  'permuteAxes',
  'slice',
  'sum',
  'scale',
  'blockDiag',
  'diag',
]);

/** The note for a product such as B·A of LoRA whose factors all start at zeros: each has the others in its gradient. */
export function stuckNotes({ inputs, outputs }: Program): string[] {
  const zeros = fold<ReadonlySet<InputNode>>((n, of) => {
    if (n.kind === 'input') return new Set(startsAtZeros(n) ? [n] : []);
    if (PRODUCTS.has(n.op)) return new Set(n.args.flatMap((a) => [...of(a)]));
    return new Set(LINEAR.has(n.op) ? of(n.args[0]!) : []);
  });
  const roots = outputs.map((o) => o.node);
  const live = new Set<Node>();
  for (const open: Node[] = [...roots]; open.length > 0; ) {
    const n = open.pop()!;
    if (live.has(n) || zeros(n).size > 1) continue;
    live.add(n);
    open.push(...argsOf(n));
  }
  const used = new Set(topological(roots));
  const [first, ...others] = inputs.filter((i) => used.has(i) && startsAtZeros(i) && !live.has(i));
  if (!first || others.length === 0) return [];
  const names = [first, ...others].map((i) => `'${i.name}'`).join(' and ');
  const start = `{ init: { kaiming: ${first.type.shape.length - 1} } }`;
  return [
    `${names} start at zeros and are only multiplied with each other, so that their gradients stay zero: start '${first.name}' at random, ${start}`,
  ];
}

const startsAtZeros = (n: InputNode): boolean => n.role === 'trainable' && n.init === 'zeros';
