/** The result of a kernel family, and functions that all families share. */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import { constantOf, type Dim, productDim, subDim, sumDim } from '../../compiler/dims/dims.ts';
import { isNegativeQ } from '../../compiler/dims/rational.ts';
import { keyOf } from '../../compiler/primitives/affine.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, Prim } from '../../compiler/primitives/prim.ts';
import { layoutOf } from '../../compiler/primitives/storage.ts';
import { isLoop, type LoopPrim, loopAxes } from '../../compiler/primitives/substitute.ts';
import { axesIn, loadsOf } from '../../compiler/primitives/visit.ts';
import type { Extent, MatrixShape, Tuned } from '../../runtime/plan.ts';
import { dtypeBytes } from '../../runtime/plan.ts';
import { KernelError } from '../error.ts';
import { count } from '../fuse/axes.ts';
import { expressionsIn, type Kernel } from '../fuse/kernel.ts';
import type { Scheduled } from '../loops/type.ts';
import type { TunedSchedule } from '../tuned.ts';
import type { Emitter } from '../wgsl/emitter.ts';
import type { Module } from '../wgsl/module.ts';
import { addExtent, ceildivExtent, extentOf, maxExtent, mulExtent } from '../wgsl/size.ts';

/** The strategy of portable code, which every kernel has. The others are those of recipes (schedule/index.ts). */
export const DIRECT = 'direct';

export interface ScheduleOptions {
  /** The class of devices that the code is for. */
  readonly device: DeviceClass;
  /** The token count for which schedules are chosen. The code is right for every count. */
  readonly tokens: number;
  /** Whether 1 is among the variant's token counts: other schedules may be better for it. */
  readonly one: boolean;
  /** The only strategy to use, wherever it has code; undefined leaves the choice to the class. */
  readonly strategy?: string | undefined;
  /** The code of kernels printed so far for these options, by their keys: adapters have many equal kernels. */
  readonly printed: {
    readonly get: (key: string) => Printed | undefined;
    readonly set: (key: string, printed: Printed) => void;
  };
  /** Schedules that were measured to be the best on some devices, which then take them. */
  readonly tuned?: readonly TunedSchedule[];
}

export interface Emitted {
  readonly module: Module;
  /** The arguments of the root that the code reads, by index. */
  readonly reads: readonly number[];
  readonly workgroups: Extent;
  /** The loops that the code was printed from. */
  readonly scheduled: Scheduled;
  /** A dispatch that runs first. `module` binds its result, a temporary of `elements` f32, before its own result. */
  readonly before?: Emitted & { readonly elements: Dim };
}

/** The condition under which a way replaces the kernel that a class otherwise runs. */
interface Condition {
  /** The largest token count that the way is for; undefined for all counts. */
  readonly maxTokens?: number;
  readonly matrix?: MatrixShape;
  readonly tuned?: Tuned;
}

/** A way to compute a kernel by a strategy. `emit` gives its code, or undefined where it has none for the kernel. */
export interface Way extends Condition {
  readonly strategy: string;
  readonly emit: () => Emitted | undefined;
}

/** The ways to compute a family's kernel, best first. */
export type Ways<K> = (kernel: K, options: ScheduleOptions) => readonly Way[];

/** Other code with the same results, for some token counts or devices of the class. */
export interface Alternative extends Condition {
  readonly strategy: string;
  readonly code: Emitted;
}

/** The code of a kernel and its alternatives. Their bindings have no names in the Plan yet. */
export interface Printed {
  readonly strategy: string;
  readonly code: Emitted;
  /** Prints the alternatives, best first, at its first call. By then it must be known what the kernel overwrites. */
  readonly alternatives: () => readonly Alternative[];
}

/** All arguments that code reads, in its own dispatch and the one before. */
export const readsOf = ({ reads, before }: Emitted): readonly number[] =>
  before ? [...new Set([...reads, ...before.reads])].sort((a, b) => a - b) : reads;

/**
 * Chooses the code that a class runs for a kernel. `ways` come best first. The code is the first of them that the
 * class allows and that has no condition, or else the portable code. The ways before it become alternatives. Throws
 * KernelError for an alternative that reads other arguments.
 */
export function chosen(
  { device, strategy: forced }: Pick<ScheduleOptions, 'device' | 'strategy'>,
  portable: () => Emitted,
  ways: readonly Way[],
): Printed {
  const isAllowed = ({ strategy }: Way): boolean =>
    forced === undefined ? strategy === DIRECT || device.strategies.includes(strategy) : strategy === forced;
  const allowed = ways.filter(isAllowed);
  let conditional: Way[] = [];
  let own: Pick<Printed, 'strategy' | 'code'> | undefined;
  for (const way of allowed) {
    const isConditional = way.maxTokens !== undefined || way.matrix || way.tuned;
    if (isConditional) {
      conditional.push(way);
      continue;
    }
    const code = way.emit();
    if (code) {
      own = { strategy: way.strategy, code };
      break;
    }
  }
  own ??= { strategy: DIRECT, code: portable() };
  const reads = readsOf(own.code).join();
  const print = ({ emit, ...way }: Way): Alternative[] => {
    const code = emit();
    if (code === undefined) return [];
    if (readsOf(code).join() !== reads)
      throw new KernelError(`'${way.strategy}' reads arguments ${readsOf(code).join()}, not ${reads}`);
    return [{ ...way, code }];
  };
  let printed: readonly Alternative[] | undefined;
  const alternatives = () => {
    printed ??= conditional.flatMap(print);
    // Code is kept for long, and the ways lead to the program that it is of.
    conditional = [];
    return printed;
  };
  return { ...own, alternatives };
}

