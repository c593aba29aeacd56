/** Prints the firings of rules, each with its law, what it changed and where. */
import { byKey } from '../../compiler/keyed.ts';
import type { ExplainedStep } from './index.ts';
import { GAP, WIDTH } from './layout.ts';

export interface LawText {
  readonly lines: readonly string[];
  /** The formulas that occur in these lines. */
  readonly formulas: readonly string[];
}

/** Prints equal lines once, with their count. */
export function firingLines(steps: readonly ExplainedStep[]): LawText {
  const alike = byKey(steps.map((s) => [[s.rule, ...told(s)].join(GAP), s] as const));
  return {
    lines: [...alike.values()].map((of) => {
      const [first] = of as [ExplainedStep];
      const head = of.length > 1 ? `${first.rule} ×${of.length}` : first.rule;
      return [`  ${head}`, ...told(first)].join(GAP);
    }),
    formulas: steps.filter((s) => s.before !== s.after).flatMap((s) => [s.before, s.after]),
  };
}

/** The law, what the firing changed unless it prints alike, and the place. */
function told({ rule, law, before, after, at }: ExplainedStep): string[] {
  const change = rule === 'vjp' ? [`adds ${after.replace('outputs, ', '')}`] : changed(before, after);
  return [law, ...change, ...(at.length > 0 ? [`[${at.join(' ')}]`] : [])];
}

function changed(before: string, after: string): string[] {
  if (before === after) return [];
  const line = `e.g. ${before} → ${after}`;
  return [line.length < WIDTH - 12 ? line : `e.g. ${before}${GAP}→ ${after}`];
}
