/** The order of steps, chosen by the memory that is live at once. */
import { expect, it } from 'vitest';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { inLittleMemory } from '../../../kernels-gen/memory/order.ts';
import { input, type Size } from '../build.ts';

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

it('uses one large temporary after the other', () => {
  const steps = [step([x], a), step([x], b), step([a], y), step([b], z)];
  expect(order(steps)).toEqual(['a', 'y', 'b', 'z']);
});

it('keeps the given order where another one saves nothing', () => {
  const steps = [step([x], b), step([x], a), step([a, b], y), step([a, y], z)];
  expect(order(steps)).toEqual(['b', 'a', 'y', 'z']);
});

it('takes the step that leaves the fewest bytes live', () => {
  const [larger, smaller] = [tensor('larger', 5), tensor('smaller', 4)];
  const steps = [step([x], larger), step([x], smaller), step([smaller], y), step([larger], z)];
  expect(order(steps, 10, [y, z])).toEqual(['smaller', 'y', 'larger', 'z']);
});

it('judges a step by the bytes after it, not after the steps that it makes ready; equals keep their order', () => {
  const [p, q, r] = [tensor('p', 1), tensor('q', 5), tensor('r', 1)];
  const [o, y5] = [tensor('o', 2), tensor('y5', 5)];
  const steps = [step([x], p), step([p], q), step([x], r), step([r], y5), step([q], o), step([p, r], z)];
  // q lies in the buffer of the output y5.
  expect(order(steps, 10, [y5, o, z])).toEqual(['p', 'q', 'o', 'r', 'z', 'y5']);
});

it('depends on the sizes at the given token count', () => {
  const large = tensor('large', 20);
  const steps = [step([x], a), step([x], large), step([a], y), step([large, y], z)];
  expect(order(steps, 10)).toEqual(['a', 'y', 'large', 'z']);
  // At 0 tokens `a` is empty and `large` is not, so starting with `large` gains nothing.
  expect(order(steps, 0)).toEqual(['a', 'large', 'y', 'z']);
});

it('does not count tensors that are no temporaries', () => {
  const steps = [step([x], a), step([x], b), step([a], y), step([b], z)];
  expect(order(steps, 10, [a, b, y, z])).toEqual(['a', 'b', 'y', 'z']);
});

it('has no reader before its writer, also where a step has several results', () => {
  const steps = [step([x], a, y), step([a], b), step([y, b], z)];
  expect(order(steps)).toEqual(['a,y', 'b', 'z']);
});

it('a tensor that is read twice is freed by the last reader only', () => {
  const [p, q] = [tensor('p', 1), tensor('q', 1)];
  const steps = [step([x], b), step([x], a), step([a, a], p), step([b], q), step([a, p, q], z)];
  expect(order(steps)).toEqual(['b', 'q', 'a', 'p', 'z']);
});

it('has the step that may overwrite a tensor after all other readers, where that saves memory', () => {
  const [p, small] = [tensor('p', 1), tensor('small', 1)];
  const over = (from: Prim[], to: Prim) => ({ ...step(from, to), overwrites: (q: Prim) => q === a });
  // `small` takes memory, so the greedy order alone would have it last.
  const steps = [step([x], a), over([a], b), step([a], small), step([small], p)];
  expect(order(steps, 10, [b, p])).toEqual(['a', 'small', 'p', 'b']);
  expect(order([steps[0]!, step([a], b), ...steps.slice(2)], 10, [b, p])).toEqual(['a', 'b', 'small', 'p']);
  // The order stays where the other reader needs the overwriting step's result.
  const after = [step([x], a), over([a], b), step([a, b], small), step([small], p)];
  expect(order(after, 10, [b, p])).toEqual(['a', 'b', 'small', 'p']);
  // The order stays where `a` is an output, because overwriting it would save nothing.
  expect(order(steps, 10, [a, b, p])).toEqual(['a', 'b', 'small', 'p']);
});

