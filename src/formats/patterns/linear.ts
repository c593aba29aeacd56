/**
 * Runs JavaScript's regular expressions in linear time by re2js: a port of RE2 to TypeScript's own platform, without
 * dependencies or native code. regexpp, ESLint's parser, takes an expression apart, so that RE2 gets nothing that has
 * another meaning there.
 */
import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { RE2JS, RE2JSException } from 're2js';
import { rangesOf } from './ranges.ts';

/** A match: its ends, and the text of each group; undefined for a group that took no part. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/** Finds the match that JavaScript's engine would find: the leftmost one from `from` on. */
export type Find = (text: string, from: number) => Match | undefined;

/**
 * The results that a search must give as JavaScript does:
 * - `found`: whether there is a match;
 * - `extent`: its ends too;
 * - `groups`: the text of its groups too, except for repeated ones.
 */
export type Detail = 'found' | 'extent' | 'groups';

/** Whether an error means that RE2 refuses an expression, or that it nests too deeply for the recursive parser. */
const isRefusal = (error: unknown): boolean => error instanceof RangeError || error instanceof RE2JSException;

/** A linear search for an expression; undefined if RE2 cannot match as JavaScript does, as with back references. */
export function linear({ source, flags }: RegExp, detail: Detail): Find | undefined {
  if (!/^g?u$/.test(flags)) return undefined;
  try {
    const { alternatives } = new RegExpParser().parsePattern(source, 0, source.length, { unicode: true });
    const compiled = RE2JS.compile(alternatives.map((a) => sequence(a, detail, false)).join('|'));
    let matcher = compiled.matcher('');
    let current = '';
    return (text, from) => {
      if (text !== current) [matcher, current] = [compiled.matcher(text), text];
      return matcher.find(from) ? matchOf(matcher) : undefined;
    };
  } catch (error) {
    if (error === INEXPRESSIBLE || isRefusal(error)) return undefined;
    throw error;
  }
}

function matchOf(matcher: ReturnType<RE2JS['matcher']>): Match {
  const groups = Array.from({ length: matcher.groupCount() }, (_, i) => matcher.group(i + 1) ?? undefined);
  return { start: matcher.start(), end: matcher.end(), groups };
}

const INEXPRESSIBLE = new Error('the linear engine cannot express it');

const sequence = ({ elements }: AST.Alternative, detail: Detail, repeated: boolean): string =>
  elements.map((e) => element(e, detail, repeated)).join('');

function element(e: AST.Element, detail: Detail, repeated: boolean): string {
  const inner = (group: AST.Group | AST.CapturingGroup): string =>
    group.alternatives.map((a) => sequence(a, detail, repeated)).join('|');
  switch (e.type) {
    case 'Character':
    case 'CharacterClass':
    case 'CharacterSet':
      return characters(e.raw);
    case 'Group':
      if (e.modifiers) throw INEXPRESSIBLE;
      if (EDGES.has(e.raw)) return EDGES.get(e.raw)!;
      return `(?:${inner(e)})`;
    case 'CapturingGroup':
      // JavaScript clears a group at every repetition, RE2 does not: repeated groups do not capture.
      return detail === 'groups' && !repeated ? `(${inner(e)})` : `(?:${inner(e)})`;
    case 'Quantifier':
      return quantified(e, detail);
    case 'Assertion':
      return assertion(e);
    default:
      throw INEXPRESSIBLE;
  }
}

function characters(raw: string): string {
  const ranges = rangesOf(raw);
  if (ranges.length === 0) return '[^\\x{0}-\\x{10FFFF}]';
  const hex = (n: number): string => `\\x{${n.toString(16)}}`;
  return `[${ranges.map(([a, b]) => (a === b ? hex(a) : `${hex(a)}-${hex(b)}`)).join('')}]`;
}

function quantified({ element: e, min, max, greedy }: AST.Quantifier, detail: Detail): string {
  // If an optional repetition is empty, JavaScript backtracks and RE2 goes on, so only `found` agrees.
  if (min !== max && detail !== 'found' && canBeEmpty(e)) throw INEXPRESSIBLE;
  const body = `(?:${element(e, detail, true)})`;
  const most = max === Number.POSITIVE_INFINITY ? '' : String(max);
  return `${body}{${min === max ? min : `${min},${most}`}}${greedy ? '' : '?'}`;
}

/** Lookarounds that mean edges of texts or lines; @huggingface/tokenizers writes `^`, `$`, `\A` and `\z` so. */
const EDGES: ReadonlyMap<string, string> = new Map([
  ['(?<![\\s\\S])', '\\A'],
  ['(?![\\s\\S])', '\\z'],
  ['(?:(?<![\\s\\S])|(?<=\\n))', '(?m:^)'],
  ['(?:(?=\\n)|(?![\\s\\S]))', '(?m:$)'],
]);

function assertion(e: AST.Assertion): string {
  const edge = EDGES.get(e.raw);
  if (edge !== undefined) return edge;
  switch (e.kind) {
    case 'start':
      return '\\A';
    case 'end':
      return '\\z';
    case 'word':
      return e.negate ? '\\B' : '\\b';
    default:
      throw INEXPRESSIBLE;
  }
}

function canBeEmpty(e: AST.Element): boolean {
  switch (e.type) {
    case 'Character':
    case 'CharacterClass':
    case 'CharacterSet':
      return false;
    case 'Quantifier':
      return e.min === 0 || canBeEmpty(e.element);
    case 'Group':
    case 'CapturingGroup':
      return e.alternatives.some((a) => a.elements.every(canBeEmpty));
    default:
      return true;
  }
}
