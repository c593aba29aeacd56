/** Assembles a variant of a class: its steps in order, each with its kernels and what they bind. */
import type { DeviceClass } from '../compiler/devices/index.ts';
import { productDim } from '../compiler/dims/dims.ts';
import type { Prim } from '../compiler/primitives/prim.ts';
import type {
  Extent,
  PlanAlternative,
  PlanDispatch,
  PlanHalf,
  PlanRef,
  PlanStep,
  PlanVariant,
} from '../runtime/plan.ts';
import { KernelError } from './error.ts';
import { type Alternative, type Emitted, readsOf, type ScheduleOptions } from './families/family.ts';
import type { FusedBlocks } from './fuse/blocks.ts';
import type { Kernel } from './fuse/kernel.ts';
import type { KernelTable } from './kernel-table.ts';
import type { Launches } from './launches.ts';
import { inLittleMemory, type Planned } from './memory/order.ts';
import type { PlanOptions } from './options.ts';
import { printedFor } from './printed.ts';
import { sourceOf } from './rules.ts';
import { stepOf } from './step.ts';
import { typicalTokens, type VariantProgram } from './variants.ts';
import { extentOf, maxExtent, mulExtent } from './wgsl/size.ts';

/** The launch that each step was made of in this process. */
export const launchOf = new WeakMap<PlanStep, Kernel | FusedBlocks>();

/** The steps and buffers of a variant. Their kernels go into `table`. */
export function planVariant(
  v: VariantProgram,
  launches: Launches,
  device: DeviceClass,
  options: PlanOptions,
  table: KernelTable,
): PlanVariant {
  const { steps, slots, placeOf, scratchOf } = placedSteps(v, launches, device, options);
  const inputs = new Set<Prim>(v.program.inputs);
  const placeIn = (p: Prim): PlanRef => {
    if (p.kind !== 'input') return placeOf.get(p)!;
    if (!inputs.has(p)) throw new KernelError(`input '${p.name}' is not among the program's inputs`);
    return { input: p.name };
  };
  // Where workgroups share a sum, the parts that they leave are in a slot of their own.
  const parts = { slot: slots.length };
  const partBytes = steps.flatMap(partBytesOf);
  return {
    minTokens: v.minTokens,
    maxTokens: v.maxTokens,
    slots: partBytes.length > 0 ? [...slots, partBytes.reduce(maxExtent)] : slots,
    steps: steps.map((step, i): PlanStep => {
      const { code, writes, spans, label, args } = step;
      const last = writes.at(-1)!;
      const name = `${code.family}_${identifier(launches.written.get(last) ?? last.label)}`;
      const bindings: Bindings = {
        arg: (index) => placeIn(args[index]!),
        parts,
        scratch: scratchOf[i] ?? null,
        writes: writes.map(placeIn),
      };
      const alternatives = alternativesOf(step, name, bindings, table);
      const halves = writes
        .filter((p) => p.dtype === 'f16')
        .map((p): PlanHalf => {
          const elements = extentOf(productDim(p.shape));
          return { of: placeIn(p), elements, label: launches.written.get(p) ?? p.label };
        });
      const made: PlanStep = {
        ...dispatchesOf(code.printed.code, nameOf(name, code.printed), bindings, table),
        ...(alternatives.length > 0 ? { alternatives } : {}),
        ...(halves.length > 0 ? { halves } : {}),
        flops: code.flops,
        bytes: code.bytes,
        label,
        source: sourceOf(spans, options),
      };
      launchOf.set(made, step.launch);
      return made;
    }),
  };
}

type PlacedStep = Omit<ReturnType<typeof stepOf>, 'codeOver'>;

/** The steps of a variant in order, with their code, and the buffers of their tensors. */
function placedSteps(
  v: VariantProgram,
  { kernels, written }: Launches,
  device: DeviceClass,
  { strategy, tuned = [] }: PlanOptions,
): Planned<PlacedStep> {
  const tokens = typicalTokens(v);
  const one = v.minTokens <= 1 && (v.maxTokens ?? Infinity) >= 1 && tokens > 1;
  const choices = { tokens, one, strategy, tuned };
  const scheduling: ScheduleOptions = { device, ...choices, printed: printedFor(device, choices) };
  const planned = inLittleMemory(
    kernels.map((k) => stepOf(k, scheduling)),
    written,
    tokens,
  );
  const steps = planned.steps.map((step, i) => {
    const over = planned.overwritten[i]!;
    return over.length > 0 ? { ...step, code: step.codeOver(over) } : step;
  });
  return { ...planned, steps };
}

/** For each code of a step whose sums workgroups share, the bytes of the parts that they leave. */
const partBytesOf = ({ code: { printed } }: PlacedStep): Extent[] =>
  [printed, ...printed.alternatives()].flatMap(({ code: { before } }) =>
    before ? [mulExtent(4, extentOf(before.elements))] : [],
  );

/** The places of what a step's code binds. */
interface Bindings {
  /** The place of an argument, by its index. Arguments that no code reads from storage may have none. */
  readonly arg: (index: number) => PlanRef;
  /** The parts of sums that workgroups share. */
  readonly parts: PlanRef;
  readonly scratch: PlanRef | null;
  readonly writes: readonly PlanRef[];
}

/** The dispatch of some code, and the one before it. */
function dispatchesOf(
  { module, reads, workgroups, scheduled, before }: Emitted,
  name: string,
  { arg, parts, scratch, writes }: Bindings,
  table: KernelTable,
): PlanDispatch & { readonly first?: PlanDispatch } {
  const first = before && {
    kernel: table.add(before.module, `${name}_parts`, before.scheduled),
    bind: [...before.reads.map(arg), parts],
    workgroups: before.workgroups,
  };
  const between = before ? parts : scratch;
  return {
    kernel: table.add(module, name, scheduled),
    bind: [...reads.map(arg), ...(between ? [between] : []), ...writes],
    workgroups,
    ...(first ? { first } : {}),
  };
}

function alternativesOf(
  { code: { printed }, args, writes }: PlacedStep,
  name: string,
  bindings: Bindings,
  table: KernelTable,
): PlanAlternative[] {
  const dtypes = [...readsOf(printed.code).map((r) => args[r]!), ...writes].map((p) => p.dtype);
  return printed.alternatives().map((way) => {
    const { strategy: _, code, ...condition } = way;
    const { bind, ...rest } = dispatchesOf(code, nameOf(name, way), bindings, table);
    const differs = printed.code.before !== undefined || code.before !== undefined;
    return { ...condition, ...rest, ...(differs ? { bind } : {}), ...(way.matrix && { verify: dtypes }) };
  });
}

const identifier = (label: string): string => label.replace(/\W+/g, '_').replace(/^_+|_+$/g, '') || 'value';

/**
 * The name of a kernel's code, such as `contraction_y_lanes_to_1`: the kernel's name, and how the code differs from the
 * portable one.
 */
function nameOf(name: string, { strategy, maxTokens, matrix, tuned }: Omit<Alternative, 'code'>): string {
  return [
    name,
    ...(strategy === 'direct' && !tuned ? [] : [strategy]),
    ...(maxTokens ? [`to_${maxTokens}`] : []),
    ...(matrix ? [matrix.component] : []),
    ...(tuned ? ['tuned'] : []),
  ].join('_');
}
