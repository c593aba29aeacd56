/**
 * The reference interpreter: the only definition of what a program of primitives means. One code path of
 * loop nests serves every scalar domain.
 */
import { type Binding, equalDim, evalDim } from '../dims/dims.ts';
import type { Expr, IntExpr } from '../primitives/expr.ts';
import type {
  Axis,
  ContractionPrim,
  MapPrim,
  Prim,
  PrimProgram,
  ReducePrim,
  ScatterPrim,
  SolvePrim,
} from '../primitives/prim.ts';
import { integerOf } from '../primitives/substitute.ts';
import { foldOver } from '../primitives/walk.ts';
import { attend } from './attention.ts';
import { count, type Domain, Singular, type TensorValue, tensor } from './domains/domain.ts';
import { float64 } from './domains/float64.ts';
import { compileBody, InterpretError, loopsOf, nest, outOfRange } from './expressions.ts';

/** The error for an input that is missing, has a wrong number of elements, or is not of integers where it must be. */
export class InputError extends Error {}

/**
 * Evaluates every output at a token count. Inputs are row-major in the order of their declared shapes; an output has
 * the shape of its primitive. Throws InputError for inputs that do not fit, DimError for a size that is no integer at
 * this token count, InterpretError for a primitive that is meaningless, and the domain's `Singular` where a matrix or
 * scalar has no inverse.
 */
export function interpret<T>(
  program: PrimProgram,
  domain: Domain<T>,
  inputs: Readonly<Record<string, TensorValue<T>>>,
  tokens: number,
): Record<string, TensorValue<T>> {
  if (!Number.isSafeInteger(tokens) || tokens < 0) {
    throw new InputError(`tokens = ${tokens} is not a number of tokens`);
  }
  const binding = { tokens };
  const tensorOf = foldOver<Prim, TensorValue<T>>(
    (prim) => prim.args,
    (prim, of) => {
      const shape = prim.shape.map((d) => evalDim(d, binding));
      if (prim.kind === 'input') return checkedInput(program.name, prim, shape, inputs);
      const run = prim.dtype === 'i32' ? evaluateIntegers : evaluate;
      return run(prim, domain, prim.args.map(of), shape, binding);
    },
  );
  for (const input of program.inputs) tensorOf(input);
  return Object.fromEntries(program.outputs.map(({ name, prim }) => [name, tensorOf(prim)]));
}

function checkedInput<T>(
  program: string,
  { name, dtype }: Prim & { kind: 'input' },
  shape: readonly number[],
  inputs: Readonly<Record<string, TensorValue<T>>>,
): TensorValue<T> {
  const given = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  if (!given) throw new InputError(`'${program}' needs an input '${name}' of shape (${shape.join(', ')})`);
  if (given.values.length !== count(shape)) {
    throw new InputError(
      `input '${name}' of '${program}' has ${given.values.length} elements; its shape ` +
        `(${shape.join(', ')}) has ${count(shape)}`,
    );
  }
  const fraction = dtype === 'i32' ? given.values.findIndex((v) => !Number.isSafeInteger(v)) : -1;
  if (fraction >= 0) {
    throw new InputError(
      `input '${name}' of '${program}' is of integers, but element ${fraction} is ${given.values[fraction]}`,
    );
  }
  return { ...given, shape };
}

/**
 * Evaluates an integer tensor. Made of integers, it means the same in every domain: its body is evaluated over plain
 * numbers. Where it compares reals, the domain's order decides. Throws Unsure where rounding would.
 */
function evaluateIntegers<T>(
  prim: Prim,
  domain: Domain<T>,
  args: readonly TensorValue<T>[],
  shape: readonly number[],
  binding: Binding,
): TensorValue<T> {
  const out = domain.create(shape);
  const real = prim.args.find((a) => a.dtype !== 'i32');
  if (real) {
    const isInteger = (arg: number) => prim.args[arg]!.dtype === 'i32';
    const body = prim.kind === 'map' || prim.kind === 'reduce' ? integerOf(prim.body, isInteger) : undefined;
    if (!body) throw new InterpretError(`${prim.kind} '${prim.label}' makes integers of '${real.label}'`);
    compare(prim as MapPrim | ReducePrim, body, domain, args, out, binding);
  } else {
    const numbers = args.map((a) => tensor(a.shape, a.values));
    out.values.set(evaluate(prim, float64, numbers, shape, binding).values);
  }
  const fraction = out.values.find((v) => !Number.isSafeInteger(v));
  if (fraction === undefined) return out;
  throw new InterpretError(`${prim.kind} '${prim.label}' of integers has an element ${fraction}`);
}

