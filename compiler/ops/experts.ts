/**
 * Layers of which each token runs a few: `dispatch` gives an expert the rows of the tokens that chose it, `ofExpert` its
 * parameters, and `collect` takes its results back to the tokens. Between them, a layer is written for one expert. It
 * is derived as any other layer, and lowered for all experts at once: no parameter is copied for a token.
 */
import { constantOf, type Dim, dimConst, equalDim, printDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape, sameShape, topological } from '../ir/build.ts';
import type { Attrs, Node, OpNode, TensorType } from '../ir/node.ts';
import { type Lowering, register } from '../ir/operator.ts';
import { getOrMake } from '../keyed.ts';
import {
  ax,
  axesOf,
  axis,
  constant,
  idiv,
  iload,
  ilt,
  imod,
  indices,
  int,
  isub,
  load,
  map,
  select,
} from '../primitives/build.ts';
import { LiftError, type Lifted, lift } from '../primitives/per-expert.ts';
import type { InputPrim, Prim } from '../primitives/prim.ts';
import { dims, options, type SurfaceArg, tensor } from './arguments.ts';
import { reshape } from './indexing.ts';
import { expand, isOp } from './nodes.ts';
import { type Routing, routingOf, tileCount } from './routing.ts';
import { floatDtype } from './shapes.ts';

/** The number of rows of a tile, unless the layer states another. */
const ROWS = 32;

/** Checks the choices of experts, (tokens, k) integers. Throws OFT2003 and OFT2005. */
function checkChosen(chosen: TensorType, what: string): void {
  if (chosen.dtype !== 'i32')
    throw new OftcError(
      'OFT2005',
      `${what} needs the numbers of the chosen experts (dtype 'i32'), got ${chosen.dtype} ${printShape(chosen.shape)}: declare chosen: input('tokens', 'k', { dtype: 'i32' })`,
    );
  if (chosen.shape.length !== 2)
    throw new OftcError(
      'OFT2003',
      `${what}: the choices of experts are (tokens, k), not ${printShape(chosen.shape)}: declare chosen: input('tokens', 'k', { dtype: 'i32' })`,
    );
}

const rowsOf = (attrs: Attrs): number => attrs.rows as number;
const expertsOf = (attrs: Attrs): Dim => attrs.experts as Dim;

/** A tensor that an expert's rows or parameters enter by. Only `lifted` reads it. */
const leaf = (node: OpNode): InputPrim => ({
  kind: 'input',
  name: `${node.op} outside collect`,
  shape: node.type.shape,
  dtype: node.type.dtype,
  args: [],
  spans: node.spans,
  label: node.op,
});

/** The primitives that are lifted already, by routing. */
const liftedBy = new WeakMap<Routing, WeakMap<Prim, Lifted>>();

/** The tensor that a leaf stands for. */
const entered = (node: OpNode, routing: Routing, ctx: Lowering): Lifted =>
  isOp(node, 'ofExpert')
    ? { prim: ctx.lower(node.args[0]!), level: 'expert' }
    : dispatched(node, routing, ctx);

/** The tensor for all experts, and the routing that it goes by. */
function lifted(node: OpNode, ctx: Lowering): { readonly result: Lifted; readonly routing: Routing } {
  const [arg, chosen] = node.args as [Node, Node];
  const routing = routingOf(ctx.lower(chosen), expertsOf(node.attrs), rowsOf(node.attrs), node.spans);
  const known = getOrMake(liftedBy, routing, () => new WeakMap<Prim, Lifted>());
  for (const n of topological([arg]))
    if (isOp(n, 'dispatch') || isOp(n, 'ofExpert')) {
      if (ctx.lower(n.args[1]!) !== ctx.lower(chosen) || rowsOf(n.attrs) !== rowsOf(node.attrs))
        throw new OftcError('OFT2021', `${node.op}: its rows were dispatched by other choices`, node.spans);
      if (!known.has(ctx.lower(n))) known.set(ctx.lower(n), entered(n, routing, ctx));
    }
  try {
    return { result: lift(ctx.lower(arg), routing, known), routing };
  } catch (e) {
    if (e instanceof LiftError) throw new OftcError('OFT2021', `${node.op}: ${e.message}`, e.prim.spans);
    throw e;
  }
}

