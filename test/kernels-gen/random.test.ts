import fc from 'fast-check';
import { expect, test } from 'vitest';
import { portable } from '../../compiler/devices/index.ts';
import { evalDim } from '../../compiler/dims/dims.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { MapPrim, Prim, PrimProgram } from '../../compiler/primitives/prim.ts';
import { isLoop, type LoopPrim, rewriteExpr } from '../../compiler/primitives/substitute.ts';
import { tensor } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { fuse } from '../../kernels-gen/fuse/index.ts';
import { MAX_STORAGE_BINDINGS, RESULT } from '../../kernels-gen/fuse/kernel.ts';
import { nullDevice } from '../../runtime/node.ts';
import { runs } from '../support/runs.ts';
import { integers, planOf, violations } from './execute.ts';
import { cayley, cayleyNeumann, gradient, matmul } from './layers.ts';
import { programs } from './random.ts';

/** Turns fused kernels back into primitives: an epilogue becomes a map over the results of the products before it. */
function unfused(program: PrimProgram): PrimProgram {
  const stored = new Map<Prim, Prim>(program.inputs.map((i) => [i, i]));
  for (const { root, tensor: of, epilogue, added = [] } of fuse(program, 512, portable)) {
    expect(new Set(root.args).size).toBeLessThan(MAX_STORAGE_BINDINGS);
    const args = root.args.map((a) => stored.get(a)!);
    if (!isLoop(root) || (epilogue === null && added.length === 0)) {
      stored.set(of, { ...root, args, shape: of.shape });
      continue;
    }
    const loop: LoopPrim = root;
    const results = [loop, ...added].map((p) => ({ ...p, args, shape: loop.axes.map((a) => a.extent) }));
    const index = loop.axes.map((a): IntExpr => ({ k: 'axis', name: a.name }));
    const at = results
      .map((_, i): Expr => ({ k: 'load', arg: args.length + i, index }))
      .reduce((a, b): Expr => ({ k: 'call', fn: 'add', args: [a, b] }));
    const body = epilogue ? rewriteExpr(epilogue, { load: (arg) => (arg === RESULT ? at : undefined) }) : at;
    const map: MapPrim = { ...of, kind: 'map', args: [...args, ...results], axes: loop.axes, body };
    stored.set(of, map);
  }
  return {
    ...program,
    outputs: program.outputs.map(({ name, prim }) => ({ name, prim: stored.get(prim)! })),
  };
}

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
    const fused = unfused(p);
    kernels.before += count(p);
    kernels.after += fuse(p, 512, portable).length;
    expect(interpret(fused, float64, inputs, tokens)).toEqual(interpret(p, float64, inputs, tokens));
  };
  fc.assert(fc.property(programs, fc.constantFrom(0, 1, 3), check), { numRuns: 400, seed: 7 });
  check(cayleyNeumann('tokens', 2, 5), 3);
  check(gradient('tokens', 2, 5), 3);
  expect(kernels.after).toBeLessThan(0.85 * kernels.before);
});

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