/** Writes the integers that a map or a reduction makes of comparisons. Sums of integers have no rounding. */
function compare<T>(
  prim: MapPrim | ReducePrim,
  body: IntExpr,
  domain: Domain<T>,
  args: readonly TensorValue<T>[],
  out: TensorValue<T>,
  binding: Binding,
): void {
  const { over, combine } = prim.kind === 'reduce' ? prim : { over: [], combine: 'sum' };
  const loops = loopsOf([...prim.axes, ...over]);
  const value = compileBody(prim, domain, args, loops, binding).int(body);
  const inner = nest(loops, over, extentsOf(over, binding));
  const outer = nest(loops, prim.axes, covering(prim, prim.axes, out, binding));
  let at = 0;
  outer(() => {
    let total = combine === 'max' ? -Infinity : 0;
    inner(() => {
      total = combine === 'max' ? Math.max(total, value()) : total + value();
    });
    out.values[at++] = total;
  });
}

function evaluate<T>(
  prim: Prim,
  domain: Domain<T>,
  args: readonly TensorValue<T>[],
  shape: readonly number[],
  binding: Binding,
): TensorValue<T> {
  const out = domain.create(shape);
  switch (prim.kind) {
    case 'input':
      throw new InterpretError(`input '${prim.name}' is not computed`);
    case 'map': {
      const loops = loopsOf(prim.axes);
      const body = compileBody(prim, domain, args, loops, binding).expr(prim.body);
      let at = 0;
      nest(
        loops,
        prim.axes,
        covering(prim, prim.axes, out, binding),
      )(() => {
        domain.write(out, at++, body(), prim.dtype);
      });
      return out;
    }
    case 'reduce':
      reduce(prim, domain, args, out, binding);
      return out;
    case 'contraction':
      contract(prim, domain, args, out, binding);
      return out;
    case 'solve':
      solve(prim, domain, args, out, binding);
      return out;
    case 'scatter':
      scatter(prim, domain, args, out, binding);
      return out;
    case 'attention':
      attend(prim, domain, args, out);
      return out;
    default:
      return prim satisfies never;
  }
}

const extentsOf = (axes: readonly Axis[], binding: Binding): number[] =>
  axes.map((a) => evalDim(a.extent, binding));

/** The extents of axes that run over every element of the output. */
function covering<T>(prim: Prim, axes: readonly Axis[], out: TensorValue<T>, binding: Binding): number[] {
  const extents = extentsOf(axes, binding);
  if (count(extents) !== out.values.length) {
    throw new InterpretError(
      `${prim.kind} '${prim.label}' has axes of ${count(extents)} points and ${out.values.length} elements`,
    );
  }
  return extents;
}

function reduce<T>(
  prim: ReducePrim,
  domain: Domain<T>,
  args: readonly TensorValue<T>[],
  out: TensorValue<T>,
  binding: Binding,
): void {
  const loops = loopsOf([...prim.axes, ...prim.over]);
  const body = compileBody(prim, domain, args, loops, binding).expr(prim.body);
  const inner = nest(loops, prim.over, extentsOf(prim.over, binding));
  const combine = prim.combine === 'sum' ? domain.add : domain.max;
  let at = 0;
  nest(
    loops,
    prim.axes,
    covering(prim, prim.axes, out, binding),
  )(() => {
    let total: T | undefined;
    inner(() => {
      total = total === undefined ? body() : combine(total, body());
    });
    const result = total ?? (prim.combine === 'max' ? domain.least : domain.fromInt(0));
    if (result === undefined)
      throw new InterpretError(`reduce '${prim.label}' takes the maximum of no elements`);
    domain.write(out, at++, result, prim.dtype);
  });
}

/**
 * Computes a contraction. For each point of the batch axes, it evaluates a over (rows, over) and b over (columns,
 * over), each once, and multiplies the two matrices. So it is fast for operands of any expression.
 */
