/**
 * Prints an explanation for a terminal: each law with one firing, names where they are first used, the decision and
 * its candidates, kernels. `full` leaves nothing out.
 */
import { families, familyLine } from '../language/formulas/families.ts';
import { groupLines, tokenRanges } from './group-text.ts';
import type { ExplainedDerivation, Explanation } from './index.ts';
import { kernelLines } from './kernel-text.ts';
import { firingLines, lawLines } from './law-text.ts';
import { GAP, WIDTH, wrap } from './layout.ts';
import { Legend, notation } from './legend.ts';
import { duration, short } from './units.ts';

export interface TextOptions {
  /** Whether to print every firing, every candidate and every kernel. */
  readonly full?: boolean;
}

/** The most lines that a reader reads at one sitting. */
const HEIGHT = 100;

interface Density {
  /** Whether to print every firing, every candidate and every kernel. */
  readonly full: boolean;
  /** The number of undominated candidates to print besides the chosen ones. */
  readonly alternatives: number;
  /** Whether definitions of several letters share a line. */
  readonly together: boolean;
}

const FULL: Density = { full: true, alternatives: Number.POSITIVE_INFINITY, together: false };
/** The densities to try, from roomy to tight. */
const DENSITIES: readonly Density[] = [
  { full: false, alternatives: 2, together: false },
  { full: false, alternatives: 1, together: true },
  { full: false, alternatives: 0, together: true },
];

/** Prints an explanation at the roomiest density that fits HEIGHT; at the tightest one if none does. */
export function renderExplanation(e: Explanation, { full = false }: TextOptions = {}): string {
  if (full) return linesOf(e, FULL).join('\n');
  let lines: string[] = [];
  for (const density of DENSITIES) {
    lines = linesOf(e, density);
    if (lines.length <= HEIGHT) break;
  }
  return lines.join('\n');
}

function linesOf(e: Explanation, density: Density): string[] {
  const shown: Shown = { e, density, legend: new Legend(e.legend), rules: new Set() };
  const lines = [
    ...header(shown),
    ...e.training.flatMap((d) => [
      `Derivation${purpose(d, e.training)}`,
      ...derivation(d, shown, density.alternatives),
      '',
    ]),
    ...inference(shown),
    '',
    ...costs(shown),
  ];
  const signs = notation(lines);
  return [...lines, ...(signs.length > 0 ? ['', ...signs] : [])].flatMap((l) => wrap(l));
}

interface Shown {
  readonly e: Explanation;
  readonly density: Density;
  readonly legend: Legend;
  /** The rules that were printed. */
  readonly rules: Set<string>;
}

function header({ e, density, legend }: Shown): string[] {
  const bound = Object.entries(e.dims).map(([n, v]) => `${n}=${v}`);
  const matrices = e.facts.map((f) => f.split('  ')[0]!);
  return [
    [e.name, bound.join(', '), e.where.length > 0 ? `where ${e.where.join(', ')}` : '']
      .filter(Boolean)
      .join(GAP),
    ...e.formula.map((f) => `  ${f}`),
    ...legend.lines([...e.formula, ...matrices], '  ', density.together),
    ...families(e.facts).map((f) => `  ${familyLine(f)}`),
    '',
  ];
}

/** The token counts that a derivation is chosen for, if there are two derivations. */
function purpose({ way, chosenFor }: ExplainedDerivation, all: readonly ExplainedDerivation[]): string {
  if (all.length === 1) return '';
  const kind = { many: 'for many tokens', few: 'for few tokens', written: 'as written' }[way];
  if (!chosenFor) return ` ${kind}`;
  return ` ${kind}: chosen for ${chosenFor.length === 0 ? 'none (--full)' : tokenRanges(chosenFor)}`;
}

function derivation(
  d: ExplainedDerivation,
  { e, density, legend, rules }: Shown,
  alternatives: number,
): string[] {
  if (d.chosenFor?.length === 0 && !density.full) return [];
  const laws = density.full ? firingLines(d.steps) : lawLines(d.steps, rules, density.together);
  const products = d.groups.flatMap((g) => [
    ...g.chains.map((c) => c.factors),
    ...g.candidates.flatMap((c) => c.forms),
  ]);
  const derived = density.together ? families(d.derived).map(familyLine) : d.derived;
  return [
    ...laws.lines,
    ...derived.map((f, n) => `  ${n === 0 ? 'gives' : '     '} ${f}`),
    ...legend.lines([...laws.formulas, ...d.derived, ...products], '    ', density.together),
    ...groupLines(d.groups, e, alternatives),
  ];
}

/** The forward alone, and its decision if that differs. */
function inference(shown: Shown): string[] {
  const { e, density } = shown;
  const title = 'Inference: the forward alone';
  const parts = e.inference.map((d) => derivation(d, shown, density.full ? density.alternatives : 0));
  if (parts.length === 1) return joined(title, parts[0]!);
  return [
    title,
    ...parts.flatMap((of, n) => joined(`  Derivation${purpose(e.inference[n]!, e.inference)}`, of)),
  ];
}

/** A title and the lines below it; a first line with only the result goes beside the title. */
function joined(title: string, [first = '', ...rest]: readonly string[]): string[] {
  const line = [title, first.trim()].filter(Boolean).join(GAP);
  return first.startsWith('  gives') && line.length <= WIDTH
    ? [line, ...rest]
    : [title, ...(first ? [first, ...rest] : [])];
}

function costs({ e, density, legend }: Shown): string[] {
  if (e.unbound.length > 0)
    return [
      `Costs are formulas: ${e.unbound.join(', ')} unbound. Bind them with --dims to see the choice and the kernels.`,
    ];
  const { name, flops, bandwidth, launch } = e.profile;
  return [
    `Kernels for training at tokens = ${e.tokens}`,
    ...kernelLines(e.kernels, density.full),
    ...legend.lines(
      e.kernels.map((k) => k.computes),
      '  ',
      density.together,
    ),
    '',
    `Kernels are those of the class '${e.device}'. Times and guards are modelled, not measured: profile '${name}', ${short(flops)}FLOP/s, ${short(bandwidth)}B/s, ${duration(launch)} a launch`,
  ];
}
