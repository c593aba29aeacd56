/**
 * Turns primitives that are written for one expert into primitives for all. Rows are sorted by expert and stand in
 * tiles of equal size, and each tile has one expert. What depends on rows gets an axis of tiles in front. What depends
 * on parameters alone gets an axis of experts, and a tile reads the part of its own expert. A sum over rows is computed
 * for each tile, and the tiles of an expert are then added up.
 */
import { type Dim, dimConst, dimNames, ofTokens, RUNTIME_DIM, substituteDim } from '../dims/dims.ts';
import { ax, axesOf, axis, constant, extentOf, ieq, iload, indices, load, select } from './build.ts';
import type { IntExpr } from './expr.ts';
import type { Axis, ContractionPrim, Prim } from './prim.ts';
import { type LoopPrim, rewritePrim } from './substitute.ts';
import { foldOver, type Memo } from './walk.ts';

/** A tensor for all experts: with an axis of experts or of tiles in front, or the same for all. */
export interface Lifted {
  readonly prim: Prim;
  readonly level: 'all' | 'expert' | 'tile';
  /** Whether rows that no token fills are zeros, as they are in cotangents. */
  readonly isPadded?: boolean;
}

/** The sizes of a routing, and the expert of each tile. */
export interface Tiles {
  readonly experts: Dim;
  /** The number of tiles. */
  readonly count: Dim;
  /** The number of rows of a tile. */
  readonly rows: number;
  readonly expertOf: Prim;
}

/** The error for a primitive that has no meaning for the rows of one expert. */
export class LiftError extends Error {
  readonly prim: Prim;

  constructor(prim: Prim, message: string) {
    super(message);
    this.prim = prim;
  }
}

const [TILE, EXPERT] = ['tile', 'expert'];

/**
 * Lifts a primitive. `known` has the tensors that the experts' rows and parameters enter by, and keeps what is lifted, so
 * that two results share what they have in common.
 */
export const lift = (p: Prim, tiles: Tiles, known: Memo<Prim, Lifted>): Lifted =>
  foldOver<Prim, Lifted>(
    (a) => a.args,
    (a, of) => liftedOf(a, a.args.map(of), tiles),
    known,
  )(p);

function liftedOf(p: Prim, args: readonly Lifted[], tiles: Tiles): Lifted {
  const isTiled = args.some((a) => a.level === 'tile');
  if (!isTiled && args.every((a) => a.level === 'all')) return { prim: p, level: 'all' };
  const foreign = args.find((a) => a.level === 'all' && a.prim.shape.some(ofTokens));
  if (foreign)
    throw new LiftError(
      p,
      `'${foreign.prim.label}' has a row for each token, and an expert has rows of its own: give it to dispatch as well`,
    );
  if (p.kind === 'attention' || p.kind === 'input')
    throw new LiftError(p, `'${p.label}' mixes the rows of tokens, which experts do not`);
  const level = isTiled ? 'tile' : 'expert';
  const prim = looped(p, args, level, tiles);
  const isPadded = args.some((a) => a.isPadded);
  if (level === 'expert' || p.shape.some(ofTokens)) return { prim, level, isPadded };
  if (!isPadded || !isSumOfRows(p))
    throw new LiftError(
      p,
      `'${p.label}' makes one result of an expert's rows, and each row is to be computed by itself`,
    );
  return { prim: added(prim, tiles), level: 'expert' };
}

/** Whether a primitive sums over rows. */
const isSumOfRows = (p: Prim): boolean =>
  (p.kind === 'contraction' || (p.kind === 'reduce' && p.combine === 'sum')) &&
  p.over.some((a) => ofTokens(a.extent));

/** A size of one expert's rows as that of a tile. */
const ofTile = (d: Dim, { rows }: Tiles): Dim =>
  dimNames(d).includes(RUNTIME_DIM) ? substituteDim(d, { [RUNTIME_DIM]: dimConst(rows) }) : d;

/** The index in front of a load of an argument, for a primitive of this level. */
function front(arg: Lifted, level: 'expert' | 'tile', expertOf: number): readonly IntExpr[] {
  if (arg.level === 'all') return [];
  if (arg.level === 'expert' && level === 'tile') return [iload(expertOf, [ax(TILE)])];
  return [ax(level === 'tile' ? TILE : EXPERT)];
}

const frontAxis = (level: 'expert' | 'tile', tiles: Tiles): Axis =>
  level === 'tile' ? axis(TILE, tiles.count) : axis(EXPERT, tiles.experts);

function looped(p: LoopPrim, args: readonly Lifted[], level: 'expert' | 'tile', tiles: Tiles): LoopPrim {
  const lead = frontAxis(level, tiles);
  const resized = (a: Axis): Axis => ({ ...a, extent: ofTile(a.extent, tiles) });
  const before = (arg: number) => front(args[arg]!, level, p.args.length);
  const body = rewritePrim(p, {
    extent: (dim) => extentOf(ofTile(dim, tiles)),
    load: (arg, index) => load(arg, [...before(arg), ...index]),
    iload: (arg, index) => iload(arg, [...before(arg), ...index]),
  });
  const common = {
    shape: [lead.extent, ...p.shape.map((d) => ofTile(d, tiles))],
    args: [...args.map((a) => a.prim), tiles.expertOf],
    axes: [lead, ...p.axes.map(resized)],
  };
  switch (body.kind) {
    case 'map':
      return { ...body, ...common };
    case 'scatter':
      return { ...body, ...common, at: [ax(lead.name), ...body.at] };
    default:
      return { ...body, ...common, over: body.over.map(resized) };
  }
}

/** The tiles of each expert, added up: a product with the matrix of which tile is of which expert. */
function added(prim: Prim, tiles: Tiles): ContractionPrim {
  const own = prim.shape.slice(1);
  const axes = [axis(EXPERT, tiles.experts), ...axesOf(own)];
  return {
    kind: 'contraction',
    shape: [tiles.experts, ...own],
    dtype: prim.dtype,
    args: [prim, tiles.expertOf],
    spans: prim.spans,
    label: prim.label,
    axes,
    over: [axis(TILE, tiles.count)],
    a: select(ieq(iload(1, [ax(TILE)]), ax(EXPERT)), constant(1), constant(0)),
    b: load(0, [ax(TILE), ...indices(axes.slice(1))]),
  };
}
