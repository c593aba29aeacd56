/** The tiles and places that a routing gives to the choices of experts, and the expert of each tile. */
import { describe, expect, it } from 'vitest';
import { type Dim, dimConst, dimVar, parseDim, printDim, RUNTIME_DIM } from '../../../compiler/dims/dims.ts';
import { routingOf, tileCount } from '../../../compiler/ops/routing.ts';
import type { InputPrim } from '../../../compiler/primitives/prim.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';

const tiles = (tokens: string, rows: number) =>
  printDim(tileCount(parseDim(tokens), dimConst(2), dimConst(5), rows));

describe('the number of tiles', () => {
  it.each([
    ['70', 32, '11'],
    ['64', 32, '9'],
    ['70', 1, '140'],
  ])('for %s tokens in tiles of %i rows is %s', (tokens, rows, expected) => {
    expect(tiles(tokens, rows)).toBe(expected);
  });

  it('is unknown for tokens, and refused for other sizes', () => {
    expect(tiles(RUNTIME_DIM, 1)).toBe('2*tokens');
    expect(() => tiles('few', 1)).toThrow(
      expect.objectContaining({ code: 'OFT2002', message: expect.stringMatching(/'few' rows/) }),
    );
  });
});

const choices = (tokens: Dim, k: number): InputPrim => ({
  kind: 'input',
  name: 'chosen',
  shape: [tokens, dimConst(k)],
  dtype: 'i32',
  args: [],
  spans: [],
  label: 'chosen',
});

const RUNTIME = dimVar(RUNTIME_DIM);

/** The values of a routing's primitives for choices (tokens, k), of 3 experts. */
function routed(chosen: readonly (readonly number[])[], rows: number, tokens = dimConst(chosen.length)) {
  const k = chosen[0]!.length;
  const input = choices(tokens, k);
  const { place, choice, expertOf } = routingOf(input, dimConst(3), rows, []);
  const outputs = Object.entries({ place, choice, expertOf }).map(([name, prim]) => ({ name, prim }));
  const values = { chosen: tensor([chosen.length, k], chosen.flat()) };
  const out = interpret(
    { name: 'routing', inputs: [input], outputs },
    float64,
    values,
    tokens === RUNTIME ? chosen.length : 1,
  );
  return Object.fromEntries(
    Object.entries(out).map(([name, { shape, values }]) => [name, { shape, values: [...values] }]),
  );
}

it('an expert whose choices fill a tile has no other', () => {
  const { place, expertOf } = routed([[0], [0], [0], [0], [1], [2]], 4);
  expect(place!.values).toEqual([0, 1, 2, 3, 4, 8]);
  expect(expertOf!.values.slice(0, 3)).toEqual([0, 1, 2]);
});

it.each([
  ['known', dimConst(70)],
  ['of tokens', RUNTIME],
])('each of 140 choices has a row of its expert, where their number is %s', (_, tokens) => {
  const chosen = Array.from({ length: 70 }, (_, t) => [t % 3, (t + 1 + (t % 2)) % 3]);
  const { place, choice, expertOf } = routed(chosen, 4, tokens);
  expect(new Set(place!.values).size).toBe(140);
  for (const [pair, at] of place!.values.entries()) {
    expect(choice!.values[at]).toBe(pair + 1);
    expect(expertOf!.values[Math.floor(at / 4)]).toBe(chosen.flat()[pair]);
  }
});

it.each([
  [[[2], [0], [1]]],
  [
    [
      [2, 0],
      [1, 1],
    ],
  ],
])('in tiles of one row, choices %j keep their order', (chosen) => {
  const { place, choice, expertOf } = routed(chosen, 1);
  const numbers = [...chosen.flat().keys()];
  expect(place!.values).toEqual(numbers);
  expect(choice).toEqual({ shape: [numbers.length, 1], values: numbers.map((n) => n + 1) });
  expect(expertOf!.values).toEqual(chosen.flat());
});

it('in tiles of one row, tokens may choose none', () => {
  expect(routed([[], []], 1).choice).toEqual({ shape: [0, 1], values: [] });
});

it('counts the choices of 64 tokens at once', () => {
  const chunks = (tokens: number) => {
    const { place } = routingOf(choices(dimConst(tokens), 2), dimConst(3), 4, []);
    const counts = place.args.find((p) => p.label === 'choices before chunk');
    return printDim(counts!.shape[0]!);
  };
  expect([64, 65, 130].map(chunks)).toEqual(['1', '2', '3']);
});
