/** The expressions of statements. */
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import type { Body, Statement } from './type.ts';

/** The expressions in a statement, without those in its blocks. */
export function expressionsOf(s: Statement): readonly (Expr | IntExpr | BoolExpr)[] {
  switch (s.k) {
    case 'for':
      return s.from ? [s.from.value] : [];
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

/** The numbers of the memories that statements load, those inside them included. */
export function memoriesLoaded(body: Body): Set<number> {
  const loaded = new Set<number>();
  const see = (e: Expr | IntExpr | BoolExpr) =>
    visit(e, (x) => {
      if (x.k === 'load' || x.k === 'iload') loaded.add(x.arg);
    });
  const walk = (block: Body): void => {
    for (const s of block) {
      expressionsOf(s).forEach(see);
      if (s.k === 'for' || s.k === 'if') walk(s.body);
    }
  };
  walk(body);
  return loaded;
}
