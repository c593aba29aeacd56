/**
 * From a layer to numbers: compile once, run for any number of tokens.
 *
 * ```ts
 * const session = await compile('examples/oft.ts', { dims: { in: 1024, out: 1024, b: 32 } });
 * session.bind({ W, v });
 * const { y } = await session.run({ x }).then((r) => r.readAll());
 * ```
 */
import { gradName } from '../compiler/autodiff/differentiate.ts';
import { bindProgram, solveDims } from '../compiler/ir/bind.ts';
import type { Binding } from '../compiler/ir/dims.ts';
import { OftcError } from '../compiler/ir/error.ts';
import { didYouMean } from '../compiler/ir/nearest.ts';
import type { Program, Span } from '../compiler/ir/node.ts';
import { mergeOnce } from '../compiler/merge.ts';
import { type Compilation, type CompileOptions, compileProgram } from '../compiler/pipeline.ts';
import type { DeviceProfile } from '../compiler/rewrite/cost.ts';
import type { Objective } from '../compiler/rewrite/select.ts';
import { generatePlan, type Variant as KernelVariant, type Strategy } from '../kernels-gen/index.ts';
import type { Plan, StepProfile } from '../runtime/index.ts';
import type { Backend, BackendResult, Runner } from './backends/backend.ts';
import { cpuBackend } from './backends/cpu.ts';
import { gpuBackend, openDevice } from './backends/gpu.ts';
import { loadProgram, type Source } from './load.ts';
import {
  checkBound,
  foldShape,
  type HostTensor,
  isHostTensor,
  outputShape,
  resolveInputs,
  type TensorInput,
} from './tensors.ts';
import { schedulesOf, type TuningTable } from './tune/table.ts';

export interface SessionOptions {
  /** Which exported layer of a file; needed when it exports several. */
  readonly layer?: string;
  /** Values for the layer's configuration; from a file they may be strings, which its type then reads. */
  readonly config?: object;
  /** Sizes of dimensions; those that `where` and `shapes` imply may be left out. `tokens` stays open. */
  readonly dims?: Binding;
  /** Shapes of actual tensors, from which dimensions are read off. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** `gpu` (default) opens one; `cpu` is the float64 reference; a GPUDevice stays the caller's. */
  readonly device?: 'gpu' | 'cpu' | GPUDevice;
  /** Compile without any derivation: the baseline to compare with. */
  readonly asWritten?: boolean;
  /** Keep the parentheses of the source: for a layer that `oftc rewrite` printed. */
  readonly pinned?: boolean;
  readonly objective?: Objective;
  /** Rules that make it another function, which fire only where they are asked for. */
  readonly allow?: CompileOptions['allow'];
  /** Rates that selection assumes; by default those of a mid-range GPU. */
  readonly profile?: DeviceProfile;
  /** Kernels of this strategy wherever there is one (docs/architecture.md); by default each device takes what is best. */
  readonly strategy?: Strategy;
  /** Schedules that `oftc tune` measured, for the devices that it measured them on (docs/tuning.md). */
  readonly tuning?: TuningTable;
  /** Take the device's times of every kernel, for `Outputs.profile()`; needs its timestamp-query feature. */
  readonly timing?: boolean;
}

/** `forward`: the outputs. `gradients`: outputs and gradients, compiled together. */
export type Kind = 'forward' | 'gradients';

/**
 * Compiles a layer: a file's path, a layer, or a Program. Rejects with DiagnosticError for a file the front
 * end refuses, OftcError for dimensions (OFT30xx), OftcRuntimeError DeviceMissing without a device.
 */
export async function compile(source: Source, options: SessionOptions = {}): Promise<Session> {
  const { program, locate } = loadProgram(source, options);
  const shapes = Object.fromEntries(
    program.inputs.flatMap((i) => {
      const given = options.shapes?.[i.name];
      return given ? [[i.name, foldShape(i.type, given).shape]] : [];
    }),
  );
  const sizes = solveDims(program, options.dims ?? {}, shapes);
  bindProgram(program, sizes); // what does not bind is refused before a device is opened
  const backend = await openBackend(options.device ?? 'gpu', options.timing ?? false);
  return new Session(program, sizes, backend, options, locate);
}

async function openBackend(device: NonNullable<SessionOptions['device']>, timing: boolean): Promise<Backend> {
  if (device === 'cpu') return cpuBackend;
  return device === 'gpu' ? gpuBackend(await openDevice(), true, timing) : gpuBackend(device, false, timing);
}

