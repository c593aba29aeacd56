import { deviceOf, flagOf, listOf, optionsOf, tensorsOf, textOf } from './arguments.ts';
import { planFor } from './choose.ts';
import { watchDevice } from './device-loss.ts';
import { DeviceTensor } from './device-tensor.ts';
import { type BindGroups, encodeRun } from './encode.ts';
import { firstError, scoped } from './error-scope.ts';
import { OftcRuntimeError } from './errors.ts';
import { checkIndices, type IndexSpan, spanOf } from './indices.ts';
import { type Allocation, Memory, type MemoryBytes, type MemoryKind } from './memory.ts';
import { compileKernels } from './pipelines.ts';
import type { DevicePlan, Plan, PlanRef } from './plan.ts';
import { checkDevice, checkPlan, dependsOnTokens } from './plan-check.ts';
import { readPlan } from './plan-read.ts';
import { checkPositions } from './positions.ts';
import { Profiler, profileBytes } from './profile.ts';
import { type OutputBuffer, RunResult } from './result.ts';
import {
  checkSize,
  checkSizes,
  padded,
  peakBytes,
  type SizedPlan,
  type SizedTensor,
  sized,
  sizePlan,
} from './schedule.ts';
import {
  type BoundData,
  binding,
  checkBuffer,
  checkData,
  checkHeld,
  checkKnown,
  checkNames,
  type TensorData,
  unknownTensor,
} from './tensors.ts';
import { upload } from './upload.ts';
import { verify } from './verify.ts';
import { COPY_DST, COPY_SRC, STORAGE, UNIFORM } from './webgpu-flags.ts';
import { errorOf, writes } from './written.ts';

export interface ExecutableOptions {
  /** Whether to take device times of every step, each in its own pass; needs timestamp-query. */
  readonly profile?: boolean;
  /** Whether `ready` compiles the kernels, those of a token count at a time, instead of `create` all of them. */
  readonly late?: boolean;
}

/** A sized Plan with its uniforms on the device. */
interface Prepared {
  readonly sizedPlan: SizedPlan;
  readonly uniforms: Allocation | null;
}

/** A buffer to bind, the error of its allocation, and the span of its integers where the host has seen them. */
type Bindable = Pick<Allocation, 'buffer' | 'error'> & { readonly span: IndexSpan | undefined };

/** The number of token counts whose sizes and uniforms stay prepared. */
const PREPARED_COUNTS = 32;

const NO_ERROR: Promise<null> = Promise.resolve(null);

/** A Plan on a device: compiled pipelines, bound parameters and reusable temporaries. */
export class Executable {
  /** The part of the given Plan that the device runs. */
  readonly plan: DevicePlan;
  readonly device: GPUDevice;
  readonly #who: string;
  readonly #memory: Memory;
  /** The compiled pipelines by kernel. */
  readonly #pipelines: (GPUComputePipeline | undefined)[] = [];
  readonly #profile: boolean;
  /** The prepared runs by token count; the first is the one used longest ago. */
  readonly #prepared = new Map<number, Prepared>();
  readonly #bound = new Map<string, Bindable>();
  /** The buffers that typed arrays are uploaded to, by input; reused, because the queue orders writes and runs. */
  readonly #uploads = new Map<string, Allocation>();
  readonly #slots = new Map<number, Allocation>();
  #groups: BindGroups = new WeakMap();
  #disposed = false;

  private constructor(device: GPUDevice, plan: DevicePlan, profile: boolean) {
    this.device = device;
    this.plan = plan;
    this.#who = `plan '${plan.name}'`;
    this.#memory = new Memory(watchDevice(device));
    this.#profile = profile;
  }

  /**
   * Validates the plan against the device, compiles its kernels unless they are `late`, and verifies those that ask
   * for it. Rejects with InvalidPlan, DeviceClassMissing, FeatureMissing, LimitExceeded, ShaderError, KernelMismatch or
   * DeviceLost.
   */
  static async create(device: GPUDevice, given: Plan, options: ExecutableOptions = {}): Promise<Executable> {
    deviceOf(device, 'the device of Executable.create()');
    const asked = optionsOf(options, 'the options of Executable.create()');
    const profile = flagOf(asked.profile ?? false, '`profile` of Executable.create()');
    const late = flagOf(asked.late ?? false, '`late` of Executable.create()');
    const plan = readPlan(given);
    checkPlan(plan);
    const chosen = planFor(device, plan);
    checkDevice(chosen, device);
    if (profile && !device.features.has('timestamp-query')) {
      throw new OftcRuntimeError(
        'FeatureMissing',
        `profiling plan '${plan.name}' needs timestamp-query, which this device was not given: request it with ` +
          'requestDevice(), or time whole runs with done()',
      );
    }
    const executable = new Executable(device, chosen, profile);
    if (!late) await executable.#compile([...chosen.kernels.keys()]);
    await verify(device, plan, (p) => Executable.create(device, p));
    return executable;
  }

