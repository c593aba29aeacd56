/**
 * Solves A·X = B for a small A, by Gauss–Jordan elimination of the rows [A B] without pivoting. A workgroup solves
 * for some columns of a system in its memory, or for a whole system in a temporary. Row k is scaled only at the end:
 * a step reads row k and column k and writes neither, so it takes one barrier.
 */
import { constantOf, type Dim, productDim } from '../../../compiler/dims/dims.ts';
import type { SolvePrim } from '../../../compiler/primitives/prim.ts';
import type { Kernel } from '../../fuse/kernel.ts';
import { Emitter } from '../../wgsl/emitter.ts';
import { assemble, stored } from '../../wgsl/module.ts';
import { ceildivExtent, extentOf, mulExtent } from '../../wgsl/size.ts';
import { type Emitted, tensorsOf } from '../family.ts';

export type SolveKernel = Kernel & { readonly root: SolvePrim };

/** The number of f32 elements in WebGPU's default 16 KiB of workgroup memory. */
export const SHARED = 4096;
export const MAX_COLUMNS = 64;

/**
 * The number of columns of B that a workgroup keeps in its memory beside A: m or MAX_COLUMNS, the lesser. It
 * is fewer where only fewer fit, but at least n/2; else undefined. Every workgroup eliminates A again, so
 * with still fewer columns a temporary costs less.
 */
export function sharedColumns(n: number | undefined, m: number): number | undefined {
  if (n === undefined || n === 0) return undefined;
  const columns = Math.min(m, MAX_COLUMNS, Math.floor(SHARED / n) - n);
  return columns >= Math.min(m, n / 2, MAX_COLUMNS) && columns > 0 ? columns : undefined;
}

/** Emits the portable solve: in workgroup memory where A and `columns` columns of B fit, else in a temporary. */
export function emitSolve(kernel: SolveKernel, columns: number | undefined): Emitted {
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
