/**
 * Names that authors choose, where they become parts of a file: its own name, an identifier, a key, a text or a
 * comment in TypeScript. Every generated file and every path goes through here.
 */
import { aboveLimit, limits } from './limits.ts';

/** Names that Windows reserves for devices, with any extension and in any case. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i;

/** Says why a name cannot be a file's on every system; undefined where it can be. */
export function fileNameProblem(name: string): string | undefined {
  if (!/^[\p{L}\p{N}_$]([\p{L}\p{M}\p{N}_$ .-]*[\p{L}\p{M}\p{N}_$-])?$/u.test(name))
    return 'a file’s name starts with a letter, a digit, _ or $, and goes on with these, spaces, dots and -';
  if (DEVICE.test(name)) return 'Windows keeps it for a device';
  const bytes = new TextEncoder().encode(name).length;
  return bytes > limits.fileNameBytes.most ? `it has ${aboveLimit(bytes, limits.fileNameBytes)}` : undefined;
}

/** In ASCII: which other letters an identifier may have depends on who reads it. */
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** Words that cannot be declared in a module, which is strict and may await. */
export const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export ' +
    'extends false finally for function if implements import in instanceof interface let new null package private ' +
    'protected public return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** Whether a module can declare the name. */
export const isIdentifier = (name: string): boolean => IDENTIFIER.test(name) && !RESERVED.has(name);

/** An identifier like the name, other than those taken: `delete` is `delete_`, `a-b` is `a_b`. */
export function identifier(name: string, taken: ReadonlySet<string> = new Set()): string {
  const plain = name.replace(/[^\w$]/g, '_');
  const start = IDENTIFIER.test(plain) ? plain : `_${plain}`;
  for (let own = start; ; own += '_') if (isIdentifier(own) && !taken.has(own)) return own;
}

/** The start of the names of types: `a-b c` is `ABC`. */
export function typeName(name: string): string {
  const words = name.split(/[^\w$]+/).filter((word) => word !== '');
  const joined = words.map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`).join('');
  return IDENTIFIER.test(joined) ? joined : `Layer${joined}`;
}

/** A key of an object, read the same as it is written. */
export function key(name: string): string {
  // Without brackets it would set the object's prototype.
  if (name === '__proto__') return '["__proto__"]';
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}

/** A member of a type. */
export const member = (name: string): string => (IDENTIFIER.test(name) ? name : JSON.stringify(name));

/** A text between single quotes. */
export const quoted = (text: string): string =>
  `'${text
    .replace(/[\\']/g, '\\$&')
    .replace(/\n/g, '\\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cs}]/gu, escaped)}'`;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text between backticks. */
export const templated = (text: string): string =>
  `\`${text.replace(/[\\`]|\$\{/g, '\\$&').replace(/\r/g, '\\r')}\``;

/** A line of a comment: it holds no end of a line and no end of a comment. */
export const commented = (text: string): string =>
  text.replace(/[\r\n\u2028\u2029]/g, ' ').replaceAll('*/', '*\\/');
