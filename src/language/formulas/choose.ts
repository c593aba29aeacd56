/**
 * Chooses the sub-expressions to name. Permutations, skew-symmetric matrices and gradients of blocks always get a
 * name. An expression that is used in several places gets one unless it is very short. Further ones get names until
 * every formula fits a line. If one expression of a family is named, all of them are.
 */
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { projectedBy } from '../../../compiler/ir/operator.ts';
import type { Text } from '../../../compiler/ir/print.ts';
import { byKey } from '../../../compiler/keyed.ts';
import { isOp } from '../../../compiler/ops/nodes.ts';
import { skeleton } from './families.ts';
import { spell } from './spelling.ts';

/** The columns of a formula before names are assigned; numbers may make it a little longer. */
const WIDTH = 94;
/** The length up to which a shared expression is read faster than a name is looked up. */
const SHORT = 10;
/** The length from which a repeated part of a long formula is worth a name. */
const LONG = 9;

export interface Candidates {
  /** One node for each value, arguments before their users. */
  readonly nodes: readonly Node[];
  /** The number of places where a node is used. */
  uses(n: Node): number;
  /** The text for a named node in a skeleton, equal for names that may differ within a family. */
  placeholder(n: Node): string;
  /** The node of `nodes` with the same value as `n`, or with the value of its transpose (`flipped`). */
  like(n: Node): { readonly node: Node; readonly flipped: boolean } | undefined;
}

/** The nodes to name, each with its skeleton (families.ts). Chooses skeletons until a pass chooses no other. */
export function chooseNamed(candidates: Candidates): Map<Node, string> {
  const chosen = new Set<string>();
  for (;;) {
    const before = chosen.size;
    const named = pass(candidates, chosen);
    if (chosen.size === before) return named;
  }
}

/** Names the nodes with chosen skeletons. Adds skeletons to `chosen`; stops after the one that a long formula needs. */
function pass({ nodes, uses, placeholder, like }: Candidates, chosen: Set<string>): Map<Node, string> {
  const named = new Map<Node, string>();
  const texts = new Map<Node, Text>();
  const nameOf = (n: Node): string | undefined => {
    if (n.kind === 'input') return placeholder(n);
    const same = like(n);
    if (!same || !named.has(same.node)) return undefined;
    return `${placeholder(same.node)}${same.flipped ? 'ᵀ' : ''}`;
  };
  const text = (n: Node): Text => {
    const name = nameOf(n);
    if (name !== undefined) return { text: name, level: 2 };
    let own = texts.get(n);
    if (!own) {
      own = capped(spell(n as OpNode, text), 4 * WIDTH);
      texts.set(n, own);
    }
    return own;
  };
  for (const n of nodes) {
    if (n.kind === 'input') continue;
    const own = capped(spell(n, text), 4 * WIDTH);
    const bones = skeleton(own.text);
    if (own.text.length > WIDTH) {
      const written = parts(n, (m) => nameOf(m) !== undefined).map((m) => like(m)?.node ?? m);
      const part = cut(own.text.length - WIDTH, written as OpNode[], (m) => text(m).text);
      if (part !== undefined) {
        chosen.add(part);
        return named;
      }
    }
    const shared =
      uses(n) > 1 && bones.length > SHORT && !isNamedByKind(n) && !isSeen(n, (m) => nameOf(m) !== undefined);
    if (shared) chosen.add(bones);
    if (isNamedByKind(n) || chosen.has(bones)) named.set(n, bones);
  }
  return named;
}

/** Whether a node is a transpose, or a view (slice, reshape, permutation of axes) of a named node. */
function isSeen(n: Node, isNamed: (n: Node) => boolean): boolean {
  for (let seen = n; ; seen = seen.args[0]!) {
    if (seen.kind === 'input' || isNamed(seen) || isOp(seen, 'transpose')) return true;
    if (!VIEWS.has(seen.op)) return false;
  }
}

const isNamedByKind = (n: OpNode): boolean =>
  n.op === 'skew' || n.op === 'shuffle' || projectedBy(n) !== undefined;

/**
 * The skeleton to name in a long formula: that of a part that repeats, if naming it is enough, else the best part's.
 */
function cut(excess: number, written: readonly OpNode[], text: (n: Node) => string): string | undefined {
  const shown = written.filter((part) => !VIEWS.has(part.op)).map(text);
  const groups = byKey(shown.map((part) => [skeleton(part), part.length - 2] as const));
  const saving = (lengths: readonly number[]) => lengths.reduce((a, b) => a + b, 0);
  const repeated = [...groups]
    .filter(([s, lengths]) => lengths.length > 1 && s.length > LONG && saving(lengths) >= excess)
    .sort(([, a], [, b]) => saving(b) - saving(a));
  const best = bestPart(written, (n) => text(n).length, WIDTH);
  return repeated[0]?.[0] ?? (best && skeleton(text(best)));
}

/**
 * The longest part of at most two thirds of a line, or else the shortest part. No transpose: a value's transpose has the
 * value's name, so that a name for it would be defined by itself.
 */
export function bestPart(
  written: readonly OpNode[],
  length: (n: Node) => number,
  width: number,
): OpNode | undefined {
  const able = written.filter((n) => length(n) > 4 && !isOp(n, 'transpose'));
  const fitting = able.filter((n) => length(n) <= (2 * width) / 3);
  if (fitting.length > 0) return fitting.reduce((a, b) => (length(b) > length(a) ? b : a));
  return able.length > 0 ? able.reduce((a, b) => (length(b) < length(a) ? b : a)) : undefined;
}

const VIEWS: ReadonlySet<string> = new Set(['slice', 'reshape', 'permuteAxes', 'transpose']);

/** The unnamed operations below a node that its formula writes out. */
export function parts(node: OpNode, isNamed: (n: Node) => boolean): OpNode[] {
  const found = new Set<OpNode>();
  const open = node.args.toReversed();
  for (let n = open.pop(); n; n = open.pop()) {
    if (n.kind === 'input' || isNamed(n) || found.has(n)) continue;
    found.add(n);
    open.push(...n.args.toReversed());
  }
  return [...found];
}

/** A text cut to `cap` columns. A longer text is never shown, only compared with a width. */
export const capped = (t: Text, cap: number): Text =>
  t.text.length <= cap ? t : { text: t.text.slice(0, cap), level: t.level };
