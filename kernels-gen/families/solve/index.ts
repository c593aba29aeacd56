/**
 * A X = B for small A, by Gauss–Jordan elimination without pivoting on the rows [A B]: in workgroup memory,
 * one workgroup for some columns of one system, or in a temporary, one workgroup for a system. Row k is
 * scaled only at the end, so a step reads column k and row k and writes neither: one barrier a step.
 */
import { addDim, constantOf, type Dim, mulDim, productDim } from '../../../compiler/ir/dims.ts';
import type { SolvePrim } from '../../../compiler/primitives/prim.ts';
import { sizeAt } from '../../fuse/cost.ts';
import type { Kernel } from '../../fuse/kernel.ts';
import { Emitter } from '../../wgsl/emitter.ts';
import { assemble, stored } from '../../wgsl/module.ts';
import { addExtent, ceildivExtent, extentOf, mulExtent, productExtent } from '../../wgsl/size.ts';
import {
  chosen,
  type Emitted,
  type Generated,
  LANES,
  type ScheduleOptions,
  tensorsOf,
  tensorsRead,
  trafficOf,
  type Way,
} from '../family.ts';
import { emitLaneSolve, roundedUp } from './lanes.ts';

/** f32 elements in WebGPU's default 16 KiB of workgroup memory. */
const SHARED = 4096;
const MAX_COLUMNS = 64;

/**
 * Columns of B beside A in workgroup memory; undefined when there is room for fewer than half of A's width,
 * where eliminating A again for every few columns costs more than working in a temporary.
 */
export function sharedColumns(n: number | undefined, m: number): number | undefined {
  if (n === undefined || n === 0) return undefined;
  const columns = Math.min(m, MAX_COLUMNS, Math.floor(SHARED / n) - n);
  return columns >= Math.min(m, n / 2, MAX_COLUMNS) && columns > 0 ? columns : undefined;
}

export function generateSolve(
  kernel: Kernel & { readonly root: SolvePrim },
  options: ScheduleOptions,
): Generated {
  const { args } = kernel.root;
  const [n, m] = kernel.tensor.shape.slice(-2) as [Dim, Dim];
  const batch = productDim(kernel.tensor.shape.slice(0, -2));
  const columns = sharedColumns(constantOf(n), sizeAt([m], options.tokens));
  const shared = columns !== undefined;
  const ways: Way[] = shared
    ? [{ strategy: 'lanes', emit: () => inLanes(kernel, constantOf(n)!, options.tokens) }]
    : [];
  const printed = chosen(options, () => emitSolve(kernel, columns), ways);
  const used = tensorsRead(printed, args);
  return {
    family: 'solve',
    printed,
    reads: used,
    scratch: shared ? null : productDim([batch, n, addDim(n, m)]),
    // Σ over steps of 2·(n − 1) operations on each column right of the pivot ≈ n²(n + 2m).
    flops: productExtent([
      extentOf(batch),
      extentOf(mulDim(n, n)),
      addExtent(extentOf(n), mulExtent(2, extentOf(m))),
    ]),
    bytes: trafficOf(used, kernel),
  };
}

