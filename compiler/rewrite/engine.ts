/**
 * Applies rules bottom-up until none fires. Nodes are shared by structure while rebuilding, so the use
 * counts that rules ask for are those of the expression, not of how it was built.
 */
import { Identity, reapply, topological, uniteSpans, withSpans } from '../ir/build.ts';
import type { Binding } from '../ir/dims.ts';
import { OftcError } from '../ir/error.ts';
import type { Node, OpNode, Program, Span } from '../ir/node.ts';
import { countUses } from '../ir/print.ts';
import { matches, type Rule, type RuleContext } from './rule.ts';

/** One application of a rule, for `explain`. */
export interface Firing {
  readonly rule: string;
  readonly law: string;
  readonly before: Node;
  readonly after: Node;
  readonly spans: readonly Span[];
}

/** Rounds over the whole program; each rule lowers the stated measure, so this is a guard, not a budget. */
const MAX_ROUNDS = 200;

/** Rewrites to a fixpoint. Throws OFT9005 when the rules do not terminate on this program. */
export function rewrite(
  program: Program,
  rules: readonly Rule[],
  sizes: Binding = {},
): { program: Program; fired: Firing[] } {
  const byOp = new Map<string, Rule[]>();
  for (const r of rules) byOp.set(r.pattern.op, [...(byOp.get(r.pattern.op) ?? []), r]);
  const fired: Firing[] = [];
  let current = share(program);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = fired.length;
    current = share(rewriteOnce(current, byOp, fired, sizes));
    if (fired.length === before) return { program: current, fired };
  }
  const last = fired.slice(-3).map((f) => f.rule);
  throw new OftcError(
    'OFT9005',
    `rewriting '${program.name}' did not end after ${MAX_ROUNDS} rounds; last rules: ${last.join(', ')}`,
  );
}

function rewriteOnce(
  program: Program,
  byOp: ReadonlyMap<string, readonly Rule[]>,
  fired: Firing[],
  sizes: Binding,
): Program {
  const uses = countUses(program.outputs.map((o) => o.node));
  const done = new Map<Node, Node>();
  const ctx: RuleContext = { uses: (n) => uses.get(n) ?? 1, sizes };
  const visit = (node: Node): Node => {
    if (node.kind === 'input') return node;
    const old = done.get(node);
    if (old) return old;
    let next: Node = reapply(node, node.args.map(visit));
    uses.set(next, uses.get(node) ?? 1);
    for (const rule of byOp.get(node.op) ?? []) {
      if (!matches(rule.pattern, next)) continue;
      const built = build(rule, next, ctx);
      if (!built) continue;
      fired.push({
        rule: rule.name,
        law: rule.law,
        before: next,
        after: built,
        spans: built.spans,
      });
      uses.set(built, uses.get(node) ?? 1);
      next = built;
      break;
    }
    done.set(node, next);
    return next;
  };
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}

/** Builds under the spans of what was matched, so the result points at all the author wrote. */
function build(rule: Rule, node: OpNode, ctx: RuleContext): Node | undefined {
  const spans = uniteSpans(node.spans, ...node.args.filter((a) => a.kind === 'op').map((a) => a.spans));
  return withSpans(spans, () => rule.build(node, ctx));
}

/** Structurally equal nodes become one; spans of the first are kept. */
export function share(program: Program): Program {
  const identity = new Identity();
  const canonical = new Map<number, Node>();
  for (const node of topological(program.outputs.map((o) => o.node))) {
    const id = identity.of(node);
    if (canonical.has(id)) continue;
    canonical.set(
      id,
      node.kind === 'input'
        ? node
        : reapply(
            node,
            node.args.map((a) => canonical.get(identity.of(a))!),
          ),
    );
  }
  return {
    ...program,
    outputs: program.outputs.map((o) => ({ name: o.name, node: canonical.get(identity.of(o.node))! })),
  };
}
