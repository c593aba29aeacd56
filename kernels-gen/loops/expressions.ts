/** The expressions of statements. */
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Statement } from './type.ts';

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
