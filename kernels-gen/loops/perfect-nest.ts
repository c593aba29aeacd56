/**
 * Takes loops that contain each other apart, and puts them together in another order. Names and conditions may stand
 * between the loops. They are put into the outermost loop that knows what they use.
 */
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import { LoopError } from './error.ts';
import { boundsOf, expressionsOf } from './expressions.ts';
import type { Body, For, Statement } from './type.ts';

/** A name that stands before other statements, or a condition around them. */
export type Head = Statement & { readonly k: 'let' | 'digits' | 'if' };

export interface PerfectNest {
  /** The loops, outermost first. Their bodies are what the nest was made of. */
  readonly loops: readonly For[];
  /** The names and conditions around the innermost statements, outermost first. */
  readonly heads: readonly Head[];
  readonly body: Body;
}

/** The nest of all loops over `axes`, which begins with one of them; undefined where other statements come between. */
export function nestOf(outermost: For, axes: ReadonlySet<string>): PerfectNest | undefined {
  const loops: For[] = [];
  const heads: Head[] = [];
  let body: Body = [outermost];
  for (;;) {
    const first = body.findIndex((s) => s.k !== 'let' && s.k !== 'digits');
    const [s, ...others] = first < 0 ? [] : body.slice(first);
    const isInside = others.length === 0 && (s?.k === 'if' || (s?.k === 'for' && axes.has(s.axis)));
    const isWhole = loops.length === axes.size;
    if (!isInside && !isWhole) return undefined;
    heads.push(...(body.slice(0, Math.max(0, first)) as Head[]));
    if (!isInside) return { loops, heads, body: first < 0 ? [] : body.slice(first) };
    if (s.k === 'for') loops.push(s);
    else heads.push(s as Head);
    body = s.body;
  }
}

/** The statements of a nest. Names that nothing uses are left out. Throws LoopError where a loop starts at an inner name. */
export function nested({ loops, heads, body }: PerfectNest): Body {
  const kept = usedHeads(heads, body);
  const within = new Set(loops.map((l) => l.axis));
  const named = new Set(kept.flatMap(namesOf));
  /** The number of loops around a head: all that it uses, directly or by names. */
  const levels = new Map<string, number>(loops.map((l, n) => [l.axis, n + 1]));
  let conditions = 0;
  const levelOf = kept.map((h) => {
    const uses = [...usedBy(h)].filter((name) => within.has(name) || named.has(name));
    const own = Math.max(0, ...uses.map((name) => levels.get(name) ?? 0));
    // A name may be in range only where the conditions around it hold.
    const level = h.k === 'if' ? own : Math.max(own, conditions);
    if (h.k === 'if') conditions = Math.max(conditions, level);
    for (const name of namesOf(h)) levels.set(name, level);
    return level;
  });
  for (const [n, l] of loops.entries())
    for (const name of boundsOf(l).flatMap((e) => [...axesOf(e)]))
      if ((levels.get(name) ?? 0) > n)
        throw new LoopError('form', `the loop over ${l.axis} starts or ends at ${name}`);
  const build = (level: number): Body => {
    const rest = level < loops.length ? [{ ...loops[level]!, body: build(level + 1) }] : [...body];
    let inside: Statement[] = rest;
    for (const [n, h] of [...kept.entries()].reverse()) {
      if (levelOf[n] !== level) continue;
      if (h.k === 'if') inside = [{ ...h, body: inside }];
      else inside.unshift(h);
    }
    return inside;
  };
  return build(0);
}

/** The names and conditions that statements need. A condition is always needed. */
function usedHeads(heads: readonly Head[], body: Body): readonly Head[] {
  const used = namesUsed(body);
  const kept: Head[] = [];
  for (const h of [...heads].reverse()) {
    if (h.k !== 'if' && !namesOf(h).some((name) => used.has(name))) continue;
    for (const name of usedBy(h)) used.add(name);
    kept.unshift(h);
  }
  return kept;
}

/** The names that a statement defines for those after it. */
export const namesOf = (h: Statement): readonly string[] =>
  h.k === 'let' ? [h.name] : h.k === 'digits' ? h.axes.map((a) => a.name) : [];

/** The names that a name or condition is computed from. */
export function usedBy(h: Head): Set<string> {
  if (h.k === 'if') return axesOf(h.cond);
  return axesOf(h.k === 'let' ? h.value : h.of);
}

/** All names that expressions in statements use. */
export function namesUsed(body: Body): Set<string> {
  const used = new Set<string>();
  const visitAll = (all: Body): void => {
    for (const s of all) {
      for (const e of expressionsOf(s)) for (const name of axesOf(e)) used.add(name);
      if (s.k === 'for' || s.k === 'if') visitAll(s.body);
    }
  };
  visitAll(body);
  return used;
}

export function axesOf(e: Expr | IntExpr | BoolExpr): Set<string> {
  const names = new Set<string>();
  visit(e, (x) => {
    if (x.k === 'axis') names.add(x.name);
  });
  return names;
}
