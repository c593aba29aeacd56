/** The expressions of statements. */
import { constantOf, type Dim, dimConst } from '../../compiler/dims/dims.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import type { Body, For, Statement, Trips } from './type.ts';

type Any = Expr | IntExpr | BoolExpr;

/** The expressions at which a loop starts and ends. */
export const boundsOf = ({ from, end }: For): readonly IntExpr[] => [
  ...(from ? [from.value] : []),
  ...(end ? [end] : []),
];

/** The expressions in a statement, without those in its blocks. */
export function expressionsOf(s: Statement): readonly Any[] {
  switch (s.k) {
    case 'for':
      return boundsOf(s);
    case 'let':
      return [s.value];
    case 'digits':
      return [s.of];
    case 'if':
      return [s.cond];
    case 'store':
    case 'accumulate':
      return [...s.index, s.value];
    case 'collect':
      return s.index;
    case 'barrier':
      return [];
    default:
      throw new TypeError(`unknown statement ${s satisfies never}`);
  }
}

/** The expressions in statements and in their blocks. */
const expressionsIn = (body: Body): readonly Any[] =>
  body.flatMap((s) => [...expressionsOf(s), ...(s.k === 'for' || s.k === 'if' ? expressionsIn(s.body) : [])]);

/** The numbers of the memories that expressions load. */
export function memoriesIn(expressions: readonly Any[]): Set<number> {
  const loaded = new Set<number>();
  for (const e of expressions)
    visit(e, (x) => {
      if (x.k === 'load' || x.k === 'iload') loaded.add(x.arg);
    });
  return loaded;
}

/** The numbers of the memories that statements load, those inside them included. */
export const memoriesLoaded = (body: Body): Set<number> => memoriesIn(expressionsIn(body));

/** A statement that changes a memory. */
export type Write = Statement & { readonly k: 'store' | 'accumulate' | 'collect' };

export const isWrite = (s: Statement): s is Write =>
  s.k === 'store' || s.k === 'accumulate' || s.k === 'collect';

/** The statements that change memories, those inside others included. */
export const writesIn = (body: Body): readonly Write[] =>
  body.flatMap((s) => (s.k === 'for' || s.k === 'if' ? writesIn(s.body) : isWrite(s) ? [s] : []));

/** Whether the invocations of a workgroup wait for each other in a block. */
export const hasBarrier = (block: Body): boolean =>
  block.some(
    (s) =>
      (s.k === 'barrier' && s.scope === 'workgroup') ||
      ((s.k === 'for' || s.k === 'if') && hasBarrier(s.body)),
  );

/** An upper bound of a loop's iterations: their number, where it is fixed. */
export function boundOf({ of, by }: Trips): Dim {
  const fixed = constantOf(of);
  return fixed === undefined ? of : dimConst(Math.ceil(fixed / by));
}
