/** Copies of statements, whose names are their own. */
import { ax } from '../../compiler/primitives/build.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import { rewriteInt, substituteAxes } from '../../compiler/primitives/substitute.ts';
import { rewriteBlock } from './rewrite.ts';
import type { Body, Statement } from './type.ts';

/**
 * Statements with axes replaced by `values`. Names that they define end in `suffix`, so that copies can stand beside each
 * other.
 */
export function copyOf(block: Body, values: ReadonlyMap<string, IntExpr>, suffix: string): Body {
  const known = new Map(values);
  const renamed = (name: string): string => {
    known.set(name, ax(`${name}${suffix}`));
    return `${name}${suffix}`;
  };
  return block.map((s): Statement => {
    switch (s.k) {
      case 'for': {
        const { from } = s;
        const start = from && { ...from, value: rewriteInt(from.value, substituteAxes(known)) };
        const end = s.end && rewriteInt(s.end, substituteAxes(known));
        const inner = new Map(known);
        inner.set(s.axis, ax(`${s.axis}${suffix}`));
        const body = copyOf(s.body, inner, suffix);
        const axis = `${s.axis}${suffix}`;
        return { ...s, axis, ...(start ? { from: start } : {}), ...(end ? { end } : {}), body };
      }
      case 'let': {
        const value = rewriteInt(s.value, substituteAxes(known));
        return { ...s, name: renamed(s.name), value };
      }
      case 'digits': {
        const of = rewriteInt(s.of, substituteAxes(known));
        return { ...s, axes: s.axes.map((a) => ({ ...a, name: renamed(a.name) })), of };
      }
      case 'if': {
        const [head] = rewriteBlock([{ ...s, body: [] }], substituteAxes(known)) as [typeof s];
        return { ...head, body: copyOf(s.body, known, suffix) };
      }
      default:
        return rewriteBlock([s], substituteAxes(known))[0]!;
    }
  });
}
