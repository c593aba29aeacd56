/**
 * The memory that random steps take, as recorded figures. Where a change of the planning makes a figure larger, real
 * Plans may take more memory too. Where it makes both smaller, write down the new figures.
 */
import { expect, it } from 'vitest';
import { productDim } from '../../../compiler/dims/dims.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { inLittleMemory } from '../../../kernels-gen/memory/order.ts';
import type { Access } from '../../../kernels-gen/memory/traffic.ts';
import { random } from '../../../src/start/random.ts';
import { asDim, input, type Size } from '../build.ts';
import { placeTensors } from './placing.ts';

const SIZES: readonly Size[][] = [[1], [3], [40], ['tokens'], ['tokens', 4], ['tokens', 5], [7, 'tokens', 3]];

/** Random steps in a valid order, which read up to three tensors and may overwrite some, and a choice of outputs. */
function drawn(seed: number, count: number) {
  const next = random(seed);
  const below = (n: number) => Math.floor(next() * n);
  const size = () => SIZES[below(SIZES.length)]!;
  const made: Prim[] = [input('x', [1])];
  const outputs = new Map<Prim, string>();
  const steps = Array.from({ length: count }, (_, i): Access => {
    const reads = Array.from({ length: 1 + below(3) }, () => made[below(made.length)]!);
    const writes = Array.from({ length: next() < 0.15 ? 2 : 1 }, (_, j) => {
      const p = input(`t${i}.${j}`, size(), next() < 0.8 ? 'f32' : 'f16');
      if (next() < 0.2) outputs.set(p, p.label);
      return p;
    });
    made.push(...writes);
    const scratch = next() < 0.15 ? productDim(size().map((d) => asDim(d))) : null;
    const over = writes.length > 1 ? [] : reads.filter(() => next() < 0.4);
    return { reads, writes, scratch, overwrites: (p) => over.includes(p) };
  });
  return { steps, outputs };
}

it.each([
  { tokens: 1, asWritten: 32084, atLeast: 29824 },
  { tokens: 9, asWritten: 123172, atLeast: 112780 },
  { tokens: 512, asWritten: 6545356, atLeast: 6017400 },
])('at $tokens tokens: $asWritten bytes as written, $atLeast in another order', ({ tokens, ...figures }) => {
  const all = Array.from({ length: 200 }, (_, n) => drawn(1000 * tokens + n, 2 + (n % 8)));
  const bytes = (plan: typeof placeTensors) =>
    all.reduce((sum, { steps, outputs }) => sum + plan(steps, outputs, tokens).bytes, 0);
  expect({ asWritten: bytes(placeTensors), atLeast: bytes(inLittleMemory) }).toEqual(figures);
});