function contract<T>(
  prim: ContractionPrim,
  domain: Domain<T>,
  args: readonly TensorValue<T>[],
  out: TensorValue<T>,
  binding: Binding,
): void {
  const loops = loopsOf([...prim.axes, ...prim.over]);
  const extents = covering(prim, prim.axes, out, binding);
  if (out.values.length === 0) return;
  const length = count(extentsOf(prim.over, binding));
  const operand = (e: Expr) => {
    const { expr, uses } = compileBody(prim, domain, args, loops, binding);
    const value = expr(e);
    return { value, uses };
  };
  const [left, right] = [operand(prim.a), operand(prim.b)];
  const rows = prim.axes.filter((x) => left.uses.has(x.name) && !right.uses.has(x.name));
  const columns = prim.axes.filter((x) => !left.uses.has(x.name));
  const batch = prim.axes.filter((x) => left.uses.has(x.name) && right.uses.has(x.name));

  const matrix = (axes: readonly Axis[], value: () => T) => {
    const sides = extentsOf(axes, binding);
    const packed = domain.create([count(sides), length]);
    const each = nest(loops, [...axes, ...prim.over], [...sides, ...extentsOf(prim.over, binding)]);
    return () => {
      let at = 0;
      each(() => domain.write(packed, at++, value(), 'f32'));
      return packed;
    };
  };
  const [a, b] = [matrix(rows, left.value), matrix(columns, right.value)];

  /** Row-major strides of the output by axis, and the offsets of the points of some of the axes. */
  const strides = new Map(prim.axes.map((x, i) => [x.name, count(extents.slice(i + 1))]));
  const offsets = (axes: readonly Axis[]): number[] =>
    axes.reduce<number[]>(
      (outer, x) =>
        outer.flatMap((o) =>
          Array.from({ length: evalDim(x.extent, binding) }, (_, i) => o + i * strides.get(x.name)!),
        ),
      [0],
    );
  const [rowAt, columnAt, batchAt] = [offsets(rows), offsets(columns), offsets(batch)];
  let point = 0;
  nest(
    loops,
    batch,
    extentsOf(batch, binding),
  )(() => {
    const start = batchAt[point++]!;
    const product = domain.matmul(a(), b());
    let at = 0;
    for (const r of rowAt) {
      for (const c of columnAt) domain.write(out, start + r + c, domain.read(product, at++), prim.dtype);
    }
  });
}

function solve<T>(
  prim: SolvePrim,
  domain: Domain<T>,
  args: readonly TensorValue<T>[],
  out: TensorValue<T>,
  binding: Binding,
): void {
  const [rows, columns, steps] = [prim.axes.at(-2), prim.axes.at(-1), prim.over[0]];
  const batch = prim.axes.slice(0, -2);
  const loops = loopsOf([...prim.axes, ...prim.over]);
  const extents = covering(prim, prim.axes, out, binding);
  if (!rows || !columns || !steps || prim.over.length > 1 || !equalDim(rows.extent, steps.extent))
    throw new InterpretError(`solve '${prim.label}' is not of square matrices against (…, n, m)`);
  const { expr } = compileBody(prim, domain, args, loops, binding);
  const matrix = (axes: readonly Axis[], e: Expr) => {
    const shape = extentsOf(axes, binding);
    const [each, value] = [nest(loops, axes, shape), expr(e)];
    return () => {
      const m = domain.create(shape);
      let at = 0;
      each(() => domain.write(m, at++, value(), 'f32'));
      return m;
    };
  };
  const [a, b] = [matrix([rows, steps], prim.a), matrix([rows, columns], prim.b)];
  let [at, index] = [0, 0];
  nest(
    loops,
    batch,
    extents.slice(0, -2),
  )(() => {
    const x = labelled(prim, index++, () => domain.solve(a(), b(), prim.pivots));
    for (let i = 0; i < x.values.length; i++) domain.write(out, at++, domain.read(x, i), prim.dtype);
  });
}

/** Runs `run`, and adds to the error for a singular matrix its primitive, batch and place in the source. */
function labelled<R>(prim: Prim, batch: number, run: () => R): R {
  try {
    return run();
  } catch (e) {
    if (e instanceof Singular) {
      e.message = `${prim.kind} '${prim.label}', matrix ${batch}: ${e.message}`;
      e.spans = prim.spans;
    }
    throw e;
  }
}

function scatter<T>(
  prim: ScatterPrim,
  domain: Domain<T>,
  args: readonly TensorValue<T>[],
  out: TensorValue<T>,
  binding: Binding,
): void {
  const loops = loopsOf(prim.axes);
  const { expr, int } = compileBody(prim, domain, args, loops, binding);
  const [body, at] = [expr(prim.body), prim.at.map(int)];
  const totals = new Map<number, T>();
  nest(
    loops,
    prim.axes,
    extentsOf(prim.axes, binding),
  )(() => {
    let target = 0;
    at.forEach((index, d) => {
      const [i, extent] = [index(), out.shape[d]!];
      if (!(i >= 0 && i < extent)) {
        const where = `scatter '${prim.label}' adds to index ${i} of dimension ${d},`;
        throw outOfRange(prim, prim.at[d]!, i, extent, where);
      }
      target = target * extent + i;
    });
    const old = totals.get(target);
    totals.set(target, old === undefined ? body() : domain.add(old, body()));
  });
  for (const [target, total] of totals) domain.write(out, target, total, prim.dtype);
}