interface Prepared {
  readonly compilation: Compilation;
  readonly plan: Plan;
  runner?: Promise<Runner>;
}

export interface RunOptions {
  /** Needed only when every input that depends on it is a GPUBuffer. */
  readonly tokens?: number;
}

export class Session {
  /** The layer at its sizes; only `tokens` is symbolic. */
  readonly program: Program;
  readonly backend: Backend;
  readonly #source: Program;
  readonly #sizes: Binding;
  readonly #options: SessionOptions;
  readonly #locate: ((span: Span) => string) | undefined;
  readonly #prepared = new Map<Kind, Prepared>();
  readonly #bound = new Map<string, TensorInput>();
  #disposed = false;

  /** Made by `compile`. */
  constructor(
    source: Program,
    sizes: Binding,
    backend: Backend,
    options: SessionOptions,
    locate?: (span: Span) => string,
  ) {
    this.program = bindProgram(source, sizes);
    this.backend = backend;
    this.#source = source;
    this.#sizes = sizes;
    this.#options = options;
    this.#locate = locate;
  }

  /** What the compiler derived and decided. */
  compilation(kind: Kind): Compilation {
    return this.#prepare(kind).compilation;
  }

  /** The kernels and buffers, as plain JSON. */
  plan(kind: Kind): Plan {
    return this.#prepare(kind).plan;
  }

