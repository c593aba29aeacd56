/** Assembles random expressions to a program: puts shared expressions in place, and gives every input a role. */
import { dimNames } from '../../compiler/dims/dims.ts';
import { input, reapply, topological } from '../../compiler/ir/build.ts';
import type { InputNode, Node, Program } from '../../compiler/ir/node.ts';
import { operator } from '../../compiler/ir/operator.ts';
import { programOf } from './evaluate.ts';

/** Copies expressions with inputs replaced. Shared nodes stay shared. */
function replaceInputs(roots: readonly Node[], by: (n: InputNode) => Node): Node[] {
  const done = new Map<Node, Node>();
  for (const n of topological(roots))
    done.set(
      n,
      n.kind === 'input'
        ? by(n)
        : reapply(
            n,
            n.args.map((a) => done.get(a)!),
          ),
    );
  return roots.map((r) => done.get(r)!);
}

/** The names of inputs that get a gradient from some root. */
function differentiablyReached(roots: readonly Node[]): Set<string> {
  const names = new Set<string>();
  const seen = new Set<Node>();
  const visit = (n: Node): void => {
    if (seen.has(n)) return;
    seen.add(n);
    if (n.kind === 'input') {
      names.add(n.name);
      return;
    }
    const parts = operator(n.op).vjp(n, input('g', 'cotangent', n.type));
    n.args.forEach((a, i) => {
      if (parts[i]) visit(a);
    });
  };
  roots.forEach(visit);
  return names;
}

/**
 * Makes a program with outputs y0, y1, …. A tensor over tokens is an input, any other is trainable. Those whose name
 * starts with a letter of `frozen`, and those that no gradient reaches, are frozen.
 */
export function assemble(
  outputs: readonly Node[],
  shared: ReadonlyMap<string, Node>,
  frozen: readonly string[],
): Program {
  const placed = replaceInputs(outputs, (n) => shared.get(n.name) ?? n);
  const reached = differentiablyReached(placed);
  const roles = new Map<string, InputNode>();
  const withRole = (n: InputNode): InputNode => {
    const known = roles.get(n.name);
    if (known) return known;
    const overTokens = n.type.shape.some((d) => dimNames(d).includes('tokens'));
    const isFrozen = !reached.has(n.name) || frozen.some((letter) => n.name.startsWith(letter));
    const made = input(n.name, isFrozen ? 'frozen' : overTokens ? 'input' : 'trainable', n.type);
    roles.set(n.name, made);
    return made;
  };
  const nodes = replaceInputs(placed, withRole);
  return programOf(Object.fromEntries(nodes.map((n, i) => [`y${i}`, n])));
}
