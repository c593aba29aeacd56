/** Runs the scheduled loops of a kernel beside the meaning of its primitive. */
import { expect } from 'vitest';
import { evalDim } from '../../../compiler/dims/dims.ts';
import { call, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import type { InputPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { isLoop, rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import { type Domain, type TensorValue, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { axisRefs, extents } from '../../../kernels-gen/fuse/axes.ts';
import { type FusedBlocks, writesOf } from '../../../kernels-gen/fuse/blocks.ts';
import { type Kernel, RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import type { LoopKernel, Scheduled } from '../../../kernels-gen/loops/type.ts';
import { drawInputs, residue } from '../../support/evaluate.ts';

/** Residues for each argument of a kernel, and integers below 3 where they are indices. */
export function valuesFor(args: readonly Prim[], tokens: number, seed: number): TensorValue<number>[] {
  const inputs = args.map((a, i) => ({ ...withoutArgs(a), kind: 'input' as const, name: `a${i}` }));
  const drawn = drawInputs(inputs, seed, tokens, residue);
  return inputs.map(({ name, dtype }) => {
    const { shape, values } = drawn[name]!;
    return dtype === 'i32'
      ? tensor(
          shape,
          values.map((v) => v % 3),
        )
      : drawn[name]!;
  });
}

/** The only output of a kernel's loops. */
export const outputOf = (
  loops: LoopKernel,
  inputs: readonly TensorValue<number>[],
  tokens: number,
  domain: Domain<number> = field(7),
): number[] => [...runLoops(loops, domain, inputs, { tokens })[0]!.values];

/** The kernel with every input in a buffer of its own, as naive loops read inputs after they store results. */
export const withoutAliases = (kernel: LoopKernel): LoopKernel => ({
  ...kernel,
  memories: kernel.memories.map(({ alias: _, ...m }) => m),
});

/** The meaning of a kernel: its root and what is added to it, and its epilogue as a map of their sum. */
export function meaningOf(
  { root, added = [], epilogue }: Kernel,
  inputs: readonly TensorValue<number>[],
  tokens: number,
  domain: Domain<number> = field(7),
): number[] {
  const args = root.args.map((a, i): InputPrim => ({ ...withoutArgs(a), kind: 'input', name: `a${i}` }));
  const alone = (p: Prim): Prim => ({
    ...p,
    args,
    shape: isLoop(p) && p.kind !== 'scatter' ? extents(p.axes) : p.shape,
  });
  const own = [root, ...added].map(alone);
  const finished: Prim =
    (epilogue || added.length > 0) && isLoop(root)
      ? {
          ...{ ...withoutArgs(own[0]!), kind: 'map', axes: root.axes, args: [...args, ...own] },
          body: rewriteExpr(epilogue ?? load(RESULT, []), {
            load: (arg) => (arg === RESULT ? sumOf(args.length, own.length, axisRefs(root.axes)) : undefined),
          }),
        }
      : own[0]!;
  const program = { name: 'kernel', inputs: args, outputs: [{ name: 'y', prim: finished }] };
  const named = Object.fromEntries(inputs.map((t, i) => [`a${i}`, t]));
  return [...interpret(program, domain, named, tokens).y!.values];
}

/** The sum of some arguments' elements, from number `first` on. */
const sumOf = (first: number, count: number, index: readonly IntExpr[]): Expr =>
  Array.from({ length: count }, (_, n) => load(first + n, index)).reduce((a, b) => call('add', a, b));

const withoutArgs = ({ shape, dtype, spans, label }: Prim) => ({ shape, dtype, spans, label, args: [] });

/** Expects what fused blocks store to be what their members compute, one after another. */
export function expectBlocks(
  group: FusedBlocks,
  { naive, loops }: Scheduled,
  tokens: number,
  seed: number,
): void {
  const values = new Map<Prim, TensorValue<number>>();
  const outside = group.members
    .flatMap((m) => m.root.args)
    .filter((a) => !group.members.some((m) => m.tensor === a));
  const drawn = valuesFor([...new Set(outside)], tokens, seed);
  for (const [n, a] of [...new Set(outside)].entries()) values.set(a, drawn[n]!);
  for (const m of group.members) {
    const shape = m.tensor.shape.map((d) => evalDim(d, { tokens }));
    const own = m.root.args.map((a) => values.get(a)!);
    values.set(m.tensor, tensor(shape, meaningOf(m, own, tokens)));
  }
  const inputs = loops.memories.flatMap((m, n) => (m.space === 'input' ? [values.get(group.args[n]!)!] : []));
  for (const own of [withoutAliases(naive), loops]) {
    const stored = runLoops(own, field(7), inputs, { tokens });
    for (const [n, p] of writesOf(group).entries()) expect(stored[n]!.values).toEqual(values.get(p)!.values);
  }
}
