/**
 * Placement of temporaries: no tensor is overwritten while a step still reads it, and every tensor fits its buffer.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portable } from '../../../compiler/devices/index.ts';
import { type Dim, dimConst, dimVar, evalDim, mulDim, productDim } from '../../../compiler/dims/dims.ts';
import type { DType } from '../../../compiler/ir/node.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { launchesOf } from '../../../kernels-gen/launches.ts';
import { buffersFor, type Placement } from '../../../kernels-gen/memory/buffers.ts';
import { inLittleMemory } from '../../../kernels-gen/memory/order.ts';
import { groupOverwrites, overwriting } from '../../../kernels-gen/memory/overwrite.ts';
import { type Access, Traffic } from '../../../kernels-gen/memory/traffic.ts';
import { dtypeBytes, evalExtent, type PlanRef } from '../../../runtime/plan.ts';
import { asDim, input, type Size } from '../build.ts';
import { programs } from '../random.ts';
import { placeTensors } from './placing.ts';

const tensor = (name: string, ...shape: Size[]) => input(name, shape);
const step = (reads: Prim[], writes: Prim[], scratch: Dim | null = null, over: Prim[] = []): Access => ({
  reads,
  writes,
  scratch,
  overwrites: (p, by) => {
    // Planning asks only about tensors, and not about a step's working memory.
    expect(writes).toContain(by);
    expect([...reads, ...writes]).toContain(p);
    return over.includes(p);
  },
});
const named = (...outputs: Prim[]) => new Map(outputs.map((p) => [p, p.label]));
const bytesAt = (p: Prim, tokens: number) => dtypeBytes(p.dtype) * evalDim(productDim(p.shape), { tokens });

/** The faults of a placement, found by going through its steps: every read must find its tensor in place. */
function faults(
  steps: readonly Access[],
  outputs: ReadonlyMap<Prim, string>,
  placed: Placement,
  tokens: number,
): string[] {
  const { slots, placeOf, scratchOf, overwritten } = placed;
  const found: string[] = [];
  const keyOf = (at: PlanRef | null | undefined) => JSON.stringify(at);
  const holds = new Map<string, Prim>();
  const sizes = new Map(
    [...outputs].map(([p, name]) => [keyOf({ output: name }), (n: number) => bytesAt(p, n)]),
  );
  for (const [i, s] of slots.entries()) sizes.set(keyOf({ slot: i }), (n) => evalExtent(s, n));
  const fits = (what: string, bytes: (tokens: number) => number, at: string) => {
    for (const n of [0, 1, 2, 7, 100, 512, 5000])
      if (bytes(n) > sizes.get(at)!(n)) found.push(`${what} is larger than ${at} at ${n}`);
  };
  const made = new Set<Prim>();
  for (const [i, { reads, writes, scratch, overwrites }] of steps.entries()) {
    const own = [
      ...writes.map((p) => keyOf(placeOf.get(p))),
      ...(scratch === null ? [] : [keyOf(scratchOf[i])]),
    ];
    if (new Set(own).size < own.length) found.push(`step ${i} writes one buffer twice`);
    for (const p of reads.filter((r) => made.has(r))) {
      const at = keyOf(placeOf.get(p));
      if (holds.get(at) !== p)
        found.push(`step ${i} reads ${p.label} from ${at}, which holds ${holds.get(at)?.label}`);
      const by = writes[own.indexOf(at)];
      const inPlace = by !== undefined && overwrites?.(p, by);
      if (own.includes(at) && !inPlace) found.push(`step ${i} reads and writes ${at}`);
      const said = overwritten[i]!.find((o) => o.tensor === p)?.by;
      if (said !== by) found.push(`step ${i} has ${said?.label} in the place of ${p.label}`);
    }
    if (scratch !== null) {
      const at = keyOf(scratchOf[i]);
      holds.delete(at);
      fits(`scratch of ${i}`, (tokens) => 4 * evalDim(scratch, { tokens }), at);
    }
    for (const p of writes) {
      const at = keyOf(placeOf.get(p));
      holds.set(at, p);
      made.add(p);
      fits(p.label, (n) => bytesAt(p, n), at);
    }
  }
  if (placed.bytes !== slots.reduce<number>((sum, s) => sum + evalExtent(s, tokens), 0))
    found.push(`takes not ${placed.bytes}`);
  for (const [p, output] of outputs)
    if (holds.get(keyOf({ output })) !== p) found.push(`output ${output} is overwritten`);
  return found;
}

