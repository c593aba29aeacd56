import { watchDevice } from './device-loss.ts';
import { firstError, scoped } from './error-scope.ts';
import { OftcRuntimeError } from './errors.ts';
import { Executable } from './executable.ts';
import { type Allocation, Memory } from './memory.ts';
import { dtypeBytes, type Plan } from './plan.ts';
import { dependsOnTokens } from './plan-check.ts';
import { checkSize, padded, sized } from './schedule.ts';
import { checkData, type TensorData, unknownTensor, upload } from './tensors.ts';
import { COPY_DST, STORAGE } from './webgpu-flags.ts';

/** The Plans of a layer; `gradients` is absent where it was built without. */
export interface LayerPlans {
  readonly forward: Plan;
  readonly gradients?: Plan;
}

export interface LayerRunOptions {
  /** Needed only when every input that depends on it is a GPUBuffer. */
  readonly tokens?: number;
}

/** A RunResult whose names and arrays are those of the layer. */
export interface LayerResult<Outputs> {
  readonly outputs: { readonly [K in keyof Outputs]: GPUBuffer };
  /** Resolves when the device has finished; rejects with what went wrong on it. */
  done(): Promise<void>;
  /** An output's values, row-major; f16 as its bits. */
  read<K extends keyof Outputs>(name: K): Promise<Outputs[K]>;
  readAll(): Promise<Outputs>;
  /** Frees the outputs' device memory. */
  destroy(): void;
}

/** A Plan calls the cotangent of output `y` `grad.y`. */
const cotangent = (output: string): string => `grad.${output}`;

/**
 * What a module written by `oftc build` runs on: a layer's Plans on a device, under the names of its tensors.
 * `Inputs` depend on `tokens` and are given to every run; `Parameters` do not, and are bound once.
 */
export class LayerModule<
  Inputs extends object,
  Parameters extends object,
  Outputs extends object,
  Cotangents extends object = never,
  Gradients extends object = never,
