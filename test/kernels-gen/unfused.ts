/** Turns fused kernels back into a program of primitives, which the interpreter runs. */
import { expect } from 'vitest';
import type { DeviceClass } from '../../compiler/devices/index.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { MapPrim, Prim, PrimProgram } from '../../compiler/primitives/prim.ts';
import { isLoop, type LoopPrim, rewriteExpr } from '../../compiler/primitives/substitute.ts';
import { fuse } from '../../kernels-gen/fuse/index.ts';
import { MAX_STORAGE_BINDINGS, RESULT } from '../../kernels-gen/fuse/kernel.ts';

/** The program of the kernels of a program. An epilogue becomes a map over the results of the products before it. */
export function unfused(program: PrimProgram, tokens: number, device: DeviceClass): PrimProgram {
  const stored = new Map<Prim, Prim>(program.inputs.map((i) => [i, i]));
  for (const { root, tensor: of, epilogue, added = [] } of fuse(program, tokens, device)) {
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
