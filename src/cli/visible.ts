/** Text of unknown origin, made safe to show: a tensor's name or a file's metadata may hold what a terminal obeys. */

/**
 * Controls that a terminal obeys (C0 but for ends of lines and tabs, DEL, C1) and those that turn the direction of text
 * round or hide it. A return before an end of a line is part of it.
 */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is shown.
  /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The text with such characters spelt out, as \u001b. Ends of lines and tabs stay. */
export const visible = (text: string): string => text.replace(HIDDEN, escaped);

/** The same for a part of a line: ends of lines and tabs are spelt out, too. */
export const visibleLine = (text: string): string =>
  visible(text).replace(/[\r\n\t]/g, (c) => ({ '\r': '\\r', '\n': '\\n', '\t': '\\t' })[c]!);

/** TypeScript's colours of diagnostics, and this program's own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with the control ESC.
const COLOR = /(\u001b\[(?:0|7|90|91|93|94|96|100;1)m)/;

/** A text that this program coloured: colours stay, which do nothing but colour. */
export const visibleColored = (text: string): string =>
  text
    .split(COLOR)
    .map((part, n) => (n % 2 === 1 ? part : visible(part)))
    .join('');

/** JSON with such characters escaped: the same value. */
export const visibleJson = (value: object): string => JSON.stringify(value, null, 2).replace(HIDDEN, escaped);
