/** The keys that any of some neighbouring tokens sees. All invocations of a workgroup know them. */
import { addDim, type Dim, dimConst } from '../../../compiler/dims/dims.ts';
import {
  ax,
  iadd,
  iload,
  ilt,
  int,
  iselect,
  isub,
  extentOf as sizeOf,
} from '../../../compiler/primitives/build.ts';
import type { BoolExpr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { type Sizes, START } from '../../loops/naive-attention.ts';
import type { Body, Statement } from '../../loops/type.ts';

/** Neighbouring tokens. Those beyond the last one stand for it. */
export interface Neighbours {
  /** The first token, and the number of them. */
  readonly at: IntExpr;
  readonly count: number;
}

const named = (name: string, value: IntExpr, extent: Dim): Statement => ({ k: 'let', name, value, extent });

function tokensOf({ tokens, ranged }: Sizes, { at, count }: Neighbours) {
  return Array.from({ length: count }, (_, u) => {
    const [token, place] = [`token_${u}`, iadd(at, int(u))];
    const last = isub(sizeOf(tokens), int(1));
    return {
      name: named(token, iselect(ilt(place, sizeOf(tokens)), place, last), tokens),
      first: iload(START, ranged ? [ax(token), int(0)] : [ax(token)]),
      last: iload(START, [ax(token), int(1)]),
    };
  });
}

/**
 * The first key that any of the tokens sees, or the number of keys where there is none; and the key after the last one,
 * if tokens have ranges.
 */
export function keysSeen(sizes: Sizes, by: Neighbours) {
  const extent = addDim(sizes.keys, dimConst(1));
  const keys = sizeOf(sizes.keys);
  const names: Statement[] = [];
  let [first, end]: readonly IntExpr[] = [keys, int(0)] as const;
  for (const [u, t] of tokensOf(sizes, by).entries()) {
    const earlier = iselect(ilt(t.first, int(0)), int(0), t.first);
    names.push(t.name, named(`first_${u}`, iselect(ilt(t.first, first!), earlier, first!), extent));
    first = ax(`first_${u}`);
    if (!sizes.ranged) continue;
    const later = iselect(ilt(t.last, keys), iadd(t.last, int(1)), keys);
    names.push(named(`end_${u}`, iselect(ilt(t.last, end!), end!, later), extent));
    end = ax(`end_${u}`);
  }
  return { names, first: first!, end: sizes.ranged ? end! : undefined };
}

/** Whether any of the tokens may see a key before `end`. */
export function seesBefore(
  sizes: Sizes,
  end: IntExpr,
  by: Neighbours,
): { readonly names: Body; readonly cond: BoolExpr } {
  const all = tokensOf(sizes, by);
  const conditions = all.map((t): BoolExpr => ilt(t.first, end));
  return {
    names: all.map((t) => t.name),
    cond: conditions.reduce((a, b): BoolExpr => ({ k: 'or', a, b })),
  };
}
