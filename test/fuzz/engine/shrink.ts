/** Makes a failing case smaller, part by part, while it fails in the same way. */
import type { Case, Kind, Target } from '../target.ts';
import { closing, tokensOf } from './source.ts';

/** Whether a case fails as the one that is shrunk does. */
export type Fails = (input: Case) => Promise<boolean>;

/** The processor seconds that shrinking takes at most, for cases that take long. */
const SECONDS = 60;

const seconds = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;

/** Takes the first smaller case that still fails, again and again. It tries at most `most` cases. */
export async function shrunk(target: Target, failing: Case, fails: Fails, most = 3000): Promise<Case> {
  let [best, left] = [failing, most];
  const end = seconds() + SECONDS;
  for (let isSmaller = true; isSmaller && left > 0; ) {
    isSmaller = false;
    for (const [name, kind] of Object.entries(target.parts)) {
      // Start anew from the smaller text, at about the place that was reached: what was tried before fails no more often.
      let from = 0;
      for (let found = true; found && left > 0; ) {
        found = false;
        let n = 0;
        for (const text of smaller(kind, best[name]!)) {
          if (n++ < from) continue;
          if (left-- <= 0 || seconds() > end) return best;
          const candidate = { ...best, [name]: text };
          if (!(await fails(candidate))) continue;
          [best, isSmaller, found, from] = [candidate, true, true, Math.max(0, n - 2)];
          break;
        }
      }
    }
  }
  return best;
}

const SMALLER: Readonly<Record<Kind, (text: string) => Iterable<string>>> = {
  json: smallerJson,
  jsonl: smallerText,
  text: smallerText,
  bytes: smallerText,
  layer: smallerSource,
};

function* smaller(kind: Kind, text: string): Generator<string> {
  if (text === '') return;
  yield '';
  for (const candidate of SMALLER[kind](text)) if (candidate !== text) yield candidate;
}

/** Without a run of pieces, from halves to single ones. */
function* without(pieces: readonly string[]): Generator<string> {
  for (let size = Math.ceil(pieces.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < pieces.length; at += size)
      yield [...pieces.slice(0, at), ...pieces.slice(at + size)].join('');
}

function* smallerText(text: string): Generator<string> {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (lines.length > 1) yield* without(lines);
  const words = text.match(/\w+|\s+|[^\w\s]/gu) ?? [];
  if (words.length < text.length && words.length < 4000) yield* without(words);
  if (text.length < 4000) yield* without([...text]);
}

function* smallerSource(text: string): Generator<string> {
  const tokens = tokensOf(text);
  const joined = (from: number, to: number, by = ''): string =>
    [...tokens.slice(0, from).map(([, t]) => t), by, ...tokens.slice(to).map(([, t]) => t)].join('');
  yield* without(text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
  for (const [n, [, t]] of tokens.entries()) {
    if (!'([{'.includes(t)) continue;
    const end = closing(tokens, n);
    yield joined(n, end);
    yield joined(n + 1, end - 1);
    yield joined(
      n - 1,
      end,
      tokens
        .slice(n + 1, end - 1)
        .map(([, inner]) => inner)
        .join(''),
    );
  }
  yield* without(tokens.map(([, t]) => t));
}

function* smallerJson(text: string): Generator<string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    yield* smallerText(text);
    return;
  }
  const compact = JSON.stringify(value);
  if (compact.length < text.length) yield compact;
  for (const simpler of simplerValues(value)) yield JSON.stringify(simpler);
}

function* simplerValues(value: unknown): Generator<unknown> {
  if (typeof value === 'string') {
    for (const part of without([...value])) yield part;
    return;
  }
  if (typeof value === 'number' && value !== 0) {
    yield 0;
    if (value !== 1) yield 1;
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const entries = Object.entries(value);
  const made = (kept: readonly (readonly [string, unknown])[]): unknown =>
    Array.isArray(value) ? kept.map(([, inner]) => inner) : Object.fromEntries(kept);
  for (let size = Math.ceil(entries.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < entries.length; at += size) yield made(entries.toSpliced(at, size));
  for (const [, inner] of entries) yield inner;
  for (const [at, [key, inner]] of entries.entries())
    for (const simpler of simplerValues(inner)) yield made(entries.with(at, [key, simpler]));
}
