/** Prints a loop form as WGSL. */
import { constantOf, equalDim } from '../../compiler/dims/dims.ts';
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
import { copyOf, isPlain } from '../loops/copies.ts';
import { LoopError } from '../loops/error.ts';
import { isRegister, lanesOf } from '../loops/lanes.ts';
import type { Body, For, LoopKernel, Memory, Scheduled, Statement, Store, Trips } from '../loops/type.ts';
import { Emitter } from '../wgsl/emitter.ts';
import { assemble, stored } from '../wgsl/module.ts';
import { ceildivExtent, extentOf, productExtent, unknown } from '../wgsl/size.ts';
import type { Tensor } from '../wgsl/tensor.ts';
import { vectorOfFloats } from '../wgsl/together.ts';
import { PARTS, typeOf, VECTOR, vectorOf } from '../wgsl/vectors.ts';
import { defineDigits as sharedDigits } from './digits.ts';
import { Registers } from './registers.ts';
import { accumulation, boundOf, invocationText, named, productText, termOf } from './text.ts';

/** The code of a kernel. Its inputs are the arguments by number, and its outputs the results: `out`, or `out0`, …. */
export function printWgsl(scheduled: Scheduled): Emitted {
  const kernel = scheduled.loops;
  const { memories, threads } = kernel;
  if ((lanesOf(kernel) ?? threads) !== threads)
    fail('a workgroup with memories in lanes is no single subgroup');
  const registers: Registers = new Registers(kernel, () => e);
  const tensors = memories.map((m, n) => tensorOf(m, memories, registers.variable(n)));
  const e: Emitter = new Emitter(tensors);
  const [loops, body] = workgroupsOf(kernel.body);
  new Printer(e, kernel, registers).kernel(loops, body);
  const outputs = memories.filter((m) => m.space === 'output');
  const own = memories.filter((m) => m.space === 'workgroup');
  const code = assemble(e, {
    tensors,
    out: outputs[0]!.name === 'out' ? outputs[0]!.dtype : outputs.map((m) => m.dtype),
    vectors: new Set(outputs.flatMap((m, n) => (m.vectors ? [n] : []))),
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
  variable: Tensor['variable'],
): Tensor {
  return {
    ...{ dtype, shape },
    ...(storage ? { storage } : {}),
    ...(alias === undefined ? {} : { overwritten: all[alias]!.name }),
    ...(vectors ? { vectors } : {}),
    ...(variable ? { variable } : {}),
    ...(space === 'input' || space === 'output' ? {} : { held: name, changes: true }),
  };
}

/** The loops over workgroups, which are outermost, and the statements in them. */
function workgroupsOf(block: Body): readonly [readonly For[], Body] {
  const [only, ...others] = block;
  if (only?.k !== 'for' || only.how !== 'workgroup' || others.length > 0) return [[], block];
  const [loops, body] = workgroupsOf(only.body);
  return [[only, ...loops], body];
}

const WORD = /^\w+$/;

class Printer {
  readonly #e: Emitter;
  readonly #kernel: LoopKernel;
  /** The axes that stand for expressions of others. */
  #digits = new Map<string, IntExpr>();
  /** Axes that were computed by divisions, and the position that they are digits of. */
  #unravelled: { readonly axes: readonly Axis[]; readonly text: string } | undefined;
  readonly #registers: Registers;
  /** The blocks that unrolled copies were made of. */
  readonly #origins = new WeakMap<Body, Body>();
  /** Whether statements are printed for one iteration of an unrolled loop. */
  #isCopy = false;

  constructor(e: Emitter, kernel: LoopKernel, registers: Registers) {
    this.#e = e;
    this.#kernel = kernel;
    this.#registers = registers;
  }

  kernel(loops: readonly For[], body: Body): void {
    const e = this.#e;
    const sizes = loops.map(({ trips }) => named(e, this.#trips(trips)));
    if (loops.length > 0) e.workgroups(productText(sizes));
    let rest = 'group';
    for (const [n, loop] of [...loops.entries()].reverse()) {
      const extent = boundOf(loop.trips);
      if (n === 0) e.define(loop.axis, rest, extent);
      else if (sizes[n] === '1') e.define(loop.axis, '0', extent);
      else {
        const quotient = e.name(`i32(u32(${rest}) / u32(${sizes[n]}))`, e.depth).text;
        e.define(loop.axis, `${rest} - ${quotient} * ${sizes[n]}`, extent);
        rest = quotient;
      }
    }
    this.#block(body);
  }

  #trips({ of, by }: Trips): string {
    const fixed = constantOf(of);
    if (fixed !== undefined) return `${Math.ceil(fixed / by)}`;
    const size = this.#e.size(of);
    return by === 1 ? size : `(${size} + ${by - 1}) / ${by}`;
  }

  #block(block: Body): void {
    const before = this.#digits;
    this.#digits = new Map(before);
    for (const line of this.#registers.declarationsIn(this.#origins.get(block) ?? block)) this.#e.line(line);
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
        this.#let(s);
        break;
      case 'digits':
        this.#defineDigits(s);
        break;
      case 'if':
        this.#if(s);
        break;
      case 'store': {
        if (this.#registers.isValue(s.to)) {
          const index = s.index.map((i) => this.#int(i));
          const value = this.#registers.named(s.to, index, e.value(this.#float(s.value)), 'f');
          this.#registers.keep(s.to, index, value);
          break;
        }
        const value = this.#value(s);
        const place = this.#place(s);
        const declares = isRegister(this.#kernel.memories[s.to]!) && this.#registers.declares(s.to, place);
        e.line(`${declares ? 'var ' : ''}${place} = ${value};`);
        break;
      }
      case 'accumulate': {
        const { value, isTaken } = termOf(s);
        e.line(accumulation(s.combine, this.#place(s), e.float(this.#float(value)), isTaken));
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
      const isReplaced = this.#kernel.memories.some((m) => m.alias !== undefined);
      if (has('temporary') || isReplaced) this.#e.line('storageBarrier();');
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
        const text = invocationText(extent, stride, this.#kernel.threads);
        // Inside loops, the index is known outside of them, too.
        if (e.depth === 0) e.define(s.axis, text, s.trips.of);
        else
          e.alias(s.axis, WORD.test(text) ? { text, depth: 0, atomic: true } : e.name(text, 0), s.trips.of);
        this.#block(s.body);
        return;
      }
      case 'unrolled':
        for (let n = 0; n < constantOf(boundOf(s.trips))!; n++) {
          const isCopy = this.#isCopy;
          this.#isCopy = true;
          this.#block(copyOf(s.body, new Map([[s.axis, int(n)]]), `_u${n}`, this.#origins));
          this.#isCopy = isCopy;
        }
        return;
      case 'vector':
        this.#vector(s);
        return;
      case 'serial':
      case 'opaque': {
        const size = boundOf(s.trips);
        if (constantOf(size) === 1 && !s.from) {
          e.define(s.axis, '0', size);
          this.#block(s.body);
          return;
        }
        const start = s.from ? e.int(this.#int(s.from.value)) : '0';
        const trips = named(e, this.#trips(s.trips));
        const end = s.how === 'opaque' ? unknown(trips) : trips;
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
    const store = s.body.at(-1);
    if ((store?.k !== 'store' && store?.k !== 'accumulate') || constantOf(s.trips.of) !== VECTOR)
      throw noVector(s);
    const parts = Array.from({ length: VECTOR }, (_, part) => this.#part(s, part));
    const index = parts[0]!.index;
    const memory = this.#kernel.memories[store.to]!;
    const { shape, dtype, name } = memory;
    if (!isRegister(memory)) {
      if (store.k !== 'store') throw noVector(s);
      const values = parts.map((p) => stored(e.float(p.value), dtype));
      e.line(`${name}[${e.vectorAddress(shape, index)}] = ${vectorOf(values, typeOf(dtype))};`);
      return;
    }
    const terms = parts.map((p) => termOf({ ...store, ...p }));
    const text = vectorOfFloats(
      e,
      store.k === 'store' ? parts.map((p) => p.value) : terms.map((t) => t.value),
    );
    if (this.#registers.isValue(store.to)) {
      const whole = this.#registers.named(store.to, index, { text, depth: e.depth, atomic: true }, 'v').text;
      for (const [n, p] of parts.entries())
        this.#registers.keep(store.to, p.index, {
          text: `${whole}.${PARTS[n]}`,
          depth: e.depth,
          atomic: true,
        });
      return;
    }
    const place = this.#registers.place(store.to, index, true);
    if (store.k === 'accumulate') e.line(accumulation(store.combine, place, text, terms[0]!.isTaken));
    else e.line(`${this.#registers.declares(store.to, place) ? 'var ' : ''}${place} = ${text};`);
  }

  /** The index and value that a part of a vector has. The names before the store are defined for it. */
  #part(s: For, part: number): Pick<Store, 'index' | 'value'> {
    const copy = copyOf(s.body, new Map([[s.axis, int(part)]]), `_${part}`, this.#origins);
    const [before, isCopy] = [this.#digits, this.#isCopy];
    this.#digits = new Map(before);
    this.#isCopy = true;
    for (const name of copy.slice(0, -1)) {
      if (name.k !== 'let' && name.k !== 'digits') throw noVector(s);
      this.#statement(name);
    }
    const { index, value } = copy.at(-1) as Store;
    const own = { index: index.map((i) => this.#int(i)), value: this.#float(value) };
    [this.#digits, this.#isCopy] = [before, isCopy];
    return own;
  }

  /** In an unrolled loop, a name is a value that all copies share, or stands for its expression. */
  #let({ name, value, extent }: Statement & { readonly k: 'let' }): void {
    const e = this.#e;
    const own = this.#int(value);
    if (!this.#isCopy) e.define(name, e.int(own), extent);
    else if (isPlain(own)) this.#digits.set(name, own);
    else {
      const value = e.intValue(own);
      if (/^\d+$/.test(value.text)) this.#digits.set(name, int(Number(value.text)));
      else e.alias(name, WORD.test(value.text) ? value : e.name(value.text, value.depth), extent);
    }
  }

  #if({ cond, body }: Statement & { readonly k: 'if' }): void {
    const e = this.#e;
    const text = e.bool(this.#bool(cond));
    if (text === 'true') this.#block(body);
    if (text === 'true' || text === 'false') return;
    e.open(`if (${text})`);
    this.#block(body);
    e.close();
  }

  #defineDigits({ axes, of }: Statement & { readonly k: 'digits' }): void {
    const e = this.#e;
    const own = this.#int(of);
    const digits = digitsOf(axes, own);
    if (digits) {
      for (const [axis, value] of digits) this.#digits.set(axis, value);
      return;
    }
    const { text, depth } = e.intValue(own);
    if (this.#isCopy) {
      sharedDigits(e, axes, WORD.test(text) ? { text, depth, atomic: true } : e.name(text, depth));
      return;
    }
    const position = named(e, text);
    unravel(e, axes, position);
    this.#unravelled = { axes, text: position };
  }

  #place({ to, index }: Pick<Store, 'to' | 'index'>): string {
    const memory = this.#kernel.memories[to]!;
    const { name, shape } = memory;
    if (isRegister(memory))
      return this.#registers.place(
        to,
        index.map((i) => this.#int(i)),
        false,
      );
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
    const memory = this.#kernel.memories[to]!;
    const { dtype } = memory;
    const float = this.#float(value);
    const isInteger = (arg: number) => this.#kernel.memories[arg]!.dtype === 'i32';
    const integer = dtype === 'i32' ? integerOf(float, isInteger) : undefined;
    if (integer) return this.#e.int(integer);
    return isRegister(memory) ? this.#e.float(float) : stored(this.#e.float(float), dtype);
  }

  #int = (e: IntExpr): IntExpr => rewriteInt(e, substituteAxes(this.#digits));
  #float = (e: Expr): Expr => rewriteExpr(e, substituteAxes(this.#digits));
  #bool = (e: BoolExpr): BoolExpr => rewriteBool(e, substituteAxes(this.#digits));
}
