/** Assembles a variant of a class: its steps in order, each with its kernels and what they bind. */
import type { DeviceClass } from '../compiler/devices/index.ts';
import type { Prim } from '../compiler/primitives/prim.ts';
import type { PlanDispatch, PlanRef, PlanStep, PlanVariant } from '../runtime/plan.ts';
import { KernelError } from './error.ts';
import { type Alternative, type Emitted, readsOf, type ScheduleOptions } from './families/family.ts';
import type { KernelTable } from './kernel-table.ts';
import type { Launches } from './launches.ts';
import { inLittleMemory } from './memory/order.ts';
import type { PlanOptions } from './options.ts';
import { printedFor } from './printed.ts';
import { sourceOf } from './rules.ts';
import { stepOf } from './step.ts';
import { typicalTokens, type VariantProgram } from './variants.ts';
import { extentOf, maxExtent, mulExtent } from './wgsl/size.ts';

export function planVariant(
  v: VariantProgram,
  { kernels, written }: Launches,
  device: DeviceClass,
  options: PlanOptions,
  table: KernelTable,
): PlanVariant {
  const tokens = typicalTokens(v);
  const names = new Map<Prim, string>(v.program.inputs.map((p) => [p, p.name]));
  const one = v.minTokens <= 1 && (v.maxTokens ?? Infinity) >= 1 && tokens > 1;
  const { strategy, tuned = [] } = options;
  const choices = { tokens, one, strategy, tuned };
  const scheduling: ScheduleOptions = { device, ...choices, printed: printedFor(device, choices) };
  const generated = kernels.map((k) => stepOf(k, scheduling));
  const planned = inLittleMemory(generated, written, tokens);
  const { slots, placeOf, scratchOf } = planned;
  const steps = planned.steps.map((step, i) => {
    const over = planned.overwritten[i]!;
    return over.length > 0 ? { ...step, code: step.codeOver(over) } : step;
  });
  // Where workgroups share a sum, the parts that they leave are in a slot of their own.
  const parts = { slot: slots.length };
  const partBytes = steps
    .flatMap(({ code: { printed } }) => [printed.code, ...printed.alternatives().map((a) => a.code)])
    .flatMap(({ before }) => (before ? [mulExtent(4, extentOf(before.elements))] : []));
  const ref = (p: Prim): PlanRef => {
    if (p.kind === 'input') {
      if (!names.has(p)) throw new KernelError(`input '${p.name}' is not among the program's inputs`);
      return { input: p.name };
    }
    return placeOf.get(p)!;
  };
  return {
    minTokens: v.minTokens,
    maxTokens: v.maxTokens,
    slots: partBytes.length > 0 ? [...slots, partBytes.reduce(maxExtent)] : slots,
    steps: steps.map(({ code, writes, spans, label, args }, i): PlanStep => {
      const { printed } = code;
      const scratch = scratchOf[i] ?? null;
      const last = writes.at(-1)!;
      const name = `${code.family}_${identifier(written.get(last) ?? last.label)}`;
      const dispatches = (own: string, { module, reads, workgroups, scheduled, before }: Emitted) => {
        const bind = (of: readonly number[], ...rest: PlanRef[]) => [
          ...of.map((r) => ref(args[r]!)),
          ...rest,
        ];
        const work = scratch === null ? [] : [scratch];
        const first: PlanDispatch | undefined = before && {
          kernel: table.add(before.module, `${own}_parts`, before.scheduled),
          bind: bind(before.reads, parts),
          workgroups: before.workgroups,
        };
        return {
          kernel: table.add(module, own, scheduled),
          bind: bind(reads, ...(before ? [parts] : work), ...writes.map(ref)),
          workgroups,
          ...(first ? { first } : {}),
        };
      };
      const dtypes = [...readsOf(printed.code).map((r) => args[r]!), ...writes].map((p) => p.dtype);
      const alternatives = printed.alternatives().map((way) => {
        const { strategy: _, code: other, ...condition } = way;
        const { bind, ...rest } = dispatches(nameOf(name, way), other);
        const differs = printed.code.before !== undefined || other.before !== undefined;
        return { ...condition, ...rest, ...(differs ? { bind } : {}), ...(way.matrix && { verify: dtypes }) };
      });
      return {
        ...dispatches(nameOf(name, printed), printed.code),
        ...(alternatives.length > 0 ? { alternatives } : {}),
        flops: code.flops,
        bytes: code.bytes,
        label,
        source: sourceOf(spans, options),
      };
    }),
  };
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
