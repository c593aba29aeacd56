/**
 * The WGSL variables of a kernel's registers. An element that statements name by constants has a variable of its own, or
 * a part of one where loops over vectors store it. A register that is stored once is a value with a name. Any other
 * register is an array, of vectors where all statements name their parts by constants.
 */
import { constantOf } from '../../compiler/dims/dims.ts';
import { polyConstant } from '../../compiler/primitives/affine.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { polyOf } from '../../compiler/primitives/simplify.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import { LoopError } from '../loops/error.ts';
import { expressionsOf } from '../loops/expressions.ts';
import { isRegister, laneAxes, ownIndex } from '../loops/lanes.ts';
import { matrixOperation } from '../loops/matrices.ts';
import type { Body, For, How, LoopKernel, Memory, Store } from '../loops/type.ts';
import type { Emitter } from '../wgsl/emitter.ts';
import type { Value } from '../wgsl/value.ts';
import { PARTS, typeOf, VECTOR } from '../wgsl/vectors.ts';
import { type MatrixTypes, matrixText, matrixTypes } from './matrices.ts';

interface RegisterForm {
  /** Whether each element has a variable, or is a part of one. */
  readonly isSplit: boolean;
  /** Whether VECTOR elements along the last dimension are one variable, or one element of an array. */
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
  /** Whether constants name the last part of the index, and whether it is that of a loop over a vector. */
  readonly isLastConstant: boolean;
  readonly isAlongVector: boolean;
  /** Whether it stores a value that never changes: one of inputs alone. */
  readonly isFixed: boolean;
}

/** The form of each register of a kernel, by the number of its memory. Registers that nothing touches have none. */
function registerForms({ memories, body }: LoopKernel): ReadonlyMap<number, RegisterForm> {
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
      const isAlongVector = last?.k === 'axis' && how.get(last.name) === 'vector';
      const isLastConstant = last === undefined || isUnrolled(last, how);
      const isConstant = own.every((i) => isUnrolled(i, how));
      touched(to, { kind, path, isConstant, isLastConstant, isAlongVector, isFixed });
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
      if (s.k === 'let' && isUnrolled(s.value, how)) how.set(s.name, 'unrolled');
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
  return {
    isSplit,
    isWide: all.every((t) => t.isLastConstant) && all.some((t) => t.isAlongVector),
    isValue: isSplit && isStoredFirst && others.every((t) => t.kind === 'load'),
    isFixed: first.isFixed,
    block: first.path[depth - 1]!,
    isStoredFirst,
  };
}

/** Whether each copy of an unrolled loop, and each part of a vector, knows an index. */
function isUnrolled(index: IntExpr, how: ReadonlyMap<string, How>): boolean {
  let isIt = true;
  visit(index, (x) => {
    const way = x.k === 'axis' ? how.get(x.name) : undefined;
    isIt &&= x.k === 'axis' ? way === 'unrolled' || way === 'vector' : x.k !== 'iload' && x.k !== 'extent';
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
  readonly #laneAxes: ReadonlySet<string>;
  readonly #emitter: () => Emitter;

  /** `emitter` gives the emitter that prints the statements. */
  constructor(kernel: LoopKernel, emitter: () => Emitter) {
    this.#kernel = kernel;
    this.#memories = kernel.memories;
    this.matrices = matrixTypes(kernel);
    this.#forms = registerForms(kernel);
    this.#laneAxes = laneAxes(kernel);
    this.#emitter = emitter;
  }

  isWide(to: number): boolean {
    return this.#forms.get(to)?.isWide === true;
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

  /** A function that gives the value of an element of a register; undefined for other memories, and for arrays. */
  variable(of: number): ((index: readonly IntExpr[]) => Value) | undefined {
    const { space } = this.#memories[of]!;
    if (space === 'lanes') return (index) => this.#ofLane(this.#own(of, index), index.at(-1)!);
    const form = this.#forms.get(of);
    return form?.isSplit || form?.isWide ? (index) => this.#own(of, index) : undefined;
  }

  /** The value of an invocation's own register. */
  #own(of: number, index: readonly IntExpr[]): Value {
    const depth = this.#emitter().depth;
    if (!this.#forms.get(of)!.isSplit) return { text: this.place(of, index, false), depth, atomic: true };
    const at = this.#constants(of, index);
    const known = this.#values.get(variableName(this.#memories[of]!.name, at));
    return known ?? { text: this.#text(of, at), depth, atomic: true };
  }

  /** The value that a lane has of what each lane has. */
  #ofLane(own: Value, lane: IntExpr): Value {
    if (lane.k === 'axis' && this.#laneAxes.has(lane.name)) return own;
    const e = this.#emitter();
    const at = e.intValue(lane);
    const from = /^\d+$/.test(at.text) ? at.text : e.name(`u32(${at.text})`, at.depth).text;
    return { text: `subgroupShuffle(${own.text}, ${from})`, depth: e.depth, atomic: true };
  }

  /** The text of an element that is stored to, or of the vector that begins there. */
  place(to: number, index: readonly IntExpr[], isVector: boolean): string {
    const memory = this.#memories[to]!;
    const { name, shape } = memory;
    const own = { shape: ownIndex(memory, shape), index: ownIndex(memory, index) };
    const { isSplit, isWide } = this.#forms.get(to)!;
    if (!isSplit) {
      const end = isWide ? -1 : own.shape.length;
      const element = `${name}[${this.#emitter().address(own.shape.slice(0, end), own.index.slice(0, end))}]`;
      return isWide && !isVector ? `${element}.${PARTS[constantIn(own.index.at(-1)!)!]}` : element;
    }
    const at = this.#constants(to, index);
    return isVector ? variableName(name, at.slice(0, -1)) : this.#text(to, at);
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
  declarationsIn(block: Body): string[] {
    return [...this.#forms].flatMap(([to, form]) => {
      if (form.block !== block || form.isValue || (form.isStoredFirst && form.isSplit)) return [];
      return declarations(this.#memories[to]!, form);
    });
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

const constantIn = (index: IntExpr): number | undefined => polyConstant(polyOf(index, new Map()));

const variableName = (name: string, index: readonly number[]): string => [name, ...index].join('_');

function declarations(memory: Memory, { isSplit, isWide }: RegisterForm): string[] {
  const { name, shape } = memory;
  const sizes = ownIndex(memory, shape).map((d) => constantOf(d)!);
  const width = isWide ? VECTOR : 1;
  if (!isSplit)
    return [`var ${name}: array<${typeOf('f32', width)}, ${sizes.reduce((n, d) => n * d, 1) / width}>;`];
  const places = (isWide ? sizes.slice(0, -1) : sizes).reduce<number[][]>(
    (all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])),
    [[]],
  );
  return places.map((at) => `var ${variableName(name, at)}: ${typeOf('f32', width)};`);
}
