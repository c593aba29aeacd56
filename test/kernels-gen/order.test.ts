/** The order of steps, by what is live at once. */
import { expect, it } from 'vitest';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { inLittleMemory } from '../../kernels-gen/fuse/order.ts';
import { input, type Size } from './build.ts';

const tensor = (name: string, ...shape: Size[]) => input(name, shape);
const step = (reads: Prim[], ...writes: Prim[]) => ({
  reads,
  writes,
  scratch: null,
  name: writes.map((w) => w.label).join(),
});
const order = (steps: ReturnType<typeof step>[], tokens = 10, stored: readonly Prim[] = []) =>
  inLittleMemory(steps, new Map(stored.map((p) => [p, p.label])), tokens).steps.map((s) => s.name);

const x = tensor('x', 1);
const [a, b] = [tensor('a', 'tokens'), tensor('b', 'tokens')];
const [y, z] = [tensor('y', 1), tensor('z', 1)];

it('one large temporary after the other', () => {
  const steps = [step([x], a), step([x], b), step([a], y), step([b], z)];
  expect(order(steps)).toEqual(['a', 'y', 'b', 'z']);
});

it('what is given, where nothing is gained', () => {
  const steps = [step([x], b), step([x], a), step([a, b], y), step([a, y], z)];
  expect(order(steps)).toEqual(['b', 'a', 'y', 'z']);
});

it('by the sizes at a count of tokens', () => {
  const large = tensor('large', 20);
  const steps = [step([x], a), step([x], large), step([a], y), step([large, y], z)];
  expect(order(steps, 10)).toEqual(['a', 'y', 'large', 'z']);
  // The small one's element more makes a start with the large one no better.
  expect(order(steps, 0)).toEqual(['a', 'large', 'y', 'z']);
});

it('with what is not a temporary for nothing', () => {
  const steps = [step([x], a), step([x], b), step([a], y), step([b], z)];
  expect(order(steps, 10, [a, b, y, z])).toEqual(['a', 'b', 'y', 'z']);
});

it('never a reader before the writer, of several results too', () => {
  const steps = [step([x], a, y), step([a], b), step([y, b], z)];
  expect(order(steps)).toEqual(['a,y', 'b', 'z']);
});

it('a tensor that is read twice is freed by the last reader only', () => {
  const [p, q] = [tensor('p', 1), tensor('q', 1)];
  const steps = [step([x], b), step([x], a), step([a, a], p), step([b], q), step([a, p, q], z)];
  expect(order(steps)).toEqual(['b', 'q', 'a', 'p', 'z']);
});
