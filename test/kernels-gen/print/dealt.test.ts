/** Reads of other lanes' registers are printed as one shuffle a register, with few indices and conditions. */
import { expect, it } from 'vitest';
import { dealt } from '../../../kernels-gen/print/dealt.ts';
import type { Value } from '../../../kernels-gen/wgsl/value.ts';

const LANES = 8;

/** Prints a read in which lane l gets the element at `places[l]`. Gives its text and the names that it makes. */
function printed(places: readonly (readonly number[])[], shape: readonly number[]) {
  const names = new Map<string, string>();
  const name = (text: string, depth: number, prefix: string): Value => {
    if (!names.has(text)) names.set(text, `${prefix}${names.size}`);
    return { text: names.get(text)!, depth, atomic: true };
  };
  const value = dealt(places, shape, {
    own: (at) => ({ text: `r${at.slice(0, -1).join('_')}`, depth: 1, atomic: true }),
    ...{ name, fresh: (text, prefix) => name(text, 1, prefix), depth: 1 },
  });
  return { value: value.text, names: [...names].map(([text, n]) => `${n} = ${text}`) };
}

const eachLane = <T>(of: (lane: number) => T): T[] => Array.from({ length: LANES }, (_, lane) => of(lane));

it('the parts of vectors share one index, and a bit of the lane selects among them', () => {
  const { names } = printed(
    eachLane((l) => [l % 4, 2 + Math.floor(l / 4)]),
    [4, LANES],
  );
  expect(names.filter((n) => n.startsWith('u'))).toEqual([`u0 = (${0x33332222}u >> (4u * local)) & 15u`]);
  expect(names.filter((n) => n.startsWith('b')).map((n) => n.slice(n.indexOf('=') + 2))).toEqual([
    '(local & 1u) != 0u',
    '(local & 2u) != 0u',
  ]);
});

it('lanes that read their own register read it without a shuffle', () => {
  expect(
    printed(
      eachLane((l) => [0, l]),
      [1, LANES],
    ),
  ).toEqual({ value: 'r0', names: [] });
});

it('lanes from one on read another register', () => {
  const { names } = printed(
    eachLane((l) => [l < 3 ? 0 : 1, l]),
    [2, LANES],
  );
  expect(names).toEqual(['b0 = local >= 3u', 'f1 = select(r0, r1, b0)']);
});

it('a place outside may have any value', () => {
  const { value, names } = printed(
    eachLane((l) => [0, l < 4 ? l ^ 1 : LANES]),
    [1, LANES],
  );
  expect(value).toBe('subgroupShuffle(r0, u0)');
  expect(names).toEqual([`u0 = (${0x76542301}u >> (4u * local)) & 15u`]);
});