export interface Generated {
  readonly family: string;
  /** The code and its alternatives, printed at the first access, because the kernel may yet overwrite a tensor. */
  readonly printed: Printed;
  /** The tensors that are bound before the scratch buffer and the results, in order. */
  readonly reads: readonly Prim[];
  /** The number of f32 elements of the kernel's scratch memory; null where it needs none. */
  readonly scratch: Dim | null;
  readonly flops: Extent;
  readonly bytes: Extent;
}

/** Adds code to the facts of a kernel. The code is printed once, at the first access. */
export function lazily(facts: Omit<Generated, 'printed'>, print: () => Printed): Generated {
  let printed: Printed | undefined;
  return {
    ...facts,
    get printed() {
      printed ??= print();
      return printed;
    },
  };
}

/** The tensors that expressions load. */
export function tensorsLoaded(expressions: readonly (Expr | IntExpr)[], args: readonly Prim[]): Prim[] {
  const loaded = new Set(expressions.flatMap(loadsOf).map((l) => l.arg));
  return args.filter((_, i) => loaded.has(i));
}

/** An Extent that is the smaller of two sizes at every token count. */
function smaller(a: Dim, b: Dim): Extent {
  const signs = subDim(a, b).terms.map((t) => !isNegativeQ(t.coef));
  if (!signs.includes(false)) return extentOf(b);
  if (!signs.includes(true)) return extentOf(a);
  const larger = maxExtent(extentOf(a), extentOf(b));
  return addExtent(addExtent(extentOf(a), extentOf(b)), mulExtent(-1, larger));
}

/**
 * An upper bound on the number of a tensor's elements that a kernel reads. A gather, for example, reads at
 * most one for each of its indices.
 */
function elementsRead(tensor: Prim, kernel: Kernel): Extent {
  const { root, added = [] } = kernel;
  const all = productDim(tensor.shape);
  if (!isLoop(root)) return extentOf(all);
  const nests: readonly LoopPrim[] = [root, ...added];
  const loads = expressionsIn(kernel)
    .flatMap(loadsOf)
    .filter((l) => root.args[l.arg] === tensor);
  const axes = new Map(nests.flatMap(loopAxes).map((a) => [a.name, a]));
  const distinct = new Map(loads.map((l) => [l.index.map(keyOf).join(), l.index]));
  const indices = [...distinct.values()].map((index) => {
    const used = new Set(index.flatMap((i) => [...axesIn(i)]));
    return count([...axes.values()].filter((x) => used.has(x.name)));
  });
  return smaller(all, sumDim(indices));
}

/**
 * The bytes of some elements of a tensor. A quantised element counts its share of the codes and the scales.
 */
function bytesFor(p: Prim, elements: Extent): Extent {
  if (p.kind !== 'input' || !p.storage) return mulExtent(elements, dtypeBytes(p.dtype));
  // The language takes quantised tensors of known sizes alone (OFT4011).
  const shape = p.shape.map((d) => constantOf(d)!);
  const all = shape.reduce((n, d) => n * d, 1);
  return ceildivExtent(mulExtent(elements, 4 * layoutOf(p.storage, shape).words), Math.max(1, all));
}

/** The bytes that a kernel loads and stores, each element once. */
export const trafficOf = (reads: readonly Prim[], kernel: Kernel): Extent =>
  [...new Set(reads)].reduce<Extent>(
    (sum, p) => addExtent(sum, bytesFor(p, elementsRead(p, kernel))),
    mulExtent(extentOf(productDim(kernel.tensor.shape)), dtypeBytes(kernel.tensor.dtype)),
  );

/**
 * Defines axes from a row-major position over them, the text of an i32. `suffix` distinguishes copies of the axes,
 * where a thread has several positions.
 */
export function unravel(e: Emitter, axes: readonly Axis[], position: string, suffix = ''): void {
  let rest = position;
  for (let i = axes.length - 1; i >= 0; i--) {
    const { name, extent } = axes[i]!;
    if ((constantOf(extent) ?? Infinity) <= 1) {
      e.define(name + suffix, '0', extent);
    } else if (i === 0) {
      e.define(name + suffix, rest, extent);
    } else {
      const size = e.size(extent);
      const shift = Math.log2(Number(size));
      const quotient = Number.isInteger(shift) ? `${rest} >> ${shift}` : `i32(u32(${rest}) / u32(${size}))`;
      const q = e.name(quotient, e.depth).text;
      e.define(name + suffix, `${rest} - ${q} * ${size}`, extent);
      rest = q;
    }
  }
}