  /** Keeps tensors that do not depend on `tokens` for all later runs; they are uploaded once. */
  bind(tensors: Readonly<Record<string, TensorInput>>): void {
    for (const [name, value] of Object.entries(tensors)) {
      const declared = this.program.inputs.filter((i) => i.name === name);
      const { data } = resolveInputs(this.program.name, declared, { [name]: value }, new Set(), 0);
      this.#bound.set(name, value);
      for (const { runner } of this.#prepared.values()) void runner?.then((r) => r.bind(name, data[name]!));
    }
  }

  /** The outputs. Inputs that are bound may be left out. */
  run(inputs: Readonly<Record<string, TensorInput>>, options: RunOptions = {}): Promise<Outputs> {
    return this.#run('forward', inputs, options);
  }

  /**
   * Outputs and gradients of Σ ⟨output, cotangent⟩, named `grad.<input>`; cotangents by output name.
   */
  gradients(
    inputs: Readonly<Record<string, TensorInput>>,
    cotangents: Readonly<Record<string, TensorInput>>,
    options: RunOptions = {},
  ): Promise<Outputs> {
    const named = Object.fromEntries(Object.entries(cotangents).map(([n, g]) => [gradName(n), g]));
    return this.#run('gradients', { ...inputs, ...named }, options);
  }

  /**
   * The layer for inference with the parameters as they are bound: what they alone determine is computed now, once,
   * and a session for what is left is returned. It shares this session's device and does not own it; parameters
   * bound here later do not reach it. Rejects with OFT4001 for a parameter that is not bound.
   */
  async merge(): Promise<Session> {
    checkBound(this.program.name, this.program.inputs, this.#bound);
    const { profile, allow } = this.#options;
    const { prepare, run } = mergeOnce(this.program, {
      ...(profile ? { profile } : {}),
      ...(allow ? { allow } : {}),
    });
    const backend: Backend = { ...this.backend, dispose: () => undefined };
    const bound = (program: Program) =>
      Object.fromEntries(
        program.inputs.flatMap((i) => {
          const value = this.#bound.get(i.name);
          return value ? [[i.name, value] as const] : [];
        }),
      );
    const once = new Session(prepare, {}, backend, this.#options);
    try {
      const merged = prepare.outputs.length > 0 ? await (await once.run(bound(prepare))).readAll() : {};
      const session = new Session(run, {}, backend, this.#options, this.#locate);
      session.bind({ ...bound(run), ...merged });
      return session;
    } finally {
      await once.dispose();
    }
  }

  async #run(
    kind: Kind,
    inputs: Readonly<Record<string, TensorInput>>,
    options: RunOptions,
  ): Promise<Outputs> {
    const { compilation } = this.#prepare(kind);
    const { program } = compilation.variants[0]!;
    const resolved = resolveInputs(
      program.name,
      program.inputs,
      inputs,
      new Set(this.#bound.keys()),
      options.tokens,
    );
    const runner = await this.#runner(kind);
    const result = runner.run(resolved.tokens, resolved.data);
    const shapes = Object.fromEntries(
      program.outputs.map((o) => [o.name, outputShape(o.node.type, resolved.tokens, resolved.lead)]),
    );
    return new Outputs(result, shapes);
  }

  #prepare(kind: Kind): Prepared {
    if (this.#disposed)
      throw new OftcError('OFT4007', `session '${this.program.name}' is disposed; compile again`);
    let prepared = this.#prepared.get(kind);
    if (!prepared) {
      const { asWritten, pinned, objective, profile, allow, strategy, tuning } = this.#options;
      const compilation = compileProgram(this.#source, {
        sizes: this.#sizes,
        gradients: kind === 'gradients',
        ...(asWritten === undefined ? {} : { asWritten }),
        ...(pinned === undefined ? {} : { pinned }),
        ...(objective === undefined ? {} : { objective }),
        ...(allow === undefined ? {} : { allow }),
        ...(profile === undefined ? {} : { profile }),
      });
      prepared = { compilation, plan: planOf(compilation, this.#locate, strategy, tuning) };
      this.#prepared.set(kind, prepared);
    }
    return prepared;
  }

  #runner(kind: Kind): Promise<Runner> {
    const prepared = this.#prepare(kind);
    prepared.runner ??= this.backend.prepare(prepared.compilation, prepared.plan).then((runner) => {
      for (const [name, value] of this.#bound) runner.bind(name, isHostTensor(value) ? value.data : value);
      return runner;
    });
    return prepared.runner;
  }

  /** Frees device memory, and the device if this session opened it. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const { runner } of this.#prepared.values()) (await runner?.catch(() => undefined))?.dispose();
    this.backend.dispose();
  }
}

/** The Plan of a compilation. */
export function planOf(
  compilation: Compilation,
  locate?: (span: Span) => string,
  strategy?: Strategy,
  tuning?: TuningTable,
): Plan {
  const [first] = compilation.variants;
  return generatePlan(variantsOf(compilation), {
    name: compilation.source.name,
    roles: Object.fromEntries(first!.program.inputs.map((i) => [i.name, i.role])),
    ...(locate ? { locate } : {}),
    ...(strategy ? { strategy } : {}),
    ...(tuning ? { tuned: schedulesOf(tuning) } : {}),
  });
}

/** The programs of primitives that a compilation serves its token counts by. */
export const variantsOf = ({ variants }: Compilation): KernelVariant[] =>
  variants.map(({ minTokens, maxTokens, primitives }) => ({ minTokens, maxTokens, program: primitives }));

/** The outputs of one run; nothing is read back until asked for. */
export class Outputs {
  readonly #result: BackendResult;
  readonly shapes: Readonly<Record<string, readonly number[]>>;

  constructor(result: BackendResult, shapes: Readonly<Record<string, readonly number[]>>) {
    this.#result = result;
    this.shapes = shapes;
  }

  /** Device buffers by name; undefined on the CPU reference. */
  get buffers(): Readonly<Record<string, GPUBuffer>> | undefined {
    return this.#result.buffers;
  }

  /** Resolves when the device is done; rejects with what went wrong on it. */
  done(): Promise<void> {
    return this.#result.done();
  }

  /** An output by name. Throws OFT4008 for a name the layer does not have. */
  async read(name: string): Promise<HostTensor> {
    const names = Object.keys(this.shapes);
    const shape = this.shapes[name];
    if (!shape)
      throw new OftcError(
        'OFT4008',
        `no output '${name}'; there are ${names.join(', ')}${didYouMean(name, names)}`,
      );
    return { data: await this.#result.read(name), shape };
  }

  async readAll(): Promise<Record<string, HostTensor>> {
    const names = Object.keys(this.shapes);
    return Object.fromEntries(await Promise.all(names.map(async (n) => [n, await this.read(n)] as const)));
  }

  /**
   * Device time of every kernel that ran. Throws OFT4010 on the CPU reference, and OftcRuntimeError NotProfiled in a
   * session without `timing`.
   */
  async profile(): Promise<StepProfile[]> {
    if (!this.#result.profile)
      throw new OftcError(
        'OFT4010',
        'the CPU reference has no kernels to time; compile for a device, with `timing: true`',
      );
    return this.#result.profile();
  }

  /** Frees the device memory of the outputs. */
  destroy(): void {
    this.#result.destroy();
  }
}
