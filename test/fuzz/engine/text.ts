/** Changes texts and bytes: cuts, repeats, inserts and swaps pieces of them. */
import type { Draw } from './draw.ts';

const CHARACTERS = [
  ...'{}[]",:\\/0123456789eE.+- \t\r\n%#abnrtu',
  '\u0000',
  '\u0007',
  '\u2028',
  '\ufeff',
  '\ud800',
  'é',
  '漢',
  '🙂',
  '\ufdd0',
];

const PIECES = [
  'null',
  'true',
  'NaN',
  '1e400',
  '-0',
  '0.1',
  '18446744073709551616',
  '"__proto__"',
  '"\\ud800"',
  '"\\u0000"',
  '{}',
  '[]',
  '[[',
  '}}',
  '\\',
  '//',
  '/*',
  '""',
  ',,',
  '\r\n',
];

export function changeText(
  text: string,
  draw: Draw,
  words: readonly string[],
  others: readonly string[],
): string {
  let changed = text;
  for (let n = draw.few(); n > 0; n--) changed = edited(changed, draw, words, others);
  return changed;
}

function edited(text: string, draw: Draw, words: readonly string[], others: readonly string[]): string {
  const at = draw.below(text.length + 1);
  const length = draw.below(Math.min(text.length - at, draw.pick([2, 8, 40, 4000])) + 1);
  const [before, piece, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
  switch (draw.below(9)) {
    case 0:
      return before + after;
    case 1:
      return before + piece + piece + after;
    case 2:
      return before + draw.pick(CHARACTERS) + text.slice(at);
    case 3:
      return before + draw.pick(CHARACTERS) + text.slice(at + 1);
    case 4:
      return before + draw.pick(words.length > 0 && !draw.oneIn(3) ? words : PIECES) + text.slice(at);
    case 5: {
      const other = draw.pick(others);
      const from = draw.below(other.length + 1);
      return before + other.slice(from, from + draw.below(60)) + after;
    }
    case 6: {
      const to = draw.below(after.length + 1);
      return before + after.slice(0, to) + piece + after.slice(to);
    }
    case 7:
      return draw.oneIn(20) ? before + '['.repeat(draw.pick([127, 128, 129, 5000])) + after : before + after;
    default:
      return draw.oneIn(4)
        ? before
        : before +
            piece.replaceAll(/\d+/g, () => draw.pick(['0', '1', '-1', '9'.repeat(20), '4294967296'])) +
            after;
  }
}

/** Changes bytes, which a text of Latin-1 holds. */
export function changeBytes(text: string, draw: Draw, others: readonly string[]): string {
  let changed = text;
  for (let n = draw.few(); n > 0; n--) {
    const at = draw.below(changed.length + 1);
    const by = draw.pick([
      0,
      1,
      0x7b,
      0x7f,
      0x80,
      0xff,
      changed.charCodeAt(at) ^ (1 << draw.below(8)),
      draw.below(256),
    ]);
    if (draw.oneIn(3)) changed = edited(changed, draw, [], others).replaceAll(/[^\0-\xff]/g, '?');
    else changed = changed.slice(0, at) + String.fromCharCode(by & 255) + changed.slice(at + 1);
  }
  return changed;
}
