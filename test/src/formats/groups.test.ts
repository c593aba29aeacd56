import { expect, it } from 'vitest';
import { grouped } from '../../../src/formats/inspect/groups.ts';

const patterns = (names: readonly string[], like: (n: { name: string }) => string = () => '') =>
  grouped(
    names.map((name) => ({ name })),
    like,
  ).map((g) => `${g.pattern} ×${g.members.length}`);

it('names that differ only in numbers share a pattern', () => {
  expect(patterns(['a.0.w', 'a.1.w', 'a.2.w', 'b', 'a.0.v'])).toEqual(['a.{0..2}.w ×3', 'b ×1', 'a.0.v ×1']);
  expect(patterns(['a.0.w', 'a.10.w', 'a.2.w', 'a.3.w'])).toEqual(['a.{0, 2..3, 10}.w ×4']);
  expect(patterns(['a.5.w', 'a.5.w'])).toEqual(['a.5.w ×2']);
});

it('a pattern has a range for each number', () => {
  const experts = [0, 1].flatMap((l) => [4, 5, 6].map((e) => `l.${l}.experts.${e}.w`));
  expect(patterns(experts)).toEqual(['l.{0..1}.experts.{4..6}.w ×6']);
  expect(patterns(['0', '1'])).toEqual(['{0..1} ×2']);
});

it('a digit within a word is not counted as a number', () => {
  expect(patterns(['h1.w2', 'h2.w2'])).toEqual(['h1.w2 ×1', 'h2.w2 ×1']);
});

it('names of unlike items have patterns of their own', () => {
  expect(patterns(['a.0', 'a.1', 'a.2'], ({ name }) => String(name === 'a.1'))).toEqual([
    'a.{0, 2} ×2',
    'a.1 ×1',
  ]);
});
