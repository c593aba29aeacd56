/** Changes parts of a loop form. */
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { type Rewrite, rewriteBool, rewriteExpr, rewriteInt } from '../../compiler/primitives/substitute.ts';
import { LoopError } from './error.ts';
import { isWrite } from './expressions.ts';
import type { Body, For, LoopKernel, Memory, Statement } from './type.ts';

/** A name that no memory has: `name`, or one with a number after it. */
export function freeName(memories: readonly Memory[], name: string): string {
  const taken = new Set(memories.map((m) => m.name));
  let free = name;
  for (let n = 1; taken.has(free); n++) free = `${name}${n}`;
  return free;
}

/** The blocks inside a statement, changed. */
export function inside(s: Statement, change: (block: Body) => Body): Statement {
  return s.k === 'for' || s.k === 'if' ? { ...s, body: change(s.body) } : s;
}

/** The loop over an axis. Throws LoopError where there is none. */
export function loopOver(kernel: LoopKernel, axis: string): For {
  const find = (block: Body): For | undefined => {
    for (const s of block) {
      if (s.k === 'for' && s.axis === axis) return s;
      const found = s.k === 'for' || s.k === 'if' ? find(s.body) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  const found = find(kernel.body);
  if (found === undefined) throw new LoopError('form', `there is no loop over ${axis}`);
  return found;
}

/** The kernel with the loop over an axis replaced by other statements. */
export function replaceLoop(kernel: LoopKernel, axis: string, by: (loop: For) => Body): LoopKernel {
  loopOver(kernel, axis);
  const change = (block: Body): Body =>
    block.flatMap((s) => (s.k === 'for' && s.axis === axis ? by(s) : [inside(s, change)]));
  return { ...kernel, body: change(kernel.body) };
}

/** Statements whose accesses to some memories have more parts of an index before their own. */
export function indexedBy(body: Body, memories: ReadonlySet<number>, index: readonly IntExpr[]): Body {
  const change = (block: Body): Body =>
    block.map((s): Statement => {
      if (s.k === 'for' || s.k === 'if') return { ...s, body: change(s.body) };
      return isWrite(s) && memories.has(s.to) ? { ...s, index: [...index, ...s.index] } : s;
    });
  const loaded = rewriteBlock(body, {
    load: (arg, own) => (memories.has(arg) ? { k: 'load', arg, index: [...index, ...own] } : undefined),
  });
  return change(loaded);
}

/** Statements with every expression in them rewritten. */
export function rewriteBlock(block: Body, by: Rewrite): Body {
  const int = (e: IntExpr) => rewriteInt(e, by);
  const float = (e: Expr) => rewriteExpr(e, by);
  const bool = (e: BoolExpr) => rewriteBool(e, by);
  return block.map((s): Statement => {
    switch (s.k) {
      case 'for':
        return {
          ...s,
          ...(s.from ? { from: { ...s.from, value: int(s.from.value) } } : {}),
          ...(s.end ? { end: int(s.end) } : {}),
          body: rewriteBlock(s.body, by),
        };
      case 'let':
        return { ...s, value: int(s.value) };
      case 'digits':
        return { ...s, of: int(s.of) };
      case 'if':
        return { ...s, cond: bool(s.cond), body: rewriteBlock(s.body, by) };
      case 'store':
      case 'accumulate':
        return { ...s, index: s.index.map(int), value: float(s.value) };
      case 'collect':
        return { ...s, index: s.index.map(int) };
      case 'barrier':
        return s;
      default:
        throw new TypeError(`unknown statement ${s satisfies never}`);
    }
  });
}
