/** Compiles the scalar language of loop bodies to closures over a scalar domain. */
import { type Binding, evalDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import type { BoolExpr, Expr, IntExpr } from '../primitives/expr.ts';
import { indexOutside } from '../primitives/index-rules.ts';
import type { Axis, Prim } from '../primitives/prim.ts';
import { loadsOf } from '../primitives/visit.ts';
import type { BinaryFn, Domain, TensorValue, Truth } from './domains/domain.ts';

/** The error for a primitive without a meaning. It names the primitive and what the primitive asked for. */
export class InterpretError extends Error {}

/** Rounding decides which way a choice of indices goes, so that results of other devices may differ as a whole. */
export class Unsure extends InterpretError {}

/**
 * The error for an index outside its axis: OFT4014 if it is read from a tensor, because the tensor's values are wrong
 * then.
 */
export function outOfRange(prim: Prim, e: IntExpr, index: number, extent: number, where: string): Error {
  const read = loadsOf(e).find((l) => l.integer);
  if (!read) return new InterpretError(`${where} out of range 0..${extent - 1}`);
  const { label } = prim.args[read.arg]!;
  return new OftcError('OFT4014', indexOutside(prim.label, index, label, extent), prim.spans);
}

/** The loop axes of a primitive: axis s has the value at[s] while a nest runs. */
export interface Loops {
  readonly at: number[];
  readonly slots: ReadonlyMap<string, number>;
}

export function loopsOf(axes: readonly Axis[]): Loops {
  return { at: axes.map(() => 0), slots: new Map(axes.map((a, s) => [a.name, s])) };
}

/**
 * Makes a function that runs `visit` at every point of the axes, in row-major order. Other axes keep their values.
 */
export function nest(
  { at, slots }: Loops,
  axes: readonly Axis[],
  extents: readonly number[],
): (visit: () => void) => void {
  const order = axes.map((a) => slots.get(a.name)!);
  const loop = (d: number, visit: () => void): void => {
    const extent = extents[d]!;
    const slot = order[d]!;
    const innermost = d + 1 === order.length;
    for (let i = 0; i < extent; i++) {
      at[slot] = i;
      if (innermost) visit();
      else loop(d + 1, visit);
    }
  };
  return order.length === 0 ? (visit) => visit() : (visit) => loop(0, visit);
}

export interface Compiled<T> {
  readonly expr: (e: Expr) => () => T;
  readonly int: (e: IntExpr) => () => number;
  /** The names of the axes that the expressions compiled so far depend on. */
  readonly uses: ReadonlySet<string>;
}

/** The values that expressions are made of. */
export interface Sources<T> {
  axis(name: string): () => number;
  load(arg: number, index: readonly IntExpr[], values: readonly (() => number)[]): () => T;
  iload(arg: number, index: readonly IntExpr[], values: readonly (() => number)[]): () => number;
  /** Throws the error for an expression without a value, or Unsure. */
  fail(what: string, Kind?: typeof InterpretError): never;
}

export interface Scalars<T> {
  readonly expr: (e: Expr) => () => T;
  readonly int: (e: IntExpr) => () => number;
  readonly bool: (e: BoolExpr) => () => Truth;
}

/** The bits of a comparison's outcome. */
export const HOLDS = 1;
const UNSURE = 2;

const isBinary = (fn: string): fn is BinaryFn =>
  fn === 'add' || fn === 'sub' || fn === 'mul' || fn === 'div' || fn === 'max' || fn === 'min';

/**
 * Makes the compiler of expressions over some sources. The compiled expressions fail for operands of idiv, imod and
 * isqrt out of their ranges, and for an index that depends on a comparison within rounding error.
 */
export function compileScalars<T>(domain: Domain<T>, binding: Binding, sources: Sources<T>): Scalars<T> {
  const fail: Sources<T>['fail'] = sources.fail;

  const int = (e: IntExpr): (() => number) => {
    switch (e.k) {
      case 'axis': {
        return sources.axis(e.name);
      }
      case 'int': {
        const { value } = e;
        return () => value;
      }
      case 'extent': {
        const value = evalDim(e.dim, binding);
        return () => value;
      }
      case 'iadd': {
        const [a, b] = [int(e.a), int(e.b)];
        return () => a() + b();
      }
      case 'isub': {
        const [a, b] = [int(e.a), int(e.b)];
        return () => a() - b();
      }
      case 'imul': {
        const [a, b] = [int(e.a), int(e.b)];
        return () => a() * b();
      }
      case 'idiv':
      case 'imod': {
        const [a, { by, k }] = [int(e.a), e];
        if (!(by > 0)) fail(`${k} by ${by}, which is not positive`);
        const operand = () => {
          const n = a();
          return n >= 0 ? n : fail(`${k} of ${n}, which is negative`);
        };
        return k === 'idiv' ? () => Math.floor(operand() / by) : () => operand() % by;
      }
      case 'isqrt': {
        const a = int(e.a);
        return () => {
          const n = a();
          return n >= 0 && n < 2 ** 24 ? Math.floor(Math.sqrt(n)) : fail(`isqrt of ${n}, not in 0..2^24 - 1`);
        };
      }
      case 'iload': {
        return sources.iload(e.arg, e.index, e.index.map(int));
      }
      case 'iselect': {
        const [cond, then, otherwise] = [bool(e.cond), int(e.then), int(e.else)];
        return () => {
          const truth = cond();
          if (truth & UNSURE) fail('an index depends on a comparison within rounding error', Unsure);
          return truth & HOLDS ? then() : otherwise();
        };
      }
      default:
        return e satisfies never;
    }
  };

  /** Conditions follow Kleene's logic: a connective is sure as soon as one operand surely decides it. */
  const bool = (e: BoolExpr): (() => Truth) => {
    switch (e.k) {
      case 'ilt': {
        const [a, b] = [int(e.a), int(e.b)];
        return () => (a() < b() ? 1 : 0);
      }
      case 'ieq': {
        const [a, b] = [int(e.a), int(e.b)];
        return () => (a() === b() ? 1 : 0);
      }
      case 'flt': {
        const [a, b] = [expr(e.a), expr(e.b)];
        return () => domain.less(a(), b());
      }
      case 'and':
      case 'or': {
        const [a, b] = [bool(e.a), bool(e.b)];
        const deciding: Truth = e.k === 'and' ? 0 : 1;
        return () => {
          const x = a();
          if (x === deciding) return x;
          const y = b();
          if (y === deciding) return y;
          const holds = e.k === 'and' ? x & y & HOLDS : (x | y) & HOLDS;
          return (holds | ((x | y) & UNSURE)) as Truth;
        };
      }
      case 'not': {
        const a = bool(e.a);
        return () => (a() ^ HOLDS) as Truth;
      }
      default:
        return e satisfies never;
    }
  };

  const expr = (e: Expr): (() => T) => {
    switch (e.k) {
      case 'const': {
        const value = domain.constant(e.value);
        return () => value;
      }
      case 'fromInt': {
        const a = int(e.a);
        return () => domain.fromInt(a());
      }
      case 'load': {
        return sources.load(e.arg, e.index, e.index.map(int));
      }
      case 'call': {
        const [a, b] = e.args.map(expr);
        if (e.args.length !== (isBinary(e.fn) ? 2 : 1)) fail(`'${e.fn}' of ${e.args.length} arguments`);
        if (isBinary(e.fn)) {
          const f = domain[e.fn];
          return () => f(a!(), b!());
        }
        const f = domain[e.fn];
        return () => f(a!());
      }
      case 'select': {
        const [cond, then, otherwise] = [bool(e.cond), expr(e.then), expr(e.else)];
        return () => {
          const truth = cond();
          const [chosen, other] = truth & HOLDS ? [then, otherwise] : [otherwise, then];
          return truth & UNSURE ? domain.either(chosen(), other()) : chosen();
        };
      }
      default:
        return e satisfies never;
    }
  };

  return { expr, int, bool };
}

/**
 * Makes the compiler of one primitive's bodies, for arguments of the given values. The compiled bodies throw
 * InterpretError for loads out of range and for operands of idiv, imod and isqrt out of theirs, and Unsure for an index
 * that depends on a comparison within rounding error.
 */
export function compileBody<T>(
  prim: Prim,
  domain: Domain<T>,
  args: readonly TensorValue<T>[],
  loops: Loops,
  binding: Binding,
): Compiled<T> {
  const { at } = loops;
  const uses = new Set<string>();
  const place = (): string => {
    const where = [...loops.slots].map(([name, slot]) => `${name} = ${at[slot]}`).join(', ');
    return `${prim.kind} '${prim.label}'${where && ` at ${where}`}`;
  };
  const fail: Sources<T>['fail'] = (what, Kind = InterpretError) => {
    throw new Kind(`${place()}: ${what}`);
  };

  /** The row-major offset of an argument's element; every index is checked against its dimension. */
  const offset = (arg: number, index: readonly IntExpr[], indices: readonly (() => number)[]) => {
    const source = prim.args[arg];
    const shape = args[arg]?.shape ?? fail(`loads argument ${arg}, but has ${args.length}`);
    if (index.length !== shape.length) {
      fail(`indexes '${source!.label}' of rank ${shape.length} by ${index.length} indices`);
    }
    return (): number => {
      let at = 0;
      for (let d = 0; d < indices.length; d++) {
        const i = indices[d]!();
        const extent = shape[d]!;
        if (!(i >= 0 && i < extent)) {
          const where = `${place()}: index ${i} of dimension ${d} of '${source!.label}' is`;
          throw outOfRange(prim, index[d]!, i, extent, where);
        }
        at = at * extent + i;
      }
      return at;
    };
  };

  const { expr, int } = compileScalars(domain, binding, {
    fail,
    axis(name) {
      const slot = loops.slots.get(name) ?? fail(`uses an axis '${name}' that it does not have`);
      uses.add(name);
      return () => at[slot]!;
    },
    load(arg, index, indices) {
      const element = offset(arg, index, indices);
      const source = args[arg]!;
      if (prim.args[arg]!.dtype !== 'i32') return () => domain.read(source, element());
      return () => domain.fromInt(source.values[element()]!);
    },
    iload(arg, index, indices) {
      const element = offset(arg, index, indices);
      if (prim.args[arg]!.dtype !== 'i32') fail(`loads '${prim.args[arg]!.label}' as an integer`);
      const { values } = args[arg]!;
      return () => values[element()]!;
    },
  });
  return { expr, int, uses };
}
