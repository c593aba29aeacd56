/**
 * The WGSL variables of a kernel's registers. An element that statements name by constants has a variable of its own, or
 * a part of one where loops over vectors store it. A register that is stored once is a value with a name. Any other
 * register is an array, of vectors where all statements name their parts by constants. It is split along each other dimension
 * that all statements name by constants: each place there has an array, because small arrays compile faster than a large one.
 */
import { constantOf, type Dim } from '../../compiler/dims/dims.ts';
import { polyConstant } from '../../compiler/primitives/affine.ts';
import { int } from '../../compiler/primitives/build.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import { polyOf } from '../../compiler/primitives/simplify.ts';
import { LoopError } from '../loops/error.ts';
import { laneAxes, ownIndex } from '../loops/lanes.ts';
import { matrixOperation } from '../loops/matrices.ts';
import { axesOf } from '../loops/perfect-nest.ts';
import type { Body, For, LoopKernel, Memory, Store } from '../loops/type.ts';
import type { Emitter } from '../wgsl/emitter.ts';
import type { Tensor } from '../wgsl/tensor.ts';
import { clamped, type Value } from '../wgsl/value.ts';
import { PARTS, typeOf } from '../wgsl/vectors.ts';
import { dealt } from './dealt.ts';
import { knownInt } from './known.ts';
import { type MatrixTypes, matrixText, matrixTypes } from './matrices.ts';
import { dimensions, type RegisterForm, registerForms } from './register-forms.ts';

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

  /** A function that gives the value of an element of a register; undefined for other memories. */
  variable(of: number): Tensor['variable'] {
    const { space } = this.#memories[of]!;
    if (space === 'lanes') return (index, inside) => this.#inLanes(of, index, inside);
    return this.#forms.has(of) ? (index, inside) => this.#own(of, index, inside) : undefined;
  }

  /** The value of an invocation's own register: where the index is not `inside`, that of any. */
  #own(of: number, index: readonly IntExpr[], inside: boolean): Value {
    const depth = this.#emitter().depth;
    if (!this.#forms.get(of)!.isSplit)
      return { text: this.#element(of, index, { isVector: false, inside }), depth, atomic: true };
    const sizes = this.#memories[of]!.shape;
    const at = this.#constants(of, index).map((i, d) => placeIn(i, sizes[d]!));
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
    const { apart, within } = dimensions(memory, this.#forms.get(of)!);
    const sizes = within.map((d) => shape[d]!);
    const address = e.address(
      sizes,
      within.map((d) => index[d]!),
    );
    const last = sizes.reduce((n, d) => n * constantOf(d)!, 1) - 1;
    const placeAt = (d: number) => {
      const place = this.#constant(of, index.at(d)!);
      return inside ? place : placeIn(place, shape.at(d)!);
    };
    const places = apart.map(placeAt);
    const array = variableName(memory.name, places);
    const at = `${array}[${inside ? address : clamped(address, `${last}`)}]`;
    if (isVector || !this.isWide(of)) return at;
    return `${at}.${PARTS[placeAt(-1)]}`;
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
    return ownIndex(this.#memories[of]!, index).map((i) => this.#constant(of, i));
  }

  #constant(of: number, index: IntExpr): number {
    const n = constantIn(index);
    if (n === undefined) throw new LoopError('form', `${this.#memories[of]!.name} has no such variable`);
    return n;
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

/** The place that an index has in a dimension: where it is outside, the nearest one. */
const placeIn = (index: number, size: Dim): number => Math.max(0, Math.min(index, constantOf(size)! - 1));

const variableName = (name: string, index: readonly number[]): string => [name, ...index].join('_');

function declarations(memory: Memory, form: RegisterForm): string[] {
  const sizes = ownIndex(memory, memory.shape).map((d) => constantOf(d)!);
  const { apart, within } = dimensions(memory, form);
  const element = typeOf(memory.dtype === 'i32' ? 'i32' : 'f32', form.isWide ? sizes.at(-1) : 1);
  const length = within.reduce((n, d) => n * sizes[d]!, 1);
  const type = form.isSplit ? element : `array<${element}, ${length}>`;
  const places = apart.reduce<number[][]>(
    (all, d) => all.flatMap((at) => Array.from({ length: sizes[d]! }, (_, i) => [...at, i])),
    [[]],
  );
  return places.map((at) => `var ${variableName(memory.name, at)}: ${type};`);
}
