/** Programs of primitives to a Plan: fuse, generate, assign buffers. Equal inputs give equal bytes. */
import { constantOf, equalDim } from '../compiler/ir/dims.ts';
import type { Span } from '../compiler/ir/node.ts';
import type { TokenRule } from '../compiler/ops/token-rules.ts';
import type { IntExpr } from '../compiler/primitives/expr.ts';
import type { ContractionPrim, InputPrim, MapPrim, Prim, PrimProgram } from '../compiler/primitives/prim.ts';
import { layoutOf, type Storage, storageName } from '../compiler/primitives/storage.ts';
import {
  evalExtent,
  type Plan,
  type PlanKernel,
  type PlanRef,
  type PlanStep,
  type PlanTensor,
  type PlanVariant,
  temporaryBytes,
} from '../runtime/plan.ts';
import type { Replaced } from './buffers.ts';
import { KernelError } from './error.ts';
import { generateBlocks } from './families/blocks/index.ts';
import { writesOf } from './families/blocks/stages.ts';
import type { ContractionKernel } from './families/contraction/root.ts';
import type { ScheduleOptions } from './families/family.ts';
import { generate, type Strategy } from './families/index.ts';
import { groupOverwrites, overwriting } from './families/overwrite.ts';
import { type Group, spansOf } from './fuse/blocks.ts';
import { fuse } from './fuse/index.ts';
import type { Kernel, Overwritten } from './fuse/kernel.ts';
import { inLittleMemory } from './fuse/order.ts';
import { launched } from './recompute.ts';
import { rulesOf, sourceOf } from './rules.ts';
import type { TunedSchedule } from './tune/choice.ts';
import type { Module } from './wgsl/module.ts';
import { extentOf, maxExtent, mulExtent } from './wgsl/size.ts';

export { KernelError } from './error.ts';
export { STRATEGIES, type Strategy } from './families/index.ts';

/** A program and the token counts it serves, both ends included; null is unbounded. */
export interface Variant {
  readonly minTokens: number;
  readonly maxTokens: number | null;
  readonly program: PrimProgram;
}

export interface PlanOptions {
  readonly name: string;
  /** Role of each input by name. */
  readonly roles: Readonly<Record<string, PlanTensor['role']>>;
  /** `file:line:column` of a span; without it a step's source is `file:offset`. */
  readonly locate?: (span: Span) => string;
  /** The only strategy to use, wherever there is code for it, and on every device that it is right on; by default each device takes what is best. */
  readonly strategy?: Strategy;
  /** What the layer asks of the number of tokens. */
  readonly tokenRules?: readonly TokenRule[];
  /** Schedules measured on some devices, which take them instead. */
  readonly tuned?: readonly TunedSchedule[];
}

/** Token count that schedules and buffers are chosen for, when it lies in the variant's range. */
const TYPICAL_TOKENS = 512;

export const typicalTokens = (v: Variant): number =>
  Math.max(v.minTokens, Math.min(TYPICAL_TOKENS, v.maxTokens ?? TYPICAL_TOKENS));

/**
 * The Plan of a program's variants, which must agree on inputs and outputs and whose ranges of tokens must
 * partition 0, 1, 2, …. Throws KernelError naming the variant, tensor, constant or primitive at fault.
 */
export function generatePlan(variants: readonly Variant[], options: PlanOptions): Plan {
  checkVariants(variants);
  const { inputs, outputs } = variants[0]!.program;
  const kernels = new KernelTable();
  return {
    format: 'oftc-plan',
    version: 1,
    name: options.name,
    inputs: inputs.map((p) => planTensor(p.name, roleOf(p, options), p)),
    outputs: outputs.map((o) => planTensor(o.name, 'output', o.prim)),
    variants: variants.map((v) => planVariant(v, launchesOf(v), options, kernels)),
    kernels: kernels.list,
    ...rulesOf(variants, options),
  };
}

