/** Prints the joint decision about products: candidates with their costs, and the choice for each range of tokens. */
import { byKey } from '../../compiler/keyed.ts';
import { families, familyNotes, type NameFamily } from '../language/formulas/families.ts';
import type { ExplainedCandidate, ExplainedChoice, ExplainedGroup, Explanation } from './index.ts';
import { type Row, table } from './layout.ts';
import { WORD } from './legend.ts';
import { tokenRanges } from './token-ranges.ts';
import { duration, short } from './units.ts';

interface Told {
  readonly group: ExplainedGroup;
  /** The lines that contain names: chains, each row's associations, and products that are shared or merged. */
  readonly formulas: readonly string[];
}

/** Prints the decisions of groups, with every candidate. Groups that differ in names alone are printed once. */
export function groupLines(groups: readonly ExplainedGroup[], e: Explanation): string[] {
  const told = groups.map((group): readonly [string, Told] => {
    const formulas = [
      ...group.chains.map((c) => c.factors),
      ...group.candidates.flatMap((c) => c.forms),
      ...shared(group.chosen).map((s) => s.product),
      ...merged(group).map((m) => m.product),
    ];
    const own = { group, formulas };
    // Groups differ in their costs. Costs that are formulas are compared later, with the names.
    return [e.unbound.length > 0 ? 'open' : costs(own, e).join('\n'), own];
  });
  return [...byKey(told).values()].flatMap((alike) => kindLines(alike, e));
}

const costs = ({ group }: Told, e: Explanation): string[] =>
  group.candidates.map((c) => cells(c, group, e).join('   '));

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

function groupText({ group }: Told, f: NameFamily, e: Explanation): string[] {
  const lines = f.template.split('\n');
  const take = (n: number) => lines.splice(0, n);
  const chains = take(group.chains.length).map((factors, k) => `${factors} (${group.chains[k]!.of})`);
  const forms = group.candidates.map(() => take(group.chains.length));
  const once = shared(group.chosen).map(({ by }) => `${take(1)[0]} for ${by.join(', ')}`);
  const first = merged(group).map(({ tokens }) => `${take(1)[0]} for ${tokens}`);
  const ways = `${group.complete || forms.length === 0 ? '' : 'the best of '}${group.associations} ways`;
  const each = f.members.length > 1 ? `   ${f.members.length} times ${familyNotes(f)}` : '';
  return [
    `  ${ways} to associate ${chains.join('   ')}${each}`,
    ...candidateLines(group, forms, e),
    ...(once.length > 0 ? [`      formed once: ${once.join('   ')}`] : []),
    ...(first.length > 0 ? [`      weight-centric, formed first: ${first.join('   ')}`] : []),
  ];
}

function candidateLines(
  group: ExplainedGroup,
  forms: readonly (readonly string[])[],
  e: Explanation,
): string[] {
  const all = group.candidates.map((c, k): Row => ({ cells: cells(c, group, e), items: forms[k]! }));
  if (e.unbound.length > 0)
    return all.flatMap(({ cells, items }) => [`      ${items.join('   ')}`, `        ${cells.join('   ')}`]);
  const head = ['operations', 'bytes', 'memory', 'launches', `time at ${e.tokens}`, 'chosen for'];
  return all.length === 0 ? [] : table({ cells: head, items: ['association'] }, all, '    ', 'right');
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

/** Products formed once for several chains, except those that are part of another such product of the same chains. */
export function shared(chosen: readonly ExplainedChoice[]): ExplainedChoice['shared'] {
  const all = new Map(chosen.flatMap((c) => c.shared.map((s) => [s.product, s] as const)));
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
