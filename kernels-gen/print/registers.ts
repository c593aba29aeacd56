/**
 * The WGSL variables of a kernel's registers. An element that statements name by constants has a variable of its own, or
 * a part of one where loops over vectors store it. A register that is stored once is a value with a name. Any other
 * register is an array, of vectors where all statements name their parts by constants.
 */
import { constantOf } from '../../compiler/dims/dims.ts';
import { polyConstant } from '../../compiler/primitives/affine.ts';
import { int } from '../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { polyOf } from '../../compiler/primitives/simplify.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import { LoopError } from '../loops/error.ts';
import { expressionsOf } from '../loops/expressions.ts';
import { isRegister, laneAxes, ownIndex } from '../loops/lanes.ts';
import { matrixOperation } from '../loops/matrices.ts';
import { axesOf } from '../loops/perfect-nest.ts';
import type { Body, For, How, LoopKernel, Memory, Store } from '../loops/type.ts';
import type { Emitter } from '../wgsl/emitter.ts';
import type { Tensor } from '../wgsl/tensor.ts';
import { clamped, type Value } from '../wgsl/value.ts';
import { PARTS, typeOf } from '../wgsl/vectors.ts';
import { dealt } from './dealt.ts';
import { knownInt } from './known.ts';
import { type MatrixTypes, matrixText, matrixTypes } from './matrices.ts';

interface RegisterForm {
  /** Whether each element has a variable, or is a part of one. */
  readonly isSplit: boolean;
  /** Whether the elements along the last dimension are one variable, or one element of the array. */
  readonly isWide: boolean;
  /** Whether each element is stored once, before it is read in the same block. */
  readonly isValue: boolean;
  /** Whether that value never changes. */
  readonly isFixed: boolean;
  /** The innermost block around all that touches the register, and whether a store there comes first. */
  readonly block: Body;
  readonly isStoredFirst: boolean;
}

/** The loops that are printed as loops. */
const SCOPES: ReadonlySet<How> = new Set(['serial', 'opaque', 'subgroup']);

/** A statement that touches a register. */
interface Touch {
  readonly kind: 'store' | 'accumulate' | 'load';
  /** The blocks around it, outermost first. */
  readonly path: readonly Body[];
  readonly isConstant: boolean;
  /** Whether constants name the last part of the index. */
  readonly isLastConstant: boolean;
  /** Whether the last part counts those of a vector, and whether others do. */
  readonly isAlongVector: boolean;
  readonly isAcrossVector: boolean;
  /** Whether it stores a value that never changes: one of inputs alone. */
  readonly isFixed: boolean;
}

const NONE: ReadonlySet<string> = new Set();

/** The form of each register of a kernel, by the number of its memory. Registers that nothing touches have none. */
function registerForms(kernel: LoopKernel): ReadonlyMap<number, RegisterForm> {
  const { memories, body } = kernel;
  // Code has a number of its own for each lane's place.
  const lanes = laneAxes(kernel);
  const touches = new Map<number, Touch[]>();
  const touched = (to: number, touch: Touch) => {
    if (!isRegister(memories[to]!)) return;
    const all = touches.get(to);
    if (all) all.push(touch);
    else touches.set(to, [touch]);
  };
  const walk = (block: Body, path: readonly Body[], around: ReadonlyMap<string, How>): void => {
    const how = new Map(around);
    const touch = (kind: Touch['kind'], to: number, index: readonly IntExpr[], isFixed = false) => {
      const own = ownIndex(memories[to]!, index);
      const last = own.at(-1);
      const isVector = (name: string) => how.get(name) === 'vector';
      const isAlongVector = last?.k === 'axis' && isVector(last.name);
      const isAcrossVector = own
        .slice(0, isAlongVector ? -1 : undefined)
        .some((i) => [...axesOf(i)].some(isVector));
      const known = memories[to]!.space === 'lanes' ? lanes : NONE;
      const isConstant = own.every((i) => isUnrolled(i, how, known));
      const isLastConstant = last === undefined || isUnrolled(last, how, known);
      touched(to, { kind, path, isConstant, isLastConstant, isAlongVector, isAcrossVector, isFixed });
    };
    const loads = (e: Expr | IntExpr | BoolExpr) =>
      visit(e, (x) => {
        if (x.k === 'load' || x.k === 'iload') touch('load', x.arg, x.index);
      });
    for (const s of block) {
      for (const e of expressionsOf(s)) loads(e);
      if (s.k === 'store' || s.k === 'accumulate') touch(s.k, s.to, s.index, isFixed(s.value, memories));
      if (s.k === 'collect') touch('accumulate', s.to, s.index);
      // A name that each copy of an unrolled loop knows is as good as the loop's axis.
      if (s.k === 'let' && isUnrolled(s.value, how, NONE)) how.set(s.name, 'unrolled');
      if (s.k !== 'for' && s.k !== 'if') continue;
      const within = s.k === 'for' ? new Map([...how, [s.axis, s.how]]) : how;
      const isScope = s.k === 'if' || SCOPES.has(s.how);
      // The loops over workgroups stand around all that is printed.
      const isAround = s.k === 'for' && s.how === 'workgroup';
      walk(s.body, isAround ? [s.body] : isScope ? [...path, s.body] : path, within);
    }
  };
  walk(body, [body], new Map());
  return new Map([...touches].map(([to, all]) => [to, formOf(all)]));
}

