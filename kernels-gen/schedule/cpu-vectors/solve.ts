/**
 * Solves A·X = B by one subgroup. Each lane (an invocation) has every LANES-th column of [A B]. This is block
 * Gauss–Jordan elimination. A step takes LANES columns of A. It inverts their diagonal block D, multiplies
 * the rows of D by D⁻¹, which gives R, and subtracts Aᵢₖ·R from each other row i. Lanes get elements of other
 * columns by shuffles and touch only memory of their own, so no step waits.
 */
import { constantOf, type Dim, productDim } from '../../../compiler/dims/dims.ts';
import { type Emitted, type ScheduleOptions, tensorsOf, type Way } from '../../families/family.ts';
import { MAX_COLUMNS, SHARED, type SolveKernel } from '../../families/solve/schedule.ts';
import { sizeAt } from '../../fuse/cost.ts';
import { Emitter } from '../../wgsl/emitter.ts';
import { assemble, stored } from '../../wgsl/module.ts';
import { ceildivExtent, extentOf, mulExtent } from '../../wgsl/size.ts';
import type { Tensor } from '../../wgsl/tensor.ts';
import { LANES } from './lanes.ts';

export function solveWays(kernel: SolveKernel, { tokens }: ScheduleOptions): readonly Way[] {
  return [{ strategy: 'lanes', emit: () => inLanes(kernel, tokens) }];
}

/** Emits the kernel; undefined where workgroup memory has no room for columns beside A. */
function inLanes(kernel: SolveKernel, tokens: number): Emitted | undefined {
  const { shape, dtype } = kernel.tensor;
  const [rows, m] = shape.slice(-2) as [Dim, Dim];
  const n = constantOf(rows)!;
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

const roundedUp = (n: number): number => Math.ceil(n / LANES) * LANES;

interface LaneSolve {
  readonly tensors: readonly Tensor[];
  readonly n: number;
  readonly m: Dim;
  readonly batch: Dim;
  /** The number of columns of B that a workgroup solves for: a multiple of LANES. */
  readonly columns: number;
  /** Converts a value to the result's element type. */
  readonly stored: (text: string) => string;
}

const lanes = [...Array(LANES).keys()];

/** Emits the kernel's statements, over `rows` of roundedUp(n) × (roundedUp(n) + columns) in workgroup memory. */
function emitLaneSolve({ tensors, n, m, batch, columns, stored }: LaneSolve): Emitter {
  const e = new Emitter(tensors);
  e.used.add(0);
  e.used.add(1);
  const cols = e.size(m);
  const [height, width] = [roundedUp(n), roundedUp(n) + columns];
  const cell = (i: string, j: string) => `rows[(${i}) * ${width} + ${j}]`;
  const load = (arg: number, at: string) => e.elementAt(arg, at);
  const shuffle = (value: string, lane: number) => `subgroupShuffle(${value}, ${lane})`;

  const chunks = e.name(`(${cols} + ${columns - 1}) / ${columns}`, 0).text;
  e.workgroups(`${e.size(batch)} * ${chunks}`);
  e.line(`let system = i32(u32(group) / u32(max(${chunks}, 1)));`);
  e.line(`let first = (group - system * ${chunks}) * ${columns};`);

  // Loads [A B]. Beyond its edge, rows and columns are those of the identity.
  e.open(`for (var i = 0; i < ${height}; i += 1)`);
  e.open(`for (var j = lane; j < ${width}; j += ${LANES})`);
  e.line('var x = f32(i == j);');
  e.open(`if (i < ${n} && j < ${n})`);
  e.line(`x = ${load(0, `(system * ${n} + i) * ${n} + j`)};`);
  e.close();
  e.line(`let c = first + j - ${height};`);
  e.open(`if (i < ${n} && j >= ${height} && c < ${cols})`);
  e.line(`x = ${load(1, `(system * ${n} + i) * ${cols} + c`)};`);
  e.close();
  e.line(`${cell('i', 'j')} = x;`);
  e.close();
  e.close();

  e.open(`for (var k = 0; k < ${height}; k += ${LANES})`);
  for (const p of lanes) e.line(`var d${p} = ${cell(`k + ${p}`, 'k + lane')};`);
  for (const q of lanes) invert(e, q, shuffle);
  for (const p of lanes) for (const s of lanes) e.line(`let inverse${p}_${s} = ${shuffle(`d${p}`, s)};`);
  e.open(`for (var next = k + ${LANES}; next < ${width}; next += ${LANES})`);
  e.line('let j = next + lane;');
  for (const s of lanes) e.line(`let a${s} = ${cell(`k + ${s}`, 'j')};`);
  for (const p of lanes) {
    const terms = lanes.map((s) => `inverse${p}_${s} * a${s}`);
    e.line(`let r${p} = ${terms.join(' + ')};`);
    e.line(`${cell(`k + ${p}`, 'j')} = r${p};`);
  }
  e.open(`for (var other = 0; other < ${height - LANES}; other += 1)`);
  e.line(`let i = other + select(0, ${LANES}, other >= k);`);
  e.line(`let held = ${cell('i', 'k + lane')};`);
  const terms = lanes.map((s) => `${shuffle('held', s)} * r${s}`);
  e.line(`${cell('i', 'j')} -= ${terms.join(' + ')};`);
  e.close();
  e.close();
  e.close();

  e.open(`for (var j = lane; j < min(${columns}, ${cols} - first); j += ${LANES})`);
  e.open(`for (var i = 0; i < ${n}; i += 1)`);
  const x = cell('i', `${height} + j`);
  e.line(`out[(system * ${n} + i) * ${cols} + first + j] = ${stored(x)};`);
  e.close();
  e.close();
  return e;
}

/** Eliminates row q of the diagonal block in place, by Gauss–Jordan. Each lane has one column of the block. */
function invert(e: Emitter, q: number, shuffle: (value: string, lane: number) => string): void {
  e.line(`let row${q} = select(d${q}, 1.0f, lane == ${q}) / ${shuffle(`d${q}`, q)};`);
  for (const i of lanes) {
    if (i === q) continue;
    e.line(`let by${q}_${i} = ${shuffle(`d${i}`, q)};`);
    e.line(`d${i} = select(d${i}, 0.0f, lane == ${q}) - by${q}_${i} * row${q};`);
  }
  e.line(`d${q} = row${q};`);
}
