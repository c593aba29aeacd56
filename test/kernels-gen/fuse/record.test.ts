/** Fusion tells of each decision: a tensor that becomes a part of its reader's kernel, or the reason why not. */
import { expect, it } from 'vitest';
import { DEFAULT_CLASS } from '../../../compiler/devices/index.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { fuse } from '../../../kernels-gen/fuse/index.ts';
import type { Decision } from '../../../kernels-gen/fuse/record.ts';
import { call, contraction, input, load, map, program, reduce } from '../build.ts';
import { all, axes, exp, LIMITS, nested, own, product, ROWS, rows, sizeOf, x } from './kernels.ts';

/** The decisions on a tensor of the programs with these outputs, as text. */
function told(of: Prim, outputs: Readonly<Record<string, Prim>>): string[] {
  const decisions: Decision[] = [];
  fuse(program(outputs), 512, DEFAULT_CLASS, (d) => decisions.push(d));
  return decisions
    .filter((d) => d.tensor === of)
    .map(({ rule, reader, why }) =>
      [rule, ...(reader ? [reader.label] : []), ...(why ? [why] : [])].join(': '),
    );
}

const p = product('p', x);
const m = rows('m', [x], exp(own()));
const reading = (of: Prim, body = exp(own())) => rows('y', [of], body);

it.each<readonly [string, Prim, Prim | Readonly<Record<string, Prim>>, string]>([
  ['a map that is inlined', m, reading(m), 'inline: y'],
  ['a map that is an output', m, { y: reading(m), m }, 'inline: it is an output, or always stored'],
  [
    'a map that many columns repeat',
    m,
    product('y', m, 512),
    'inline: its readers would repeat 1020 operations for each element, and storing one costs as much as 16',
  ],
  ['a product with an epilogue', p, reading(p), 'epilogue: y'],
  [
    'a product of which a reader loads two elements',
    p,
    reading(p, call('mul', own(), load(0, 't', 0))),
    'epilogue: y: its reader loads other elements beside the one in its own place',
  ],
  [
    'a product whose elements are repeated',
    p,
    map('y', [p], axes({ t: 'tokens', i: 8, n: 4 }), exp(own())),
    'epilogue: y: its reader does not load each element once',
  ],
  [
    'a long epilogue',
    p,
    reading(p, nested(LIMITS.tiledNodes - sizeOf(own()), own())),
    `epilogue: y: the epilogue would have more than ${LIMITS.tiledNodes} nodes`,
  ],
  [
    'a maximum of a product',
    p,
    reduce('y', [p], axes({ t: 'tokens' }), axes({ i: 8 }), own(), 'max'),
    'merge: y: fewer than 1024 results would be left to compute in parallel',
  ],
])('%s', (_, tensor, outputs, expected) => {
  const named = 'kind' in outputs ? { y: outputs as Prim } : outputs;
  expect(told(tensor, named)).toEqual([expected]);
});

it('a product that is added to another one', () => {
  const other = product('q', input('h', ['tokens', 8]));
  const y = rows('y', [p, other], all(2));
  expect([p, other].flatMap((t) => told(t, { y })).sort()).toEqual(['added: y', 'epilogue: y']);
});

it('a product with two readers, of which one multiplies it', () => {
  expect(told(p, { y: reading(p), z: product('z', p) })).toEqual([
    'epilogue: y: 2 kernels read it',
    'added: z: its reader multiplies it, and does not add it',
  ]);
});

it('a product that its reader multiplies', () => {
  const z = contraction('z', [p, x], ROWS, axes({ k: 8 }), load(0, 't', 'k'), load(1, 't', 'k'));
  expect(told(p, { z })).toEqual(['added: z: its reader multiplies it, and does not add it']);
});
