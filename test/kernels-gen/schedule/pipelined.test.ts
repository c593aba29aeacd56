/** Contractions whose operands are staged in double buffers. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { canonical } from '../../../kernels-gen/families/contraction/root.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import type { Body, Statement } from '../../../kernels-gen/loops/type.ts';
import { sized } from '../../../kernels-gen/schedule/choice.ts';
import { pipeline } from '../../../kernels-gen/schedule/steps/pipeline.ts';
import { pipelined, pipelinedLoops } from '../../../kernels-gen/schedule/workgroup/pipelined.ts';
import { tileOfGroup } from '../../../kernels-gen/schedule/workgroup/shared.ts';
import { runs } from '../../support/runs.ts';
import { integers, planOf, violations } from '../execute.ts';
import { matmul } from '../layers.ts';
import { type Added, productOf } from '../loops/products.ts';
import { meaningOf, valuesFor } from '../loops/run.ts';
import { options } from './contractions.ts';

const plain = { across: { a: false, b: true, out: false }, added: 'none' as const, isFinished: false };

it('keeps the meaning of products in subgroups of 16 to 64', () => {
  const kinds = fc.record({
    ...{ batch: fc.constantFrom(1, 2), m: fc.constantFrom(1, 33, 'tokens'), n: fc.constantFrom(5, 32) },
    k: fc.constantFrom(2, 16, 33, 48, 'tokens'),
    across: fc.record({ a: fc.boolean(), b: fc.boolean(), out: fc.boolean() }),
    added: fc.constantFrom<Added>('none', 'same', 'no rows', 'no columns'),
    isFinished: fc.boolean(),
  });
  fc.assert(
    fc.property(
      kinds,
      fc.constantFrom(0, 1, 18),
      fc.constantFrom(16, 32, 64),
      fc.integer(),
      (kind, tokens, subgroup, seed) => {
        const kernel = canonical(productOf(kind));
        const inputs = valuesFor(kernel.root.args, tokens, seed);
        const { loops } = pipelinedLoops(kernel, tileOfGroup(32, 32));
        const [y] = runLoops(loops, field(7), inputs, { tokens, subgroup });
        expect([...y!.values]).toEqual(meaningOf(kernel, inputs, tokens));
      },
    ),
    runs(30, 500),
  );
});

it('copies the next block beside the products of one, with a barrier for each block', () => {
  const { loops, steps } = pipelinedLoops(
    canonical(productOf({ batch: 1, m: 32, n: 32, k: 64, ...plain })),
    tileOfGroup(32, 32),
  );
  expect(steps).toContain('pipeline k0_block');
  const inLoop = bodyOf(loops.body, 'k0_block')!;
  expect(inLoop.map((s) => s.k)).toEqual(['barrier', 'if', 'for']);
  expect(loops.memories.filter((m) => m.space === 'workgroup')).toHaveLength(2);
});

it('needs that barrier', () => {
  const kernel = canonical(productOf({ batch: 1, m: 32, n: 32, k: 64, ...plain }));
  const { loops } = pipelinedLoops(kernel, tileOfGroup(32, 32));
  const without = (body: Body): Body =>
    body.flatMap((s): Statement[] => {
      if (s.k === 'barrier') return [];
      return [s.k === 'for' || s.k === 'if' ? { ...s, body: without(s.body) } : s];
    });
  const inputs = valuesFor(kernel.root.args, 1, 1);
  expect(() =>
    runLoops({ ...loops, body: without(loops.body) }, field(7), inputs, { tokens: 1, subgroup: 16 }),
  ).toThrow(expect.objectContaining({ what: 'race' }));
});

it('refuses a loop that copies nothing', () => {
  const kernel = canonical(productOf({ batch: 1, m: 32, n: 32, k: 64, ...plain }));
  const { naive } = pipelinedLoops(kernel, tileOfGroup(32, 32));
  expect(() => pipeline(['k0']).apply(naive)).toThrow('the loop over k0 does not copy between two barriers');
});

it('has no code where two buffers of all tiles are more than the memory that every device has', () => {
  const of = (added: Added) =>
    pipelined.emit(
      sized('pipelined', 64, 64),
      canonical(productOf({ ...plain, batch: 1, m: 64, n: 64, k: 64, added })),
      options(),
    );
  expect(of('same')!.module.workgroupBytes).toBe(16384);
  expect(of('no rows')).toBeUndefined();
});

it('runs on a device', async () => {
  const p = matmul('NT', 37, 50, 33);
  expect(planOf(p, 'pipelined').kernels[0]!.wgsl).toContain('var<workgroup> left_tile: array<f32, 1024>');
  expect(await violations(p, 1, integers(p, 1, 1), ['pipelined'])).toEqual([]);
});

function bodyOf(body: Body, axis: string): Body | undefined {
  for (const s of body) {
    if (s.k === 'for' && s.axis === axis) return s.body;
    const found = s.k === 'for' || s.k === 'if' ? bodyOf(s.body, axis) : undefined;
    if (found) return found;
  }
  return undefined;
}
