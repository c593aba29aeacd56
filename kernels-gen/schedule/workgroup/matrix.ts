/**
 * Schedules in which subgroups multiply small matrices. Their workgroup stages the operands, so any layout, edge and
 * prologue is possible. Results stay in workgroup memory, from where threads finish and store them. As WGSL does not
 * say how many subgroups a workgroup has, the tile has SLOTS parts, which all subgroups take in rounds.
 */

import type { MatrixShape } from '../../../runtime/plan.ts';
import type { Frame, Schedule } from '../../families/contraction/frame.ts';
import { exchanged, range, sizesOf } from '../../families/contraction/root.ts';
import type { ScheduleOptions } from '../../families/family.ts';
import { longest } from '../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { DEPTH, LEAST } from './shared.ts';
import { type Staged, sumStaged, vectorArgs } from './staging.ts';

/** The size of a workgroup's tile, which consists of two rows of two slots. */
const ROWS = 64;
const COLS = 32;
const SLOTS_DOWN = 2;
const SLOTS_ACROSS = 2;
const SLOTS = SLOTS_DOWN * SLOTS_ACROSS;
/** The threads of a workgroup. Dawn accepts multiples of the largest subgroup, which has 128 invocations. */
const THREADS = 128;
/** The number of threads that store a row of results together. */
const ALONG = 32;

const F32: MatrixShape = { m: 8, n: 8, k: 8, component: 'f32', result: 'f32' };
/** The shape that NVIDIA's and AMD's drivers list for f16. */
const F16: MatrixShape = { m: 16, n: 16, k: 16, component: 'f16', result: 'f32' };

/** The shapes that a kernel may use, best first. f16 is exact only where the operands are stored as f16. */
export function matrixShapes(kernel: ContractionKernel): MatrixShape[] {
  const half = productsOf(kernel).every(({ a, b, args }) =>
    [a, b].every((e) => e.k === 'load' && args[e.arg]!.dtype === 'f16'),
  );
  return half ? [F16, F32] : [F32];
}

/** The schedule; undefined where tiles would be mostly edge, or there is too little work. It may exchange operands. */
export function matrixSchedule(
  written: ContractionKernel,
  shape: MatrixShape,
  { tokens, strategy, device }: Pick<ScheduleOptions, 'tokens' | 'strategy' | 'device'>,
): Schedule | undefined {
  if (longest(written.root.over) === undefined) return undefined;
  const { batch, m, n, k } = sizesOf(written, tokens);
  if (strategy !== 'matrix' && (Math.min(m, n) < LEAST || batch * m * n * k < device.minWork))
    return undefined;
  const whole = wholeOf(written);
  const turns = whole.cols > COLS || (2 * m <= ROWS && n > m);
  const each = {
    down: range(ROWS / SLOTS_DOWN / shape.m),
    along: range(COLS / SLOTS_ACROSS / shape.n),
  };
  const tile = {
    rows: ROWS / (THREADS / ALONG),
    cols: COLS / ALONG,
    batchThreads: 1,
    rowThreads: THREADS / ALONG,
    colThreads: ALONG,
  };
  const kernel = turns ? exchanged(written) : written;
  return {
    kernel,
    tile,
    staging: {
      memory: { name: 'staged', elements: (ROWS + COLS) * DEPTH, dtype: shape.component },
      args: vectorArgs(kernel),
    },
    results: { name: 'tile', elements: ROWS * COLS },
    matrices: typesOf(shape),
    begin: (frame) => beginRound(frame, each),
    sum: (frame) => multiply(frame, shape, each),
    finish: (frame) => endRound(frame, shape, each),
  };
}

const typesOf = ({ m, n, k, component, result }: MatrixShape) => ({
  Left: `subgroup_matrix_left<${component}, ${k}, ${m}>`,
  Right: `subgroup_matrix_right<${component}, ${n}, ${k}>`,
  Sum: `subgroup_matrix_result<${result}, ${n}, ${m}>`,
});

interface Each {
  readonly down: readonly number[];
  readonly along: readonly number[];
}

const sums = ({ down, along }: Each) =>
  down.flatMap((i) => along.map((j) => ({ i, j, name: `sum_${i}_${j}` })));

/** Opens a loop over rounds. In each, every subgroup takes one slot. */
function beginRound({ e }: Frame, each: Each): void {
  e.open(`for (var round = 0u; round < ${SLOTS}; round += subgroups)`);
  e.line('let slot = round + subgroup;');
  e.line(`let slot_row = (slot / ${SLOTS_ACROSS}) * ${ROWS / SLOTS_DOWN};`);
  e.line(`let slot_col = (slot % ${SLOTS_ACROSS}) * ${COLS / SLOTS_ACROSS};`);
  for (const { name } of sums(each)) e.line(`var ${name} = Sum();`);
}

function multiply(frame: Frame, { m, n, k, component }: MatrixShape, each: Each): void {
  const { e } = frame;
  sumStaged(frame, component, (left, right) => {
    e.open(`if (slot < ${SLOTS})`);
    e.open(`for (var step = 0u; step < ${DEPTH}; step += ${k})`);
    // Both tiles are stored step by step, so the left one is column-major.
    const load = (name: string, type: string, order: string, { span, base }: Staged, by: number) => {
      const at = base + by === 0 ? `${name}_at` : `${name}_at + ${base + by}`;
      return `subgroupMatrixLoad<${type}, ${order}>(&staged, ${at}, ${span})`;
    };
    e.line(`let left_at = step * ${left.span} + slot_row;`);
    e.line(`let right_at = step * ${right.span} + slot_col;`);
    for (const i of each.down) e.line(`let left_${i} = ${load('left', 'Left', 'col_major', left, i * m)};`);
    for (const j of each.along)
      e.line(`let right_${j} = ${load('right', 'Right', 'row_major', right, j * n)};`);
    for (const { i, j, name } of sums(each))
      e.line(`${name} = subgroupMatrixMultiplyAccumulate(left_${i}, right_${j}, ${name});`);
    e.close();
    e.close();
  });
}

function endRound({ e }: Frame, { m, n }: MatrixShape, each: Each): void {
  e.open(`if (slot < ${SLOTS})`);
  e.line(`let slot_at = slot_row * ${COLS} + slot_col;`);
  for (const { i, j, name } of sums(each)) {
    const by = i * m * COLS + j * n;
    const at = by === 0 ? 'slot_at' : `slot_at + ${by}`;
    e.line(`subgroupMatrixStore<row_major>(&tile, ${at}, ${name}, ${COLS});`);
  }
  e.close();
  e.close();
  e.line('workgroupBarrier();');
}
