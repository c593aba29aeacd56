/** A memory whose accesses are checked: bounds, races, and what was written. */
import type { DType } from '../../compiler/primitives/prim.ts';
import { count, type Domain, type TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { LoopError } from './error.ts';
import type { Memory } from './type.ts';

/**
 * Who touched an element: an invocation's number, or one of these. −3 − s stands for subgroup s, whose invocations have
 * met since, and MANY − s for several of its invocations.
 */
const [NONE, SEVERAL, SUBGROUP, MANY] = [-1, -2, -3, -(2 ** 20)];

/** The invocations that touch a memory, and what it begins with. */
interface Surroundings<T> {
  readonly threads: number;
  readonly subgroup: number;
  /** Whether an invocation runs the present statement. */
  readonly isActive: (invocation: number) => boolean;
  /** Whether all invocations of the subgroup run it as one, so that any of them may touch any element. */
  readonly isTogether: () => boolean;
  readonly given?: TensorValue<T>;
}

/** The number of invocations or subgroups that have a memory of their own. */
function copiesOf({ space }: Memory, threads: number, subgroup: number): number {
  if (isOfSubgroup(space)) return Math.ceil(threads / subgroup);
  return space === 'register' ? threads : 1;
}

const isOfSubgroup = (space: Memory['space']): boolean => space === 'lanes' || space === 'matrix';

export class Watched<T> {
  readonly memory: Memory;
  readonly tensor: TensorValue<T>;
  readonly #domain: Domain<T>;
  readonly #shape: readonly number[];
  readonly #size: number;
  /** The memory in whose buffer this input lies. */
  #host: Watched<T> | undefined;
  readonly #isWritten: Uint8Array;
  /** The invocations that wrote and read each element since the last barrier. */
  readonly #writer: Int32Array;
  readonly #reader: Int32Array;
  /** The workgroups that wrote and read each element of a buffer. */
  readonly #writingGroup: Int32Array;
  readonly #readingGroup: Int32Array;

  readonly #subgroup: number;
  readonly #isActive: (invocation: number) => boolean;
  readonly #isTogether: () => boolean;

  constructor(
    memory: Memory,
    shape: readonly number[],
    domain: Domain<T>,
    { threads, subgroup, isActive, isTogether, given }: Surroundings<T>,
  ) {
    this.memory = memory;
    this.#subgroup = subgroup;
    this.#isActive = isActive;
    this.#isTogether = isTogether;
    this.#domain = domain;
    this.#shape = shape;
    this.#size = count(shape);
    const [lanes, copies] = [shape.at(-1), copiesOf(memory, threads, subgroup)];
    if (memory.space === 'lanes' && lanes !== subgroup)
      throw new LoopError('form', `${memory.name} has ${lanes} lanes, and a subgroup has ${subgroup}`);
    const all = this.#size * copies;
    if (memory.space === 'input' && given?.values.length !== all)
      throw new LoopError(
        'form',
        `input ${memory.name} has ${given?.values.length ?? 0} elements, not ${all}`,
      );
    this.tensor = given ?? domain.create(copies === 1 ? shape : [copies, ...shape]);
    const isTracked = memory.space !== 'input';
    this.#isWritten = new Uint8Array(isTracked ? all : 0);
    const isBuffer = memory.space === 'output' || memory.space === 'temporary';
    const isShared = memory.space === 'workgroup' || isBuffer;
    const tracked = (is: boolean) => new Int32Array(is ? all : 0).fill(NONE);
    this.#writer = tracked(isShared);
    this.#reader = tracked(isShared);
    this.#writingGroup = tracked(isBuffer);
    this.#readingGroup = tracked(isBuffer);
  }

  /** Makes this input part of an output's buffer. */
  lieIn(host: Watched<T>): void {
    this.#host = host;
  }

  /**
   * A function that gives an invocation the row-major place of the element at the values of an index, among the elements
   * of that invocation if they are in registers.
   */
  offsets(index: readonly (() => number)[]): (invocation: number) => number {
    const [shape, { name }] = [this.#shape, this.memory];
    if (index.length !== shape.length)
      throw new LoopError('form', `${name} has ${shape.length} dimensions, not ${index.length}`);
    return (invocation) => {
      let at = 0;
      for (let d = 0; d < index.length; d++) {
        const i = index[d]!();
        const extent = shape[d]!;
        if (!(i >= 0 && i < extent)) {
          const place = `index ${i} of dimension ${d} of ${name}`;
          throw new LoopError('outside', `${place} is not in 0..${extent - 1}, in invocation ${invocation}`);
        }
        at = at * extent + i;
      }
      return at;
    };
  }

  read(at: number, invocation: number, workgroup: number): T {
    const place = this.#place(at, invocation);
    if (this.memory.space === 'lanes' && !this.#isActive(this.#ownerOf(at, invocation)))
      throw new LoopError(
        'inactive',
        `invocation ${invocation} reads ${this.#said(at)} of a lane that does not run the statement`,
      );
    if (this.#host) this.#host.#touched(at, invocation, workgroup, this);
    else if (this.memory.space !== 'input') {
      if (!this.#isWritten[place])
        throw new LoopError(
          'unwritten',
          `invocation ${invocation} reads ${this.#said(at)}, which was never written`,
        );
      this.#touched(at, invocation, workgroup, this);
    }
    return this.#domain.read(this.tensor, place);
  }

  /** A function that reads an integer at the values of an index. */
  integers(index: readonly (() => number)[]): (invocation: number, workgroup: number) => number {
    const offset = this.offsets(index);
    return (invocation, workgroup) => {
      const at = offset(invocation);
      this.read(at, invocation, workgroup);
      return this.tensor.values[this.#place(at, invocation)]!;
    };
  }

  write(at: number, value: T, invocation: number, workgroup: number): void {
    const { space, dtype } = this.memory;
    if (space === 'input') throw new LoopError('form', `${this.memory.name} is an input`);
    const place = this.#place(at, invocation);
    if (space === 'lanes' && this.#ownerOf(at, invocation) !== invocation)
      throw new LoopError(
        'lane',
        `invocation ${invocation} stores to ${this.#said(at)}, which another lane has`,
      );
    this.#isWritten[place] = 1;
    this.#write(place, value, dtype);
    if (space === 'register' || isOfSubgroup(space)) return;
    const by = this.#toucher(invocation);
    for (const other of [this.#writer[at]!, this.#reader[at]!])
      if (this.#isAnother(other, by)) this.#race(at, invocation, 'writes');
    this.#writer[at] = by;
    if (this.#writingGroup.length === 0) return;
    for (const other of [this.#writingGroup[at]!, this.#readingGroup[at]!])
      if (other !== NONE && other !== workgroup)
        throw new LoopError('race', `workgroups ${workgroup} and ${other} touch ${this.#said(at)}`);
    this.#writingGroup[at] = workgroup;
  }

  #write(place: number, value: T, dtype: DType): void {
    if (dtype === 'i32') this.tensor.values[place] = value as number;
    else this.#domain.write(this.tensor, place, value, dtype);
  }

  /** Notes a read of an element by `reader`, which is this memory or an input that lies in it. */
  #touched(at: number, invocation: number, workgroup: number, reader: Watched<T>): void {
    if (reader !== this && this.#isWritten[at])
      throw new LoopError(
        'overwritten',
        `invocation ${invocation} reads ${reader.#said(at)} after ${this.#said(at)} replaced it`,
      );
    if (this.#writer.length === 0) return;
    const by = this.#toucher(invocation);
    if (this.#isAnother(this.#writer[at]!, by)) this.#race(at, invocation, 'reads');
    this.#reader[at] = this.#together(this.#reader[at]!, by);
    if (this.#writingGroup.length === 0) return;
    const group = this.#writingGroup[at]!;
    if (group !== NONE && group !== workgroup)
      throw new LoopError('race', `workgroups ${workgroup} and ${group} touch ${this.#said(at)}`);
    const readers = this.#readingGroup[at]!;
    this.#readingGroup[at] = readers === NONE || readers === workgroup ? workgroup : SEVERAL;
  }

  #race(at: number, invocation: number, does: string): never {
    const others = 'another touched since the last barrier';
    throw new LoopError('race', `invocation ${invocation} ${does} ${this.#said(at)}, which ${others}`);
  }

  /** Who touches an element: an invocation, or several of its subgroup. */
  #toucher(invocation: number): number {
    return this.#isTogether() ? MANY - this.#subgroupOf(invocation)! : invocation;
  }

  #subgroupOf(touched: number): number | undefined {
    if (touched >= 0) return Math.floor(touched / this.#subgroup);
    if (touched <= MANY) return MANY - touched;
    return touched <= SUBGROUP ? SUBGROUP - touched : undefined;
  }

  /** Whether an element was touched by another invocation that this one has not met since. */
  #isAnother(touched: number, invocation: number): boolean {
    if (touched === NONE || (touched === invocation && touched >= 0)) return false;
    const hasMet = touched <= SUBGROUP && touched > MANY;
    return !(hasMet && this.#subgroupOf(touched) === this.#subgroupOf(invocation));
  }

  #together(touched: number, invocation: number): number {
    if (touched === NONE || touched === invocation) return invocation;
    const own = this.#subgroupOf(invocation)!;
    // Those of its subgroup that touched it before have met it since.
    const hasMet = touched <= SUBGROUP && touched > MANY;
    if (hasMet && this.#subgroupOf(touched) === own) return invocation;
    return this.#subgroupOf(touched) === own ? MANY - own : SEVERAL;
  }

  /** Notes that the invocations of the workgroup, or those of each subgroup, have met at a barrier. */
  meet(scope: 'subgroup' | 'workgroup'): void {
    for (const touched of [this.#writer, this.#reader]) {
      if (scope === 'workgroup') touched.fill(NONE);
      else
        for (const [at, by] of touched.entries()) {
          const subgroup = this.#subgroupOf(by);
          if (subgroup !== undefined) touched[at] = SUBGROUP - subgroup;
        }
    }
  }

  /** Forgets the content of a workgroup's own memories. */
  startWorkgroup(): void {
    const { space } = this.memory;
    if (space === 'workgroup' || space === 'register' || isOfSubgroup(space)) this.#isWritten.fill(0);
    this.#writer.fill(NONE);
    this.#reader.fill(NONE);
  }

  /** Throws LoopError unless every element was written. */
  requireWhole(): void {
    const missing = this.#isWritten.indexOf(0);
    if (missing >= 0) throw new LoopError('unwritten', `${this.#said(missing)} is never written`);
  }

  #place(at: number, invocation: number): number {
    const { space } = this.memory;
    if (isOfSubgroup(space)) return Math.floor(invocation / this.#subgroup) * this.#size + at;
    return space === 'register' ? invocation * this.#size + at : at;
  }

  /** The invocation that has a register of an invocation's subgroup. */
  #ownerOf(at: number, invocation: number): number {
    return invocation - (invocation % this.#subgroup) + (at % this.#subgroup);
  }

  #said(at: number): string {
    const index: number[] = [];
    let rest = at;
    for (const extent of [...this.#shape].reverse()) {
      index.unshift(rest % extent);
      rest = Math.floor(rest / extent);
    }
    return `${this.memory.name}[${index.join(', ')}]`;
  }
}
