/** Decides whether each register of a kernel is printed as variables, values, vectors or arrays. */
import { constantOf } from '../../compiler/dims/dims.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import { expressionsOf } from '../loops/expressions.ts';
import { isRegister, laneAxes, ownIndex } from '../loops/lanes.ts';
import { axesOf } from '../loops/perfect-nest.ts';
import type { Body, How, LoopKernel, Memory } from '../loops/type.ts';

export interface RegisterForm {
  /** Whether each element has a variable, or is a part of one. */
  readonly isSplit: boolean;
  /** For each dimension, whether constants name it everywhere. */
  readonly isNamed: readonly boolean[];
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
  /** For each part of the index, whether constants name it. */
  readonly isNamed: readonly boolean[];
  /** Whether the last part counts those of a vector, and whether others do. */
  readonly isAlongVector: boolean;
  readonly isAcrossVector: boolean;
  /** Whether it stores a value that never changes: one of inputs alone. */
  readonly isFixed: boolean;
}

const NONE: ReadonlySet<string> = new Set();

/** The form of each register of a kernel, by the number of its memory. Registers that nothing touches have none. */
export function registerForms(kernel: LoopKernel): ReadonlyMap<number, RegisterForm> {
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
      // A lane that loads knows the numbers of all lanes; one that stores has its own place.
      const known = kind === 'load' && memories[to]!.space === 'lanes' ? lanes : NONE;
      const isNamed = own.map((i) => isUnrolled(i, how, known));
      touched(to, { kind, path, isNamed, isAlongVector, isAcrossVector, isFixed });
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
  const isNamed = first.isNamed.map((_, d) => all.every((t) => t.isNamed[d]));
  const isSplit = isNamed.every((is) => is);
  const depth = others.reduce((n, t) => common(first.path, t.path, n), first.path.length);
  const isStoredFirst = first.kind === 'store' && first.path.length === depth;
  const isValue = isSplit && isStoredFirst && others.every((t) => t.kind === 'load');
  const isAcross = isNamed.at(-1) === false || all.some((t) => t.kind !== 'load' && t.isAcrossVector);
  // A value has a name as a whole, so that no other statement stores the other parts.
  const isWide = all.some((t) => t.isAlongVector) && !isAcross && !(isValue && !first.isAlongVector);
  return {
    isSplit,
    isNamed,
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
    isIt &&= x.k === 'axis' ? isKnown : x.k !== 'iload' && x.k !== 'load' && x.k !== 'extent';
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

/** The dimensions whose places have variables of their own, and those of an array; without that of a vector's parts. */
export function dimensions(memory: Memory, { isSplit, isNamed, isWide }: RegisterForm) {
  const sizes = ownIndex(memory, memory.shape);
  const all = [...isNamed.keys()].slice(0, isWide ? -1 : undefined);
  // A dimension of one place needs no arrays.
  const isApart = (d: number) => isSplit || (isNamed[d]! && constantOf(sizes[d]!) !== 1);
  return { apart: all.filter(isApart), within: all.filter((d) => !isApart(d)) };
}