/** The rows of the choices, in tiles; rows of no choice are zeros. */
function dispatched(node: OpNode, { count, choice }: Routing, ctx: Lowering): Lifted {
  const [of, chosen] = node.args as [Node, Node];
  const k = Math.max(1, constantOf(chosen.type.shape[1]!)!);
  const own = axesOf(node.type.shape.slice(1), 'w');
  const axes = [axis('g', count), axis('r', choice.shape[1]!), ...own];
  const at = iload(1, [ax('g'), ax('r')]);
  const pair = isub(at, int(1));
  const body = select(ilt(int(0), at), load(0, [idiv(pair, k), imod(pair, k), ...indices(own)]), constant(0));
  const shape = axes.map((a) => a.extent);
  const prim = map({ ...node, type: { shape, dtype: node.type.dtype } }, axes, [ctx.lower(of), choice], body);
  return { prim, level: 'tile', isPadded: node.attrs.cotangent === true };
}

register({
  name: 'dispatch',
  takes: { args: 2, attrs: { experts: 'dim', rows: 'integer' }, optional: { cotangent: 'boolean' } },
  law: 'the rows X[t, s] of the choices chosen[t, s] = e, for each expert e',
  type: ([x, chosen], attrs) => {
    checkChosen(chosen!, 'dispatch');
    if (!sameShape(x!.shape.slice(0, 2), chosen!.shape))
      throw new OftcError(
        'OFT2002',
        `dispatch: ${printShape(x!.shape)} has not a row for each of the choices ${printShape(chosen!.shape)}`,
      );
    const [tokens, k] = chosen!.shape as [Dim, Dim];
    tileCount(tokens, k, expertsOf(attrs), rowsOf(attrs));
    return { shape: [tokens, ...x!.shape.slice(2)], dtype: floatDtype([x!], 'dispatch') };
  },
  indexes: ({ attrs }) => attrs.experts as Dim,
  vjp: (node, g) => {
    const { cotangent: _, ...attrs } = node.attrs;
    return [apply('collect', [g, node.args[1]!], attrs), undefined];
  },
  lower: leaf,
  print: (node, p) => {
    const [x, chosen] = node.args as [Node, Node];
    return p.call('dispatch', [p.text(x), p.text(chosen), p.dim(expertsOf(node.attrs)), optionsText(node)]);
  },
});

register({
  name: 'collect',
  takes: { args: 2, attrs: { experts: 'dim', rows: 'integer' } },
  law: 'Y with Y[t, s] the row of the choice chosen[t, s], the adjoint of dispatch',
  type: ([y, chosen], attrs) => {
    checkChosen(chosen!, 'collect');
    const [tokens, k] = chosen!.shape as [Dim, Dim];
    if (!y!.shape[0] || !equalDim(y!.shape[0], tokens))
      throw new OftcError(
        'OFT2002',
        `collect: ${printShape(y!.shape)} are no rows of an expert: dispatch gives them, as (tokens, …)`,
      );
    tileCount(tokens, k, expertsOf(attrs), rowsOf(attrs));
    return { shape: [tokens, k, ...y!.shape.slice(1)], dtype: floatDtype([y!], 'collect') };
  },
  indexes: ({ attrs }) => attrs.experts as Dim,
  vjp: (node, g) => [apply('dispatch', [g, node.args[1]!], { ...node.attrs, cotangent: true }), undefined],
  lower: (node, ctx) => {
    const { result, routing } = lifted(node, ctx);
    if (result.level !== 'tile')
      throw new OftcError('OFT2021', `collect: the rows do not depend on any that dispatch gave`, node.spans);
    const axes = axesOf(node.type.shape);
    const [t, s, ...rest] = indices(axes);
    const place = iload(1, [t!, s!]);
    const at = [idiv(place, routing.rows), imod(place, routing.rows), ...rest];
    return map(node, axes, [result.prim, routing.place], load(0, at));
  },
  print: (node, p) => {
    const [y, chosen] = node.args as [Node, Node];
    return p.call('collect', [p.text(y), p.text(chosen), p.dim(expertsOf(node.attrs)), optionsText(node)]);
  },
});

const optionsText = (node: OpNode): string => `{ rows: ${rowsOf(node.attrs)} }`;