const x = tensor('x', 1);
const [a, b, c] = [tensor('a', 'tokens', 4), tensor('b', 'tokens', 4), tensor('c', 'tokens', 4)];
const y = tensor('y', 'tokens', 4);

describe('a temporary lies in the buffer of an output', () => {
  const placed = (steps: Access[], ...outputs: Prim[]) => placeTensors(steps, named(...outputs), 512);

  it('that is written after its last read', () => {
    const plan = placed([step([x], [a]), step([a], [b]), step([b], [y])], y);
    expect(plan.slots).toHaveLength(1);
    expect(plan.placeOf.get(a)).toEqual({ output: 'y' });
    expect(plan.placeOf.get(b)).toEqual({ slot: 0 });
    expect(plan.placeOf.get(y)).toEqual({ output: 'y' });
    expect(plan.bytes).toBe(512 * 16);
  });

  it('after another temporary, but not if that output is written at its last read or before', () => {
    const z = tensor('z', 'tokens', 4);
    const steps = [step([x], [a]), step([a], [y]), step([x], [b]), step([b], [c]), step([c, y], [z])];
    const plan = placed(steps, y, z);
    expect(plan.placeOf.get(a)).toEqual({ output: 'z' });
    expect(plan.placeOf.get(b)).toEqual({ output: 'z' });
    expect(plan.placeOf.get(c)).toEqual({ slot: 0 });
  });

  it('that is large enough at every token count, and of those in the smallest', () => {
    const [small, large, wide] = [tensor('small', 100), tensor('large', 200), tensor('wide', 'tokens', 8)];
    const one = tensor('one', 1);
    const steps = [
      step([x], [one]),
      step([one], [b]),
      step([b], [c]),
      step([c], [large]),
      step([c], [small]),
    ];
    // At 0 tokens, 100 elements are more than 8·tokens, so `fixed` does not always fit.
    const fixed = tensor('fixed', 100);
    const before = [step([x], [fixed]), step([fixed], [one]), ...steps.slice(1), step([c], [wide])];
    const plan = placeTensors(before, named(small, large, wide), 512);
    expect(plan.placeOf.get(fixed)).toEqual({ output: 'small' });
    expect(plan.placeOf.get(one)).toEqual({ output: 'large' });
    expect(plan.placeOf.get(b)).toEqual({ output: 'wide' });
    const without = placeTensors(before, named(wide), 512);
    expect(without.placeOf.get(fixed)).not.toEqual({ output: 'wide' });
  });

  it('counted in bytes: 16 bits of an output hold half as many of 32', () => {
    const half = input('half', ['tokens', 8], 'f16');
    const plan = (p: Prim) =>
      placeTensors([step([x], [p]), step([p], [c]), step([x], [half])], named(c, half), 512);
    expect(plan(a).placeOf.get(a)).toEqual({ output: 'half' });
    const more = tensor('more', 'tokens', 5);
    expect(plan(more).placeOf.get(more)).toEqual({ slot: 0 });
  });

  it('that is larger by a term of one byte', () => {
    // tri(t) elements of f16 take t² − t bytes, which fit into the 2t² bytes of the square.
    const [triangle, square] = ([['tri(tokens)'], ['tokens', 'tokens']] as const).map((shape) =>
      input('f16', shape, 'f16'),
    ) as [Prim, Prim];
    const steps = [step([x], [triangle]), step([triangle], [y]), step([x], [square])];
    expect(placed(steps, y, square).placeOf.get(triangle)).toEqual({ output: 'f16' });
  });

  it('rather than in a slot that is large enough', () => {
    const [large, p, wide] = [tensor('large', 'tokens', 8), tensor('p', 1), tensor('wide', 'tokens', 16)];
    const steps = [step([x], [a]), step([a], [p]), step([x], [large]), step([large], [wide])];
    const plan = placed(steps, p, wide);
    expect(plan.placeOf.get(large)).toEqual({ slot: 0 });
    expect(plan.placeOf.get(a)).toEqual({ output: 'wide' });
  });

  it('also where it is a step’s working memory', () => {
    const scratch = mulDim(dimConst(4), dimVar('tokens'));
    const z = tensor('z', 'tokens', 4);
    const plan = placed([step([x], [y], scratch), step([y], [z], scratch)], y, z);
    expect(plan.scratchOf).toEqual([{ output: 'z' }, { slot: 0 }]);
  });
});

