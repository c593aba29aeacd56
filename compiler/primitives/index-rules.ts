/** Finds the inputs that hold indices of an axis. Their values are then checked before anything runs. */
import { type Dim, equalDim, printDim, productDim } from '../dims/dims.ts';
import type { Span } from '../errors/span.ts';
import type { Expr, IntExpr } from './expr.ts';
import type { Prim, PrimProgram } from './prim.ts';
import { postOrder } from './walk.ts';

/** The condition on an input that each of its values is an index from 0 to `size` − 1. */
export interface IndexRule {
  readonly input: string;
  readonly size: Dim;
  /** The operator that reads at these indices. */
  readonly reader: string;
  readonly spans: readonly Span[];
}

/** An index that an expression reads at every point of its loops. */
interface Read {
  readonly index: IntExpr;
  readonly size: Dim;
}

/** The indices that an expression always reads. A branch of a selection may not run, so its loads do not count. */
function reads(e: Expr, args: readonly Prim[]): Read[] {
  switch (e.k) {
    case 'load':
      return e.index.map((index, d) => ({ index, size: args[e.arg]!.shape[d]! }));
    case 'call':
      return e.args.flatMap((a) => reads(a, args));
    default:
      return [];
  }
}

function readsOf(p: Prim): Read[] {
  switch (p.kind) {
    case 'map':
    case 'reduce':
      return reads(p.body, p.args);
    case 'contraction':
    case 'solve':
      return [...reads(p.a, p.args), ...reads(p.b, p.args)];
    case 'scatter':
      return [...p.at.map((index, d) => ({ index, size: p.shape[d]! })), ...reads(p.body, p.args)];
    default:
      return [];
  }
}

/** The name of the input that a tensor is, or is a reshape of. */
function inputOf(p: Prim): string | undefined {
  if (p.kind === 'input') return p.name;
  if (p.kind !== 'map' || p.dtype !== 'i32' || p.body.k !== 'load') return undefined;
  const from = p.args[p.body.arg]!;
  return equalDim(productDim(p.shape), productDim(from.shape)) ? inputOf(from) : undefined;
}

/** Whether only a part of the integers is read, such as a row of a table, whose other rows may index other axes. */
const isPart = (index: readonly IntExpr[]): boolean => index.some((i) => i.k === 'int');

/** The conditions of programs that compute one function for different token counts, each listed once. */
export function indexRules(programs: readonly PrimProgram[]): IndexRule[] {
  const rules = new Map<string, IndexRule>();
  const roots = programs.flatMap((p) => p.outputs.map((o) => o.prim));
  for (const p of postOrder<Prim>(roots, (p) => p.args)) {
    for (const { index, size } of readsOf(p)) {
      const input = index.k === 'iload' && !isPart(index.index) ? inputOf(p.args[index.arg]!) : undefined;
      const key = JSON.stringify([input, printDim(size)]);
      if (input !== undefined && !rules.has(key))
        rules.set(key, { input, size, reader: p.label, spans: p.spans });
    }
  }
  return [...rules.values()];
}

/** The message for an index that is out of range. The interpreter and sessions throw the same one. */
export const indexOutside = (reader: string, index: number, input: string, size: number): string =>
  `'${reader}' finds the index ${index} in '${input}', for an axis of ${size} elements, which are 0 to ${size - 1}`;
