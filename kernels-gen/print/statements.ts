/** Prints the statements of a kernel's loops as WGSL. */
import { constantOf, dimConst } from '../../compiler/dims/dims.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { integerOf } from '../../compiler/primitives/substitute.ts';
import { LoopError } from '../loops/error.ts';
import { boundOf, hasBarrier, memoriesLoaded } from '../loops/expressions.ts';
import { isRegister, namesApart } from '../loops/lanes.ts';
import type { Body, For, LoopKernel, Memory, Statement, Store, Trips } from '../loops/type.ts';
import type { Emitter } from '../wgsl/emitter.ts';
import { stored } from '../wgsl/module.ts';
import { unknown } from '../wgsl/size.ts';
import { vectorOfFloats } from '../wgsl/together.ts';
import type { Value } from '../wgsl/value.ts';
import { PARTS, typeOf, VECTOR, vectorOf } from '../wgsl/vectors.ts';
import { vectorAlong } from './along.ts';
import { computedOnce } from './digits.ts';
import { Names } from './names.ts';
import type { PrintOptions } from './options.ts';
import type { Registers } from './registers.ts';
import {
  accumulation,
  collected,
  factorsOf,
  invocationText,
  named,
  productText,
  type Term,
  termOf,
} from './text.ts';

const noVector = ({ axis }: For) => new LoopError('form', `the loop ${axis} does more than store a vector`);

/** The statement of a loop over a vector: the values of all parts, or one along the loop's axis, and the parts' indices. */
interface VectorStatement extends Omit<Term, 'value'> {
  readonly to: number;
  readonly values: readonly Expr[];
  readonly index: (part: number) => readonly IntExpr[];
  readonly width: number;
}

export class Printer {
  readonly #e: Emitter;
  readonly #kernel: LoopKernel;
  readonly #names: Names;
  readonly #registers: Registers;
  /** Whether invocations read what others store to results, or replace what others read. */
  readonly #sharesOutputs: boolean;
  readonly #options: PrintOptions;
  readonly #hasHalves: boolean;
  /** The names that may differ among invocations. */
  readonly #apart: ReadonlySet<string>;

