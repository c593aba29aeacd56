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
import type { Program, Span } from '../compiler/ir/node.ts';
import { mergeOnce } from '../compiler/merge.ts';
import { checkSlices } from '../compiler/ops/indexing.ts';
import { type Compilation, type CompileOptions, compileProgram } from '../compiler/pipeline.ts';
import type { DeviceProfile } from '../compiler/rewrite/cost.ts';
import type { Objective } from '../compiler/rewrite/select.ts';
import { generatePlan, type Variant as KernelVariant, type Strategy } from '../kernels-gen/index.ts';
import type { Plan } from '../runtime/index.ts';
import type { Backend, Given, Runner } from './backends/backend.ts';
import { cpuBackend } from './backends/cpu.ts';
import { gpuBackend, openDevice } from './backends/gpu.ts';
import { dequantize, isQuantized } from './formats/quantized/index.ts';
import { checkFinite, exposed, firstOverflow } from './half.ts';
import { loadProgram, type Source } from './load.ts';
import { Outputs } from './outputs.ts';
import { held, type Quantized, type Stored, storagesOf, storedIn } from './quantized.ts';
import {
  checkBound,
  foldShape,
  outputShape,
  type ResolvedInputs,
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
  /** Rates that selection assumes, such as those of DEVICES; by default those of a mid-range GPU. */
  readonly profile?: DeviceProfile;
  /** Kernels of this strategy wherever there is one (docs/architecture.md); by default each device takes what is best. */
  readonly strategy?: Strategy;
  /** Frozen tensors that the device holds quantised; values given as float32 are quantised when they are bound. */
  readonly quantized?: Quantized;
  /**
   * How the device holds tensors that grow with `tokens`, inputs and outputs too: in f16 they take half the memory, and
   * sums, parameters and their gradients stay f32. Reading a result that is not finite then throws OFT4013, which names
   * the first tensor that overflowed. Device buffers for such tensors hold f16. The CPU reference does not round.
   */
  readonly activations?: 'f32' | 'f16';
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
  // What does not bind is refused before a device is opened.
  const stored = storagesOf(bindProgram(program, sizes), options.quantized ?? {});
  const backend = await openBackend(options.device ?? 'gpu', options.timing ?? false);
  return new Session(program, sizes, backend, { ...options, stored }, locate);
}

async function openBackend(device: NonNullable<SessionOptions['device']>, timing: boolean): Promise<Backend> {
  if (device === 'cpu') return cpuBackend;
  return device === 'gpu' ? gpuBackend(await openDevice(), true, timing) : gpuBackend(device, false, timing);
}

type Options = SessionOptions & { readonly stored: Stored };

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
  readonly #options: Options;
  readonly #locate: ((span: Span) => string) | undefined;
  readonly #prepared = new Map<Kind, Prepared>();
  /** As it was given, and as the backend takes it. */
  readonly #bound = new Map<string, { readonly value: TensorInput; readonly data: Given }>();
  #disposed = false;

  /** Made by `compile`. */
  constructor(
    source: Program,
    sizes: Binding,
    backend: Backend,
    options: Options,
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
      const resolved = resolveInputs(
        this.program.name,
        declared.length > 0 ? declared : this.program.inputs,
        { [name]: value },
        new Set(),
        0,
        this.#stored,
      );
      const data = this.#given(resolved)[name]!;
      this.#bound.set(name, { value, data });
      for (const { runner } of this.#prepared.values()) void runner?.then((r) => r.bind(name, data));
    }
  }

  get #stored(): Stored {
    return this.#options.stored;
  }

  /** What is held quantised in that form, for the backend. */
  #given({ data }: ResolvedInputs): Record<string, Given> {
    return Object.fromEntries(
      Object.entries(data).map(([name, value]) => {
        if (ArrayBuffer.isView(value) && !Object.hasOwn(this.#stored, name)) return [name, value];
        if (!ArrayBuffer.isView(value) && !isQuantized(value)) return [name, value];
        const input = this.program.inputs.find((i) => i.name === name)!;
        const { tensor, words } = held(input, value, this.#stored[name]!);
        return [name, this.backend.words ? words : dequantize(tensor)];
      }),
    );
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
          const known = this.#bound.get(i.name);
          return known ? [[i.name, known.value] as const] : [];
        }),
      );
    const own = (program: Program) => ({ ...this.#options, stored: storedIn(program, this.#stored) });
    const once = new Session(prepare, {}, backend, own(prepare));
    try {
      const merged = prepare.outputs.length > 0 ? await (await once.run(bound(prepare))).readAll() : {};
      const session = new Session(run, {}, backend, own(run), this.#locate);
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
      this.#stored,
    );
    checkSlices(this.program, resolved.tokens);
    const data = this.#given(resolved);
    const runner = await this.#runner(kind);
    const result = runner.run(resolved.tokens, data);
    const shapes = Object.fromEntries(
      program.outputs.map((o) => [o.name, outputShape(o.node.type, resolved.tokens, resolved.lead)]),
    );
    if (this.#options.activations !== 'f16') return new Outputs(result, shapes);
    const first = () => this.#firstOverflow(kind, resolved.tokens, data);
    const read = async (name: string) => {
      const values = await result.read(name);
      await checkFinite(name, values, first);
      return values;
    };
    return new Outputs({ ...result, read }, shapes);
  }

  /** Of the tensors in f16, the first that a run of the same values overflows. */
  async #firstOverflow(kind: Kind, tokens: number, data: Readonly<Record<string, Given>>) {
    const { compilation, names } = exposed(this.#prepare(kind).compilation, tokens);
    const runner = await this.backend.prepare(compilation, planOf(compilation));
    try {
      for (const [name, { data: held }] of this.#bound) runner.bind(name, held);
      const result = runner.run(tokens, data);
      try {
        return await firstOverflow(names, (name) => result.read(name));
      } finally {
        result.destroy();
      }
    } finally {
      runner.dispose();
    }
  }

  #prepare(kind: Kind): Prepared {
    if (this.#disposed)
      throw new OftcError('OFT4007', `session '${this.program.name}' is disposed; compile again`);
    let prepared = this.#prepared.get(kind);
    if (!prepared) {
      const { asWritten, pinned, objective, profile, allow, strategy, activations, tuning } = this.#options;
      const compilation = compileProgram(this.#source, {
        sizes: this.#sizes,
        gradients: kind === 'gradients',
        stored: this.#stored,
        ...(activations === undefined ? {} : { activations }),
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
      for (const [name, { data }] of this.#bound) runner.bind(name, data);
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
