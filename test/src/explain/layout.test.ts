/** Layout of explanations: lines are broken to a width, and lose no text. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pack, table, wrap } from '../../../src/explain/layout.ts';
import { runs } from '../../support/runs.ts';

const word = fc.constantFrom(
  'x',
  '·R',
  '(a',
  'b)',
  '+ y',
  '   ',
  'Wᵀ',
  'blocks(xᵀ·g)',
  '[0, 1]',
  'grad.theta',
);
const lines = fc
  .tuple(fc.nat(6), fc.array(word, { minLength: 1, maxLength: 60 }))
  .map(([indent, words]) => ' '.repeat(indent) + words.join(' ').trim());

it('a long line breaks at spaces and before factors, and loses nothing', () => {
  fc.assert(
    fc.property(lines, (line) => {
      const broken = wrap(line, 40);
      expect(
        broken
          .map((l) => l.trim())
          .join('')
          .replace(/\s/g, ''),
      ).toBe(line.replace(/\s/g, ''));
      for (const l of broken) expect(l.length).toBeLessThanOrEqual(40);
      for (const [n, l] of broken.entries()) if (n > 0) expect(l).toMatch(/^ {4}/);
      if (line.length <= 40) expect(broken).toEqual([line]);
    }),
    runs(500, 5000),
  );
});

it('breaks between items first, then where the fewest parentheses are open', () => {
  expect(wrap('  one·two·three·four·five   six·seven·eight·nine·ten', 40)).toEqual([
    '  one·two·three·four·five',
    '      six·seven·eight·nine·ten',
  ]);
  expect(wrap('(one + two + three) + (four + five + six)', 30)).toEqual([
    '(one + two + three) +',
    '    (four + five + six)',
  ]);
});

it('packs items in lines', () => {
  expect(pack(['aaa', 'bbb', 'cccccc', 'd'], 9)).toEqual(['aaa   bbb', 'cccccc', 'd']);
});

it('tables: words to the left, numbers to the right, items below their head', () => {
  const head = { cells: ['kernel', 'FLOP'], items: ['computes'] };
  const rows = [
    { cells: ['map', '1'], items: ['y'] },
    { cells: ['contraction', '100M'], items: ['a'.repeat(60), 'b'.repeat(60)] },
  ];
  expect(table(head, rows, ' ', 'left')).toEqual([
    ' kernel       FLOP   computes',
    ' map             1   y',
    ` contraction  100M   ${'a'.repeat(60)}`,
    `                     ${'b'.repeat(60)}`,
  ]);
});