> {
  readonly device: GPUDevice;
  readonly #forward: Executable;
  readonly #gradients: Executable | undefined;
  readonly #memory: Memory;
  /** Parameters that were given as arrays: one copy, which both Plans read. */
  readonly #uploads = new Map<string, Allocation>();
  #disposed = false;

  private constructor(forward: Executable, gradients: Executable | undefined) {
    this.device = forward.device;
    this.#forward = forward;
    this.#gradients = gradients;
    this.#memory = new Memory(watchDevice(forward.device));
  }

  /** Compiles the kernels. Rejects as `Executable.create` does. */
  static async create<
    Inputs extends object,
    Parameters extends object,
    Outputs extends object,
    Cotangents extends object = never,
    Gradients extends object = never,
  >(
    device: GPUDevice,
    { forward, gradients }: LayerPlans,
  ): Promise<LayerModule<Inputs, Parameters, Outputs, Cotangents, Gradients>> {
    const [f, g] = await Promise.all([
      Executable.create(device, forward),
      gradients && Executable.create(device, gradients),
    ]);
    return new LayerModule<Inputs, Parameters, Outputs, Cotangents, Gradients>(f, g);
  }

  /**
   * Gives parameters to all later runs, which need not wait for it. An array is uploaded now; a buffer stays the
   * caller's and is read at every run. Resolves when the device holds them. Rejects, having changed nothing,
   * with UnexpectedTensor, DTypeMismatch, ShapeMismatch, BufferMismatch, LimitExceeded, Disposed or DeviceLost;
   * with OutOfMemory when the device has no room.
   */
  async bind(parameters: Partial<Parameters>): Promise<void> {
    const given = Object.entries(tensorsOf(parameters));
    for (const [name, data] of given) this.#checkParameter(name, data);
    await Promise.all(given.map(([name, data]) => this.#bind(name, data)));
  }

  /** Submits the forward and returns without waiting. Throws as `Executable.run` does. */
  run(inputs: Inputs & Partial<Parameters>, { tokens }: LayerRunOptions = {}): LayerResult<Outputs> {
    return submit(this.#forward, tensorsOf(inputs), tokens);
  }

  /** Outputs, and gradients of Σ ⟨output, cotangent⟩ by every input and trainable; cotangents by output name. */
  gradients(
    inputs: Inputs & Partial<Parameters>,
    cotangents: Cotangents,
    { tokens }: LayerRunOptions = {},
  ): LayerResult<Gradients> {
    if (this.#gradients === undefined) {
      throw new OftcRuntimeError(
        'InvalidPlan',
        `'${this.#forward.plan.name}' was built without gradients: build it again without --no-grad`,
      );
    }
    const named = Object.entries(cotangents).map(([output, data]) => [cotangent(output), data]);
    return submit(this.#gradients, { ...tensorsOf(inputs), ...Object.fromEntries(named) }, tokens);
  }

  /** Frees everything but results and the device, which stays the caller's. Harmless twice. */
  dispose(): void {
    this.#disposed = true;
    this.#forward.dispose();
    this.#gradients?.dispose();
    for (const held of this.#uploads.values()) this.#memory.free(held);
    this.#uploads.clear();
  }

  #checkParameter(name: string, data: TensorData): void {
    const { plan } = this.#forward;
    if (this.#disposed) throw new OftcRuntimeError('Disposed', `'${plan.name}' is disposed: create it again`);
    this.#memory.watch.check();
    const who = `bind() of '${plan.name}'`;
    const parameters = plan.inputs.filter((t) => !t.shape.some(dependsOnTokens));
    const tensor = parameters.find((t) => t.name === name);
    if (tensor === undefined) throw unknownTensor(who, [name], parameters);
    const size = sized(plan, tensor, 0);
    checkSize(`'${name}'`, size.bytes, this.device.limits);
    checkData(who, data, size);
  }

  async #bind(name: string, data: TensorData): Promise<void> {
    const old = this.#uploads.get(name);
    if (!ArrayBuffer.isView(data)) {
      this.#share(name, data);
      this.#memory.free(old);
      this.#uploads.delete(name);
      return;
    }
    const held = !old || old.failed ? this.#allocate(name, data.byteLength) : old;
    this.#share(name, held.buffer);
    if (held !== old) this.#memory.free(old);
    this.#uploads.set(name, held);
    const { error } = scoped(this.#memory.watch, `the upload of '${name}'`, (d) =>
      upload(d, held.buffer, data),
    );
    const failure = await firstError([held.error, error]);
    if (failure !== null) throw failure;
  }

  #allocate(name: string, bytes: number): Allocation {
    return this.#memory.allocate('inputs', `'${name}'`, padded(bytes), STORAGE | COPY_DST);
  }

  /** The Plan of gradients takes every input of the forward. */
  #share(name: string, buffer: GPUBuffer): void {
    this.#forward.bind(name, buffer);
    this.#gradients?.bind(name, buffer);
  }
}

/** The types give every property a tensor's type. */
const tensorsOf = (named: object): Record<string, TensorData> => ({ ...named });

function submit<Outputs>(
  executable: Executable,
  inputs: Record<string, TensorData>,
  tokens: number | undefined,
): LayerResult<Outputs> {
  const result = executable.run(tokens ?? tokensOf(executable.plan, inputs), inputs);
  return result as unknown as LayerResult<Outputs>; // the Plan's names and dtypes are those of the types
}

/** `tokens` as the first array shows it; the run then holds every tensor to it. Throws InvalidTokens. */
function tokensOf(plan: Plan, inputs: Readonly<Record<string, TensorData>>): number {
  const open = plan.inputs.filter((t) => t.shape.some(dependsOnTokens) && inputs[t.name] !== undefined);
  for (const { name, dtype, shape } of open) {
    const data = inputs[name];
    const sizes = shape.filter((e) => e !== 'tokens');
    if (!ArrayBuffer.isView(data) || sizes.length !== shape.length - 1) continue;
    const row = sizes.reduce<number>((n, e) => n * (typeof e === 'number' ? e : 0), dtypeBytes(dtype));
    if (row > 0) return Math.ceil(data.byteLength / row);
  }
  if (open.length === 0) return 0; // nothing depends on it, or the run says what is missing
  throw new OftcRuntimeError(
    'InvalidTokens',
    `no array among the inputs of plan '${plan.name}' shows how many tokens there are: give { tokens }`,
  );
}
