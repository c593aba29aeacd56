/** Prints a loop form as a WGSL module. */
import { constantOf } from '../../compiler/dims/dims.ts';
import type { Extent } from '../../runtime/plan.ts';
import type { Emitted } from '../families/family.ts';
import { LoopError } from '../loops/error.ts';
import { lanesOf } from '../loops/lanes.ts';
import type { Body, For, Memory, Scheduled, Trips } from '../loops/type.ts';
import { withoutUnused } from '../loops/unused.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble } from '../wgsl/module.ts';
import { ceildivExtent, extentOf, productExtent } from '../wgsl/size.ts';
import type { Tensor } from '../wgsl/tensor.ts';
import type { PrintOptions } from './options.ts';
import { Registers } from './registers.ts';
import { Printer } from './statements.ts';

/** The code of a kernel. Its inputs are the arguments by number, and its outputs the results: `out`, or `out0`, …. */
export function printWgsl(scheduled: Scheduled, options: PrintOptions = {}): Emitted {
  const kernel = withoutUnused(scheduled.loops);
  const { memories, threads } = kernel;
  if ((lanesOf(kernel) ?? threads) !== threads)
    fail('a workgroup with memories in lanes is no single subgroup');
  const registers: Registers = new Registers(kernel, () => e);
  const tensors = memories.map((m, n) => tensorOf(m, memories, registers.variable(n)));
  const e: Emitter = new Emitter(tensors);
  e.shuffles = options.shuffles;
  const [loops, body] = workgroupsOf(kernel.body);
  new Printer(e, kernel, registers, options).kernel(loops, body);
  const outputs = memories.filter((m) => m.space === 'output');
  const own = memories.filter((m) => m.space === 'workgroup');
  const code = assemble(e, {
    tensors,
    out: outputs[0]!.name === 'out' ? outputs[0]!.dtype : outputs.map((m) => m.dtype),
    vectors: new Set(outputs.flatMap((m, n) => (m.vectors ? [n] : []))),
    workgroup: threads,
    ...(memories.some((m) => m.space === 'temporary') ? { scratch: true } : {}),
    memories: own.map((m) => ({
      name: m.name,
      elements: sizeOf(m),
      ...(m.dtype === 'f16' ? { dtype: 'f16' as const } : {}),
      ...(m.vectors ? { vectors: true } : {}),
    })),
    ...(registers.matrices ? { matrices: registers.matrices.types } : {}),
  });
  return { ...code, scheduled, workgroups: productExtent(loops.map((l) => extentOfTrips(l.trips))) };
}

const extentOfTrips = ({ of, by }: Trips): Extent => ceildivExtent(extentOf(of), by);

const sizeOf = ({ name, shape }: Memory): number =>
  shape.reduce((n, d) => n * (constantOf(d) ?? fail(`the workgroup memory ${name} has no fixed size`)), 1);

const fail = (message: string): never => {
  throw new LoopError('form', message);
};

function tensorOf(
  { name, space, shape, dtype, storage, alias, vectors }: Memory,
  all: readonly Memory[],
  variable: Tensor['variable'],
): Tensor {
  return {
    ...{ dtype, shape },
    ...(storage ? { storage } : {}),
    ...(alias === undefined ? {} : { overwritten: all[alias]!.name }),
    ...(vectors ? { vectors } : {}),
    ...(variable ? { variable } : {}),
    ...(space === 'input' || space === 'output' ? {} : { held: name, changes: true }),
  };
}

/** The loops over workgroups, which are outermost, and the statements in them. */
function workgroupsOf(block: Body): readonly [readonly For[], Body] {
  const [only, ...others] = block;
  if (only?.k !== 'for' || only.how !== 'workgroup' || others.length > 0) return [[], block];
  const [loops, body] = workgroupsOf(only.body);
  return [[only, ...loops], body];
}
