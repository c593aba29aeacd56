/** How a thread's results are finished and stored. */
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { rewriteExpr, rewriteInt } from '../../../compiler/primitives/substitute.ts';
import type { Emitter } from '../../wgsl/emitter.ts';
import { stored } from '../../wgsl/module.ts';
import { axisRefs, extents, unknown, unravel } from '../family.ts';
import { type ContractionKernel, type Direction, instance, range } from './root.ts';

export interface Results {
  readonly kernel: ContractionKernel;
  readonly root: ContractionPrim;
  readonly epilogue: Expr | null;
  readonly e: Emitter;
  readonly rows: Direction;
  readonly cols: Direction;
  readonly batch: Direction;
  /** Under which a position is a result; null where it always is. */
  readonly guards: ReadonlyMap<Direction, readonly (string | null)[]>;
}

function guarded(e: Emitter, conditions: readonly (string | null)[], body: () => void): void {
  const open = conditions.filter((c) => c !== null);
  if (open.length > 0) e.open(`if (${open.join(' && ')})`);
  body();
  if (open.length > 0) e.close();
}

/** Stores `value` as the result at the given copies of the axes. */
function store(
  { kernel, root, epilogue, e, batch }: Results,
  value: string,
  at: readonly (readonly [Direction, number | string])[],
): void {
  const here = instance([[batch, 0], ...at]);
  const address = e.address(
    extents(root.axes),
    axisRefs(root.axes).map((x) => rewriteInt(x, here)),
  );
  const finished = epilogue ? e.float(rewriteExpr(epilogue, here), value) : value;
  e.line(`out[${address}] = ${stored(finished, kernel.tensor.dtype)};`);
}

export function storeEach(results: Results): void {
  const { e, rows, cols, batch, guards } = results;
  for (const i of range(rows.each)) {
    guarded(e, [guards.get(batch)![0]!, guards.get(rows)![i]!], () => {
      for (const j of range(cols.each)) {
        guarded(e, [guards.get(cols)![j]!], () =>
          store(results, `acc_${i}_${j}`, [
            [rows, i],
            [cols, j],
          ]),
        );
      }
    });
  }
}

export function storeInLoops(results: Results): void {
  const { e, rows, cols, batch, guards } = results;
  e.line(`var results: array<f32, ${rows.each * cols.each}>;`);
  for (const i of range(rows.each))
    for (const j of range(cols.each)) e.line(`results[${i * cols.each + j}] = acc_${i}_${j};`);
  const edge = (d: Direction) => (guards.get(d)![0] === null ? null : `${d.name}_at < ${e.size(d.size)}`);
  e.open(`for (var i = 0; i < ${unknown(rows.each)}; i += 1)`);
  place(e, rows, 'i');
  guarded(e, [guards.get(batch)![0]!, edge(rows)], () => {
    unravel(e, rows.axes, 'row_at', '_s');
    e.open(`for (var j = 0; j < ${unknown(cols.each)}; j += 1)`);
    place(e, cols, 'j');
    guarded(e, [edge(cols)], () => {
      unravel(e, cols.axes, 'col_at', '_s');
      e.line(`let result = results[i * ${cols.each} + j];`);
      store(results, 'result', [
        [rows, 's'],
        [cols, 's'],
      ]);
    });
    e.close();
  });
  e.close();
}

/** The position of a loop's step along a direction; its axes are known only where it is a result. */
function place(e: Emitter, d: Direction, step: string): void {
  e.line(`let ${d.name}_at = ${d.name}_at0 + ${d.threads === 1 ? step : `${step} * ${d.threads}`};`);
}
