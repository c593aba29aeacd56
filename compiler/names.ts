/**
 * Turns names that authors choose into names of files, identifiers, keys, string literals and comments of TypeScript.
 * Every generated file and every path goes through here.
 */
import { aboveLimit, limits } from './limits.ts';

/** Names that Windows reserves for devices, with any extension and in any case. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i;

/** The reason why a name cannot name a file on every system; undefined where it can. */
export function fileNameProblem(name: string): string | undefined {
  if (!/^[\p{L}\p{N}_$]([\p{L}\p{M}\p{N}_$ .-]*[\p{L}\p{M}\p{N}_$-])?$/u.test(name))
    return 'a file’s name starts with a letter, a digit, _ or $, and goes on with these, spaces, dots and -';
  if (DEVICE.test(name)) return 'Windows keeps it for a device';
  const bytes = new TextEncoder().encode(name).length;
  return bytes > limits.fileNameBytes.most ? `it has ${aboveLimit(bytes, limits.fileNameBytes)}` : undefined;
}

/** An identifier in ASCII. Programs differ in which other letters they accept. */
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** The words that a module, which is strict and may await, cannot declare. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export ' +
    'extends false finally for function if implements import in instanceof interface let new null package private ' +
    'protected public return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** Whether a module can declare the name. */
export const isIdentifier = (name: string): boolean => IDENTIFIER.test(name) && !RESERVED.has(name);

/** The name as an identifier that is not taken: `delete` becomes `delete_`, and `a-b` becomes `a_b`. */
export function identifier(name: string, taken: ReadonlySet<string> = new Set()): string {
  const plain = name.replace(/[^\w$]/g, '_');
  const start = IDENTIFIER.test(plain) ? plain : `_${plain}`;
  for (let own = start; ; own += '_') if (isIdentifier(own) && !taken.has(own)) return own;
}

/** The name in upper camel case, for the name of a type: `a-b c` becomes `ABC`. */
export function typeName(name: string): string {
  const words = name.split(/[^\w$]+/).filter((word) => word !== '');
  const joined = words.map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`).join('');
  return IDENTIFIER.test(joined) ? joined : `Layer${joined}`;
}

/** The name as a key in an object literal, quoted where it must be. */
export function key(name: string): string {
  // `__proto__` without brackets would set the object's prototype.
  if (name === '__proto__') return '["__proto__"]';
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}

/** The name as a member in a type, quoted where it must be. */
export const member = (name: string): string => (IDENTIFIER.test(name) ? name : JSON.stringify(name));

/** The text as a string literal in single quotes. */
export const quoted = (text: string): string =>
  `'${text
    .replace(/[\\']/g, '\\$&')
    .replace(/\n/g, '\\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cs}]/gu, escaped)}'`;

/** A character by its code, as \u001b. */
export const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The text as a template literal in backticks. */
export const templated = (text: string): string =>
  `\`${text.replace(/[\\`]|\$\{/g, '\\$&').replace(/\r/g, '\\r')}\``;

/** The text for one line of a comment: it can end neither the line nor the comment. */
export const commented = (text: string): string =>
  text.replace(/[\r\n\u2028\u2029]/g, ' ').replaceAll('*/', '*\\/');
