/** Prints a loop form as WGSL. */
import { constantOf, type Dim, dimConst, equalDim } from '../../compiler/dims/dims.ts';
import { int } from '../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis } from '../../compiler/primitives/prim.ts';
import {
  integerOf,
  rewriteBool,
  rewriteExpr,
  rewriteInt,
  substituteAxes,
} from '../../compiler/primitives/substitute.ts';
import type { Extent } from '../../runtime/plan.ts';
import { digitsOf, type Emitted, unravel } from '../families/family.ts';
import { LoopError } from '../loops/error.ts';
import { rewriteBlock } from '../loops/rewrite.ts';
import type { Body, For, LoopKernel, Memory, Scheduled, Statement, Store, Trips } from '../loops/type.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble, stored } from '../wgsl/module.ts';
import { ceildivExtent, extentOf, productExtent, unknown } from '../wgsl/size.ts';
import type { Tensor } from '../wgsl/tensor.ts';
import { typeOf, VECTOR } from '../wgsl/vectors.ts';

/** The code of a kernel. Its inputs are the arguments by number, and its only output is the result. */
export function printWgsl(scheduled: Scheduled): Emitted {
  const kernel = scheduled.loops;
  const { memories, threads } = kernel;
  const tensors = memories.map((m) => tensorOf(m, memories));
  const e = new Emitter(tensors);
  const [loops, body] = workgroupsOf(kernel.body);
  new Printer(e, kernel).kernel(loops, body);
  const outputs = memories.filter((m) => m.space === 'output');
  const own = memories.filter((m) => m.space === 'workgroup');
  const code = assemble(e, {
    tensors,
    out: outputs[0]!.dtype,
    vectors: new Set(outputs[0]!.vectors ? [0] : []),
    workgroup: threads,
    ...(memories.some((m) => m.space === 'temporary') ? { scratch: true } : {}),
    memories: own.map((m) => ({
      name: m.name,
      elements: sizeOf(m),
      ...(m.dtype === 'f16' ? { dtype: 'f16' as const } : {}),
    })),
  });
  return { ...code, scheduled, workgroups: productExtent(loops.map((l) => extentOfTrips(l.trips))) };
}

const extentOfTrips = ({ of, by }: Trips): Extent => ceildivExtent(extentOf(of), by);

const sizeOf = ({ name, shape }: Memory): number =>
  shape.reduce((n, d) => n * (constantOf(d) ?? fail(`the workgroup memory ${name} has no fixed size`)), 1);

const noVector = ({ axis }: For) => new LoopError('form', `the loop ${axis} does more than store a vector`);

const fail = (message: string): never => {
  throw new LoopError('form', message);
};

function tensorOf(
  { name, space, shape, dtype, storage, alias, vectors }: Memory,
  all: readonly Memory[],
): Tensor {
  return {
    ...{ dtype, shape },
    ...(storage ? { storage } : {}),
    ...(alias === undefined ? {} : { overwritten: all[alias]!.name }),
    ...(vectors ? { vectors } : {}),
    ...(space === 'register' ? { variable: name } : {}),
    ...(space === 'workgroup' || space === 'temporary' ? { held: name, changes: true } : {}),
  };
}

/** The loops over workgroups, which are outermost, and the statements in them. */
function workgroupsOf(block: Body): readonly [readonly For[], Body] {
  const [only, ...others] = block;
  if (only?.k !== 'for' || only.how !== 'workgroup' || others.length > 0) return [[], block];
  const [loops, body] = workgroupsOf(only.body);
  return [[only, ...loops], body];
}

class Printer {
  readonly #e: Emitter;
  readonly #kernel: LoopKernel;
  /** The axes that stand for expressions of others. */
  #digits = new Map<string, IntExpr>();
  /** Axes that were computed by divisions, and the position that they are digits of. */
  #unravelled: { readonly axes: readonly Axis[]; readonly text: string } | undefined;
  /** The registers that are declared so far. */
  readonly #declared = new Set<number>();

  constructor(e: Emitter, kernel: LoopKernel) {
    this.#e = e;
    this.#kernel = kernel;
  }

