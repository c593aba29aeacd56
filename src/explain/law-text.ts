/** Prints laws: every firing, or each rule once with its number of firings and one example. */
import { byKey } from '../../compiler/keyed.ts';
import type { ExplainedStep } from './index.ts';
import { GAP, WIDTH, wrap } from './layout.ts';

export interface LawText {
  readonly lines: readonly string[];
  /** The formulas that occur in these lines. */
  readonly formulas: readonly string[];
}

export const firingLines = (steps: readonly ExplainedStep[]): LawText => ({
  lines: steps.map((s) => told(s.rule, s.law, s, s.at.join(' '))),
  formulas: steps.flatMap((s) => [s.before, s.after]),
});

/**
 * Prints the laws of new rules, and the names alone of rules in `known`; adds all to `known`. If `tight`, a law has its
 * place in the source only where that takes no further line.
 */
export function lawLines(steps: readonly ExplainedStep[], known: Set<string>, tight: boolean): LawText {
  const fired = byKey(steps.map((s) => [s.rule, s] as const));
  const again = [...fired.keys()].filter((rule) => known.has(rule));
  const own = [...fired]
    .filter(([rule]) => !known.has(rule))
    .map(([rule, of]) => ({ rule, of, shown: telling(of) }));
  for (const { rule } of own) known.add(rule);
  return {
    lines: [
      ...(again.length > 0 && own.length > 0 ? [`  as above   ${again.join(', ')}`] : []),
      ...own.map(({ rule, of, shown }) => {
        const head = of.length > 1 ? `${rule} ×${of.length}` : rule;
        const { law, at } = shown ?? of[0]!;
        const [placed, bare] = [told(head, law, shown, at[0] ?? ''), told(head, law, shown, '')];
        return tight && wrap(placed).length > wrap(bare).length ? bare : placed;
      }),
    ],
    formulas: own.flatMap(({ shown }) => (shown ? [shown.before, shown.after] : [])),
  };
}

/** A line with a law and one firing of its rule. */
function told(rule: string, law: string, firing: ExplainedStep | undefined, at: string): string {
  const parts = [`  ${rule}`, law];
  if (firing?.rule === 'vjp') parts.push(`adds ${firing.after.replace('outputs, ', '')}`);
  else if (firing) parts.push(change(firing));
  return [...parts, ...(at ? [`[${at}]`] : [])].join(GAP);
}

function change({ before, after }: ExplainedStep): string {
  const line = `e.g. ${before} → ${after}`;
  return line.length < WIDTH - 12 ? line : `e.g. ${before}${GAP}→ ${after}`;
}

/** The shortest firing that changes how the expression prints, preferably without temporary names t₁, t₂, …. */
function telling(of: readonly ExplainedStep[]): ExplainedStep | undefined {
  const length = (s: ExplainedStep) =>
    s.before.length + s.after.length + (/(?<!\p{L})t[₀-₉]/u.test(`${s.before} ${s.after}`) ? 1000 : 0);
  const changing = of.filter((s) => s.before !== s.after);
  return changing.length === 0 ? undefined : changing.reduce((a, b) => (length(b) < length(a) ? b : a));
}
