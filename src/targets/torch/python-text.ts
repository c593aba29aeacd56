/** Python source: names that are allowed, and lines of a readable length. */
import { RUNTIME_DIM } from '../../../compiler/dims/dims.ts';

const KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

/** Names of modules and variables in every printed file. */
const OWN = new Set('torch math nn oftc_torch ctx self needs device dtype results saved'.split(' '));

export const isKeyword = (name: string): boolean => KEYWORDS.has(name);

/** Whether Python takes a name behind a dot. */
export const isAttribute = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name) && !isKeyword(name);

/** A Python name that resembles a tensor's name, such as v_0 for v.0. */
export function pythonName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
  return isKeyword(plain) || OWN.has(plain) ? `${plain}_` : plain;
}

/** A Python name for a tensor, which is never that of the number of tokens. */
export const tensorName = (name: string): string => (name === RUNTIME_DIM ? `${name}_` : pythonName(name));

/** Gives each name once: h, then h2, h3, …. */
export class Names {
  readonly #taken = new Set<string>();

  take(base: string): string {
    let name = base;
    for (let n = 2; this.#taken.has(name); n++) name = `${base}${n}`;
    this.#taken.add(name);
    return name;
  }
}

const WIDTH = 100;

/** A line with its comment, or the comment above it, and the line broken within its last brackets, where it is too long. */
export function line(indent: string, code: string, comment?: string): string[] {
  const said = comment ? `  # ${comment}` : '';
  if (indent.length + code.length + said.length <= WIDTH) return [`${indent}${code}${said}`];
  const above = comment ? wrapped(`${indent}# `, comment) : [];
  return [...above, ...broken(indent, code)];
}

/** Words in lines that each begin with `prefix`. */
export function wrapped(prefix: string, text: string): string[] {
  const lines: string[] = [];
  let now = '';
  for (const word of text.split(' ')) {
    if (now !== '' && prefix.length + now.length + 1 + word.length > WIDTH) {
      lines.push(prefix + now);
      now = word;
    } else now = now === '' ? word : `${now} ${word}`;
  }
  return [...lines, prefix + now];
}

/** Breaks a long line at the commas within its last brackets, as formatters of Python do. */
function broken(indent: string, code: string): string[] {
  const last = lastBrackets(code);
  if (indent.length + code.length <= WIDTH || !last) return [`${indent}${code}`];
  const { open, close } = last;
  const inner = `${indent}    `;
  const body = code.slice(open + 1, close);
  const tail = `${indent}${code.slice(close)}`;
  if (inner.length + body.length <= WIDTH)
    return [`${indent}${code.slice(0, open + 1)}`, `${inner}${body}`, tail];
  const parts = atCommas(body);
  // A comma behind an expression in brackets of its own would make it a tuple.
  const isGroup = parts.length === 1 && !/[\w)\]]$/.test(code.slice(0, open));
  if (isGroup) return [`${indent}${code.slice(0, open + 1)}`, ...broken(inner, body), tail];
  return [`${indent}${code.slice(0, open + 1)}`, ...parts.flatMap((p) => broken(inner, `${p},`)), tail];
}

/** The outermost brackets that close last; in the first line of a function, those of its parameters. */
function lastBrackets(code: string): { readonly open: number; readonly close: number } | undefined {
  const parameters = /^\s*def .*(?=\) ->)/.exec(code);
  const close = parameters ? parameters[0].length : Math.max(code.lastIndexOf(')'), code.lastIndexOf(']'));
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (')]'.includes(code[i]!)) depth++;
    if ('(['.includes(code[i]!) && --depth === 0) return close - i > 1 ? { open: i, close } : undefined;
  }
  return undefined;
}

/** Whether code may stand before a dot as it is: no operator stands outside of brackets. */
export function isPrimary(code: string): boolean {
  let depth = 0;
  for (const c of code) {
    if (')]'.includes(c)) depth--;
    else if ('(['.includes(c)) depth++;
    else if (depth === 0 && !/[\w.]/.test(c)) return false;
  }
  return true;
}

/** The parts between commas that stand in no brackets and in no string. */
function atCommas(body: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (const [i, c] of [...body].entries()) {
    if ('(['.includes(c)) depth++;
    if (')]'.includes(c)) depth--;
    if (c === '"') quoted = !quoted;
    if (c === ',' && depth === 0 && !quoted) {
      parts.push(body.slice(start, i).trim());
      start = i + 1;
    }
  }
  return [...parts, body.slice(start).trim()].filter((p) => p !== '');
}
