/**
 * Runs a loop form over a scalar domain. All invocations of a workgroup run each statement together, and those for which
 * a condition does not hold sit it out. Accesses are checked as no device does (watched.ts). A kernel that passes gives
 * the same results on every device that runs its invocations in any order between two barriers.
 */
import { type Binding, evalDim } from '../../compiler/dims/dims.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Domain, TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { compileScalars, HOLDS, type Scalars } from '../../compiler/semantics/expressions.ts';
import { LoopError } from './error.ts';
import type { Body, Combine, For, LoopKernel, Statement, Store, Trips } from './type.ts';
import { Watched } from './watched.ts';

export interface RunOptions {
  readonly tokens: number;
  /** The number of invocations of a subgroup. Default: the workgroup's. */
  readonly subgroup?: number;
}

/** The invocations that run a statement. */
type Active = readonly number[];
type Run = (active: Active) => void;

/**
 * The outputs of a kernel, in the order of its memories; `inputs` has a tensor for each input. Throws LoopError for an
 * access out of bounds, a race, a read of what was never written or is overwritten, a barrier in divergent flow, a matrix
 * of a part of a subgroup, and an output that is not written whole.
 */
export function runLoops<T>(
  kernel: LoopKernel,
  domain: Domain<T>,
  inputs: readonly TensorValue<T>[],
  options: RunOptions,
): TensorValue<T>[] {
  return new Machine(kernel, domain, inputs, options).run();
}

class Machine<T> {
  readonly #kernel: LoopKernel;
  readonly #domain: Domain<T>;
  readonly #binding: Binding;
  readonly #memories: readonly Watched<T>[];
  readonly #all: Active;
  readonly #subgroup: number;
  /** The value of each named integer, by invocation. */
  readonly #values = new Map<string, Int32Array>();
  readonly #scalars: Scalars<T>;
  /** The invocations that run the present statement. */
  #active: Active = [];
  /** Whether whole subgroups run it, each as its first invocation. */
  #isTogether = false;
  #invocation = 0;
  #workgroup = 0;
  /** The stores of a loop over the parts of a vector, which stores all parts at once. */
  #pending: (() => void)[] | undefined;