it('slots are shared by the largest first, and hold whichever is the largest', () => {
  const [n, t] = [tensor('n', 100), tensor('t', 'tokens')];
  const steps = [step([x], [n]), step([n], [c]), step([x], [t]), step([t, c], [y])];
  const { slots, bytes } = placeTensors(steps, named(c, y), 512);
  expect(slots).toHaveLength(1);
  expect([0, 512].map((count) => evalExtent(slots[0]!, count))).toEqual([400, 2048]);
  expect(bytes).toBe(2048);
  expect(placeTensors(steps, named(c, y), 10).bytes).toBe(400);
});

it('a slot names each size that it has to hold once', () => {
  const [t, n, u] = [tensor('t', 'tokens'), tensor('n', 40), tensor('u', 'tokens')];
  const steps = [t, n, u].flatMap((held, i) => [step([x], [held]), step([held], [tensor(`p${i}`, 1)])]);
  const outputs = steps.flatMap((s) => s.writes.filter((w) => w.label.startsWith('p')));
  // A slot's f16 tensor is rounded up to whole words.
  const words = { op: 'ceildiv', a: { op: 'mul', a: 4, b: 'tokens' }, b: 4 };
  expect(placeTensors(steps, named(...outputs), 40).slots).toEqual([
    { op: 'max', a: { op: 'mul', a: 4, b: words }, b: 160 },
  ]);
});

const replaced = (p: Placement) => p.overwritten.map((o) => o.map(({ tensor }) => tensor));

describe('a result lies in the place of what its step read last', () => {
  const [p, z] = [tensor('p', 10), tensor('z', 'tokens', 4)];

  it('where that saves a slot, and is the last read', () => {
    const over = (...q: Prim[]) => [step([x], [a]), step([a], [b], null, q), step([b], [p])];
    const apart = placeTensors(over(), named(p), 512);
    expect([apart.slots.length, replaced(apart)]).toEqual([2, [[], [], []]]);
    const together = placeTensors(over(a), named(p), 512);
    expect([together.slots.length, replaced(together)]).toEqual([1, [[], [a], []]]);
    expect(together.placeOf.get(a)).toEqual(together.placeOf.get(b));
    const later = [...over(a), step([a], [c])];
    expect(replaced(placeTensors(later, named(p, c), 512))).toEqual([[], [], [], []]);
  });

  it('also in an output’s buffer, through several steps', () => {
    const steps = [step([x], [a]), step([a], [b], null, [a]), step([x, b], [y], null, [b, x])];
    const plan = placeTensors(steps, named(y), 512);
    expect(plan.slots).toEqual([]);
    expect(replaced(plan)).toEqual([[], [a], [b]]);
  });

  it('not where another buffer is free', () => {
    const steps = [step([x], [a]), step([a], [y], null, [a]), step([x], [z])];
    const plan = placeTensors(steps, named(y, z), 512);
    expect(plan.placeOf.get(a)).toEqual({ output: 'z' });
    expect(replaced(plan)).toEqual([[], [], []]);
  });

  it('not where the tensor is larger than the output that would overwrite it', () => {
    const wide = tensor('wide', 'tokens', 5);
    const plan = placeTensors([step([x], [wide]), step([wide], [y], null, [wide])], named(y), 512);
    expect(replaced(plan)).toEqual([[], []]);
  });
});

