import fc from 'fast-check';
import { expect, test } from 'vitest';
import { portable } from '../../compiler/devices/index.ts';
import { evalDim } from '../../compiler/dims/dims.ts';
import type { Prim, PrimProgram } from '../../compiler/primitives/prim.ts';
import { tensor } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { fuse } from '../../kernels-gen/fuse/index.ts';
import { nullDevice } from '../../runtime/node.ts';
import { runs } from '../support/runs.ts';
import { integers, planOf, violations } from './execute.ts';
import { cayley, cayleyNeumann, gradient, matmul } from './layers.ts';
import { programs } from './random.ts';
import { unfused } from './unfused.ts';

test('fusing preserves meaning', () => {
  const kernels = { before: 0, after: 0 };
  const check = (p: PrimProgram, tokens: number) => {
    const values = integers(p, tokens, 1);
    const inputs = Object.fromEntries(
      p.inputs.map((i) => [
        i.name,
        tensor(
          i.shape.map((d) => evalDim(d, { tokens })),
          values[i.name]!,
        ),
      ]),
    );
    const fused = unfused(p, 512, portable);
    kernels.before += count(p);
    kernels.after += fuse(p, 512, portable).length;
    expect(unsigned(interpret(fused, float64, inputs, tokens))).toEqual(
      unsigned(interpret(p, float64, inputs, tokens)),
    );
  };
  fc.assert(fc.property(programs, fc.constantFrom(0, 1, 3), check), { numRuns: 400, seed: 7 });
  check(cayleyNeumann('tokens', 2, 5), 3);
  check(gradient('tokens', 2, 5), 3);
  expect(kernels.after).toBeLessThan(0.85 * kernels.before);
});

/** The values with 0 in place of −0. A sum of one product starts from 0, so that it gives 0 where the product is −0. */
const unsigned = (all: ReturnType<typeof interpret<number>>) =>
  Object.fromEntries(
    Object.entries(all).map(([name, t]) => [name, { ...t, values: Array.from(t.values, (v) => v + 0) }]),
  );

function count(p: PrimProgram): number {
  const seen = new Set<Prim>();
  const visit = (q: Prim): void => {
    if (q.kind === 'input' || seen.has(q)) return;
    seen.add(q);
    q.args.forEach(visit);
  };
  for (const o of p.outputs) visit(o.prim);
  return seen.size;
}

test('every kernel compiles, and plans are deterministic', async () => {
  const device = await nullDevice();
  const seen = new Set<string>();
  const compile = async (p: PrimProgram) => {
    const plan = planOf(p);
    expect(JSON.stringify(planOf(p))).toBe(JSON.stringify(plan));
    for (const kernel of plan.kernels) {
      if (seen.has(kernel.wgsl)) continue;
      seen.add(kernel.wgsl);
      device.pushErrorScope('validation');
      const module = device.createShaderModule({ code: kernel.wgsl });
      const { messages } = await module.getCompilationInfo();
      expect(messages.map((m) => `${m.message}\n${kernel.wgsl}`)).toEqual([]);
      await device.createComputePipelineAsync({
        layout: 'auto',
        compute: { module, entryPoint: kernel.entryPoint },
      });
      expect((await device.popErrorScope())?.message).toBeUndefined();
    }
  };
  await fc.assert(fc.asyncProperty(programs, compile), { numRuns: 200, seed: 11 });
  for (const b of [2, 3, 16, 32, 33, 65]) {
    for (const p of [
      cayleyNeumann('tokens', 3, b),
      gradient('tokens', 3, b),
      cayley(3, b),
      matmul('NT', 'tokens', 65, b, true),
    ]) {
      await compile(p);
    }
  }
  expect(seen.size).toBeGreaterThan(200);
  device.destroy();
});

test('random programs run right', async () => {
  const run = async (p: PrimProgram, tokens: number) => {
    expect(await violations(p, tokens, integers(p, tokens, 1))).toEqual([]);
  };
  await fc.assert(fc.asyncProperty(programs, fc.constantFrom(0, 1, 7), run), runs(10, 200));
});