  constructor(
    kernel: LoopKernel,
    domain: Domain<T>,
    inputs: readonly TensorValue<T>[],
    { tokens, subgroup = kernel.threads }: RunOptions,
  ) {
    this.#kernel = kernel;
    this.#domain = domain;
    this.#binding = { tokens };
    this.#subgroup = subgroup;
    this.#all = Array.from({ length: kernel.threads }, (_, n) => n);
    const given = [...inputs];
    const made: Watched<T>[] = [];
    for (const m of kernel.memories) {
      const shape = m.shape.map((d) => evalDim(d, this.#binding));
      const own = m.space === 'input' ? given.shift() : undefined;
      const { threads } = kernel;
      const isActive = (n: number) => this.#active.includes(n);
      const isTogether = () => this.#isTogether;
      const around = { threads, subgroup, isActive, isTogether };
      made.push(new Watched(m, shape, domain, { ...around, ...(own ? { given: own } : {}) }));
    }
    this.#memories = made;
    this.#scalars = this.#compiler();
    for (const m of made) if (m.memory.alias !== undefined) m.lieIn(made[m.memory.alias]!);
  }

  run(): TensorValue<T>[] {
    const body = this.#block(this.#kernel.body);
    this.#startWorkgroup(0);
    body(this.#all);
    const outputs = this.#memories.filter((m) => m.memory.space === 'output');
    for (const m of outputs) m.requireWhole();
    return outputs.map((m) => m.tensor);
  }

  #startWorkgroup(number: number): void {
    this.#workgroup = number;
    for (const m of this.#memories) m.startWorkgroup();
  }

  #block(statements: Body): Run {
    const runs = statements.map((s) => this.#statement(s));
    return (active) => {
      for (const run of runs) {
        this.#active = active;
        run(active);
      }
    };
  }

  #statement(s: Statement): Run {
    switch (s.k) {
      case 'for':
        if (s.how === 'workgroup') return this.#workgroups(s);
        if (s.how === 'subgroup') return this.#subgroups(s);
        if (s.how === 'matrix') return this.#matrix(s);
        if (s.how === 'vector') return this.#vector(s);
        return s.how === 'invocation' ? this.#invocations(s) : this.#loop(s);
      case 'let':
        return this.#let(s);
      case 'digits':
        return this.#digits(s);
      case 'if': {
        const cond = this.#scalars.bool(s.cond);
        const body = this.#block(s.body);
        return (active) => {
          const chosen = this.#where(active, () => (cond() & HOLDS) !== 0);
          if (chosen.length > 0) body(chosen);
        };
      }
      case 'store':
        return this.#store(s);
      case 'accumulate':
        return this.#store(s, this.#combining(s.combine));
      case 'collect':
        return this.#collect(s);
      case 'barrier':
        return (active) => {
          this.#requireAll(active, 'a barrier');
          for (const m of this.#memories) m.meet(s.scope);
        };
      default:
        throw new TypeError(`unknown statement ${s satisfies never}`);
    }
  }

  #combining(combine: Combine): (a: T, b: T) => T {
    return combine === 'sum' ? this.#domain.add : this.#domain.max;
  }

  #let(s: Statement & { readonly k: 'let' }): Run {
    const value = this.#int(s.value);
    const to = this.#named(s.name);
    const extent = evalDim(s.extent, this.#binding);
    return (active) => {
      for (const n of active) {
        this.#invocation = n;
        const v = value();
        if (!(v >= 0 && v < extent)) this.#fail('outside', `${s.name} is ${v}, not in 0..${extent - 1}`);
        to[n] = v;
      }
    };
  }

  #digits(s: Statement & { readonly k: 'digits' }): Run {
    const of = this.#int(s.of);
    const axes = s.axes.map((a) => ({
      to: this.#named(a.name),
      extent: evalDim(a.extent, this.#binding),
    }));
    const first = axes[0]?.extent ?? 1;
    const names = s.axes.map((a) => a.name).join(', ');
    return (active) => {
      for (const n of active) {
        this.#invocation = n;
        let rest = of();
        for (const [d, { to, extent }] of [...axes.entries()].reverse()) {
          to[n] = d === 0 ? rest : rest % extent;
          if (d > 0) rest = Math.floor(rest / extent);
        }
        if (!(rest >= 0 && rest < first)) this.#fail('outside', `${names} have no digits for that position`);
      }
    };
  }

  /** The invocations for which a condition holds. */
  #where(active: Active, holds: () => boolean): Active {
    let chosen: number[] | undefined;
    for (const [i, n] of active.entries()) {
      this.#invocation = n;
      if (holds()) chosen?.push(n);
      else chosen ??= active.slice(0, i);
    }
    return chosen ?? active;
  }

  /** A store, or with `combine` one of an element combined with the value. */
  #store(s: Omit<Store, 'k'>, combine?: (a: T, b: T) => T): Run {
    const value = this.#scalars.expr(s.value);
    const to = this.#memories[s.to]!;
    const offset = to.offsets(s.index.map((i) => this.#int(i)));
    const places = new Int32Array(this.#kernel.threads);
    const values: T[] = [];
    return (active) => {
      // No invocation sees what another stores in the same statement.
      for (const n of active) {
        this.#invocation = n;
        const at = offset(n);
        const v = value();
        places[n] = at;
        values[n] = combine ? combine(to.read(at, n, this.#workgroup), v) : v;
      }
      if (this.#pending) {
        const [at, all] = [places.slice(), [...values]];
        this.#pending.push(() => {
          for (const n of active) to.write(at[n]!, all[n]!, n, this.#workgroup);
        });
      } else for (const n of active) to.write(places[n]!, values[n]!, n, this.#workgroup);
    };
  }

  #collect(s: Statement & { readonly k: 'collect' }): Run {
    const to = this.#memories[s.to]!;
    const combine = this.#combining(s.combine);
    const offset = to.offsets(s.index.map((i) => this.#int(i)));
    return (active) => {
      this.#requireAll(active, 'an operation of a subgroup');
      const offsets = active.map((n) => {
        this.#invocation = n;
        return offset(n);
      });
      for (let first = 0; first < active.length; first += this.#subgroup) {
        const group = active.slice(first, first + this.#subgroup);
        const all = group.map((n, i) => to.read(offsets[first + i]!, n, this.#workgroup)).reduce(combine);
        for (const [i, n] of group.entries()) to.write(offsets[first + i]!, all, n, this.#workgroup);
      }
    };
  }

  #workgroups(s: For): Run {
    const to = this.#named(s.axis);
    const extent = this.#trips(s.trips);
    const body = this.#block(s.body);
    return (active) => {
      const outer = this.#workgroup;
      for (let g = 0; g < extent; g++) {
        this.#startWorkgroup(outer * extent + g);
        to.fill(g);
        body(active);
      }
      this.#workgroup = outer;
    };
  }

  #invocations(s: For): Run {
    const to = this.#named(s.axis);
    const [extent, stride] = [this.#trips(s.trips), s.stride ?? 1];
    for (const n of this.#all) to[n] = Math.floor(n / stride) % extent;
    return this.#block(s.body);
  }

  #subgroups(s: For): Run {
    const to = this.#named(s.axis);
    const extent = this.#trips(s.trips);
    const body = this.#block(s.body);
    const subgroups = Math.ceil(this.#all.length / this.#subgroup);
    return (active) => {
      for (let first = 0; first < extent; first += subgroups) {
        for (const n of active) to[n] = first + Math.floor(n / this.#subgroup);
        body(active);
      }
    };
  }

  #matrix(s: For): Run {
    const run = this.#loop(s);
    return (active) => {
      if (this.#isTogether) {
        run(active);
        return;
      }
      const firsts = active.filter((n) => n % this.#subgroup === 0);
      const size = this.#subgroup;
      const isWhole = firsts.every((n, i) => active[(i + 1) * size - 1] === n + size - 1);
      if (!isWhole || active.length !== firsts.length * size)
        this.#fail(
          'divergent',
          `a matrix is met by ${active.length} invocations, which are no whole subgroups of ${size}`,
        );
      this.#isTogether = true;
      run(firsts);
      this.#isTogether = false;
    };
  }

  #vector(s: For): Run {
    const loop = this.#loop(s);
    return (active) => {
      const pending: (() => void)[] = [];
      this.#pending = pending;
      loop(active);
      this.#pending = undefined;
      for (const write of pending) write();
    };
  }

  #loop(s: For): Run {
    const to = this.#named(s.axis);
    const extent = this.#trips(s.trips);
    const { step, value } = s.from ?? { step: 1, value: { k: 'int', value: 0 } };
    const start = this.#int(value);
    const end = s.end && this.#int(s.end);
    const ends = new Int32Array(this.#kernel.threads);
    const body = this.#block(s.body);
    if (!s.from && !end)
      return (active) => {
        for (let i = 0; i < extent; i++) {
          for (const n of active) to[n] = i;
          body(active);
        }
      };
    return (active) => {
      for (const n of active) {
        this.#invocation = n;
        to[n] = start();
        ends[n] = end ? end() : extent;
        if (ends[n]! > extent)
          this.#fail('outside', `${s.axis} ends at ${ends[n]}, not at most at ${extent}`);
      }
      for (let left = active; ; ) {
        left = this.#where(left, () => to[this.#invocation]! < ends[this.#invocation]!);
        if (left.length === 0) return;
        body(left);
        for (const n of left) to[n]! += step;
      }
    };
  }

  #requireAll(active: Active, what: string): void {
    if (active.length < this.#all.length)
      this.#fail('divergent', `${what} is met by ${active.length} of ${this.#all.length} invocations`);
  }

  #named(name: string): Int32Array {
    const known = this.#values.get(name);
    const values = known ?? new Int32Array(this.#kernel.threads);
    this.#values.set(name, values);
    return values;
  }

  #trips({ of, by }: Trips): number {
    return Math.ceil(evalDim(of, this.#binding) / by);
  }

  #int(e: IntExpr): () => number {
    return this.#scalars.int(e);
  }

  #fail(what: LoopError['what'], text: string): never {
    throw new LoopError(what, `${text}, in invocation ${this.#invocation} of workgroup ${this.#workgroup}`);
  }

  #compiler(): Scalars<T> {
    const memory = (arg: number) => this.#memories[arg] ?? this.#fail('form', `there is no memory ${arg}`);
    return compileScalars<T>(this.#domain, this.#binding, {
      axis: (name) => {
        const values = this.#values.get(name) ?? this.#fail('form', `${name} is used outside its loop`);
        return () => values[this.#invocation]!;
      },
      load: (arg, _, index) => {
        const from = memory(arg);
        if (from.memory.dtype === 'i32') {
          const integer = from.integers(index);
          return () => this.#domain.fromInt(integer(this.#invocation, this.#workgroup));
        }
        const offset = from.offsets(index);
        return () => from.read(offset(this.#invocation), this.#invocation, this.#workgroup);
      },
      iload: (arg, _, index) => {
        const integer = memory(arg).integers(index);
        return () => integer(this.#invocation, this.#workgroup);
      },
      fail: (text) => this.#fail('outside', text),
    });
  }
}
