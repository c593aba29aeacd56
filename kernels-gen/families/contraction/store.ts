/** How a thread's results are finished and stored. */
import type { DType } from '../../../compiler/ir/node.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { rewriteExpr, rewriteInt } from '../../../compiler/primitives/substitute.ts';
import type { Emitter } from '../../wgsl/emitter.ts';
import { stored } from '../../wgsl/module.ts';
import { unknown } from '../../wgsl/size.ts';
import { axisRefs, count, extents, unravel } from '../family.ts';
import type { Frame } from './emit.ts';
import { type Direction, instance, range, spanOf } from './root.ts';

/** An array that results go to, row-major over axes. */
export interface Target {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly dtype: DType;
}

export interface Results {
  readonly frame: Frame;
  readonly epilogue: Expr | null;
  readonly targets: readonly Target[];
  /** Workgroup memory in which the tile's results are; absent where they are in acc_i_j. */
  readonly memory?: string;
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
  { targets, epilogue, frame: { e, batch, part } }: Results,
  value: string,
  at: readonly (readonly [Direction, number | string])[],
): void {
  const here = instance([[batch, 0], ...at]);
  const places = targets.map(({ name, axes }) => {
    const index = axisRefs(axes).map((x) => rewriteInt(x, here));
    const address = e.address(extents(axes), index);
    const base = part === undefined ? '' : `${part.at} * ${e.size(count(axes))} + `;
    return `${name}[${base}${address}]`;
  });
  const finished = epilogue ? e.float(rewriteExpr(epilogue, here), value) : value;
  const result = targets.length > 1 ? e.name(finished, e.depth, 'f').text : finished;
  for (const [i, { dtype }] of targets.entries()) e.line(`${places[i]} = ${stored(result, dtype)};`);
}

export function storeEach(results: Results): void {
  const { guards } = results;
  const { e, rows, cols, batch } = results.frame;
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
  const { guards, memory, frame } = results;
  const { e, rows, cols, batch } = frame;
  if (memory === undefined) {
    e.line(`var results: array<f32, ${rows.each * cols.each}>;`);
    for (const i of range(rows.each))
      for (const j of range(cols.each)) e.line(`results[${i * cols.each + j}] = acc_${i}_${j};`);
  }
  const within = (d: Direction) => {
    const start = frame.tileStart(d);
    return start === '0' ? `${d.name}_at` : `(${d.name}_at - ${start})`;
  };
  const held = memory
    ? `${memory}[${within(rows)} * ${spanOf(cols)} + ${within(cols)}]`
    : `results[i * ${cols.each} + j]`;
  const edge = (d: Direction) => (guards.get(d)![0] === null ? null : `${d.name}_at < ${e.size(d.size)}`);
  e.open(`for (var i = 0; i < ${unknown(rows.each)}; i += 1)`);
  place(e, rows, 'i');
  guarded(e, [guards.get(batch)![0]!, edge(rows)], () => {
    unravel(e, rows.axes, 'row_at', '_s');
    e.open(`for (var j = 0; j < ${unknown(cols.each)}; j += 1)`);
    place(e, cols, 'j');
    guarded(e, [edge(cols)], () => {
      unravel(e, cols.axes, 'col_at', '_s');
      e.line(`let result = ${held};`);
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
