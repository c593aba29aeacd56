/** Makes text of unknown origin safe to show: a tensor's name or a file's metadata may hold control characters. */
import { escaped } from '../../compiler/names.ts';

/**
 * Characters that control a terminal (C0 but for ends of lines and tabs, DEL, C1), and those that reverse the text's
 * direction or are invisible. A carriage return before a line feed is part of the end of line.
 */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is shown.
  /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The text with hidden characters spelt out, as \u001b. Ends of lines and tabs stay. */
export const visible = (text: string): string => text.replace(HIDDEN, escaped);

/** The text with ends of lines and tabs spelt out too, for a part of a line. */
export const visibleLine = (text: string): string =>
  visible(text).replace(/[\r\n\t]/g, (c) => ({ '\r': '\\r', '\n': '\\n', '\t': '\\t' })[c]!);

/** The colours of TypeScript's diagnostics and of this program. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with the control ESC.
const COLOR = /(\u001b\[(?:0|7|90|91|93|94|96|100;1)m)/;

/** The text with hidden characters spelt out, except for the colours of this program. */
export const visibleColored = (text: string): string =>
  text
    .split(COLOR)
    .map((part, n) => (n % 2 === 1 ? part : visible(part)))
    .join('');

/** JSON with hidden characters escaped, which keeps its value. */
export const visibleJson = (value: object): string => JSON.stringify(value, null, 2).replace(HIDDEN, escaped);
