/** Rewrites the statements of a pass: chains of calls, names that are used again, and memory that is freed early. */
import { Names } from './python-text.ts';

/** A statement without its indentation. */
export interface Statement {
  readonly code: string;
  readonly comment: string | undefined;
  /** The inputs whose gradients need it. */
  readonly needs: readonly string[];
  /** The name that it defines. */
  readonly name: string;
  /** The letter that its name begins with; undefined for a name that is given. */
  readonly letter: string | undefined;
  /** Whether that tensor has a row for each token. */
  readonly isWide: boolean;
  /** Whether it has at least two dimensions. */
  readonly isMatrix: boolean;
  /** The names whose memory nothing after it needs. */
  readonly frees?: readonly string[];
}

/** The longest expression that is made of two statements. */
const LONGEST = 90;

const STRING = /"[^"]*"/g;

/** Whether a text reads a name, outside of strings. */
export const reads = (text: string, name: string): boolean =>
  new RegExp(`(?<![\\w.])${name}\\b`).test(text.replace(STRING, ''));

const expressionIn = ({ code, name }: Statement): string => code.slice(name.length + ' = '.length);

/**
 * The statements with each call whose result only the next one reads, as a view of it, in that one:
 * `torch.cat((a, b), dim=1).reshape(4, 6)`. The names in `kept` stay.
 */
export function chained(statements: readonly Statement[], kept: readonly string[]): Statement[] {
  const all: Statement[] = [];
  for (const [n, s] of statements.entries()) {
    const before = all.at(-1);
    const [call, own] = [before ? expressionIn(before) : '', expressionIn(s)];
    const isView =
      before !== undefined &&
      own.startsWith(`${before.name}.`) &&
      /^[\w.]+\([^()]*(\([^()]*\)[^()]*)*\)$/.test(call) &&
      own.length + call.length <= LONGEST &&
      before.needs.join() === s.needs.join() &&
      !reads(own.slice(before.name.length), before.name) &&
      !statements.some((o, m) => m > n && reads(o.code, before.name)) &&
      !kept.some((k) => reads(k, before.name));
    if (isView) all.pop();
    all.push(isView ? { ...s, code: `${s.name} = ${call}${own.slice(before.name.length)}` } : s);
  }
  return all;
}

/**
 * The statements with names that are used again once nothing reads their tensors, and the new names by the old ones.
 * A tensor is freed when another one takes its name, or by `frees`. The names in `kept` are read at the end, and those
 * in `taken` are of other things.
 */
export function renamed(
  statements: readonly Statement[],
  kept: readonly string[],
  taken: Iterable<string>,
): { readonly statements: Statement[]; readonly names: ReadonlyMap<string, string> } {
  const last = (name: string): number =>
    kept.some((k) => reads(k, name))
      ? statements.length
      : statements.findLastIndex((s) => reads(expressionIn(s), name));
  const dyingAt = new Map<number, Statement[]>();
  for (const s of statements) {
    const at = last(s.name);
    dyingAt.set(at, [...(dyingAt.get(at) ?? []), s]);
  }
  const fresh = new Names();
  for (const name of taken) fresh.take(name);
  for (const s of statements) if (s.letter === undefined) fresh.take(s.name);
  const names = new Map<string, string>();
  const free = new Map<string, string[]>();
  const all = statements.map((s, n): Statement => {
    const value = expressionIn(s).replace(TOKENS, (t) => names.get(t) ?? t);
    const dying = dyingAt.get(n) ?? [];
    for (const d of dying) if (d.letter !== undefined) release(free, d.letter, names.get(d.name)!);
    const own = s.letter === undefined ? s.name : (free.get(s.letter)?.shift() ?? fresh.take(s.letter));
    names.set(s.name, own);
    return { ...s, name: own, code: `${own} = ${value}` };
  });
  return { statements: all.map((s, n) => ({ ...s, frees: freedAt(n, dyingAt.get(n) ?? []) })), names };

  /**
   * The names that are deleted after a statement. Tensors of tokens are, where another one follows, and matrices are
   * before the next tensor of tokens, unless their names are used again until then.
   */
  function freedAt(n: number, dying: readonly Statement[]): string[] {
    const wide = all.findIndex((s, m) => m > n && s.isWide);
    if (wide < 0) return [];
    return dying.flatMap((d) => {
      const name = names.get(d.name)!;
      const again = all.findIndex((s, m) => m >= n && s.name === name);
      const isFreed = d.isWide ? again !== n : d.isMatrix && (again < 0 || again > wide);
      return isFreed ? [name] : [];
    });
  }
}

/** Strings, which hold no names, and names that are no attributes. */
const TOKENS = /"[^"]*"|(?<![\w.])[A-Za-z_]\w*/g;

/** Adds a name to those that are free, the lowest number first. */
function release(free: Map<string, string[]>, letter: string, name: string): void {
  const number = (own: string) => Number(own.slice(letter.length) || 1);
  free.set(
    letter,
    [...(free.get(letter) ?? []), name].sort((a, b) => number(a) - number(b)),
  );
}
