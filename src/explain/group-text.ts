/** Prints the joint decision about products: candidates with their costs, and the choice for each range of tokens. */
import { byKey } from '../../compiler/keyed.ts';
import { families, familyNotes, type NameFamily } from '../language/formulas/families.ts';
import type { ExplainedCandidate, ExplainedChoice, ExplainedGroup, Explanation } from './index.ts';
import { pack, type Row, table, WIDTH } from './layout.ts';
import { WORD } from './legend.ts';
import { duration, short } from './units.ts';

/** The candidates shown while sizes are unbound, when costs cannot rank them. */
const UNRANKED = 4;

export interface TokenRange {
  readonly minTokens: number;
  readonly maxTokens: number | null;
}

/** Token counts in words; adjacent ranges are joined. */
export function tokenRanges(ranges: readonly TokenRange[]): string {
  const all: TokenRange[] = [];
  for (const r of ranges) {
    const last = all.at(-1);
    if (last && last.maxTokens === r.minTokens - 1)
      all.splice(-1, 1, { minTokens: last.minTokens, maxTokens: r.maxTokens });
    else all.push(r);
  }
  return all.map(printRange).join(', ');
}

function printRange({ minTokens, maxTokens }: TokenRange): string {
  if (maxTokens === null) return `tokens ≥ ${minTokens}`;
  if (minTokens === maxTokens) return `tokens = ${minTokens}`;
  return minTokens === 0 ? `tokens ≤ ${maxTokens}` : `${minTokens} ≤ tokens ≤ ${maxTokens}`;
}

interface Told {
  readonly group: ExplainedGroup;
  readonly rows: readonly ExplainedCandidate[];
  /** The lines that contain names: chains, each row's associations, and products that are shared or merged. */
  readonly formulas: readonly string[];
}

/**
 * Prints the decisions of groups, each with up to `alternatives` undominated candidates besides those chosen. Groups
 * that differ in names alone are printed once.
 */
export function groupLines(
  groups: readonly ExplainedGroup[],
  e: Explanation,
  alternatives: number,
): string[] {
  const told = groups.map((group): readonly [string, Told] => {
    const rows = shownRows(group, alternatives);
    const formulas = [
      ...group.chains.map((c) => c.factors),
      ...rows.flatMap((c) => c.forms),
      ...shared(group).map((s) => s.product),
      ...merged(group).map((m) => m.product),
    ];
    const own = { group, rows, formulas };
    // Groups differ in their costs. Costs that are formulas are compared later, with the names.
    const kind = e.unbound.length > 0 ? 'open' : [...costs(own, e), leftOut(own)].join('\n');
    return [kind, own];
  });
  return [...byKey(told).values()].flatMap((alike) => kindLines(alike, e));
}

const costs = ({ group, rows }: Told, e: Explanation): string[] =>
  rows.map((c) => cells(c, group, e).join('   '));

/** Prints groups with equal costs. */
function kindLines(alike: readonly Told[], e: Explanation): string[] {
  const text = (t: Told) => [...t.formulas, ...(e.unbound.length > 0 ? costs(t, e) : [])].join('\n');
  const found = families(alike.map(text));
  return found.flatMap((f, n) => {
    const own = alike[f.members[0]!]!;
    const before = f.members.length === 1 ? found.slice(0, n).find((o) => o.members.length === 1) : undefined;
    const names = before && renaming(text(alike[before.members[0]!]!), text(own));
    if (!names) return groupText(own, f, e);
    const of = [...new Set(own.group.chains.flatMap((c) => c.of.split(', ')))].join(', ');
    return [`  the same with ${names.to.join(', ')} for ${names.from.join(', ')} (${of})`];
  });
}

/** The renaming of words that turns one text into the other; undefined if no one-to-one renaming does. */
function renaming(from: string, to: string): { from: string[]; to: string[] } | undefined {
  const [a, b] = [from.match(WORD) ?? [], to.match(WORD) ?? []];
  if (from.replace(WORD, '') !== to.replace(WORD, '') || a.length !== b.length) return undefined;
  const map = new Map<string, string>();
  for (const [k, word] of a.entries()) {
    if ((map.get(word) ?? b[k]) !== b[k]) return undefined;
    map.set(word, b[k]!);
  }
  if (new Set(map.values()).size !== map.size) return undefined;
  const changed = [...map].filter(([x, y]) => x !== y);
  return { from: changed.map(([x]) => x), to: changed.map(([, y]) => y) };
}

