/** Computes integers that the printer knows, without the normal forms that ranges would need. */
import { constantOf } from '../../compiler/dims/dims.ts';
import type { BoolExpr, IntExpr } from '../../compiler/primitives/expr.ts';

const NONE: ReadonlyMap<string, number> = new Map();

/** The value of an expression where axes have the values `at`; undefined where it depends on others, or on what is loaded. */
export function knownInt(e: IntExpr, at: ReadonlyMap<string, number> = NONE): number | undefined {
  const both = (a: IntExpr, b: IntExpr, of: (a: number, b: number) => number) => {
    const x = knownInt(a, at);
    const y = x === undefined ? undefined : knownInt(b, at);
    return y === undefined ? undefined : of(x!, y);
  };
  const one = (a: IntExpr, of: (a: number) => number) => {
    const x = knownInt(a, at);
    return x === undefined ? undefined : of(x);
  };
  switch (e.k) {
    case 'int':
      return e.value;
    case 'axis':
      return at.get(e.name);
    case 'extent':
      return constantOf(e.dim);
    case 'iadd':
      return both(e.a, e.b, (a, b) => a + b);
    case 'isub':
      return both(e.a, e.b, (a, b) => a - b);
    case 'imul':
      return both(e.a, e.b, (a, b) => a * b);
    case 'idiv':
      return one(e.a, (a) => Math.floor(a / e.by));
    case 'imod':
      return one(e.a, (a) => a - Math.floor(a / e.by) * e.by);
    case 'isqrt':
      return one(e.a, (a) => Math.floor(Math.sqrt(Math.max(0, a))));
    case 'iselect': {
      const cond = knownBool(e.cond, at);
      return cond === undefined ? undefined : knownInt(cond ? e.then : e.else, at);
    }
    case 'iload':
      return undefined;
    default:
      throw new TypeError(`unknown integer expression ${e satisfies never}`);
  }
}

function knownBool(e: BoolExpr, at: ReadonlyMap<string, number>): boolean | undefined {
  switch (e.k) {
    case 'ilt':
    case 'ieq': {
      const [a, b] = [knownInt(e.a, at), knownInt(e.b, at)];
      if (a === undefined || b === undefined) return undefined;
      return e.k === 'ilt' ? a < b : a === b;
    }
    case 'and':
    case 'or': {
      const [a, b] = [knownBool(e.a, at), knownBool(e.b, at)];
      if (a === undefined || b === undefined) return undefined;
      return e.k === 'and' ? a && b : a || b;
    }
    case 'not': {
      const a = knownBool(e.a, at);
      return a === undefined ? undefined : !a;
    }
    case 'flt':
      return undefined;
    default:
      throw new TypeError(`unknown condition ${e satisfies never}`);
  }
}