it('has a step of several results last of all readers where one of its results may overwrite the tensor', () => {
  const [p, small, e] = [tensor('p', 1), tensor('small', 1), tensor('e', 1)];
  const over = { ...step([a], e, b), overwrites: (q: Prim, by: Prim) => q === a && by === b };
  const steps = [step([x], a), over, step([a], small), step([small], p)];
  expect(order(steps, 10, [e, p])).toEqual(['a', 'small', 'p', 'e,b']);
});

it('has such a step between other readers last, which no rank alone does', () => {
  const [e, s, t] = [tensor('e', 1), tensor('s', 1), tensor('t', 1)];
  const over = { ...step([a], e, b), overwrites: (q: Prim, by: Prim) => q === a && by === b };
  const outputs = new Map([e, b, s, t].map((p) => [p, p.label]));
  const planned = inLittleMemory([step([x], a), step([a], s), over, step([a], t)], outputs, 10);
  expect(planned.steps.map((p) => p.name)).toEqual(['a', 's', 't', 'e,b']);
  expect(planned.overwritten.flat().map((o) => o.tensor)).toEqual([a]);
});

it('keeps the given order where overwriting saves no memory', () => {
  const [one, two] = [tensor('one', 'tokens', 2), tensor('two', 'tokens', 2)];
  const [p, small] = [tensor('p', 1), tensor('small', 1)];
  const over = { ...step([a], b), overwrites: (q: Prim) => q === a };
  // The earlier, larger tensors leave a free place for `a` and for `b`.
  const steps = [step([x], one), step([one], two), step([two], p), step([p], a), over, step([a], small)];
  expect(order([...steps, step([b], z)], 10, [p, small, z])).toEqual([
    'one',
    'two',
    'p',
    'a',
    'b',
    'small',
    'z',
  ]);
});

it('is found quickly where many steps may overwrite tensors with several readers', () => {
  // 60 times, two tensors are read together: there are 2⁶⁰ paths from the last step to the first.
  let last = x;
  const steps = Array.from({ length: 60 }, (_, i) => {
    const [from, one, other, both] = [
      last,
      ...['one', 'other', 'both'].map((n) => tensor(`${n}${i}`, 'tokens')),
    ];
    last = both!;
    const all = [step([from], one!), step([from], other!), step([one!, other!], both!)];
    return all.map((s) => ({ ...s, overwrites: () => true }));
  }).flat();
  const planned = inLittleMemory(steps, new Map(), 10);
  expect(planned.slots).toHaveLength(2);
});

it('has one of two steps that may overwrite a tensor last', () => {
  const [p, c] = [tensor('p', 1), tensor('c', 'tokens')];
  const over = (q: Prim) => ({ ...step([a], q), overwrites: (r: Prim) => r === a });
  const steps = [step([x], a), over(b), over(c), step([b, c], p)];
  const planned = inLittleMemory(steps, new Map([[p, 'p']]), 10);
  expect(planned.overwritten.flat().map((o) => o.tensor)).toEqual([a]);
  expect(planned.bytes).toBe(2 * 10 * 4);
});

it('a small tensor delays no large ones, whatever may overwrite it', () => {
  const [u, g, o] = ['u', 'g', 'o'].map((n) => tensor(n, 'tokens')) as [Prim, Prim, Prim];
  const [s, r, d] = [tensor('s', 1), tensor('r', 1), tensor('d', 1)];
  const over = (by: ReturnType<typeof step>, old: Prim) => ({ ...by, overwrites: (q: Prim) => q === old });
  const steps = [
    step([x], s),
    over(step([s], r), s),
    step([r], u),
    step([u], y),
    step([x], g),
    over(step([g, r], o), g),
    step([g, s], d),
    step([d], z),
  ];
  // Reading s by all others before r would make g live together with u, but both need the place of o.
  const planned = (tokens: number) =>
    inLittleMemory(steps, new Map([o, y, z].map((p) => [p, p.label])), tokens).bytes;
  expect(planned(100)).toBe(2 * 4);
  expect(planned(64)).toBe(2 * 4);
  expect(planned(63)).toBeGreaterThan(2 * 4);
});
