/** Emits the epilogue and the stores of a thread's results. */
import type { DType } from '../../../compiler/ir/node.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { type Rewrite, rewriteExpr, rewriteInt } from '../../../compiler/primitives/substitute.ts';
import { axisRefs, count, extents } from '../../fuse/axes.ts';
import type { Emitter } from '../../wgsl/emitter.ts';
import { stored } from '../../wgsl/module.ts';
import { unknown } from '../../wgsl/size.ts';
import { PARTS, typeOf, VECTOR, vectorOf } from '../../wgsl/vectors.ts';
import { unravel } from '../family.ts';
import type { Frame } from './frame.ts';
import { type Direction, groupedAxes, instance, range, type Spot } from './root.ts';

/** An array that results go to, row-major over axes. */
export interface StoreTarget {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly dtype: DType;
  /** Whether the array is declared as one of vec4. */
  readonly vectors?: boolean;
}

export interface Results {
  readonly frame: Frame;
  readonly epilogue: Expr | null;
  readonly targets: readonly StoreTarget[];
  /** For each direction and position, the condition under which the position is a result; null where it always is. */
  readonly guards: ReadonlyMap<Direction, readonly (string | null)[]>;
}

function guarded(e: Emitter, conditions: readonly (string | null)[], body: () => void): void {
  const open = conditions.filter((c) => c !== null);
  if (open.length > 0) e.open(`if (${open.join(' && ')})`);
  body();
  if (open.length > 0) e.close();
}

/** Stores neighbouring results. `at` gives the thread's positions for each result, by its index in `values`. */
function store(
  { targets, epilogue, frame: { e, batch } }: Results,
  values: readonly string[],
  at: (place: number) => readonly Spot[],
): void {
  const here = range(values.length).map((place) => instance([[batch, 0], ...at(place)]));
  const results = values.map((value, i) => {
    const finished = epilogue ? e.float(rewriteExpr(epilogue, here[i]!), value) : value;
    return targets.length > 1 ? e.name(finished, e.depth, 'f').text : finished;
  });
  for (const t of targets) storeNeighbours(e, t, results, here);
}

/** Stores values at places of a target: as one vector, where the target is of vectors and the values fill one. */
export function storeNeighbours(
  e: Emitter,
  { name, axes, dtype, vectors = false }: StoreTarget,
  values: readonly string[],
  places: readonly Rewrite[],
): void {
  const shape = extents(axes);
  const indices = places.map((here) => axisRefs(axes).map((x) => rewriteInt(x, here)));
  const texts = values.map((v) => stored(v, dtype));
  if (vectors && values.length === VECTOR) {
    e.line(`${name}[${e.vectorAddress(shape, indices[0]!)}] = ${vectorOf(texts, typeOf(dtype))};`);
    return;
  }
  for (const [i, text] of texts.entries()) {
    const at = e.address(shape, indices[i]!);
    e.line(`${vectors ? e.partAt(name, at) : `${name}[${at}]`} = ${text};`);
  }
}

export function storeEach(results: Results): void {
  const { guards } = results;
  const { e, rows, cols, batch, sums } = results.frame;
  const { vectorWidth } = cols;
  for (const i of range(rows.each)) {
    guarded(e, [guards.get(batch)![0]!, guards.get(rows)![Math.floor(i / rows.vectorWidth)]!], () => {
      for (const j of range(cols.each / vectorWidth)) {
        guarded(e, [guards.get(cols)![j]!], () =>
          store(
            results,
            range(vectorWidth).map((c) => sums.at(i, j * vectorWidth + c)),
            (c) => [
              [rows, i],
              [cols, j * vectorWidth + c],
            ],
          ),
        );
      }
    });
  }
}

/** The number of rows that a step of the loop stores, where each row is one store. */
const UNROLLED = 4;

export function storeInLoops(results: Results): void {
  const { guards, frame } = results;
  const { e, rows, cols, batch, sums } = frame;
  const { vectorWidth } = cols;
  const groups = cols.each / vectorWidth;
  /** Rows are stored one by one, columns as groups of neighbours. */
  const row: Direction = { ...rows, vectorWidth: 1 };
  const group: Direction = { ...cols, axes: groupedAxes(cols), vectorWidth: 1 };
  const type = typeOf('f32', vectorWidth);
  const all = range(rows.each).flatMap((i) =>
    range(groups).map((j) =>
      vectorOf(
        range(vectorWidth).map((c) => sums.at(i, j * vectorWidth + c)),
        type,
      ),
    ),
  );
  e.line(`var results = array(${all.join(', ')});`);
  const held = (i: string) => (groups > 1 ? `results[${i} * ${groups} + j]` : `results[${i}]`);
  const edge = (d: Direction, steps: Direction) =>
    guards.get(d)![0] === null ? null : `${d.name}_at < ${e.size(count(steps.axes))}`;
  const storeRow = (i: string) => {
    place(frame, rows, rows.vectorWidth, i);
    guarded(e, [guards.get(batch)![0]!, edge(rows, row)], () => {
      unravel(e, row.axes, 'row_at', '_s');
      if (groups > 1) e.open(`for (var j = 0; j < ${unknown(groups)}; j += 1)`);
      place(frame, cols, 1, groups > 1 ? 'j' : '0');
      guarded(e, [edge(cols, group)], () => {
        unravel(e, group.axes, 'col_at', '_s');
        e.line(`let result = ${held(i)};`);
        const values = vectorWidth === 1 ? ['result'] : PARTS.map((p) => `result.${p}`);
        store(results, values, (c) => [
          [row, 's'],
          [cols, 's', c],
        ]);
      });
      if (groups > 1) e.close();
    });
  };
  // A step of a loop takes as long as a store, so a step has several stores.
  const few = groups === 1 && rows.each % UNROLLED === 0 && !e.rolled;
  const unrolled = few ? UNROLLED : 1;
  e.open(`for (var i = 0; i < ${unknown(rows.each)}; i += ${unrolled})`);
  for (const u of range(unrolled)) {
    // Each row has names of its own.
    if (unrolled > 1) e.open('');
    storeRow(u > 0 ? `(i + ${u})` : 'i');
    if (unrolled > 1) e.close();
  }
  e.close();
}

/** Defines the axes of the row that a step of a loop computes. Steps beyond the last row compute it once more. */
export function rowAt(frame: Frame, step: string): Spot {
  const { e, rows } = frame;
  const row: Direction = { ...rows, vectorWidth: 1 };
  place(frame, rows, rows.vectorWidth, step);
  unravel(e, row.axes, e.name(`min(row_at, ${e.size(row.size)} - 1)`, e.depth).text, '_s');
  return [row, 's'];
}

/** Emits the position of a loop's step along a direction, where `times` scales the thread's first position. */
function place({ e, first: firstOf }: Frame, d: Direction, times: number, step: string): void {
  const first = times === 1 ? firstOf(d) : `${firstOf(d)} * ${times}`;
  const by = d.threads === 1 ? step : `${step} * ${d.threads}`;
  e.line(`let ${d.name}_at = ${step === '0' ? first : `${first} + ${by}`};`);
}