  /**
   * Compiles the kernels of a run at this token count, and gives the indices of those that were not compiled before, in
   * the order of the run. An Executable whose kernels are `late` needs it before such a run. Rejects with InvalidTokens,
   * InvalidPlan, LimitExceeded, ShaderError, Disposed or DeviceLost.
   */
  async ready(tokens: number): Promise<readonly number[]> {
    this.#check();
    const missing = [...new Set(this.#missing(this.#prepare(tokens).sizedPlan))];
    await this.#compile(missing);
    return missing;
  }

  /** The kernels of a run that are not compiled. */
  #missing({ steps }: SizedPlan): number[] {
    return steps.map((s) => s.step.kernel).filter((kernel) => this.#pipelines[kernel] === undefined);
  }

  async #compile(kernels: readonly number[]): Promise<void> {
    if (kernels.length === 0) return;
    const { watch } = this.#memory;
    const pipelines = await compileKernels(watch, this.plan, kernels);
    watch.check();
    for (const [i, kernel] of kernels.entries()) this.#pipelines[kernel] = pipelines[i]!;
  }

  /**
   * Gives an input that does not depend on `tokens` to every later run. A typed array is uploaded now: later changes
   * of it do not reach any run. A GPUBuffer or a DeviceTensor stays the caller's and is read at every run. Binding
   * again replaces the value. Throws InvalidArgument, UnexpectedTensor, DTypeMismatch, ShapeMismatch, BufferMismatch,
   * LimitExceeded, Disposed or DeviceLost.
   */
  bind(name: string, data: BoundData): void {
    this.#check();
    textOf(name, 'the name that bind() gives a tensor to');
    const tensor = this.plan.inputs.find((t) => t.name === name);
    if (tensor === undefined) {
      throw unknownTensor(this.#who, [name], this.plan.inputs);
    }
    if (tensor.shape.some(dependsOnTokens)) {
      throw new OftcRuntimeError(
        'UnexpectedTensor',
        `${this.#who}: '${name}' has a dimension that depends on tokens: pass it to each run()`,
      );
    }
    const size = sized(this.plan, tensor, 0);
    checkSize(`input '${name}'`, size.bytes, this.device.limits);
    if (data instanceof DeviceTensor) checkHeld(this.#who, this.device, data, size);
    else checkData(this.#who, data, size);
    checkPositions(this.plan.positionRules, name, data);
    if (ArrayBuffer.isView(data)) {
      const held = this.#uploadBuffer(size);
      const { error } = scoped(this.#memory.watch, `the upload of '${name}'`, (d) =>
        upload(d, held.buffer, data),
      );
      const span = spanOf(data);
      this.#bound.set(name, { buffer: held.buffer, error: firstError([held.error, error]), span });
    } else {
      this.#memory.free(this.#uploads.get(name));
      this.#uploads.delete(name);
      const { buffer, error, span } = data instanceof DeviceTensor ? data : callers(data);
      this.#bound.set(name, { buffer, error, span });
    }
  }

  /**
   * Submits one run and returns without waiting. `inputs` are those that are not bound; `outputs` may name buffers
   * to write to, otherwise the result owns new ones. Throws before any work when names, dtypes, counts or limits
   * do not fit, and where late kernels of this token count are not compiled; what the device reports later surfaces at
   * the result's done() and read(), and at those of runs that read its outputs. A buffer of yours keeps the error until
   * a run writes to it, or until you have filled it and call `refilled`.
   */
  run(
    tokens: number,
    inputs: Readonly<Record<string, TensorData>> = {},
    outputs: Readonly<Record<string, GPUBuffer>> = {},
  ): RunResult {
    this.#check();
    const given = tensorsOf(inputs, 'the inputs of run()');
    const into = tensorsOf(outputs, 'the outputs of run()');
    const { sizedPlan: s, uniforms } = this.#prepare(tokens);
    if (this.#missing(s).length > 0) {
      throw new OftcRuntimeError(
        'InvalidTokens',
        `${this.#who}: the kernels for tokens = ${tokens} are not compiled: await ready(${tokens}) before the run, ` +
          'or create the Executable without `late`',
      );
    }
    this.#checkRun(s, given, into);

    const held = new Map<string, Bindable>(this.#bound);
    for (const t of s.inputs) {
      const { name } = t.tensor;
      if (held.has(name)) continue;
      const data = given[name]!;
      // A caller's buffer of no elements may be too small to bind.
      const own = ArrayBuffer.isView(data) || t.elements === 0;
      held.set(name, own ? { ...this.#uploadBuffer(t), span: undefined } : callers(data));
    }
    const slots = s.slots.map((bytes, i) =>
      this.#reuse(this.#slots, i, 'temporaries', `temporary ${i}`, bytes),
    );
    const results = s.outputs.map((t) => this.#output(t, into));

    const bindingOf = (ref: PlanRef): GPUBufferBinding => {
      if ('input' in ref) return binding(held.get(ref.input)!.buffer, byName(s.inputs, ref.input).bytes);
      if ('slot' in ref) return binding(slots[ref.slot]!.buffer, s.slots[ref.slot]!);
      const { buffer, bytes } = byName(results, ref.output);
      return binding(buffer, bytes);
    };
    const where = `a run of ${this.#who} at tokens = ${tokens}`;
    const { value: profiler, error } = scoped(this.#memory.watch, where, (device) => {
      for (const [name, data] of Object.entries(given)) {
        if (ArrayBuffer.isView(data)) upload(device, held.get(name)!.buffer, data);
      }
      const timer = this.#profile ? new Profiler(this.#memory, s) : null;
      encodeRun(device, {
        sizedPlan: s,
        pipelines: this.#pipelines,
        bindingOf,
        uniforms: uniforms?.buffer ?? null,
        profiler: timer,
        groups: this.#groups,
        passing: new Set(results.flatMap((r) => r.owned?.buffer ?? [])),
      });
      return timer;
    });
    // A refused run forgets its bind groups, because WebGPU says what is wrong with one only when it is made.
    void error.then((e) => {
      if (e !== null) this.#groups = new WeakMap();
    });
    const allocations = [...held.values(), ...slots, ...results.flatMap((r) => r.owned ?? []), uniforms];
    const errors = [
      ...allocations.flatMap((a) => (a === null ? [] : [a.error])),
      ...[...held.values()].map((h) => errorOf(h.buffer)),
      error,
    ];
    for (const { buffer } of results) writes(buffer, errors);
    return new RunResult(this.#who, this.#memory, results, errors, profiler);
  }

  /**
   * The device memory that a first run at this token count holds while its result is alive. Every input is
   * uploaded, except `given`, which are the caller's buffers. This is arithmetic alone, so it works for
   * tensors that no buffer of the device could hold. Throws InvalidArgument, InvalidTokens, InvalidPlan, or
   * LimitExceeded for grids and uniforms.
   */
  peakBytes(tokens: number, given: readonly string[] = []): MemoryBytes {
    const callersOwn = listOf(given, '`given` of peakBytes()', 'names');
    const bytes = peakBytes(this.plan, tokens, this.device.limits, callersOwn);
    if (!this.#profile) return bytes;
    const timestamps = profileBytes(sizePlan(this.plan, tokens, this.device.limits));
    return { ...bytes, overhead: bytes.overhead + timestamps, total: bytes.total + timestamps };
  }

  /** The device memory that is held now, live results included. */
  allocatedBytes(): MemoryBytes {
    return this.#memory.bytes();
  }

  /** Frees parameters, temporaries and uniforms. Results stay readable until destroyed. Harmless twice. */
  dispose(): void {
    this.#disposed = true;
    for (const a of [...this.#uploads.values(), ...this.#slots.values()]) this.#memory.free(a);
    for (const { uniforms } of this.#prepared.values()) this.#memory.free(uniforms);
    for (const map of [this.#uploads, this.#slots, this.#prepared, this.#bound]) map.clear();
  }

  #check(): void {
    if (this.#disposed)
      throw new OftcRuntimeError('Disposed', `${this.#who} is disposed: create a new Executable`);
    this.#memory.watch.check();
  }

  #prepare(tokens: number): Prepared {
    let prepared = this.#prepared.get(tokens);
    if (prepared === undefined || prepared.uniforms?.failed) {
      this.#forget(tokens);
      const s = sizePlan(this.plan, tokens, this.device.limits);
      checkSizes(s, this.device.limits);
      const uniforms = s.uniforms.length > 0 ? this.#uniforms(s.uniforms) : null;
      prepared = { sizedPlan: s, uniforms };
      const [oldest] = this.#prepared;
      if (this.#prepared.size >= PREPARED_COUNTS && oldest !== undefined) this.#forget(oldest[0]);
    }
    this.#prepared.delete(tokens);
    this.#prepared.set(tokens, prepared);
    return prepared;
  }

  #uniforms(words: Uint32Array<ArrayBuffer>): Allocation {
    const uniforms = this.#memory.allocate('overhead', 'uniforms', words.byteLength, UNIFORM | COPY_DST);
    // The write fails only where the allocation did, which reports it.
    scoped(this.#memory.watch, 'uniforms', (device) => device.queue.writeBuffer(uniforms.buffer, 0, words));
    return uniforms;
  }

  #forget(tokens: number): void {
    this.#memory.free(this.#prepared.get(tokens)?.uniforms);
    this.#prepared.delete(tokens);
  }

  #checkRun(
    s: SizedPlan,
    inputs: Readonly<Record<string, TensorData>>,
    outputs: Readonly<Record<string, GPUBuffer>>,
  ): void {
    const who = `${this.#who} at tokens = ${s.tokens}`;
    checkNames(who, inputs, s.inputs, this.#bound);
    checkKnown(who, Object.keys(outputs), s.outputs);
    const read = new Set<unknown>([...this.#bound.values()].map((h) => h.buffer));
    const spans = new Map([...this.#bound].map(([name, { span }]) => [name, span]));
    for (const t of s.inputs) {
      if (this.#bound.has(t.tensor.name)) continue;
      const data = inputs[t.tensor.name]!;
      checkData(who, data, t);
      checkPositions(this.plan.positionRules, t.tensor.name, data);
      read.add(data);
      if (ArrayBuffer.isView(data)) spans.set(t.tensor.name, spanOf(data));
    }
    checkIndices(this.plan, s.tokens, spans);
    const written = new Set<GPUBuffer>();
    for (const [name, buffer] of Object.entries(outputs)) {
      checkBuffer(who, buffer, byName(s.outputs, name));
      if (read.has(buffer) || written.has(buffer)) {
        throw new OftcRuntimeError(
          'BufferMismatch',
          `${who}: the buffer for output '${name}' is also that of another tensor: give each output its own`,
        );
      }
      written.add(buffer);
    }
  }

  /**
   * The buffer under a key of `kept`. A new buffer replaces one that is too small, or whose allocation
   * failed.
   */
  #reuse<K>(kept: Map<K, Allocation>, key: K, kind: MemoryKind, label: string, bytes: number): Allocation {
    const old = kept.get(key);
    if (old !== undefined && !old.failed && old.buffer.size >= padded(bytes)) return old;
    this.#memory.free(old);
    const fresh = this.#memory.allocate(kind, label, padded(bytes), STORAGE | COPY_DST);
    kept.set(key, fresh);
    return fresh;
  }

  #uploadBuffer({ tensor, bytes }: SizedTensor): Allocation {
    return this.#reuse(this.#uploads, tensor.name, 'inputs', `input '${tensor.name}'`, bytes);
  }

  #output(t: SizedTensor, given: Readonly<Record<string, GPUBuffer>>): OutputBuffer {
    const { name } = t.tensor;
    const buffer = Object.hasOwn(given, name) ? given[name] : undefined;
    if (buffer !== undefined) return { ...t, buffer, owned: null };
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const owned = this.#memory.allocate('outputs', `output '${name}'`, padded(t.bytes), usage);
    return { ...t, buffer: owned.buffer, owned };
  }
}

/** Makes a Bindable of a caller's buffer. */
const callers = (buffer: GPUBuffer): Bindable => ({ buffer, error: NO_ERROR, span: undefined });

const byName = <T extends SizedTensor>(tensors: readonly T[], name: string): T =>
  tensors.find((t) => t.tensor.name === name)!;