/** A contraction alone as a Plan for every count, whose inputs are what it reads; scheduled as in its variant. */
export function generateAlone(kernel: ContractionKernel, v: Variant, tuned: readonly TunedSchedule[]): Plan {
  const { tensor, root, added } = kernel;
  const inputs = new Map(
    root.args.map((p, i): [Prim, InputPrim] => {
      const { label, shape, dtype, spans } = p;
      return [p, { kind: 'input', name: `${i}`, label, shape, dtype, spans, args: [] }];
    }),
  );
  const alone = (p: ContractionPrim): ContractionPrim => ({ ...p, args: p.args.map((a) => inputs.get(a)!) });
  const own = { ...kernel, root: alone(root), ...(added ? { added: added.map(alone) } : {}) };
  const kernels = new KernelTable();
  const [reads, output] = [[...inputs.values()], 'out'];
  const program = { name: tensor.label, inputs: reads, outputs: [{ name: output, prim: tensor }] };
  const launches = { kernels: [own], written: new Map([[tensor, output]]) };
  const options = { name: tensor.label, roles: {}, tuned };
  return {
    format: 'oftc-plan',
    version: 1,
    name: options.name,
    inputs: reads.map((p) => planTensor(p.name, 'input', p)),
    outputs: [planTensor(output, 'output', tensor)],
    variants: [
      { ...planVariant({ ...v, program }, launches, options, kernels), minTokens: 0, maxTokens: null },
    ],
    kernels: kernels.list,
  };
}

const planTensor = (name: string, role: PlanTensor['role'], p: Prim): PlanTensor => ({
  name,
  role,
  dtype: p.dtype,
  shape: p.shape.map(extentOf),
  ...(p.kind === 'input' && p.storage && role !== 'output' ? { storage: planStorage(p, p.storage) } : {}),
});

/** Throws KernelError for a tensor that no kernel could decode. */
function planStorage(p: InputPrim, storage: Storage): NonNullable<PlanTensor['storage']> {
  const shape = p.shape.map(constantOf);
  if (p.dtype !== 'f32' || !shape.every((n) => n !== undefined))
    throw new KernelError(
      `'${p.name}' cannot be ${storageName(storage)}: only an f32 tensor of known shape can`,
    );
  return { format: storageName(storage), bytes: 4 * layoutOf(storage, shape).words };
}

function roleOf(p: InputPrim, { roles }: PlanOptions): PlanTensor['role'] {
  const role = Object.hasOwn(roles, p.name) ? roles[p.name] : undefined;
  if (role === undefined) throw new KernelError(`input '${p.name}' has no role: add it to roles`);
  return role;
}

function checkVariants(variants: readonly Variant[]): void {
  let next: number | null = 0;
  for (const v of variants) {
    if (v.minTokens !== next || (v.maxTokens !== null && v.maxTokens < v.minTokens)) {
      throw new KernelError(
        `variant ${v.minTokens}..${v.maxTokens ?? ''} should start at ${next ?? 'no'} tokens: ranges must partition all counts, in order`,
      );
    }
    next = v.maxTokens === null ? null : v.maxTokens + 1;
  }
  if (next !== null) throw new KernelError(`no variant serves ${next} tokens: the last must be unbounded`);
  const interfaceOf = ({ program: { inputs, outputs } }: Variant) => [
    ...inputs.map((prim) => ({ name: prim.name, prim })),
    ...outputs,
  ];
  const first = interfaceOf(variants[0]!);
  for (const v of variants.slice(1)) {
    const other = interfaceOf(v);
    const differs = first.find(({ name, prim }, i) => {
      const o = other[i];
      const sameShape = o?.prim.shape.length === prim.shape.length;
      return (
        !sameShape ||
        o.name !== name ||
        o.prim.dtype !== prim.dtype ||
        !prim.shape.every((d, j) => equalDim(d, o.prim.shape[j]!))
      );
    });
    if (differs !== undefined || other.length !== first.length) {
      throw new KernelError(
        `variants disagree on '${differs?.name ?? other.at(-1)!.name}': inputs and outputs must match`,
      );
    }
  }
}

