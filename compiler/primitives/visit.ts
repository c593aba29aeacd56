/** Walks over the parts of expressions. */
import type { BoolExpr, Expr, IntExpr } from './expr.ts';

/** Calls `see` for every part of an expression and then for the expression, in evaluation order. */
export function visit(e: Expr | IntExpr | BoolExpr, see: (e: Expr | IntExpr | BoolExpr) => void): void {
  switch (e.k) {
    case 'axis':
    case 'int':
    case 'extent':
    case 'const':
      break;
    case 'idiv':
    case 'imod':
    case 'isqrt':
    case 'fromInt':
    case 'not':
      visit(e.a, see);
      break;
    case 'load':
    case 'iload':
      for (const i of e.index) visit(i, see);
      break;
    case 'iadd':
    case 'isub':
    case 'imul':
    case 'ilt':
    case 'ieq':
    case 'flt':
    case 'and':
    case 'or':
      visit(e.a, see);
      visit(e.b, see);
      break;
    case 'select':
    case 'iselect':
      visit(e.cond, see);
      visit(e.then, see);
      visit(e.else, see);
      break;
    case 'call':
      for (const a of e.args) visit(a, see);
      break;
    default:
      throw new TypeError(`unknown expression ${e satisfies never}`);
  }
  see(e);
}

/** All loads in an expression, in evaluation order; `integer` marks loads of integers. */
export function loadsOf(
  e: Expr | IntExpr | BoolExpr,
): { arg: number; index: readonly IntExpr[]; integer: boolean }[] {
  const found: { arg: number; index: readonly IntExpr[]; integer: boolean }[] = [];
  visit(e, (x) => {
    if (x.k === 'load' || x.k === 'iload')
      found.push({ arg: x.arg, index: x.index, integer: x.k === 'iload' });
  });
  return found;
}

/** Names of the axes an expression depends on. */
export function axesIn(e: Expr | IntExpr): Set<string> {
  const names = new Set<string>();
  visit(e, (x) => {
    if (x.k === 'axis') names.add(x.name);
  });
  return names;
}
