import { expect, it } from 'vitest';
import { withParts } from '../../scripts/parts-of-page.ts';

const page = 'Before.\n<!-- sizes: npm run docs -->\nold\n<!-- /sizes -->\nAfter.\n';

it('a part of a page is replaced between its comments', () => {
  expect(withParts('a.md', page, { sizes: 'new' })).toBe(page.replace('old', 'new'));
});

it.each(['| Llama, hidden undefined | 813 ms |', '| Llama | NaN ms |'])(
  'a part without its figure is refused: %s',
  (row) => {
    expect(() => withParts('a.md', page, { sizes: `| Model | Time |\n${row}` })).toThrow(
      `a.md: a figure of 'sizes' is missing: ${row}`,
    );
  },
);