/** Kernels with equal code are one. */
class KernelTable {
  readonly list: PlanKernel[] = [];
  private readonly byCode = new Map<string, number>();
  private readonly names = new Set<string>();

  /** Index of the kernel; `name` is made unique when it is new. */
  add(module: Module, name: string): number {
    // The code decides everything else that a module says.
    const known = this.byCode.get(module.wgsl);
    if (known !== undefined) return known;
    let unique = name;
    for (let n = 2; this.names.has(unique); n++) unique = `${name}_${n}`;
    this.names.add(unique);
    this.byCode.set(module.wgsl, this.list.length);
    this.list.push({ name: unique, ...module });
    return this.list.length - 1;
  }
}

/** What a variant launches, and the outputs that are written, by name. */
export interface Launches {
  readonly kernels: readonly (Kernel | Group)[];
  readonly written: ReadonlyMap<Prim, string>;
}

export function launchesOf(v: Variant): Launches {
  const { program } = v;
  const kernels = fuse(program, typicalTokens(v));
  const written = new Map<Prim, string>();
  for (const { name, prim } of program.outputs) {
    if (prim.kind !== 'input' && !written.has(prim)) {
      written.set(prim, name);
      continue;
    }
    const copy = copyOf(prim);
    kernels.push(copy);
    written.set(copy.tensor, name);
  }
  return { kernels: launched(kernels, written, typicalTokens(v)), written };
}

function planVariant(
  v: Variant,
  { kernels, written }: Launches,
  options: PlanOptions,
  table: KernelTable,
): PlanVariant {
  const tokens = typicalTokens(v);
  const names = new Map<Prim, string>(v.program.inputs.map((p) => [p, p.name]));
  const one = v.minTokens <= 1 && (v.maxTokens ?? Infinity) >= 1 && tokens > 1;
  const { strategy, tuned = [] } = options;
  const scheduling = { tokens, one, strategy, printed: new Map(), tuned };
  const generated = kernels.map((k) => stepOf(k, scheduling));
  const planned = inLittleMemory(generated, written, tokens);
  const { slots, placeOf, scratchOf } = planned;
  const steps = planned.steps.map((step, i) => {
    const over = planned.overwritten[i]!;
    return over.length > 0 ? { ...step, code: step.codeOver(over) } : step;
  });
  // Of alternatives alone, so that devices which take none need none.
  const parts = { slot: slots.length };
  const partBytes = steps
    .flatMap(({ code }) => code.alternatives?.() ?? [])
    .flatMap(({ code: { before } }) => (before ? [mulExtent(4, extentOf(before.elements))] : []));
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
      const scratch = scratchOf[i] ?? null;
      const last = writes.at(-1)!;
      const hint = written.get(last) ?? last.label;
      const name = `${code.family}_${identifier(hint)}`;
      const portable = table.add(code.module, name);
      const alternatives = (code.alternatives?.() ?? []).map(({ strategy, code: other, ...guard }) => {
        const suffix = [
          strategy,
          ...(guard.maxTokens ? [`to_${guard.maxTokens}`] : []),
          ...(guard.matrix ? [guard.matrix.component] : []),
          ...(guard.tuned ? ['tuned'] : []),
        ];
        const own = [name, ...suffix].join('_');
        const { before } = other;
        const binds = (reads: readonly number[], ...rest: PlanRef[]) => [
          ...reads.map((r) => ref(args[r]!)),
          ...rest,
        ];
        return {
          ...guard,
          ...(before && {
            first: {
              kernel: table.add(before.module, `${own}_parts`),
              bind: binds(before.reads, parts),
              workgroups: before.workgroups,
            },
            bind: binds(other.reads, parts, ...writes.map(ref)),
          }),
          ...(guard.matrix && { verify: [...code.reads, ...writes].map((p) => p.dtype) }),
          kernel: table.add(other.module, own),
          workgroups: other.workgroups,
        };
      });
      return {
        kernel: portable,
        bind: [...code.reads.map(ref), ...(scratch === null ? [] : [scratch]), ...writes.map(ref)],
        workgroups: code.workgroups,
        ...(alternatives.length > 0 ? { alternatives } : {}),
        flops: code.flops,
        bytes: code.bytes,
        label,
        source: sourceOf(spans, options),
      };
    }),
  };
}

