/**
 * docs/glossary.md has every word of ours; sources or the README use each, and each type it links is declared once.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const glossary = readFileSync(join(root, 'docs/glossary.md'), 'utf8');

/** The text of each source file, by path, without tests. */
const sources = new Map(
  ['src', 'compiler', 'kernels-gen', 'runtime'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .map((file) => `${room}/${file.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts') && !path.includes('/test/'))
      .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const),
  ),
);
const everything = [...sources.values(), readFileSync(join(root, 'README.md'), 'utf8')].join('\n');

/** The words that entries explain, in bold at their start. */
const words = [...glossary.matchAll(/^\*\*([^*]+)\.\*\* /gm)].flatMap(([, term]) =>
  term!.split(', ').map((word) => word.toLowerCase()),
);

/** The types that entries link to, each with the file of its link. */
const types = [...glossary.matchAll(/\[`(\w+)`\]\(\.\.\/([^)]+)\)/g)].map(
  ([, name, path]) => [name!, path!] as const,
);

it('has each word of ours', () => {
  const ours =
    'act alternative chain claim dear derivation digit direct dots exchanged fact formed group handed held kept lanes law merged mirrored nest phase place plan program recipe reference rule schedule slot spec stage step strategy structure tokens variant way whole';
  expect(ours.split(' ').filter((word) => !words.includes(word))).toEqual([]);
});

it('has each word once', () => {
  expect(words.filter((word, i) => words.indexOf(word) !== i)).toEqual([]);
});

it.each(words)('%s is in use', (word) => {
  const letters = word.replaceAll(/[ -]/g, '[ -]?');
  expect(everything).toMatch(new RegExp(`(?<![a-z])${letters}`, 'i'));
});

/** The files that declare a type. */
const declaring = (name: string): string[] => {
  const declaration = new RegExp(`^(export )?(default )?(abstract )?(interface|type|class) ${name}\\b`, 'm');
  return [...sources].filter(([, text]) => declaration.test(text)).map(([file]) => file);
};

it.each(types)('%s is declared in %s and nowhere else', (name, path) => {
  expect(declaring(name)).toEqual([path]);
});

/** Words of the field that are also an entry: `matrix` is the name of a strategy. */
const ALSO_FIELD = ['matrix'];

it.each(words.filter((word) => !ALSO_FIELD.includes(word)))(
  'no type is called %s and means another thing',
  (word) => {
    const name = word.replaceAll(/(?:^|[ -])(\w)/g, (_, letter: string) => letter.toUpperCase());
    expect(declaring(name)).toEqual(types.filter(([type]) => type === name).map(([, path]) => path));
  },
);
