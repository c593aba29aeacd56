/** Prints an explanation in about 20 lines: what was written and derived, guards, launches and memory. */
import { byKey } from '../../compiler/keyed.ts';
import { sampledLine } from '../identity/sampled-text.ts';
import { families, familyLine } from '../language/formulas/families.ts';
import { firstLine, titleLine } from './first-line.ts';
import { shared } from './group-text.ts';
import type { ExplainedDerivation, Explanation } from './index.ts';
import { heaviestLines } from './kernel-text.ts';
import { GAP, WIDTH, wrap } from './layout.ts';
import { Legend, notation } from './legend.ts';
import { choicesAt, chosenOf, ordered, WAYS } from './ordered.ts';
import { type TokenRange, tokenRanges } from './token-ranges.ts';
import { duration, figure } from './units.ts';

/** The width of the names of sections, in columns. */
const MARGIN = 11;

export function briefLines(e: Explanation): string[] {
  const legend = new Legend(e.legend);
  const own = chosenOf(e);
  const lines = [
    firstLine(e),
    titleLine(e),
    '',
    ...section('Written', written(e, legend)),
    ...section(e.asWritten ? 'Compiled' : 'Derived', derived(e, own, legend)),
    ...section('Laws', e.asWritten ? [] : [[...new Set(own.steps.map((s) => s.rule))].join(', ')]),
    ...section('Sampled', e.sampled ? [sampledLine(e.sampled)] : []),
    ...section('Stopped', e.stopped),
    ...section('Guards', e.cost ? guards(e, own, legend) : []),
    ...kernels(e, legend),
    ...section('Step', step(e)),
  ];
  return [...lines, ...section('Notation', notation(lines, WIDTH - MARGIN)), more(e)].flatMap((l) => wrap(l));
}

/** The lines of a section. Its name stands before the first. */
const section = (name: string, lines: readonly string[]): string[] =>
  lines.flatMap((l) => wrap(l, WIDTH - MARGIN)).map((l, n) => `${(n === 0 ? name : '').padEnd(MARGIN)}${l}`);

/** The largest number of lines of definitions in a section. */
const DEFINITIONS = 3;

const definitions = (legend: Legend, formulas: readonly string[]): string[] =>
  legend.first(formulas, WIDTH - MARGIN, DEFINITIONS);

const written = (e: Explanation, legend: Legend): string[] => [
  ...e.formula,
  ...definitions(legend, [...e.formula, ...e.facts.map((f) => f.split('  ')[0]!)]),
  ...families(e.facts).map(familyLine),
];

function derived(e: Explanation, own: ExplainedDerivation, legend: Legend): string[] {
  const order = ordered(own, e.tokens);
  const once = shared(choicesAt(own, e.tokens)).map((s) => s.product);
  const large = e.weightSized ?? [];
  return [
    ...(own.way === 'written' && !e.asWritten
      ? ['the parentheses as written: no derivation that was tried is certain to take less time']
      : []),
    ...families(own.derived.map(order)).map(familyLine),
    ...definitions(legend, [...own.derived, ...large]).map(order),
    ...(once.length > 0 ? [`formed once: ${once.join(', ')}`] : []),
    ...(large.length > 0 ? [`not input-centric, of the weight’s size: ${large.join(', ')}`] : []),
  ];
}

/** The lines that say at which token counts another program runs than the derived one. */
function guards(e: Explanation, own: ExplainedDerivation, legend: Legend): string[] {
  const shown = new Set(own.derived.map(ordered(own, e.tokens)));
  const says = (d: ExplainedDerivation, range: TokenRange): string => {
    if (d.way !== own.way) return `derived ${WAYS[d.way]}`;
    const other = d.derived.map(ordered(d, range.minTokens)).filter((f) => !shown.has(f));
    return other.length === 0 ? 'as above' : other.join(', ');
  };
  const lines = (['training', 'inference'] as const).flatMap((purpose) => {
    const all = e[purpose].flatMap((d) => (d.chosenFor ?? []).map((r) => ({ r, text: says(d, r) })));
    const alike = [
      ...byKey(all.sort((a, b) => a.r.minTokens - b.r.minTokens).map(({ r, text }) => [text, r])),
    ];
    if (alike.every(([text]) => text === 'as above')) return [];
    return [`${purpose}: ${alike.map(([text, of]) => `${text} at ${tokenRanges(of)}`).join(GAP)}`];
  });
  return lines.length > 0
    ? [...lines, ...definitions(legend, lines)]
    : ['none: one program for every token count'];
}

function kernels(e: Explanation, legend: Legend): string[] {
  if (!e.cost) return [];
  const { lines, formulas } = heaviestLines(e.kernels, e.profile, ' '.repeat(MARGIN));
  return [
    ...lines.with(0, `Kernels${lines[0]!.slice('Kernels'.length)}`),
    ...section('', definitions(legend, formulas)),
  ];
}

/** A training step's predicted time and its memory. */
function step({ cost, prediction, asWritten }: Explanation): string[] {
  if (!cost) return [];
  const { own, written } = cost;
  const both = (of: 'bytes' | 'peakTemporaryBytes') =>
    `${figure(own[of], 'B')}${written && !asWritten ? `, as written ${figure(written[of], 'B')}` : ''}`;
  const time = prediction ? `predicted ${duration(prediction.seconds)}; ` : '';
  return [`${time}moves ${both('bytes')}; temporaries ${both('peakTemporaryBytes')}`];
}

const more = ({ unbound, device }: Explanation): string =>
  unbound.length > 0
    ? '--full prints every law that fired and every candidate.'
    : `Kernels are those of the class '${device}'. Guards and times are modelled. --full prints every law, candidate and kernel.`;