/** Emits the portable solve: in workgroup memory where A and `columns` columns of B fit, else in a temporary. */
function emitSolve(kernel: Kernel & { readonly root: SolvePrim }, columns: number | undefined): Emitted {
  const { args } = kernel.root;
  const [n, m] = kernel.tensor.shape.slice(-2) as [Dim, Dim];
  const batch = productDim(kernel.tensor.shape.slice(0, -2));
  const tensors = tensorsOf(args);
  const e = new Emitter(tensors);
  e.used.add(0);
  e.used.add(1);
  const [rows, cols] = [e.size(n), e.size(m)];
  const workgroup = columns === undefined ? 256 : 64;
  const shared = columns !== undefined;
  const load = (arg: number, at: string) => e.elementAt(arg, at);
  const barrier = shared ? 'workgroupBarrier();' : 'storageBarrier();';

  const chunks = shared ? e.name(`(${cols} + ${columns - 1}) / ${columns}`, 0).text : '1';
  e.workgroups(`${e.size(batch)} * ${chunks}`);
  e.line(`let system = i32(u32(group) / u32(max(${chunks}, 1)));`);
  const held = shared ? `${columns}` : cols;
  e.line(`let first = ${shared ? `(group - system * ${chunks}) * ${columns}` : '0'};`);
  e.line(`let width = ${rows} + ${held};`);
  e.line(`let base = ${shared ? '0' : `system * ${rows} * width`};`);
  const cell = (i: string, j: string) => `${shared ? 'rows' : 'scratch'}[base + ${i} * width + ${j}]`;

  e.open(`for (var j = lane; j < width; j += ${workgroup})`);
  e.open(`for (var i = 0; i < ${rows}; i += 1)`);
  e.line('var x = 0.0f;');
  e.open(`if (j < ${rows})`);
  e.line(`x = ${load(0, `(system * ${rows} + i) * ${rows} + j`)};`);
  e.close();
  e.open(`if (j >= ${rows} && first + j - ${rows} < ${cols})`);
  e.line(`x = ${load(1, `(system * ${rows} + i) * ${cols} + first + j - ${rows}`)};`);
  e.close();
  e.line(`${cell('i', 'j')} = x;`);
  e.close();
  e.close();
  e.line(barrier);

  e.open(`for (var k = 0; k < ${rows}; k += 1)`);
  e.line(`let pivot = ${cell('k', 'k')};`);
  e.open(`for (var j = k + 1 + lane; j < width; j += ${workgroup})`);
  e.line(`let factor = ${cell('k', 'j')} / pivot;`);
  e.open(`for (var i = 0; i < ${rows}; i += 1)`);
  e.open('if (i != k)');
  e.line(`${cell('i', 'j')} -= ${cell('i', 'k')} * factor;`);
  e.close();
  e.close();
  e.close();
  e.line(barrier);
  e.close();

  e.open(`for (var j = lane; j < min(${held}, ${cols} - first); j += ${workgroup})`);
  e.open(`for (var i = 0; i < ${rows}; i += 1)`);
  const x = `${cell('i', `${rows} + j`)} / ${cell('i', 'i')}`;
  e.line(`out[(system * ${rows} + i) * ${cols} + first + j] = ${stored(x, kernel.tensor.dtype)};`);
  e.close();
  e.close();

  const code = assemble(e, {
    tensors,
    out: kernel.tensor.dtype,
    workgroup,
    ...(shared
      ? { memories: [{ name: 'rows', elements: constantOf(n)! * (constantOf(n)! + columns) }] }
      : { scratch: true }),
  });
  const systems = extentOf(batch);
  return {
    ...code,
    workgroups: mulExtent(systems, shared ? ceildivExtent(extentOf(m), columns) : 1),
  };
}

function inLanes(
  kernel: Kernel & { readonly root: SolvePrim },
  n: number,
  tokens: number,
): Emitted | undefined {
  const { shape, dtype } = kernel.tensor;
  const m = shape.at(-1)!;
  const height = roundedUp(n);
  const wanted = roundedUp(Math.min(sizeAt([m], tokens), MAX_COLUMNS));
  const columns = Math.min(wanted, Math.floor((SHARED / height - height) / LANES) * LANES);
  if (columns === 0) return undefined;
  const batch = productDim(shape.slice(0, -2));
  const tensors = tensorsOf(kernel.root.args);
  const e = emitLaneSolve({ tensors, n, m, batch, columns, stored: (x) => stored(x, dtype) });
  const memories = [{ name: 'rows', elements: height * (height + columns) }];
  const workgroups = mulExtent(extentOf(batch), ceildivExtent(extentOf(m), columns));
  return { ...assemble(e, { tensors, out: dtype, workgroup: LANES, memories }), workgroups };
}
