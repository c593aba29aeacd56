/** Prints an explanation for a terminal: in about 20 lines, or in full with every firing, candidate and kernel. */
import { sampledText } from '../identity/sampled-text.ts';
import { families, familyLine } from '../language/formulas/families.ts';
import { briefLines } from './brief.ts';
import { firstLine, titleLine } from './first-line.ts';
import { groupLines } from './group-text.ts';
import type { ExplainedDerivation, Explanation } from './index.ts';
import { kernelLines } from './kernel-text.ts';
import { firingLines } from './law-text.ts';
import { WIDTH, wrap } from './layout.ts';
import { Legend, notation } from './legend.ts';
import { WAYS } from './ordered.ts';
import { assumptions } from './prediction.ts';
import { tokenRanges } from './token-ranges.ts';
import { duration, short } from './units.ts';

export interface TextOptions {
  /** Whether to print every firing, every candidate and every kernel. */
  readonly full?: boolean;
}

const NOTATION = 'Notation   ';

export const renderExplanation = (e: Explanation, { full = false }: TextOptions = {}): string =>
  (full ? fullLines(e) : briefLines(e)).join('\n');

function fullLines(e: Explanation): string[] {
  const legend = new Legend(e.legend);
  const lines = [
    ...header(e, legend),
    ...e.training.flatMap((d) => [
      `${e.asWritten ? 'As written' : `Derivation${purpose(d, e.training)}`}`,
      ...derivation(d, e, legend),
      '',
    ]),
    ...inference(e, legend),
    '',
    ...kernels(e, legend),
  ];
  const signs = notation(lines, WIDTH - NOTATION.length);
  const notes = signs.map((l, n) => `${n === 0 ? NOTATION : ' '.repeat(NOTATION.length)}${l}`);
  return [...lines, ...(notes.length > 0 ? ['', ...notes] : [])].flatMap((l) => wrap(l));
}

function header(e: Explanation, legend: Legend): string[] {
  const matrices = e.facts.map((f) => f.split('  ')[0]!);
  const large = e.weightSized ?? [];
  return [
    firstLine(e),
    titleLine(e),
    ...e.formula.map((f) => `  ${f}`),
    ...legend.lines([...e.formula, ...matrices], '  '),
    ...families(e.facts).map((f) => `  ${familyLine(f)}`),
    ...(large.length > 0 ? [`  not input-centric, of the weight’s size: ${large.join('   ')}`] : []),
    ...legend.lines(large, '  '),
    ...e.stopped.map((text) => `  a search stopped: ${text}`),
    ...(e.sampled ? [`  sampled: ${sampledText(e.sampled)}`] : []),
    '',
  ];
}

/** The token counts that a derivation is chosen for, if there are two derivations. */
function purpose({ way, chosenFor }: ExplainedDerivation, all: readonly ExplainedDerivation[]): string {
  if (all.length === 1) return '';
  const chosen =
    chosenFor &&
    (chosenFor.length > 0
      ? `: chosen for ${tokenRanges(chosenFor)}`
      : ': another takes less time at every token count');
  return ` ${WAYS[way]}${chosen ?? ''}`;
}

function derivation(d: ExplainedDerivation, e: Explanation, legend: Legend): string[] {
  const laws = firingLines(d.steps);
  const products = d.groups.flatMap((g) => [
    ...g.chains.map((c) => c.factors),
    ...g.candidates.flatMap((c) => c.forms),
  ]);
  return [
    ...laws.lines,
    ...d.derived.map((f, n) => `  ${n === 0 ? 'gives' : '     '} ${f}`),
    ...legend.lines([...laws.formulas, ...d.derived, ...products], '    '),
    ...groupLines(d.groups, e),
  ];
}

/** The forward pass alone, and its decision if that differs. */
function inference(e: Explanation, legend: Legend): string[] {
  const title = 'Inference: the forward pass alone';
  const parts = e.inference.map((d) => derivation(d, e, legend));
  if (parts.length === 1) return joined(title, parts[0]!);
  return [
    title,
    ...parts.flatMap((of, n) => joined(`  Derivation${purpose(e.inference[n]!, e.inference)}`, of)),
  ];
}

/** A title and the lines below it; a first line with only the result goes beside the title. */
function joined(title: string, [first = '', ...rest]: readonly string[]): string[] {
  const line = [title, first.trim()].filter(Boolean).join('   ');
  return first.startsWith('  gives') && line.length <= WIDTH
    ? [line, ...rest]
    : [title, ...(first ? [first, ...rest] : [])];
}

function kernels(e: Explanation, legend: Legend): string[] {
  if (!e.cost || !e.prediction)
    return ['Costs are formulas: --dims gives sizes, and the choice and the kernels follow.'];
  const { name, flops, bandwidth, launch } = e.profile;
  return [
    `Kernels for training at tokens = ${e.tokens}`,
    ...kernelLines(e.kernels),
    ...legend.lines(
      e.kernels.map((k) => k.computes),
      '  ',
    ),
    '',
    ...assumptions(e.device, e.prediction),
    '',
    `Kernels are those of the class '${e.device}'. Times and guards are modelled, not measured: profile '${name}', ${short(flops)}FLOP/s, ${short(bandwidth)}B/s, ${duration(launch)} a launch`,
  ];
}
