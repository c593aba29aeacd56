/** Prints several float expressions as one vector, by vector operations where they do the same to neighbours. */
import { keyOf } from '../../compiler/primitives/affine.ts';
import type { Expr } from '../../compiler/primitives/expr.ts';
import { loadsOf } from '../../compiler/primitives/visit.ts';
import { callText, INFIX } from './calls.ts';
import type { Emitter } from './emitter.ts';
import { f32Literal } from './literal.ts';
import type { Value } from './value.ts';
import { typeOf, vectorOf } from './vectors.ts';

/** The value of all expressions: a vector where `wide`, else one number that is the same for all. */
export interface Joined extends Value {
  readonly wide: boolean;
}

/** WGSL for the expressions as one vector, or for a single one as a number. */
export function vectorOfFloats(e: Emitter, expressions: readonly Expr[]): string {
  const { text, wide } = joined(e, expressions);
  return wide || expressions.length === 1 ? text : `${typeOf('f32', expressions.length)}(${text})`;
}

export function joined(e: Emitter, all: readonly Expr[]): Joined {
  return (all.length > 1 ? asOne(e, all) : undefined) ?? oneByOne(e, all);
}

/** The expressions as one operation on vectors; undefined where they differ, or their loads are not neighbours. */
function asOne(e: Emitter, all: readonly Expr[]): Joined | undefined {
  const [first] = all as [Expr];
  if (first.k === 'load') {
    if (!all.every((l) => l.k === 'load' && l.arg === first.arg)) return undefined;
    if (e.tensors[first.arg]!.storage || e.tensors[first.arg]!.dtype !== 'f32') return undefined;
    const elements = all.flatMap((l) => (l.k === 'load' ? [e.element(l.arg, l.index)] : []));
    const vector = whole(
      elements.map((v) => v.text),
      Math.max(...elements.map((v) => v.depth)),
    );
    // A variable's value may change, also between two exchanges.
    const isLeft = e.tensors[first.arg]!.variable !== undefined || /^\w+$/.test(vector?.text ?? '');
    return vector && !isLeft ? { ...vector, ...e.name(vector.text, vector.depth, 'v') } : vector;
  }
  if (first.k === 'select') return selected(e, all);
  if (first.k !== 'call' || !INFIX.has(first.fn)) return undefined;
  const calls = all.flatMap((c) => (c.k === 'call' && c.fn === first.fn ? [c] : []));
  if (calls.length < all.length) return undefined;
  const args = first.args.map((_, i) =>
    joined(
      e,
      calls.map((c) => c.args[i]!),
    ),
  );
  if (!args.some((a) => a.wide)) return undefined;
  const depth = Math.max(...args.map((a) => a.depth));
  const hoisted = args.map((a) => e.hoisted(a, depth, a.wide ? 'v' : 'f'));
  return { text: callText(first.fn, hoisted), depth, atomic: false, wide: true };
}

/** Selections by one condition as one selection; undefined where conditions differ, or no branch is a vector. */
function selected(e: Emitter, all: readonly Expr[]): Joined | undefined {
  const [first] = all as [Expr & { readonly k: 'select' }];
  const selects = all.flatMap((s) => (s.k === 'select' && keyOf(s.cond) === keyOf(first.cond) ? [s] : []));
  // Both branches are evaluated, and only registers have every element.
  const isHere = all.every((s) => loadsOf(s).every((l) => e.tensors[l.arg]?.variable));
  if (selects.length < all.length || !isHere) return undefined;
  const cond = e.bool(first.cond);
  const branch = (which: 'then' | 'else') =>
    asOne(
      e,
      selects.map((s) => s[which]),
    );
  const [then, otherwise] = [branch('then'), branch('else')];
  if (!then?.wide || !otherwise?.wide) return undefined;
  const depth = Math.max(then.depth, otherwise.depth, e.depth);
  return { text: `select(${otherwise.text}, ${then.text}, ${cond})`, depth, atomic: true, wide: true };
}

function whole(parts: readonly string[], depth: number): Joined | undefined {
  const text = vectorOf(parts, '');
  return text.startsWith('(') ? undefined : { text, depth, atomic: true, wide: true };
}

function oneByOne(e: Emitter, all: readonly Expr[]): Joined {
  const values = all.map((a) =>
    a.k === 'const' ? { text: f32Literal(a.value), depth: 0, atomic: false } : e.value(a),
  );
  const depth = Math.max(...values.map((v) => v.depth));
  const texts = values.map((v) => e.hoisted(v, depth).text);
  const [text] = texts as [string];
  if (texts.every((t) => t === text)) return { text, depth, atomic: /^[\w.]+$/.test(text), wide: false };
  return { text: `${typeOf('f32', all.length)}(${texts.join(', ')})`, depth, atomic: true, wide: true };
}
