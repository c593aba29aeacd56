/** Walks over the nodes of a Program. */
import { foldOver, type Memo } from '../primitives/walk.ts';
import type { Node } from './node.ts';

/** The arguments of a node; an input has none. */
export const argsOf = (n: Node): readonly Node[] => (n.kind === 'input' ? [] : n.args);

/** `foldOver` for the nodes of a Program. */
export const fold = <T>(
  step: (node: Node, of: (arg: Node) => T) => T,
  known: Memo<Node, T> = new Map<Node, T>(),
): ((node: Node) => T) => foldOver(argsOf, step, known);