register({
  name: 'ofExpert',
  takes: { args: 2, attrs: { rows: 'integer' } },
  law: 'A[e], the part of the expert e whose rows dispatch gave',
  type: ([a, chosen]) => {
    checkChosen(chosen!, 'ofExpert');
    if (a!.shape.length === 0)
      throw new OftcError(
        'OFT2003',
        'ofExpert needs a tensor with an axis of experts in front, not a scalar',
      );
    return { shape: a!.shape.slice(1), dtype: a!.dtype };
  },
  indexes: ({ args: [a] }) => a!.type.shape[0]!,
  vjp: (node, g) => {
    const [a, chosen] = node.args as [Node, Node];
    return [apply('sumByExpert', [g, chosen], { ...node.attrs, experts: a.type.shape[0]! }), undefined];
  },
  lower: leaf,
  print: (node, p) => {
    const [a, chosen] = node.args as [Node, Node];
    return p.call('ofExpert', [p.text(a), p.text(chosen), optionsText(node)]);
  },
});

register({
  name: 'sumByExpert',
  takes: { args: 2, attrs: { experts: 'dim', rows: 'integer' } },
  law: 'G with G[e] the sum over the rows of expert e, the adjoint of ofExpert',
  type: ([g, chosen], attrs) => {
    checkChosen(chosen!, 'sumByExpert');
    return { shape: [expertsOf(attrs), ...g!.shape], dtype: floatDtype([g!], 'sumByExpert') };
  },
  vjp: (node, g) => [apply('ofExpert', [g, node.args[1]!], { rows: rowsOf(node.attrs) }), undefined],
  lower: (node, ctx) => {
    const { result } = lifted(node, ctx);
    const axes = axesOf(node.type.shape);
    const at = indices(axes);
    if (result.level === 'tile')
      throw new OftcError('OFT2021', 'sumByExpert: its argument has rows', node.spans);
    return map(node, axes, [result.prim], load(0, result.level === 'expert' ? at : at.slice(1)));
  },
});

/** The rows of a tile that options give. Throws OFT2010 for another number than a whole one of at least 1. */
function tileRows(given: SurfaceArg, where: string): number {
  const { rows = ROWS } = options(given, where, ['rows']);
  if (typeof rows !== 'number' || !Number.isSafeInteger(rows) || rows < 1 || rows > 1024)
    throw new OftcError('OFT2010', `${where}: rows is a whole number from 1 to 1024, got ${String(rows)}`);
  return rows;
}

export const functions = {
  dispatch: (x: SurfaceArg, choices: SurfaceArg, experts: SurfaceArg, given?: SurfaceArg) => {
    const [rows, chosen] = [tensor(x, 'dispatch'), tensor(choices, 'dispatch')];
    checkChosen(chosen.type, 'dispatch');
    const attrs = { experts: dims([experts], 'dispatch')[0]!, rows: tileRows(given, 'dispatch') };
    const [tokens, ...own] = rows.type.shape;
    const [, k] = chosen.type.shape;
    if (!tokens || !equalDim(tokens, chosen.type.shape[0]!))
      throw new OftcError(
        'OFT2002',
        `dispatch: ${printShape(rows.type.shape)} has not a row for each of the '${printDim(chosen.type.shape[0]!)}' that choose`,
      );
    // A tensor of the shape of the choices has a row for each of them already.
    if (rows.type.shape.length > 2 && sameShape(rows.type.shape.slice(0, 2), chosen.type.shape))
      return apply('dispatch', [rows, chosen], attrs);
    const each = expand(reshape(rows, [tokens, dimConst(1), ...own]), [tokens, k!, ...own]);
    return apply('dispatch', [each, chosen], attrs);
  },
  collect: (y: SurfaceArg, choices: SurfaceArg, experts: SurfaceArg, given?: SurfaceArg) =>
    apply('collect', [tensor(y, 'collect'), tensor(choices, 'collect')], {
      experts: dims([experts], 'collect')[0]!,
      rows: tileRows(given, 'collect'),
    }),
  ofExpert: (a: SurfaceArg, choices: SurfaceArg, given?: SurfaceArg) =>
    apply('ofExpert', [tensor(a, 'ofExpert'), tensor(choices, 'ofExpert')], {
      rows: tileRows(given, 'ofExpert'),
    }),
};