function formOf(all: readonly Touch[]): RegisterForm {
  const [first, ...others] = all as [Touch, ...Touch[]];
  const isSplit = all.every((t) => t.isConstant);
  const depth = others.reduce((n, t) => common(first.path, t.path, n), first.path.length);
  const isStoredFirst = first.kind === 'store' && first.path.length === depth;
  const isValue = isSplit && isStoredFirst && others.every((t) => t.kind === 'load');
  const isAcross = all.some((t) => !t.isLastConstant || (t.kind !== 'load' && t.isAcrossVector));
  // A value has a name as a whole, so that no other statement stores the other parts.
  const isWide = all.some((t) => t.isAlongVector) && !isAcross && !(isValue && !first.isAlongVector);
  return {
    isSplit,
    isWide,
    isValue,
    isFixed: first.isFixed,
    block: first.path[depth - 1]!,
    // A store of one part of a vector declares no vector.
    isStoredFirst: isStoredFirst && (!isWide || first.isAlongVector),
  };
}

/** Whether each copy of an unrolled loop, and each part of a vector, knows the index that each lane has. */
function isUnrolled(index: IntExpr, how: ReadonlyMap<string, How>, lanes: ReadonlySet<string>): boolean {
  let isIt = true;
  visit(index, (x) => {
    const way = x.k === 'axis' ? how.get(x.name) : undefined;
    const isKnown = way === 'unrolled' || way === 'vector' || (x.k === 'axis' && lanes.has(x.name));
    isIt &&= x.k === 'axis' ? isKnown : x.k !== 'iload' && x.k !== 'extent';
  });
  return isIt;
}

/** Whether a value loads inputs alone, and none that the kernel stores over. */
function isFixed(value: Expr, memories: LoopKernel['memories']): boolean {
  let isIt = true;
  visit(value, (x) => {
    if (x.k !== 'load' && x.k !== 'iload') return;
    const { space, alias } = memories[x.arg]!;
    isIt &&= space === 'input' && alias === undefined;
  });
  return isIt;
}

const common = (a: readonly Body[], b: readonly Body[], most: number): number => {
  let n = 0;
  while (n < most && a[n] === b[n]) n++;
  return n;
};

/** The variables of a kernel's registers while its statements are printed. */
export class Registers {
  readonly #kernel: LoopKernel;
  readonly #memories: LoopKernel['memories'];
  readonly matrices: MatrixTypes | undefined;
  readonly #forms: ReadonlyMap<number, RegisterForm>;
  /** The values with names, by their elements' variables. */
  readonly #values = new Map<string, Value>();
  readonly #declared = new Set<string>();
  /** The declarations that each block begins with. */
  readonly #declarations = new Map<Body, readonly string[]>();
  /** The values that the present statement has read of other lanes' registers, by their places. */
  readonly #dealtNow = new Map<string, Value>();
  readonly #laneAxes: ReadonlySet<string>;
  readonly #emitter: () => Emitter;

  /** `emitter` gives the emitter that prints the statements. */
  constructor(kernel: LoopKernel, emitter: () => Emitter) {
    this.#kernel = kernel;
    this.#memories = kernel.memories;
    this.matrices = matrixTypes(kernel);
    this.#forms = registerForms(kernel);
    this.#laneAxes = laneAxes(kernel);
    for (const [to, form] of this.#forms) {
      if (form.isValue || (form.isStoredFirst && form.isSplit)) continue;
      const others = this.#declarations.get(form.block) ?? [];
      this.#declarations.set(form.block, [...others, ...declarations(kernel.memories[to]!, form)]);
    }
    this.#emitter = emitter;
  }