  kernel(loops: readonly For[], body: Body): void {
    const e = this.#e;
    const sizes = loops.map(({ trips }) => this.#trips(trips));
    if (loops.length > 0) e.workgroups(productText(sizes));
    let rest = 'group';
    for (const [n, loop] of [...loops.entries()].reverse()) {
      if (n === 0) e.define(loop.axis, rest, loop.trips.of);
      else {
        const quotient = e.name(`i32(u32(${rest}) / u32(${sizes[n]}))`, e.depth).text;
        e.define(loop.axis, `${rest} - ${quotient} * ${sizes[n]}`, loop.trips.of);
        rest = quotient;
      }
    }
    this.#block(body);
  }

  #trips({ of, by }: Trips): string {
    const fixed = constantOf(of);
    if (fixed !== undefined) return `${Math.ceil(fixed / by)}`;
    const size = this.#e.size(of);
    return by === 1 ? size : `((${size} + ${by - 1}) / ${by})`;
  }

  #block(block: Body): void {
    const before = this.#digits;
    this.#digits = new Map(before);
    for (const s of block) this.#statement(s);
    this.#digits = before;
  }

  #statement(s: Statement): void {
    const e = this.#e;
    switch (s.k) {
      case 'for':
        this.#loop(s);
        break;
      case 'let':
        e.define(s.name, e.int(this.#int(s.value)), s.extent);
        break;
      case 'digits': {
        const of = this.#int(s.of);
        const digits = digitsOf(s.axes, of);
        if (digits) for (const [axis, value] of digits) this.#digits.set(axis, value);
        else {
          const text = named(e, e.int(of));
          unravel(e, s.axes, text);
          this.#unravelled = { axes: s.axes, text };
        }
        break;
      }
      case 'if':
        e.open(`if (${e.bool(this.#bool(s.cond))})`);
        this.#block(s.body);
        e.close();
        break;
      case 'store': {
        const value = this.#value(s);
        if (this.#declare(s.to, value)) break;
        e.line(`${this.#place(s)} = ${value};`);
        break;
      }
      case 'accumulate': {
        const taken =
          s.combine === 'sum' && s.value.k === 'call' && s.value.fn === 'neg' ? s.value.args[0] : undefined;
        const value = e.float(this.#float(taken ?? s.value));
        const to = this.#place(s);
        const sign = taken ? '-=' : '+=';
        e.line(s.combine === 'sum' ? `${to} ${sign} ${value};` : `${to} = max(${to}, ${value});`);
        break;
      }
      case 'collect': {
        const { name } = this.#kernel.memories[s.to]!;
        e.line(`${name} = ${s.combine === 'sum' ? 'subgroupAdd' : 'subgroupMax'}(${name});`);
        break;
      }
      case 'barrier':
        this.#barrier(s.scope);
        break;
      default:
        throw new TypeError(`unknown statement ${s satisfies never}`);
    }
  }

  /** A barrier of a workgroup waits for the memories that the kernel has. */
  #barrier(scope: 'subgroup' | 'workgroup'): void {
    const has = (space: Memory['space']) => this.#kernel.memories.some((m) => m.space === space);
    if (scope === 'subgroup') this.#e.line('subgroupBarrier();');
    else {
      if (has('temporary')) this.#e.line('storageBarrier();');
      if (has('workgroup')) this.#e.line('workgroupBarrier();');
    }
  }

  #loop(s: For): void {
    const e = this.#e;
    switch (s.how) {
      case 'workgroup':
        fail(`the loop over workgroups ${s.axis} is inside other statements`);
        break;
      case 'invocation': {
        const [extent, stride] = [constantOf(s.trips.of)!, s.stride ?? 1];
        e.define(s.axis, invocationText(extent, stride, this.#kernel.threads), s.trips.of);
        this.#block(s.body);
        return;
      }
      case 'unrolled':
        for (let n = 0; n < constantOf(this.#size(s.trips))!; n++) {
          e.open('');
          this.#block(rewriteBlock(s.body, substituteAxes(new Map([[s.axis, int(n)]]))));
          e.close();
        }
        return;
      case 'vector':
        this.#vector(s);
        return;
      case 'serial':
      case 'opaque': {
        const size = this.#size(s.trips);
        if (constantOf(size) === 1 && !s.from) {
          e.define(s.axis, '0', size);
          this.#block(s.body);
          return;
        }
        const start = s.from ? e.int(this.#int(s.from.value)) : '0';
        const end = s.how === 'opaque' ? unknown(e.size(size)) : e.end(e.size(size));
        e.open(`for (var ${s.axis} = ${start}; ${s.axis} < ${end}; ${s.axis} += ${s.from?.step ?? 1})`);
        e.define(s.axis, s.axis, size);
        this.#block(s.body);
        e.close();
        return;
      }
      default:
        throw new TypeError(`unknown loop ${s.how satisfies never}`);
    }
  }

  /** A loop over the parts of a vector, which names integers and stores the vector. */
  #vector(s: For): void {
    const e = this.#e;
    const names = s.body.slice(0, -1);
    const store = s.body.at(-1);
    if (store?.k !== 'store' || constantOf(s.trips.of) !== VECTOR) throw noVector(s);
    const { shape, dtype, name } = this.#kernel.memories[store.to]!;
    const parts = Array.from({ length: VECTOR }, (_, part) => {
      const values = new Map<string, IntExpr>([[s.axis, int(part)]]);
      for (const n of names) {
        if (n.k !== 'let') throw noVector(s);
        values.set(n.name, rewriteInt(n.value, substituteAxes(values)));
      }
      const by = substituteAxes(values);
      return {
        ...store,
        index: store.index.map((i) => rewriteInt(i, by)),
        value: rewriteExpr(store.value, by),
      };
    });
    const values = parts.map((p) => stored(e.float(this.#float(p.value)), dtype));
    const address = e.vectorAddress(
      shape,
      parts[0]!.index.map((i) => this.#int(i)),
    );
    e.line(`${name}[${address}] = ${typeOf(dtype, VECTOR)}(${values.join(', ')});`);
  }

  /** Declares a register with its first value; false where it is declared already. */
  #declare(to: number, value: string): boolean {
    const { space, name } = this.#kernel.memories[to]!;
    if (space !== 'register' || this.#declared.has(to)) return false;
    this.#declared.add(to);
    this.#e.line(`var ${name} = ${value};`);
    return true;
  }

  #place({ to, index }: Pick<Store, 'to' | 'index'>): string {
    const { space, name, shape } = this.#kernel.memories[to]!;
    if (space === 'register') return name;
    const own = this.#unravelled;
    const isWhole = (d: number) => {
      const [axis, at] = [own?.axes[d], index[d]];
      return at?.k === 'axis' && at.name === axis?.name && equalDim(axis.extent, shape[d]!);
    };
    if (own?.axes.length === shape.length && shape.every((_, d) => isWhole(d))) return `${name}[${own.text}]`;
    return `${name}[${this.#e.address(
      shape,
      index.map((i) => this.#int(i)),
    )}]`;
  }

  #value({ to, value }: Store): string {
    const { dtype, space } = this.#kernel.memories[to]!;
    const float = this.#float(value);
    const isInteger = (arg: number) => this.#kernel.memories[arg]!.dtype === 'i32';
    const integer = dtype === 'i32' ? integerOf(float, isInteger) : undefined;
    if (integer) return this.#e.int(integer);
    return space === 'register' ? this.#e.float(float) : stored(this.#e.float(float), dtype);
  }

  #size({ of, by }: Trips): Dim {
    if (by === 1) return of;
    const fixed = constantOf(of) ?? fail('a loop that runs in order has no size');
    return dimConst(Math.ceil(fixed / by));
  }

  #int = (e: IntExpr): IntExpr => rewriteInt(e, substituteAxes(this.#digits));
  #float = (e: Expr): Expr => rewriteExpr(e, substituteAxes(this.#digits));
  #bool = (e: BoolExpr): BoolExpr => rewriteBool(e, substituteAxes(this.#digits));
}

/** A name for text that is repeated. */
const named = (e: Emitter, text: string): string => (/^\w+$/.test(text) ? text : e.name(text, e.depth).text);

/** A product of sizes, which is a number where all are. */
const productText = (sizes: readonly string[]): string =>
  sizes.every((n) => /^\d+$/.test(n)) ? `${sizes.reduce((p, n) => p * Number(n), 1)}` : sizes.join(' * ');

/** An invocation's index among `extent` that are `stride` apart. */
function invocationText(extent: number, stride: number, threads: number): string {
  if (extent === 1) return '0';
  const isPower = Number.isInteger(Math.log2(stride)) && Number.isInteger(Math.log2(extent));
  const shifted = stride === 1 ? 'lane' : isPower ? `lane >> ${Math.log2(stride)}` : `lane / ${stride}`;
  if (extent * stride === threads) return shifted;
  const inner = stride === 1 ? shifted : `(${shifted})`;
  return isPower ? `${inner} & ${extent - 1}` : `${inner} % ${extent}`;
}