const SIZES: readonly Size[][] = [[1], [3], [40], ['tokens'], ['tokens', 4], ['tokens', 5], [7, 'tokens', 3]];

/** Random steps in a valid order, with results and working memory of any size, and a choice of outputs. */
const runs = fc
  .array(
    fc.record({
      reads: fc.array(fc.nat(30), { maxLength: 3 }),
      writes: fc.array(
        fc.tuple(fc.nat(SIZES.length - 1), fc.constantFrom<DType[]>('f32', 'f16'), fc.boolean()),
        {
          minLength: 1,
          maxLength: 2,
        },
      ),
      scratch: fc.option(fc.nat(SIZES.length - 1), { freq: 4 }),
      over: fc.nat(7),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((drawn) => {
    const made: Prim[] = [x];
    const outputs: Prim[] = [];
    const steps = drawn.map(({ reads, writes, scratch, over }): Access => {
      const from = reads.map((r) => made[r % made.length]!);
      const to = writes.map(([size, dtype, isOutput]) => {
        const p = input(`t${made.length + outputs.length}`, SIZES[size]!, dtype);
        if (isOutput) outputs.push(p);
        return p;
      });
      made.push(...to);
      const size = scratch === null ? null : productDim(SIZES[scratch]!.map((d) => asDim(d)));
      const may = from.filter((_, i) => ((over >> i) & 1) === 1);
      return step(from, to, size, may);
    });
    return { steps, outputs: new Map(outputs.map((p, i) => [p, `out${i}`])) };
  });

describe('no tensor is overwritten while it is needed', () => {
  it('by steps at random, in either order', () => {
    fc.assert(
      fc.property(runs, fc.constantFrom(0, 1, 9, 512), ({ steps, outputs }, tokens) => {
        expect(faults(steps, outputs, placeTensors(steps, outputs, tokens), tokens)).toEqual([]);
        const planned = inLittleMemory(steps, outputs, tokens);
        expect(faults(planned.steps, outputs, planned, tokens)).toEqual([]);
        expect(new Set(planned.steps)).toEqual(new Set(steps));
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  it('by the kernels of programs', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const { kernels, written } = launchesOf({ minTokens: 0, maxTokens: null, program }, portable);
        const steps = kernels.map((k) =>
          'members' in k
            ? {
                ...step(
                  [...k.args],
                  k.nests.flatMap((s) => s.stored ?? []),
                ),
                overwrites: (tensor: Prim, by: Prim) => groupOverwrites(k, { tensor, by }),
              }
            : {
                ...step([...k.root.args], [k.tensor]),
                overwrites: (p: Prim) => overwriting(k, p) !== undefined,
              },
        );
        const planned = inLittleMemory(steps, written, 512);
        expect(faults(planned.steps, written, planned, 512)).toEqual([]);
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});

it('equally large tensors are placed in the order in which they are written, whatever their numbers', () => {
  const names = ['A', 'D', 'B', 'C', 'c', 'b', 'd', 'a'];
  const all = new Map(names.map((name) => [name, tensor(name, 8)]));
  const pairs = ['AB', 'BC', 'CD', 'ab', 'bc', 'cd'].map((pair) => ({ pair, y: tensor(pair, 1) }));
  const steps = [
    ...names.map((name) => step([], [all.get(name)!])),
    ...pairs.map(({ pair, y }) =>
      step(
        [...pair].map((name) => all.get(name)!),
        [y],
      ),
    ),
  ];
  const places = [...names, ...pairs.map((p) => p.pair)];
  const order = ['A', 'B', 'AB', 'C', 'BC', 'D', 'CD', 'a', 'b', 'ab', 'c', 'bc', 'd', 'cd'];
  const traffic = new Traffic(steps, named(...pairs.map((p) => p.y)), 1);
  // Two are live at once. Placed as they are numbered, or from the last number on, a third would need a place.
  const placed = buffersFor(
    traffic,
    order.map((name) => places.indexOf(name)),
    Infinity,
  )!;
  expect(placed.bytes).toBe(2 * 8 * 4);
});
