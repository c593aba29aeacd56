/**
 * Sorts the choices of experts into tiles, by primitives over integers. Each token chooses k experts. The choices of an
 * expert fill tiles of equal size, the last one in part. Nothing is sorted in tiles of one row, which need no filling.
 */
import {
  addDim,
  constantOf,
  type Dim,
  dimConst,
  dimVar,
  equalDim,
  mulDim,
  printDim,
  RUNTIME_DIM,
  tilesOfTokens,
} from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import type { Span } from '../errors/span.ts';
import {
  ax,
  axis,
  call,
  constant,
  extentOf,
  iadd,
  idiv,
  ieq,
  iload,
  ilt,
  imod,
  imul,
  int,
  load,
  map,
  reduce,
  select,
} from '../primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../primitives/expr.ts';
import type { Tiles } from '../primitives/per-expert.ts';
import type { Axis, Prim, ScatterPrim } from '../primitives/prim.ts';

/** A routing: tiles, and the way from choices to rows and back. */
export interface Routing extends Tiles {
  /** (tokens, k): the row of each choice, counted over all tiles. */
  readonly place: Prim;
  /** (tiles, rows): one more than the choice that a row is of; 0 for a row of none. */
  readonly choice: Prim;
}

/** The number of tiles that hold k choices of each token, whatever they are. Throws OFT2013 for other rows than tokens. */
export function tileCount(tokens: Dim, k: Dim, experts: Dim, rows: number): Dim {
  const known = constantOf(tokens);
  const filled = known === undefined ? tilesOfTokens(rows) : dimConst(Math.ceil(known / rows));
  if (known === undefined && !equalDim(tokens, dimVar(RUNTIME_DIM)))
    throw new OftcError(
      'OFT2002',
      `experts: the choices have '${printDim(tokens)}' rows, and one for each of the 'tokens' is expected`,
    );
  // An expert's last tile may be filled in part.
  return rows === 1 ? mulDim(filled, k) : addDim(mulDim(filled, k), experts);
}

const known = new WeakMap<Prim, Map<string, Routing>>();

/** The routing of choices (tokens, k), the same one for the same sizes. */
export function routingOf(chosen: Prim, experts: Dim, rows: number, spans: readonly Span[]): Routing {
  const byKey = known.get(chosen) ?? new Map<string, Routing>();
  known.set(chosen, byKey);
  const key = `${printDim(experts)} ${rows}`;
  const routing = byKey.get(key) ?? made(chosen, experts, rows, spans);
  byKey.set(key, routing);
  return routing;
}

const and = (a: BoolExpr, b: BoolExpr): BoolExpr => ({ k: 'and', a, b });
const or = (a: BoolExpr, b: BoolExpr): BoolExpr => ({ k: 'or', a, b });
const not = (a: BoolExpr): BoolExpr => ({ k: 'not', a });
const one = (cond: BoolExpr): Expr => select(cond, constant(1), constant(0));

function made(chosen: Prim, experts: Dim, rows: number, spans: readonly Span[]): Routing {
  const [tokens, choices] = chosen.shape as [Dim, Dim];
  const k = constantOf(choices)!;
  const count = tileCount(tokens, choices, experts, rows);
  const [t, s, g] = [axis('t', tokens), axis('s', choices), axis('g', count)];
  const node = (op: string, axes: readonly Axis[]) => ({
    ...{ op, spans },
    type: { shape: axes.map((a) => a.extent), dtype: 'i32' as const },
  });
  const mapped = (op: string, axes: readonly Axis[], args: readonly Prim[], body: Expr): Prim =>
    map(node(op, axes), axes, args, body);
  const pair = iadd(imul(ax('t'), int(k)), ax('s'));
  const choiceOf = (at: ReturnType<typeof ax>): Expr =>
    load(0, [idiv(at, Math.max(1, k)), imod(at, Math.max(1, k))]);
  const sizes = { experts, count, rows };
  if (rows === 1) {
    const place = mapped('place', [t, s], [], { k: 'fromInt', a: pair });
    const choice = mapped('choice', [g, axis('r', dimConst(1))], [], {
      k: 'fromInt',
      a: iadd(ax('g'), int(1)),
    });
    return { ...sizes, place, choice, expertOf: mapped('expert', [g], [chosen], choiceOf(ax('g'))) };
  }
  const summed = (
    op: string,
    axes: readonly Axis[],
    over: readonly Axis[],
    args: readonly Prim[],
    body: Expr,
  ): Prim => reduce(node(op, axes), axes, over, args, body);
  const [e, f] = [axis('e', experts), axis('f', experts)];
  const [c, d] = [axis('c', chunkCount(tokens)), axis('d', chunkCount(tokens))];
  const [w, v] = [axis('w', dimConst(CHUNK)), axis('v', choices)];
  const inChunk = (chunk: IntExpr): IntExpr => iadd(imul(chunk, int(CHUNK)), ax('w'));
  const chooses = (at: IntExpr, expert: IntExpr): Expr => one(ieq(iload(0, [at, ax('v')]), expert));
  const inside = select(
    ilt(inChunk(ax('c')), extentOf(tokens)),
    chooses(inChunk(ax('c')), ax('e')),
    constant(0),
  );
  const counts = summed('choices in chunk', [c, e], [w, v], [chosen], inside);
  const earlierChunk = select(ilt(ax('d'), ax('c')), load(0, [ax('d'), ax('e')]), constant(0));
  const before = summed('choices before chunk', [c, e], [d], [counts], earlierChunk);
  const size = summed('choices of expert', [e], [c], [counts], load(0, [ax('c'), ax('e')]));
  const filled = idiv(iadd(iload(0, [ax('f')]), int(rows - 1)), rows);
  const first = summed(
    'first tile',
    [e],
    [f],
    [size],
    select(ilt(ax('f'), ax('e')), { k: 'fromInt', a: filled }, constant(0)),
  );
  const begun = and(ilt(int(0), ax('f')), not(ilt(ax('g'), iload(0, [ax('f')]))));
  const expertOf = summed('expert', [g], [f], [first], one(begun));
  const chunk = idiv(ax('t'), CHUNK);
  const other = inChunk(chunk);
  const isEarlier = or(ilt(other, ax('t')), and(ieq(other, ax('t')), ilt(ax('v'), ax('s'))));
  const own = iload(0, [ax('t'), ax('s')]);
  const rank = summed('rank', [t, s], [w, v], [chosen], select(isEarlier, chooses(other, own), constant(0)));
  const expert = iload(1, [ax('t'), ax('s')]);
  const start = call('add', call('mul', load(0, [expert]), constant(rows)), load(2, [chunk, expert]));
  const place = mapped(
    'place',
    [t, s],
    [first, chosen, before, rank],
    call('add', start, load(3, [ax('t'), ax('s')])),
  );
  const at = iload(0, [ax('t'), ax('s')]);
  const choice: ScatterPrim = {
    kind: 'scatter',
    ...{ shape: [count, dimConst(rows)], dtype: 'i32', args: [place], spans, label: 'choice' },
    axes: [t, s],
    at: [idiv(at, rows), imod(at, rows)],
    body: { k: 'fromInt', a: iadd(pair, int(1)) },
  };
  return { ...sizes, place, choice, expertOf };
}

/** The number of tokens whose choices are counted at once, so that the work is not that of all pairs of tokens. */
const CHUNK = 64;

function chunkCount(tokens: Dim): Dim {
  const known = constantOf(tokens);
  return known === undefined ? tilesOfTokens(CHUNK) : dimConst(Math.ceil(known / CHUNK));
}
