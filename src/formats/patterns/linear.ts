/**
 * Regular expressions of JavaScript, run in linear time by re2js: a port of RE2 to TypeScript's own platform, without
 * dependencies or native code. regexpp, ESLint's parser, tells what an expression consists of, so that nothing is
 * handed over that means something else to RE2.
 */
import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { RE2JS } from 're2js';
import { rangesOf } from './ranges.ts';

/** A match: where it is, and the text of each group, undefined for one that took no part. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/** Finds the leftmost match that starts at `from` or later, the one that JavaScript's engine finds. */
export type Find = (text: string, from: number) => Match | undefined;

/**
 * - `found`: whether there is a match;
 * - `extent`: where it is too;
 * - `groups`: what its groups hold too, those alone that nothing repeats.
 */
export type Detail = 'found' | 'extent' | 'groups';

/** RE2's own reasons to refuse an expression, and a nesting too deep for a recursive parser. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RangeError || (error instanceof Error && error.name.startsWith('RE2JS'));

/** Undefined where the linear engine cannot express it exactly: lookaround, back references, and flags beside g and u. */
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
      // JavaScript forgets at every repetition what a group held; RE2 does not.
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
  // JavaScript goes back where a repetition beyond the least number is empty; RE2 goes on. Both find a match or none.
  if (min !== max && detail !== 'found' && canBeEmpty(e)) throw INEXPRESSIBLE;
  const body = `(?:${element(e, detail, true)})`;
  const most = max === Number.POSITIVE_INFINITY ? '' : String(max);
  return `${body}{${min === max ? min : `${min},${most}`}}${greedy ? '' : '?'}`;
}

/** Edges of texts and lines, as lookaround writes them: so does @huggingface/tokenizers with `^`, `$`, `\A` and `\z`. */
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
