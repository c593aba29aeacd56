/**
 * Moves a value that is used once to where it is used, which makes a kernel's text a fifth shorter. No value moves
 * into a loop, and one that reads memory or a variable moves past no statement that may change what it reads.
 */

/** The longest line that inlining makes. */
const WIDTH = 120;

const WORDS = /[A-Za-z_]\w*/g;
/** The beginning of a line that names a value, or declares or assigns a variable. */
const HEAD = /^ *(?:(let|var|for \(var) (\w+)|(\w+) \+?= )/;
const LOOP = /^ *for /;
/** An element of an array, or an operation of several invocations. */
const READS = /\[|subgroup|atomic/;
/**
 * A name whose value varies. An expression without one stays in place: elsewhere it could become part of a
 * constant expression that WGSL refuses.
 */
const VARYING = /\b(?:[a-z]_\d+|tokens|group|lane|local|subgroups?)\b/;

/** Facts about the lines of a kernel. Each list is indexed by line. */
interface Lines {
  /** The lines that open the innermost block and the innermost loop around it. */
  readonly block: number[];
  readonly loop: number[];
  /** The number of earlier lines with other effects than naming a value or assigning a variable. */
  readonly effects: number[];
  /** The variable that the line assigns. */
  readonly assigned: (string | undefined)[];
  /** The number of the name that the line defines, where `Statements.name` made the name; else -1. */
  readonly defined: number[];
  /** The letter of the name with each number; AMBIGUOUS where several definitions have that number. */
  readonly letters: Uint8Array;
  readonly variables: Set<string>;
  /** The names that are declared more than once, except those that `Statements.name` made. */
  readonly shared: Set<string>;
}

/** The statements, one a line. A value that is used once moves to its use, if `Statements.name` made its name. */
export function inlined(body: string): string {
  const lines: (string | undefined)[] = body.split('\n');
  const known = read(lines as string[]);
  // A line defines at most one name, so that there are no more names than lines.
  const uses = new Int32Array(lines.length);
  /** The first line that uses a name. */
  const useOf = new Int32Array(lines.length);
  for (let n = lines.length - 1; n >= 0; n--) {
    const line = lines[n]!;
    const defined = known.defined[n]!;
    if (isDefinedOnce(known, defined) && uses[defined] === 0 && !READS.test(line)) {
      lines[n] = undefined;
      continue;
    }
    for (let at = line.indexOf('_'); at >= 0; at = line.indexOf('_', at + 1)) {
      const name = nameAt(line, at);
      if (name < 0 || name === defined || line.charCodeAt(at - 1) !== known.letters[name]) continue;
      uses[name]!++;
      useOf[name] = n;
    }
  }
  for (let n = 0; n < lines.length; n++) {
    const defined = known.defined[n]!;
    if (!isDefinedOnce(known, defined) || uses[defined] !== 1) continue;
    const line = lines[n]!;
    const [use, from] = [useOf[defined]!, line.indexOf(' = ')];
    const value = line.slice(from + 3, -1);
    if (!reaches(known, n, use, value) || LOOP.test(lines[use]!)) continue;
    const text = withValue(lines[use]!, line.slice(line.indexOf('let ') + 4, from), value);
    if (text.length > WIDTH) continue;
    lines[use] = text;
    lines[n] = undefined;
  }
  return lines.filter((line) => line !== undefined).join('\n');
}

/** Whether exactly one definition has a name's number: code other than `Statements.name` may make such names, too. */
const isDefinedOnce = ({ letters }: Lines, defined: number): boolean =>
  defined >= 0 && letters[defined] !== AMBIGUOUS;

/** Whether a line's value would be the same at its use, and computed equally often. */
function reaches(known: Lines, line: number, use: number, value: string): boolean {
  const { block, loop, effects, assigned, variables, shared } = known;
  if (loop[use] !== loop[line]) return false;
  const words = value.match(WORDS) ?? [];
  const changing = words.filter((w) => variables.has(w));
  if (changing.length > 0 || READS.test(value)) {
    if (block[use] !== block[line] || effects[use] !== effects[line]) return false;
    if (changing.length === 0) return true;
    return !assigned.slice(line + 1, use).some((v) => v !== undefined && changing.includes(v));
  }
  return VARYING.test(value) && (block[use] === block[line] || !words.some((w) => shared.has(w)));
}

function read(lines: readonly string[]): Lines {
  const known: Lines = {
    block: [],
    loop: [],
    effects: [],
    assigned: [],
    defined: [],
    letters: new Uint8Array(lines.length),
    variables: new Set(),
    shared: new Set(),
  };
  const declared = new Set<string>();
  const [blocks, loops] = [[-1], [-1]];
  let effects = 0;
  for (const [n, line] of lines.entries()) {
    let start = 0;
    while (line.charCodeAt(start) === SPACE) start++;
    const isLet = line.startsWith('let ', start);
    const defined = isLet ? nameAt(line, start + 5) : -1;
    const [, kind, name, assigned] = (defined < 0 && HEAD.exec(line)) || NONE;
    if (line.charCodeAt(start) === CLOSING) {
      blocks.pop();
      loops.pop();
    }
    const loop = loops.at(-1)!;
    known.block.push(blocks.at(-1)!);
    known.loop.push(loop);
    known.effects.push(effects);
    known.assigned.push(assigned);
    known.defined.push(defined);
    if (defined >= 0)
      known.letters[defined] = known.letters[defined] ? AMBIGUOUS : line.charCodeAt(start + 4);
    if (line.endsWith('{')) {
      blocks.push(n);
      loops.push(kind === 'for (var' ? n : loop);
    }
    if (!isLet && assigned === undefined) effects++;
    if (name === undefined) continue;
    if (declared.has(name)) known.shared.add(name);
    declared.add(name);
    if (kind === 'var') known.variables.add(name);
  }
  return known;
}

const NONE: readonly (string | undefined)[] = [];
const [SPACE, CLOSING, ZERO, NINE, AMBIGUOUS] = [32, 125, 48, 57, 255];

const isDigit = (c: number): boolean => c >= ZERO && c <= NINE;
const isLetter = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90);
const isWord = (c: number): boolean => isDigit(c) || isLetter(c) || c === 95;

/** The number of a name that `Statements.name` makes: a letter, an underscore and a number. -1 for other text. */
function nameAt(text: string, underscore: number): number {
  if (text.charCodeAt(underscore) !== 95 || !isLetter(text.charCodeAt(underscore - 1))) return -1;
  if (isWord(text.charCodeAt(underscore - 2))) return -1;
  let at = underscore + 1;
  let name = 0;
  let c = text.charCodeAt(at);
  if (!isDigit(c)) return -1;
  for (; isDigit(c); c = text.charCodeAt(++at)) name = 10 * name + c - ZERO;
  return isWord(c) ? -1 : name;
}

/** The line with the value in place of its name. */
function withValue(text: string, name: string, value: string): string {
  const at = placeOf(text, name);
  const [before, after] = [text.slice(0, at), text.slice(at + name.length)];
  const begins = /[([,]$|[([,] $|[^=<>!]= $/.test(before);
  const ends = /^[)\],;]/.test(after);
  const bare = isOperand(value) || (begins && (ends || (isSum(value) && /^ [+-] /.test(after))));
  return `${before}${bare ? value : `(${value})`}${after}`;
}

/** The place of a word in a text that has it once. */
function placeOf(text: string, word: string): number {
  for (let at = text.indexOf(word); ; at = text.indexOf(word, at + 1))
    if (!/[.\w]/.test(text[at - 1] ?? '') && !/\w/.test(text[at + word.length] ?? '')) return at;
}

/** The text of a value without what is inside brackets. */
function outside(value: string): string {
  let depth = 0;
  let text = '';
  for (const c of value) {
    if (c === ')' || c === ']') depth--;
    if (depth === 0) text += c;
    if (c === '(' || c === '[') depth++;
  }
  return text;
}

const isOperand = (value: string): boolean => !/[ !-]/.test(outside(value));
/** Whether a value has no operators but +, - and *. */
const isSum = (value: string): boolean => !/ (?![+*-] )(?<! [+*-] )/.test(outside(value));