  /** Forgets what statements before read of registers, which may change. */
  startStatement(): void {
    this.#dealtNow.clear();
  }

  isWide(to: number): boolean {
    return this.#forms.get(to)?.isWide === true;
  }

  /** Whether the elements at an index whose last part is an axis are a vector that has a name, or is in an array. */
  hasVector(of: number, index: readonly IntExpr[], axis: string): boolean {
    if (!this.isWide(of)) return false;
    const last = ownIndex(this.#memories[of]!, index).at(-1);
    const others = index.filter((i) => i !== last);
    if (last?.k !== 'axis' || last.name !== axis || others.some((i) => axesOf(i).has(axis))) return false;
    return !this.#isDealtApart(of, index);
  }

  /** Whether lanes read several registers of others. */
  #isDealtApart(of: number, index: readonly IntExpr[]): boolean {
    const memory = this.#memories[of]!;
    return memory.space === 'lanes' && ownIndex(memory, index).some((i) => this.#isApart(i));
  }

  /** Whether an index differs among lanes. */
  #isApart(index: IntExpr): boolean {
    for (const name of axesOf(index)) if (this.#laneAxes.has(name)) return true;
    return false;
  }

  isValue(to: number): boolean {
    return this.#forms.get(to)?.isValue === true;
  }

  /** Names the value of an element, or of a vector's elements, of a register that is stored once. */
  named(to: number, index: readonly IntExpr[], { text, depth }: Value, prefix: 'f' | 'v'): Value {
    const e = this.#emitter();
    if (this.#forms.get(to)!.isFixed)
      return /^\w+$/.test(text) ? { text, depth, atomic: true } : e.name(text, depth, prefix);
    const own = this.place(to, index, prefix === 'v');
    const isNew = !this.#declared.has(own);
    this.#declared.add(own);
    return isNew ? e.fresh(text, prefix, own) : e.fresh(text, prefix);
  }

  /** A function that gives the value of an element of a register; undefined for other memories, and for arrays of numbers. */
  variable(of: number): Tensor['variable'] {
    const { space } = this.#memories[of]!;
    if (space === 'lanes') return (index, inside) => this.#inLanes(of, index, inside);
    const form = this.#forms.get(of);
    return form?.isSplit || form?.isWide ? (index, inside) => this.#own(of, index, inside) : undefined;
  }

  /** The value of an invocation's own register: where the index is not `inside`, that of any. */
  #own(of: number, index: readonly IntExpr[], inside: boolean): Value {
    const depth = this.#emitter().depth;
    if (!this.#forms.get(of)!.isSplit)
      return { text: this.#element(of, index, { isVector: false, inside }), depth, atomic: true };
    const sizes = this.#memories[of]!.shape;
    const at = this.#constants(of, index).map((i, d) => Math.max(0, Math.min(i, constantOf(sizes[d]!)! - 1)));
    const known = this.#values.get(variableName(this.#memories[of]!.name, at));
    return known ?? { text: this.#text(of, at), depth, atomic: true };
  }

  /** The value of an element that some lane has. */
  #inLanes(of: number, index: readonly IntExpr[], inside: boolean): Value {
    const lane = index.at(-1)!;
    if (this.#isDealtApart(of, index)) return this.#dealt(of, index);
    if (lane.k === 'axis' && this.#laneAxes.has(lane.name)) return this.#own(of, index, inside);
    if (this.#isApart(lane)) return this.#dealt(of, index);
    const e = this.#emitter();
    const at = e.intValue(lane);
    const from = /^\d+$/.test(at.text) ? at.text : e.name(`u32(${at.text})`, at.depth).text;
    return {
      text: `subgroupShuffle(${this.#own(of, index, inside).text}, ${from})`,
      depth: e.depth,
      atomic: true,
    };
  }

  /** The value of an element that depends on the lane which reads it. */
  #dealt(of: number, index: readonly IntExpr[]): Value {
    const { name, shape } = this.#memories[of]!;
    const places = Array.from({ length: constantOf(shape.at(-1)!)! }, (_, lane) => {
      const here = new Map([...this.#laneAxes].map((axis) => [axis, lane]));
      return index.map((i) => knownInt(i, here));
    });
    if (places.some((at) => at.includes(undefined)))
      throw new LoopError('form', `lanes read registers of ${name} that only a run knows`);
    const key = `${name} ${places.join('; ')}`;
    const known = this.#dealtNow.get(key);
    if (known) return known;
    const e = this.#emitter();
    const value = dealt(
      places as number[][],
      shape.map((d) => constantOf(d)!),
      {
        own: (at) => this.#own(of, at.map(int), true),
        ...{ name: e.name.bind(e), fresh: e.fresh.bind(e), depth: e.depth },
      },
    );
    this.#dealtNow.set(key, value);
    return value;
  }

  /** The text of an element that is stored to, or of the vector that begins there. */
  place(to: number, index: readonly IntExpr[], isVector: boolean): string {
    if (!this.#forms.get(to)!.isSplit) return this.#element(to, index, { isVector, inside: true });
    const at = this.#constants(to, index);
    return isVector ? variableName(this.#memories[to]!.name, at.slice(0, -1)) : this.#text(to, at);
  }

  /** An element of an array, or the vector that begins there. */
  #element(
    of: number,
    all: readonly IntExpr[],
    { isVector, inside }: { isVector: boolean; inside: boolean },
  ): string {
    const e = this.#emitter();
    const memory = this.#memories[of]!;
    const [shape, index] = [ownIndex(memory, memory.shape), ownIndex(memory, all)];
    const whole = this.isWide(of) ? -1 : shape.length;
    const sizes = shape.slice(0, whole);
    const address = e.address(sizes, index.slice(0, whole));
    const last = sizes.reduce((n, d) => n * constantOf(d)!, 1) - 1;
    const at = `${memory.name}[${inside ? address : clamped(address, `${last}`)}]`;
    if (isVector || !this.isWide(of)) return at;
    return `${at}.${PARTS[constantIn(index.at(-1)!)!]}`;
  }

  /** The statement of loops over a matrix, of which `first` is the store for the first element. */
  operation(loop: For, first: Pick<Store, 'index' | 'value'>): string {
    return matrixText(matrixOperation(this.#kernel, loop), this.matrices!, first, {
      variable: (of, index) => variableName(this.#memories[of]!.name, this.#constants(of, index)),
      position: (of, index) => this.#emitter().address(this.#memories[of]!.shape, index),
      memory: (of) => this.#memories[of]!.name,
    });
  }

  /** Whether a store declares the variable, because it is the first one. */
  declares(to: number, variable: string): boolean {
    const { isStoredFirst, isSplit } = this.#forms.get(to)!;
    if (!isStoredFirst || !isSplit || variable.includes('.') || this.#declared.has(variable)) return false;
    this.#declared.add(variable);
    return true;
  }

  /** Names an element's value. */
  keep(to: number, index: readonly IntExpr[], value: Value): void {
    this.#values.set(variableName(this.#memories[to]!.name, this.#constants(to, index)), value);
  }

  /** The declarations of the variables that a block needs before its first statement. */
  declarationsIn(block: Body): readonly string[] {
    return this.#declarations.get(block) ?? [];
  }

  #constants(of: number, index: readonly IntExpr[]): number[] {
    return ownIndex(this.#memories[of]!, index).map((i) => {
      const n = constantIn(i);
      if (n === undefined) throw new LoopError('form', `${this.#memories[of]!.name} has no such variable`);
      return n;
    });
  }

  #text(of: number, at: readonly number[]): string {
    const { name } = this.#memories[of]!;
    return this.isWide(of)
      ? `${variableName(name, at.slice(0, -1))}.${PARTS[at.at(-1)!]}`
      : variableName(name, at);
  }
}

const constantIn = (index: IntExpr): number | undefined =>
  knownInt(index) ?? polyConstant(polyOf(index, new Map()));

const variableName = (name: string, index: readonly number[]): string => [name, ...index].join('_');

function declarations(memory: Memory, { isSplit, isWide }: RegisterForm): string[] {
  const { name, shape } = memory;
  const sizes = ownIndex(memory, shape).map((d) => constantOf(d)!);
  const own = isWide ? sizes.slice(0, -1) : sizes;
  const type = typeOf(memory.dtype === 'i32' ? 'i32' : 'f32', isWide ? sizes.at(-1) : 1);
  if (!isSplit) return [`var ${name}: array<${type}, ${own.reduce((n, d) => n * d, 1)}>;`];
  const places = own.reduce<number[][]>(
    (all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])),
    [[]],
  );
  return places.map((at) => `var ${variableName(name, at)}: ${type};`);
}
