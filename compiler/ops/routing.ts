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
import { getOrMake } from '../keyed.ts';
import {
  and,
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
  not,
  or,
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
  const byKey = getOrMake(known, chosen, () => new Map<string, Routing>());
  const key = `${printDim(experts)} ${rows}`;
  return getOrMake(byKey, key, () => made(chosen, experts, rows, spans));
}

const one = (cond: BoolExpr): Expr => select(cond, constant(1), constant(0));

/** A primitive of integers, computed for each element. */
const mapped = (
  op: string,
  spans: readonly Span[],
  axes: readonly Axis[],
  args: readonly Prim[],
  body: Expr,
) => map(integers(op, spans, axes), axes, args, body);

const integers = (op: string, spans: readonly Span[], axes: readonly Axis[]) => ({
  ...{ op, spans },
  type: { shape: axes.map((a) => a.extent), dtype: 'i32' as const },
});

function made(chosen: Prim, experts: Dim, rows: number, spans: readonly Span[]): Routing {
  const [tokens, choices] = chosen.shape as [Dim, Dim];
  const sizes = { experts, count: tileCount(tokens, choices, experts, rows), rows };
  return rows === 1 ? unsorted(chosen, sizes, spans) : sorted(chosen, sizes, spans);
}

type Sizes = Pick<Tiles, 'experts' | 'count' | 'rows'>;

/** The axes of choices: of tokens, and of the choices of a token. */
const choiceAxes = ({ shape: [tokens, k] }: Prim): [t: Axis, s: Axis] => [axis('t', tokens!), axis('s', k!)];
/** The number of a choice among those of all tokens. */
const pairOf = ({ shape }: Prim): IntExpr => iadd(imul(ax('t'), int(constantOf(shape[1]!)!)), ax('s'));

/** The routing of tiles with one row: each choice is a tile, in the order of the choices. */
function unsorted(chosen: Prim, sizes: Sizes, spans: readonly Span[]): Routing {
  const [g, k] = [axis('g', sizes.count), Math.max(1, constantOf(chosen.shape[1]!)!)];
  const number: Expr = { k: 'fromInt', a: pairOf(chosen) };
  const after: Expr = { k: 'fromInt', a: iadd(ax('g'), int(1)) };
  const expert = load(0, [idiv(ax('g'), k), imod(ax('g'), k)]);
  return {
    ...sizes,
    place: mapped('place', spans, choiceAxes(chosen), [], number),
    choice: mapped('choice', spans, [g, axis('r', dimConst(1))], [], after),
    expertOf: mapped('expert', spans, [g], [chosen], expert),
  };
}

/** The token at the place `w` in a chunk of tokens. */
const inChunk = (chunk: IntExpr): IntExpr => iadd(imul(chunk, int(CHUNK)), ax('w'));
/** 1 where the choice `v` of a token is the expert. */
const chooses = (token: IntExpr, expert: IntExpr): Expr => one(ieq(iload(0, [token, ax('v')]), expert));

/** The routing of tiles with several rows. Chunks of tokens are counted first, and then the choices in each chunk. */
function sorted(chosen: Prim, sizes: Sizes, spans: readonly Span[]): Routing {
  const [tokens, choices] = chosen.shape as [Dim, Dim];
  const summed = (
    op: string,
    axes: readonly Axis[],
    over: readonly Axis[],
    args: readonly Prim[],
    body: Expr,
  ) => reduce(integers(op, spans, axes), axes, over, args, body);
  const [t, s] = choiceAxes(chosen);
  const e = axis('e', sizes.experts);
  const [c, d] = [axis('c', chunkCount(tokens)), axis('d', chunkCount(tokens))];
  const within = [axis('w', dimConst(CHUNK)), axis('v', choices)];
  const isToken = ilt(inChunk(ax('c')), extentOf(tokens));
  const inside = select(isToken, chooses(inChunk(ax('c')), ax('e')), constant(0));
  const counts = summed('choices in chunk', [c, e], within, [chosen], inside);
  const earlierChunk = select(ilt(ax('d'), ax('c')), load(0, [ax('d'), ax('e')]), constant(0));
  const before = summed('choices before chunk', [c, e], [d], [counts], earlierChunk);
  const size = summed('choices of expert', [e], [c], [counts], load(0, [ax('c'), ax('e')]));
  const { first, expertOf } = tilesOf(size, sizes, spans);
  const chunk = idiv(ax('t'), CHUNK);
  const other = inChunk(chunk);
  const isEarlier = or(ilt(other, ax('t')), and(ieq(other, ax('t')), ilt(ax('v'), ax('s'))));
  const own = iload(0, [ax('t'), ax('s')]);
  const earlier = select(isEarlier, chooses(other, own), constant(0));
  const rank = summed('rank', [t, s], within, [chosen], earlier);
  const expert = iload(1, [ax('t'), ax('s')]);
  const start = call('add', call('mul', load(0, [expert]), constant(sizes.rows)), load(2, [chunk, expert]));
  const at = call('add', start, load(3, [ax('t'), ax('s')]));
  const place = mapped('place', spans, [t, s], [first, chosen, before, rank], at);
  return { ...sizes, place, choice: choiceOf(place, pairOf(chosen), sizes, spans), expertOf };
}

/** The first tile of each expert, and the expert of each tile, by the number of choices of each expert. */
function tilesOf(size: Prim, { experts, count, rows }: Sizes, spans: readonly Span[]) {
  const [e, f, g] = [axis('e', experts), axis('f', experts), axis('g', count)];
  const filled: Expr = { k: 'fromInt', a: idiv(iadd(iload(0, [ax('f')]), int(rows - 1)), rows) };
  const earlier = select(ilt(ax('f'), ax('e')), filled, constant(0));
  const first = reduce(integers('first tile', spans, [e]), [e], [f], [size], earlier);
  const begun = and(ilt(int(0), ax('f')), not(ilt(ax('g'), iload(0, [ax('f')]))));
  return { first, expertOf: reduce(integers('expert', spans, [g]), [g], [f], [first], one(begun)) };
}

/** (tiles, rows): one more than the choice whose place a row is, and 0 elsewhere. */
function choiceOf(place: Prim, pair: IntExpr, { count, rows }: Sizes, spans: readonly Span[]): ScatterPrim {
  const at = iload(0, [ax('t'), ax('s')]);
  return {
    kind: 'scatter',
    ...{ shape: [count, dimConst(rows)], dtype: 'i32', args: [place], spans, label: 'choice' },
    axes: choiceAxes(place),
    at: [idiv(at, rows), imod(at, rows)],
    body: { k: 'fromInt', a: iadd(pair, int(1)) },
  };
}

/** The number of tokens whose choices are counted at once, so that the work is not that of all pairs of tokens. */
const CHUNK = 64;

function chunkCount(tokens: Dim): Dim {
  const known = constantOf(tokens);
  return known === undefined ? tilesOfTokens(CHUNK) : dimConst(Math.ceil(known / CHUNK));
}
