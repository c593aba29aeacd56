/**
 * Applies rules bottom-up until none fires. Structurally equal nodes are one node, so how often a node is used
 * depends on the expression and not on how it was built.
 */
import type { Binding } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { type Span, uniteSpans } from '../errors/span.ts';
import { Identity, reapply, rebuild, topological, withSpans } from '../ir/build.ts';
import type { Node, OpNode, Program } from '../ir/node.ts';
import { countUses } from '../ir/print.ts';
import { argsOf } from '../ir/walk.ts';
import { byKey } from '../keyed.ts';
import { matches, opsOf, type Rule, type RuleContext } from './rule.ts';

/** One application of a rule, for `explain`. */
export interface Firing {
  readonly rule: string;
  readonly law: string;
  /** Whether the rule pays only for few tokens or only for many; absent if neither. */
  readonly tokens?: 'few' | 'many';
  readonly before: Node;
  readonly after: Node;
  readonly spans: readonly Span[];
}

/** The largest number of rounds over a program. Rules that each lower a measure end long before; others are stopped. */
const MAX_ROUNDS = 200;

/** Rewrites a program to a fixpoint. Throws OFT9005 when the rules do not terminate on it. */
export function rewrite(
  program: Program,
  rules: readonly Rule[],
  sizes: Binding = {},
): { program: Program; fired: Firing[] } {
  const byOp = byKey(rules.flatMap((r) => opsOf(r.pattern).map((op) => [op, r] as const)));
  const fired: Firing[] = [];
  const sharing = new Sharing();
  let current = sharing.of(program);
  const most = topological(current.outputs.map((o) => o.node)).length;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = fired.length;
    const next = rewriteOnce(current, byOp, fired, sizes, most);
    if (fired.length === before) return { program: current, fired };
    current = sharing.of(next);
  }
  const last = fired.slice(-3).map((f) => f.rule);
  throw new OftcError(
    'OFT9005',
    `rewriting '${program.name}' did not end after ${MAX_ROUNDS} rounds; last rules: ${last.join(', ')}`,
  );
}

/**
 * Visits each node once, arguments first, and rewrites it until no rule fires. After `most` firings, each node is
 * rewritten once at most, so that rules without end do not hold up a round.
 */
function rewriteOnce(
  program: Program,
  byOp: ReadonlyMap<string, readonly Rule[]>,
  fired: Firing[],
  sizes: Binding,
  most: number,
): Program {
  const last = fired.length + most;
  const uses = countUses(program.outputs.map((o) => o.node));
  const users = new Map<Node, string>();
  for (const n of topological(program.outputs.map((o) => o.node)))
    if (n.kind === 'op') for (const a of n.args) if (uses.get(a) === 1) users.set(a, n.op);
  const ctx: RuleContext = { uses: (n) => uses.get(n) ?? 1, userOf: (n) => users.get(n), sizes };
  /** The result of the first rule that fires on a node. */
  const fire = (node: OpNode): Node | undefined => {
    const candidates = (byOp.get(node.op) ?? []).filter((r) => matches(r.pattern, node));
    const spans = candidates.length > 0 ? spansOf(node) : [];
    for (const rule of candidates) {
      const after = withSpans(spans, () => rule.build(node, ctx));
      if (!after) continue;
      const { name, law, tokens } = rule;
      fired.push({ rule: name, law, ...(tokens ? { tokens } : {}), before: node, after, spans: after.spans });
      return after;
    }
    return undefined;
  };
  const visit = rebuild(new Map(), (node, args): Node => {
    let next: Node = reapply(node, args);
    uses.set(next, uses.get(node) ?? 1);
    const user = users.get(node);
    if (user !== undefined) users.set(next, user);
    // A rule that takes one of n factors at a time would need n rounds, if each result waited for the next round.
    do {
      const built: Node | undefined = next.kind === 'op' ? fire(next) : undefined;
      // A node that was part of the expression is rewritten already, and keeps its own number of uses.
      if (!built || uses.has(built)) return built ?? next;
      countNew(built, uses);
      uses.set(built, uses.get(node) ?? 1);
      if (user !== undefined) users.set(built, user);
      next = built;
    } while (fired.length < last);
    return next;
  });
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}

/** Counts the uses of the nodes that are new in a rule's result. */
function countNew(built: Node, uses: Map<Node, number>): void {
  const open = [built];
  const added = new Set<Node>();
  for (let node = open.pop(); node; node = open.pop()) {
    for (const a of argsOf(node)) {
      const known = uses.get(a);
      if (known === undefined) {
        open.push(a);
        added.add(a);
      }
      if (added.has(a)) uses.set(a, (known ?? 0) + 1);
    }
  }
}

/** The spans of a node and its arguments: the result of a rule points at all the source that it replaces. */
const spansOf = (node: OpNode): readonly Span[] =>
  uniteSpans(node.spans, ...node.args.filter((a) => a.kind === 'op').map((a) => a.spans));

/** Programs in which no two nodes are structurally equal. */
const shared = new WeakSet<Program>();

/** Shares structurally equal nodes, in one program after another. Nodes of an earlier program take little time. */
class Sharing {
  readonly #identity = new Identity();
  /** The node that stands for all equal ones, by their id. */
  readonly #canonical = new Map<number, Node>();

  /** The program with structurally equal nodes as one node, which has the spans of the first. */
  of(program: Program): Program {
    if (shared.has(program)) return program;
    const canonical = (n: Node): Node => this.#canonical.get(this.#identity.of(n))!;
    for (const node of topological(program.outputs.map((o) => o.node))) {
      const id = this.#identity.of(node);
      if (this.#canonical.has(id)) continue;
      this.#canonical.set(id, node.kind === 'input' ? node : reapply(node, node.args.map(canonical)));
    }
    const outputs = program.outputs.map((o) => ({ name: o.name, node: canonical(o.node) }));
    const result = { ...program, outputs };
    shared.add(result);
    return result;
  }
}

/** The program with structurally equal nodes as one node, which has the spans of the first. */
export const share = (program: Program): Program => new Sharing().of(program);