  constructor(e: Emitter, kernel: LoopKernel, registers: Registers, options: PrintOptions) {
    this.#e = e;
    this.#names = new Names(e);
    this.#options = options;
    this.#kernel = kernel;
    this.#registers = registers;
    this.#apart = namesApart(kernel.body);
    this.#hasHalves = kernel.memories.some((_, n) => this.#isHalf(n));
    const loaded = memoriesLoaded(kernel.body);
    this.#sharesOutputs = kernel.memories.some(
      (m, n) => m.alias !== undefined || (m.space === 'output' && loaded.has(n)),
    );
  }

  kernel(loops: readonly For[], body: Body): void {
    const e = this.#e;
    const sizes = loops.map(({ trips }) => named(e, this.#trips(trips)));
    if (loops.length > 0) e.workgroups(productText(sizes), this.#options.isTested);
    let rest = 'group';
    for (const [n, loop] of [...loops.entries()].reverse()) {
      const extent = boundOf(loop.trips);
      if (n === 0) e.define(loop.axis, rest, extent);
      // No workgroup runs where a size is 0, and WGSL refuses to divide by it.
      else if (sizes[n] === '1' || sizes[n] === '0') e.define(loop.axis, '0', extent);
      else {
        const by = /^\d+$/.test(sizes[n]!) ? `${sizes[n]}u` : `u32(${sizes[n]})`;
        const quotient = e.name(`i32(u32(${rest}) / ${by})`, e.depth).text;
        e.define(loop.axis, `${rest} - ${quotient} * ${sizes[n]}`, extent);
        rest = quotient;
      }
    }
    if (loops.length > 0) for (const line of this.#registers.declarationsIn(this.#kernel.body)) e.line(line);
    this.#block(body);
  }

  /** Whether a memory is an input of half precision that no statement changes. */
  #isHalf(memory: number): boolean {
    const { space, dtype, alias } = this.#kernel.memories[memory]!;
    return space === 'input' && dtype === 'f16' && alias === undefined;
  }

  #trips({ of, by }: Trips): string {
    const fixed = constantOf(of);
    if (fixed !== undefined) return `${Math.ceil(fixed / by)}`;
    const size = this.#e.size(of);
    return by === 1 ? size : `(${size} + ${by - 1}) / ${by}`;
  }

  #block(block: Body): void {
    this.#names.inBlock(() => {
      for (const line of this.#registers.declarationsIn(block)) this.#e.line(line);
      for (const s of block) this.#statement(s);
    });
  }

  #statement(s: Statement): void {
    const e = this.#e;
    this.#registers.startStatement();
    switch (s.k) {
      case 'for':
        this.#loop(s);
        break;
      case 'let':
        this.#names.let(s);
        break;
      case 'digits':
        this.#names.digits(s);
        break;
      case 'if':
        this.#if(s);
        break;
      case 'store':
        this.#store(s);
        break;
      case 'accumulate': {
        const own = this.#names.float(s.value);
        const factors = s.fused ? factorsOf(own) : undefined;
        const { value, isTaken } = termOf({ ...s, value: own });
        const place = this.#place(s);
        e.line(
          factors
            ? `${place} = fma(${factors.map((f) => e.float(f)).join(', ')}, ${place});`
            : accumulation(s.combine, place, e.float(value), isTaken),
        );
        break;
      }
      case 'collect': {
        e.line(collected(s.combine, this.#place(s)));
        break;
      }
      case 'barrier':
        this.#barrier(s.scope);
        break;
      default:
        throw new TypeError(`unknown statement ${s satisfies never}`);
    }
  }

  #store(s: Store): void {
    const [e, memory, value] = [this.#e, this.#kernel.memories[s.to]!, this.#names.float(s.value)];
    const isInteger = (arg: number) => this.#kernel.memories[arg]!.dtype === 'i32';
    const integer = memory.dtype === 'i32' ? integerOf(value, isInteger) : undefined;
    if (isRegister(memory)) {
      this.#keep(s, integer ? e.intValue(integer) : e.value(value));
      return;
    }
    const text = integer ? e.int(integer) : stored(e.float(value), memory.dtype);
    e.line(`${this.#place(s)} = ${text};`);
  }

  /** Stores a value in a register. */
  #keep({ to, ...s }: Pick<Store, 'to' | 'index'>, value: Value): void {
    const index = s.index.map(this.#names.int);
    if (this.#registers.isValue(to)) {
      this.#registers.keep(to, index, this.#registers.named(to, index, value, 'f'));
      return;
    }
    const place = this.#registers.place(to, index, false);
    this.#e.line(`${this.#registers.declares(to, place) ? 'var ' : ''}${place} = ${value.text};`);
  }

  /** A barrier of a workgroup waits for the memories that the kernel has. */
  #barrier(scope: 'subgroup' | 'workgroup'): void {
    const has = (space: Memory['space']) => this.#kernel.memories.some((m) => m.space === space);
    const isOfAll = scope === 'workgroup';
    if (!isOfAll && !this.#options.isLockstep) this.#e.line('subgroupBarrier();');
    if (isOfAll && (has('temporary') || this.#sharesOutputs)) this.#e.line('storageBarrier();');
    if (isOfAll && has('workgroup')) this.#e.line('workgroupBarrier();');
  }

  #loop(s: For): void {
    const e = this.#e;
    switch (s.how) {
      case 'workgroup':
        throw new LoopError('form', `the loop over workgroups ${s.axis} is inside other statements`);
      case 'invocation': {
        const [extent, stride] = [constantOf(s.trips.of)!, s.stride ?? 1];
        const text = invocationText(extent, stride, this.#kernel.threads);
        // Inside loops, the index is known outside of them, too.
        const axis = this.#names.own(s.axis);
        if (e.depth === 0) e.define(axis, text, s.trips.of);
        else e.alias(axis, computedOnce(e, { text, depth: 0 }), s.trips.of);
        this.#block(s.body);
        return;
      }
      case 'unrolled':
        this.#loadHalves(s);
        for (let n = 0; n < constantOf(boundOf(s.trips))!; n++)
          this.#names.inIteration(s.axis, n, `_u${n}`, () => this.#block(s.body));
        return;
      case 'vector':
        this.#vector(s);
        return;
      case 'matrix':
        e.line(this.#registers.operation(s, this.#part(s, 0)));
        return;
      case 'subgroup':
        this.#bySubgroups(s);
        return;
      case 'serial':
      case 'opaque':
        this.#inTurn(s);
        return;
      default:
        throw new TypeError(`unknown loop ${s.how satisfies never}`);
    }
  }

  /**
   * Loads the half-precision inputs that a loop stores in registers, for all its iterations, before the first is
   * converted, so that the loads do not wait for the conversions.
   */
  #loadHalves({ axis, trips, how, body }: For): void {
    if (!this.#hasHalves || (how !== 'unrolled' && how !== 'vector')) return;
    for (let n = 0; n < constantOf(boundOf(trips))!; n++)
      this.#names.inIteration(axis, n, how === 'vector' ? `_${n}` : `_u${n}`, () => {
        for (const s of body) {
          if (s.k === 'let' || s.k === 'digits') this.#statement(s);
          else if (s.k === 'for') this.#loadHalves(s);
          else if (s.k === 'store' && s.value.k === 'load' && this.#isHalf(s.value.arg))
            this.#e.element(s.value.arg, s.value.index.map(this.#names.int));
          else return;
        }
      });
  }

  #bySubgroups({ axis, trips, body }: For): void {
    const e = this.#e;
    const [first, extent] = [`${axis}_first`, constantOf(boundOf(trips))!];
    e.open(`for (var ${first} = 0; ${first} < ${extent}; ${first} += i32(subgroups))`);
    // Subgroups without an iteration have a number beyond the last one.
    e.define(axis, `${first} + i32(subgroup)`, dimConst(extent + this.#kernel.threads));
    // There is mostly one round. Loads before it would take registers until they are used.
    e.loadsIn = e.depth;
    this.#block(body);
    e.loadsIn = 0;
    e.close();
  }

  #inTurn(s: For): void {
    const e = this.#e;
    const [axis, size] = [this.#names.own(s.axis), boundOf(s.trips)];
    if (constantOf(size) === 1 && !s.from && !s.end) {
      e.define(axis, '0', size);
      this.#block(s.body);
      return;
    }
    const start = s.from ? e.int(this.#names.int(s.from.value)) : '0';
    const last = s.end ? e.int(this.#names.int(s.end)) : named(e, this.#trips(s.trips));
    const end = s.how === 'opaque' ? unknown(last) : last;
    e.open(`for (var ${axis} = ${start}; ${axis} < ${end}; ${axis} += ${s.from?.step ?? 1})`);
    e.define(axis, axis, size);
    const { computedIn, shuffles } = e;
    if (this.#options.computesAgain && hasBarrier(s.body))
      e.computedIn = { outer: computedIn.outer || e.depth, inner: e.depth };
    // Lanes with other bounds leave the loop at other times.
    if (this.#apart.has(s.axis)) e.shuffles = undefined;
    this.#block(s.body);
    [e.computedIn, e.shuffles] = [computedIn, shuffles];
    e.close();
  }

  /** A loop over the parts of a vector, which names integers and stores the vector. */
  #vector(s: For): void {
    const e = this.#e;
    const store = s.body.at(-1);
    if (store?.k === 'collect') {
      const index = this.#names.inIteration(s.axis, 0, '', () => store.index.map(this.#names.int));
      e.line(collected(store.combine, this.#registers.place(store.to, index, true)));
      return;
    }
    const width = constantOf(s.trips.of)!;
    if ((store?.k !== 'store' && store?.k !== 'accumulate') || width > VECTOR) throw noVector(s);
    if (s.body.length === 1 && this.#registers.isWide(store.to)) {
      const index = (part: number) =>
        this.#names.inIteration(s.axis, part, '', () => store.index.map(this.#names.int));
      const along = { axis: s.axis, width, registers: this.#registers };
      const values = [this.#names.float(store.value)];
      this.#vectorOf({ ...store, values, index, width }, ([own]) => vectorAlong(e, own!, along));
      return;
    }
    const parts = Array.from({ length: width }, (_, part) => this.#part(s, part));
    const memory = this.#kernel.memories[store.to]!;
    if (!isRegister(memory)) {
      const { shape, dtype, name } = memory;
      if (store.k !== 'store' || width < VECTOR) throw noVector(s);
      const values = parts.map((p) => stored(e.float(p.value), dtype));
      e.line(`${name}[${e.vectorAddress(shape, parts[0]!.index)}] = ${vectorOf(values, typeOf(dtype))};`);
      if (memory.space === 'workgroup') e.forget(name);
      return;
    }
    if (store.k === 'store' && !this.#registers.isWide(store.to)) {
      const values = parts.map((p) => e.value(p.value));
      for (const [n, p] of parts.entries()) this.#keep({ ...store, ...p }, values[n]!);
      return;
    }
    const values = parts.map((p) => p.value);
    const index = (part: number) => parts[part]!.index;
    this.#vectorOf({ ...store, values, index, width }, (own) => vectorOfFloats(e, own));
  }

  /** Prints a statement that stores a vector of registers. `textOf` joins the values of all parts. */
  #vectorOf(
    { values, index, width, ...store }: VectorStatement,
    textOf: (own: readonly Expr[]) => string,
  ): void {
    const [e, registers] = [this.#e, this.#registers];
    const terms = values.map((value) => termOf({ ...store, value }));
    const isFused = store.k === 'accumulate' && store.fused === true;
    const text = isFused ? '' : textOf(store.k === 'store' ? values : terms.map((t) => t.value));
    if (registers.isValue(store.to)) {
      const known = { depth: e.depth, atomic: true };
      const name = registers.named(store.to, index(0), { ...known, text }, 'v').text;
      for (let n = 0; n < width; n++)
        registers.keep(store.to, index(n), { ...known, text: `${name}.${PARTS[n]}` });
      return;
    }
    const place = registers.place(store.to, index(0), true);
    if (isFused) {
      const factors = values.map((value) => factorsOf(value)!);
      const [a, b] = [0, 1].map((n) => textOf(factors.map((f) => f[n]!)));
      e.line(`${place} = fma(${a}, ${b}, ${place});`);
    } else if (store.k === 'accumulate') e.line(accumulation(store.combine, place, text, terms[0]!.isTaken));
    else e.line(`${registers.declares(store.to, place) ? 'var ' : ''}${place} = ${text};`);
  }

  /**
   * The index and value that a part of a vector, or the first element of a matrix, has. The names before the store are
   * defined for it.
   */
  #part(s: For, part: number): Pick<Store, 'index' | 'value'> {
    return this.#names.inIteration(s.axis, part, `_${part}`, () => {
      for (const name of s.body.slice(0, -1)) {
        if (name.k !== 'let' && name.k !== 'digits') throw noVector(s);
        this.#statement(name);
      }
      const last = s.body.at(-1) as Store | For;
      return last.k === 'for'
        ? this.#part(last, 0)
        : { index: last.index.map(this.#names.int), value: this.#names.float(last.value) };
    });
  }

  #if({ cond, body }: Statement & { readonly k: 'if' }): void {
    const e = this.#e;
    const text = e.bool(this.#names.bool(cond));
    if (text === 'true') this.#block(body);
    if (text === 'true' || text === 'false') return;
    const { shuffles } = e;
    e.shuffles = undefined;
    e.open(`if (${text})`);
    this.#block(body);
    e.close();
    e.shuffles = shuffles;
  }

  #place({ to, index }: Pick<Store, 'to' | 'index'>): string {
    const memory = this.#kernel.memories[to]!;
    const { name, shape } = memory;
    if (isRegister(memory)) return this.#registers.place(to, index.map(this.#names.int), false);
    const position = this.#names.position(shape, index);
    if (position !== undefined) return `${name}[${position}]`;
    return `${name}[${this.#e.address(shape, index.map(this.#names.int))}]`;
  }
}