function groupText(told: Told, f: NameFamily, e: Explanation): string[] {
  const { group, rows } = told;
  const lines = f.template.split('\n');
  const take = (n: number) => lines.splice(0, n);
  const chains = take(group.chains.length).map((factors, k) => `${factors} (${group.chains[k]!.of})`);
  const forms = rows.map(() => take(group.chains.length));
  const once = shared(group).map(({ by }) => `${take(1)[0]} for ${by.join(', ')}`);
  const first = merged(group).map(({ tokens }) => `${take(1)[0]} for ${tokens}`);
  const ways = `${group.complete || rows.length === 0 ? '' : 'the best of '}${group.associations} ways`;
  const each = f.members.length > 1 ? `   ${f.members.length} times ${familyNotes(f)}` : '';
  const left = leftOut(told);
  return [
    `  ${ways} to associate ${chains.join('   ')}${each}`,
    ...candidateLines(told, forms, e),
    ...(once.length > 0 ? [`      formed once: ${once.join('   ')}`] : []),
    ...(first.length > 0 ? [`      weight-centric, formed first: ${first.join('   ')}`] : []),
    ...(left && rows.length !== 1 ? [`      ${left}`] : []),
  ];
}

function candidateLines(of: Told, forms: readonly (readonly string[])[], e: Explanation): string[] {
  const { group, rows } = of;
  const all = rows.map((c, k): Row => ({ cells: cells(c, group, e), items: forms[k]! }));
  if (e.unbound.length > 0)
    return all.flatMap(({ cells, items }) => [`      ${items.join('   ')}`, `        ${cells.join('   ')}`]);
  const head = ['operations', 'bytes', 'memory', 'launches', `time at ${e.tokens}`, 'chosen for'];
  if (all.length > 1) return table({ cells: head, items: ['association'] }, all, '    ', 'right');
  return all.flatMap(({ cells, items }) => {
    const cost = [...cells.slice(0, 4).map((c, k) => `${c} ${head[k]}`), cells[4]].join(', ');
    const told = [...items, `for ${cells[5]}`, cost, leftOut(of)].filter(Boolean);
    return pack(told, WIDTH - 6).map((l) => `      ${l}`);
  });
}

/** A candidate's costs, and the token counts that it is chosen for. */
function cells(c: ExplainedCandidate, g: ExplainedGroup, e: Explanation): string[] {
  if (!c.at || e.unbound.length > 0)
    return [`${c.operations} operations`, `${c.memory} memory`, `${c.bytes} bytes`, `${c.launches} launches`];
  const { operations, bytes, memory, seconds } = c.at;
  const range = tokenRanges(g.chosen.filter((k) => sameForms(k, c)));
  return [short(operations), short(bytes), short(memory), String(c.launches), duration(seconds), range];
}

const sameForms = (a: ExplainedChoice, b: ExplainedCandidate): boolean =>
  a.forms.join('\n') === b.forms.join('\n');

/** The candidates to show: those chosen, and the fastest undominated others by the model. */
function shownRows(g: ExplainedGroup, alternatives: number): ExplainedCandidate[] {
  if (alternatives === Number.POSITIVE_INFINITY) return [...g.candidates];
  const isChosen = (c: ExplainedCandidate) => g.chosen.some((k) => sameForms(k, c));
  const others = g.candidates.filter((c) => !c.dominated && !isChosen(c));
  const ranked = others.toSorted((a, b) => (a.at?.seconds ?? 0) - (b.at?.seconds ?? 0));
  const kept = new Set(ranked.slice(0, g.chosen.length > 0 ? alternatives : UNRANKED));
  return g.candidates.filter((c) => kept.has(c) || isChosen(c));
}

function leftOut({ group, rows }: Told): string {
  const left = group.candidates.filter((c) => !rows.includes(c));
  const dominated = left.filter((c) => c.dominated).length;
  if (left.length === 0) return '';
  const how =
    dominated === left.length ? ', dominated' : dominated > 0 ? `, ${dominated} of them dominated` : '';
  return `left out: ${left.length}${how} (--full)`;
}

/** Products formed once for several chains, except those that are part of another such product of the same chains. */
function shared(g: ExplainedGroup): ExplainedChoice['shared'] {
  const all = new Map(g.chosen.flatMap((c) => c.shared.map((s) => [s.product, s] as const)));
  const users = (s: ExplainedChoice['shared'][number]) => s.by.join();
  return [...all.values()].filter(
    (s) => ![...all.values()].some((o) => o !== s && users(o) === users(s) && o.product.includes(s.product)),
  );
}

/** Products of a frozen weight without activations, and the token counts that they are formed for. */
function merged(g: ExplainedGroup): { product: string; tokens: string }[] {
  const products = [...new Set(g.chosen.flatMap((c) => c.merged))];
  return products.map((product) => ({
    product,
    tokens: tokenRanges(g.chosen.filter((c) => c.merged.includes(product))),
  }));
}
