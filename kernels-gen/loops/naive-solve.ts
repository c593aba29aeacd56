/**
 * The naive loops of a solve A·X = B: Gauss–Jordan elimination of the rows [A B] without pivoting. Step k reads row k and
 * column k and writes neither: row k is scaled only at the end.
 */
import { addDim, constantOf, type Dim, dimConst, productDim } from '../../compiler/dims/dims.ts';
import { fromNumber } from '../../compiler/dims/rational.ts';
import {
  ax,
  call,
  iadd,
  ieq,
  ilt,
  imul,
  int,
  load,
  select,
  extentOf as sizeOf,
} from '../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, SolvePrim } from '../../compiler/primitives/prim.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { checked } from './spec.ts';
import { type Body, type LoopKernel, type Memory, type Statement, trips } from './type.ts';

const [A, B, OUT, ROWS, PIVOT, FACTOR] = [0, 1, 2, 3, 4, 5];
const zero: Expr = { k: 'const', value: fromNumber(0) };

/**
 * The loops over systems and over chunks of `columns` columns of B, each of which eliminates A again in an array of its
 * own. Without `columns`, a temporary has all rows of all systems, and a system is one chunk.
 */
export function naiveSolve(
  { tensor, root }: Kernel & { readonly root: SolvePrim },
  columns?: number,
): LoopKernel {
  const [n, m] = tensor.shape.slice(-2) as [Dim, Dim];
  const batch = tensor.shape.slice(0, -2).map((extent, d): Axis => ({ name: `b${d}`, extent }));
  const systems = productDim(batch.map((b) => b.extent));
  const held = columns === undefined ? m : dimConst(columns);
  const width = addDim(n, held);
  const own = columns === undefined ? [ax('system')] : [];
  const at = (i: IntExpr, j: IntExpr) => [...own, i, j];
  const cell = (i: IntExpr, j: IntExpr): Expr => load(ROWS, at(i, j));
  const right = (j: IntExpr) => iadd(sizeOf(n), j);
  const system = batch.map((b) => ax(b.name));
  const column = (j: string) => iadd(imul(ax('chunk'), sizeOf(held)), ax(j));
  const isThere = (j: string) => ilt(column(j), sizeOf(m));
  const isWhole =
    columns === undefined || ((constantOf(m) ?? 1) % columns === 0 && constantOf(m) !== undefined);
  const known = (j: string, value: Expr): Expr => (isWhole ? value : select(isThere(j), value, zero));
  const guarded = (j: string, body: Body): Body => (isWhole ? body : [{ k: 'if', cond: isThere(j), body }]);
  const loop = (axis: string, extent: Dim, body: Body, from?: IntExpr): Statement => ({
    ...{ k: 'for', axis, trips: trips(extent), how: 'serial', body },
    ...(from ? { from: { value: from, step: 1 } } : {}),
  });
  const fill: Body = [
    loop('ja', n, [loop('ia', n, [set(at(ax('ia'), ax('ja')), load(A, [...system, ax('ia'), ax('ja')]))])]),
    loop('jb', held, [
      loop('ib', n, [
        set(at(ax('ib'), right(ax('jb'))), known('jb', load(B, [...system, ax('ib'), column('jb')]))),
      ]),
    ]),
  ];
  const step = call('neg', call('mul', cell(ax('i'), ax('k')), load(FACTOR, [])));
  const eliminate: Body = [
    loop('k', n, [
      { k: 'store', to: PIVOT, index: [], value: cell(ax('k'), ax('k')) },
      loop(
        'j',
        width,
        [
          { k: 'store', to: FACTOR, index: [], value: call('div', cell(ax('k'), ax('j')), load(PIVOT, [])) },
          loop('i', n, [
            {
              ...{ k: 'if', cond: { k: 'not', a: ieq(ax('i'), ax('k')) } },
              body: [{ k: 'accumulate', to: ROWS, index: at(ax('i'), ax('j')), combine: 'sum', value: step }],
            },
          ]),
        ],
        iadd(ax('k'), int(1)),
      ),
    ]),
  ];
  const x = call('div', cell(ax('ix'), right(ax('jx'))), cell(ax('ix'), ax('ix')));
  const finish: Body = [
    loop(
      'jx',
      held,
      guarded('jx', [
        loop('ix', n, [{ k: 'store', to: OUT, index: [...system, ax('ix'), column('jx')], value: x }]),
      ]),
    ),
  ];
  const chunks = columns === undefined ? trips(dimConst(1)) : trips(m, columns);
  const body: Body = [
    {
      ...{ k: 'for', axis: 'system', trips: trips(systems), how: 'serial' },
      body: [
        {
          ...{ k: 'for', axis: 'chunk', trips: chunks, how: 'serial' },
          body: [{ k: 'digits', axes: batch, of: ax('system') }, ...fill, ...eliminate, ...finish],
        },
      ],
    },
  ];
  const rows: Memory =
    columns === undefined
      ? { name: 'scratch', space: 'temporary', shape: [systems, n, width], dtype: 'f32' }
      : { name: 'rows', space: 'workgroup', shape: [n, width], dtype: 'f32' };
  const inputs = root.args.map(
    (p, i): Memory => ({
      ...{ name: `arg${i}`, space: 'input', shape: p.shape, dtype: p.dtype },
      ...(p.kind === 'input' && p.storage ? { storage: p.storage } : {}),
    }),
  );
  const output: Memory = { name: 'out', space: 'output', shape: tensor.shape, dtype: tensor.dtype };
  const register = (name: string): Memory => ({ name, space: 'register', shape: [], dtype: 'f32' });
  return checked({
    memories: [...inputs, output, rows, register('pivot'), register('factor')],
    threads: 1,
    body,
  });
}

const set = (index: readonly IntExpr[], value: Expr): Statement => ({ k: 'store', to: ROWS, index, value });