/** A launch as code, what it reads and writes, and the code that has its result in a tensor's place. */
function stepOf(k: Kernel | Group, scheduling: ScheduleOptions) {
  if ('members' in k) {
    const code = generateBlocks(k, scheduling);
    const step = { code, writes: writesOf(k), spans: spansOf(k), label: labelOfGroup(k), args: k.args };
    return {
      ...step,
      reads: code.reads,
      scratch: code.scratch,
      overwrites: (tensor: Prim, by: Prim) => groupOverwrites(k, { tensor, by }),
      codeOver: (over: readonly Replaced[]) => ({
        ...generateBlocks(k, scheduling, over),
        bytes: code.bytes,
      }),
    };
  }
  const code = generate(k, scheduling);
  const ways = new Map<Prim, Overwritten | undefined>();
  const over = (tensor: Prim) => {
    if (!ways.has(tensor)) ways.set(tensor, overwriting(k, tensor));
    return ways.get(tensor);
  };
  const step = { code, writes: [k.tensor], spans: k.spans, label: labelOf(k), args: k.root.args };
  return {
    ...step,
    reads: code.reads,
    scratch: code.scratch,
    overwrites: (tensor: Prim) => over(tensor) !== undefined,
    codeOver: ([place]: readonly Replaced[]) => ({
      ...generate({ ...k, overwrites: over(place!.tensor)! }, scheduling),
      // It moves the same.
      bytes: code.bytes,
    }),
  };
}

const identifier = (label: string): string => label.replace(/\W+/g, '_').replace(/^_+|_+$/g, '') || 'value';

function labelOf({ root, tensor }: Kernel): string {
  return root.label === tensor.label ? tensor.label : `${root.label}; ${tensor.label}`;
}

const labelOfGroup = (group: Group): string =>
  writesOf(group)
    .map((p) => p.label)
    .join('; ');

/** An output that is an input, or that another output already holds, is copied. */
function copyOf(prim: Prim): Kernel {
  const axes = prim.shape.map((extent, d) => ({ name: `i${d}`, extent }));
  const index = axes.map((a): IntExpr => ({ k: 'axis', name: a.name }));
  const root: MapPrim = {
    kind: 'map',
    shape: prim.shape,
    dtype: prim.dtype,
    args: [prim],
    spans: prim.spans,
    label: `copy of ${prim.label}`,
    axes,
    body: { k: 'load', arg: 0, index },
  };
  return { tensor: root, root, epilogue: null, spans: prim.spans };
}

export interface PlanCost {
  readonly flops: number;
  /** Bytes moved, each tensor once per kernel. */
  readonly bytes: number;
  readonly launches: number;
  readonly peakTemporaryBytes: number;
}

/** What a Plan costs at a token count; needs no device. */
export function planCost(plan: Plan, tokens: number): PlanCost {
  const variant = plan.variants.find((v) => v.minTokens <= tokens && tokens <= (v.maxTokens ?? Infinity));
  if (variant === undefined) throw new KernelError(`Plan '${plan.name}' has no variant for ${tokens} tokens`);
  const run = variant.steps.filter((s) => evalExtent(s.workgroups, tokens) > 0);
  const sum = (of: (s: PlanStep) => PlanStep['flops']) =>
    run.reduce((n, s) => n + evalExtent(of(s), tokens), 0);
  return {
    flops: sum((s) => s.flops),
    bytes: sum((s) => s.bytes),
    launches: run.length,
    peakTemporaryBytes: temporaryBytes(variant, tokens),
  };
}
