import { fieldsOf, optionsOf, tensorsOf } from './arguments.ts';
import { watchDevice } from './device-loss.ts';
import { DeviceTensor } from './device-tensor.ts';
import { OftcRuntimeError } from './errors.ts';
import { Executable } from './executable.ts';
import { type Cause, checkFinite, notFinite } from './finite.ts';
import { firstOverflow, hasHalves } from './overflow.ts';
import { type DevicePlan, dtypeBytes, type Plan } from './plan.ts';
import { dependsOnTokens } from './plan-check.ts';
import { checkSize, sized } from './schedule.ts';
import { type BoundData, checkData, type TensorArray, type TensorData, unknownTensor } from './tensors.ts';

/** The Plans of a layer; `gradients` is absent where it was built without. */
export interface LayerPlans {
  readonly forward: Plan;
  readonly gradients?: Plan;
}

export interface LayerRunOptions {
  /** The number of tokens, which is needed only when every input that depends on it is a GPUBuffer. */
  readonly tokens?: number;
}

/** A RunResult whose names and arrays are those of the layer. */
export interface LayerResult<Outputs> {
  readonly outputs: { readonly [K in keyof Outputs]: GPUBuffer };
  /** Resolves when the device has finished; rejects with the device's error. */
  done(): Promise<void>;
  /**
   * The values of an output, row-major; f16 as its bits. Rejects with NotFinite for one in f16 that is not finite.
   */
  read<K extends keyof Outputs>(name: K): Promise<Outputs[K]>;
  readAll(): Promise<Outputs>;
  /** Frees the outputs' device memory. */
  destroy(): void;
}

/** The name that a Plan has for an output's cotangent: `grad.y` for `y`. */
const cotangent = (output: string): string => `grad.${output}`;

/**
 * The class that modules written by `oftc build` use: a layer's Plans on a device, under the names of its tensors.
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
  /** The parameters that were given as arrays: one copy of each, which both Plans read. */
  readonly #uploads = new Map<string, DeviceTensor>();
  /** All parameters that are bound. */
  readonly #bound = new Map<string, BoundData>();
  /** The parameters that were given as arrays and are not finite, each with its first such element. */
  readonly #notFinite = new Map<string, string>();
  /** Whether a Plan computes in f16, which may overflow. */
  readonly #isHalf: boolean;
  #disposed = false;

  private constructor(forward: Executable, gradients: Executable | undefined) {
    this.device = forward.device;
    this.#forward = forward;
    this.#gradients = gradients;
    this.#isHalf = hasHalves(forward.plan) || (gradients !== undefined && hasHalves(gradients.plan));
  }

  /** Compiles a layer's kernels on a device. Rejects as `Executable.create` does. */
  static async create<
    Inputs extends object,
    Parameters extends object,
    Outputs extends object,
    Cotangents extends object = never,
    Gradients extends object = never,
  >(
    device: GPUDevice,
    plans: LayerPlans,
  ): Promise<LayerModule<Inputs, Parameters, Outputs, Cotangents, Gradients>> {
    const { forward, gradients } = fieldsOf(plans, 'the plans of LayerModule.create()', 'an object of Plans');
    const [f, g] = await Promise.all([
      Executable.create(device, forward),
      gradients && Executable.create(device, gradients),
    ]);
    return new LayerModule<Inputs, Parameters, Outputs, Cotangents, Gradients>(f, g);
  }

  /**
   * Gives parameters to all later runs. A run need not wait until bind() resolves. An array is uploaded now:
   * later changes of it do not reach any run. A buffer stays the caller's and is read at every run. Resolves
   * when the device holds the parameters. Rejects, having changed nothing, with InvalidArgument,
   * UnexpectedTensor, DTypeMismatch, ShapeMismatch, BufferMismatch, LimitExceeded, Disposed or DeviceLost.
   * Rejects with OutOfMemory when the device has no room.
   */
  async bind(parameters: Partial<Parameters>): Promise<void> {
    const given = Object.entries(named(parameters, 'what bind() is given'));
    this.#check();
    for (const [name, data] of given) this.#checkParameter(name, data);
    const errors = await Promise.all(given.map(([name, data]) => this.#bind(name, data)));
    const failure = errors.find((e) => e !== null);
    if (failure) throw failure;
  }

  /** Submits the forward pass and returns without waiting. Throws as `Executable.run` does. */
  run(inputs: Inputs & Partial<Parameters>, options: LayerRunOptions = {}): LayerResult<Outputs> {
    this.#check();
    return this.#submit(this.#forward, named(inputs, 'the inputs of run()'), options);
  }

  /**
   * Computes outputs, and gradients of Σ ⟨output, cotangent⟩ with respect to inputs and trainables. `cotangents` has a
   * tensor for each output's name.
   */
  gradients(
    inputs: Inputs & Partial<Parameters>,
    cotangents: Cotangents,
    options: LayerRunOptions = {},
  ): LayerResult<Gradients> {
    this.#check();
    if (this.#gradients === undefined) {
      throw new OftcRuntimeError(
        'InvalidPlan',
        `'${this.#forward.plan.name}' was built without gradients: build it again without --no-grad`,
      );
    }
    const given = named(inputs, 'the inputs of gradients()');
    const of = Object.entries(named(cotangents, 'the cotangents of gradients()'));
    const all = Object.fromEntries(of.map(([output, data]) => [cotangent(output), data] as const));
    return this.#submit(this.#gradients, { ...given, ...all }, options);
  }

  /** Frees everything but results and the device, which stays the caller's. Harmless twice. */
  dispose(): void {
    this.#disposed = true;
    this.#forward.dispose();
    this.#gradients?.dispose();
    for (const held of this.#uploads.values()) held.free();
    this.#uploads.clear();
    this.#bound.clear();
    this.#notFinite.clear();
  }

  #submit<Outputs>(
    executable: Executable,
    inputs: Record<string, TensorData>,
    options: LayerRunOptions,
  ): LayerResult<Outputs> {
    return submit(executable, new Map(this.#bound), [...this.#notFinite.values()], inputs, options);
  }

  #check(): void {
    if (this.#disposed)
      throw new OftcRuntimeError('Disposed', `'${this.#forward.plan.name}' is disposed: create it again`);
    watchDevice(this.device).check();
  }

  #checkParameter(name: string, data: TensorData): void {
    const { plan } = this.#forward;
    const who = `bind() of '${plan.name}'`;
    const parameters = plan.inputs.filter((t) => !t.shape.some(dependsOnTokens));
    const tensor = parameters.find((t) => t.name === name);
    if (tensor === undefined) throw unknownTensor(who, [name], parameters);
    const size = sized(plan, tensor, 0);
    checkSize(`'${name}'`, size.bytes, this.device.limits);
    checkData(who, data, size);
  }

  /** Binds a parameter. Resolves with the device's error, or null. */
  #bind(name: string, data: TensorData): Promise<OftcRuntimeError | null> {
    const old = this.#uploads.get(name);
    const wrong = this.#isHalf
      ? notFinite(
          this.#forward.plan.inputs.find((t) => t.name === name),
          data,
        )
      : undefined;
    if (wrong === undefined) this.#notFinite.delete(name);
    else this.#notFinite.set(name, wrong);
    const held = ArrayBuffer.isView(data) ? DeviceTensor.upload(this.device, data, `'${name}'`) : undefined;
    this.#share(name, held ?? data);
    old?.free();
    if (held) this.#uploads.set(name, held);
    else this.#uploads.delete(name);
    return held?.error ?? Promise.resolve(null);
  }

  /** The Plan of gradients takes every input of the forward pass. */
  #share(name: string, data: BoundData): void {
    this.#forward.bind(name, data);
    this.#bound.set(name, data);
    this.#gradients?.bind(name, data);
  }
}

/** Tensors by name. The cast is safe: each property of the callers' types is a tensor. */
const named = (tensors: object, where: string): Record<string, TensorData> =>
  tensorsOf(tensors as Record<string, TensorData>, where);

/** `bound` has the parameters, and `wrong` names those that are not finite. */
function submit<Outputs>(
  executable: Executable,
  bound: ReadonlyMap<string, BoundData>,
  wrong: readonly string[],
  inputs: Record<string, TensorData>,
  options: LayerRunOptions,
): LayerResult<Outputs> {
  const { tokens } = optionsOf(options, 'the options of a run');
  const { plan, device } = executable;
  const count = tokens ?? tokensOf(plan, inputs);
  const result = executable.run(count, inputs);
  // The cast is safe, here and below: the Plan's names and dtypes are those of the types.
  if (!hasHalves(plan)) return result as unknown as LayerResult<Outputs>;
  // Arrays may change once the run has begun.
  const given = Object.fromEntries(Object.entries(inputs).map(([name, data]) => [name, copied(data)]));
  let found: Promise<string | undefined> | undefined;
  const cause: Cause = {
    given: () => [
      ...wrong,
      ...plan.inputs.flatMap((t) =>
        Object.hasOwn(given, t.name) ? (notFinite(t, given[t.name]) ?? []) : [],
      ),
    ],
    first: () => {
      found ??= firstOverflow({ device, plan, tokens: count, bound, inputs: given });
      return found;
    },
  };
  const read = async (name: string) => {
    const values = await result.read(name);
    const tensor = plan.outputs.find((o) => o.name === name);
    await checkFinite(`'${plan.name}'`, tensor, values, cause);
    return values;
  };
  const checked = {
    outputs: result.outputs,
    read,
    done: () => result.done(),
    destroy: () => result.destroy(),
    readAll: async () =>
      Object.fromEntries(
        await Promise.all(plan.outputs.map(async ({ name }) => [name, await read(name)] as const)),
      ),
  };
  return checked as unknown as LayerResult<Outputs>;
}

const copied = (data: TensorData): TensorData =>
  ArrayBuffer.isView(data) ? (data as TensorArray).slice() : data;

/** The number of tokens by the first array's length; the run compares all others with it. Throws InvalidTokens. */
function tokensOf(plan: DevicePlan, inputs: Readonly<Record<string, TensorData>>): number {
  const open = plan.inputs.filter((t) => t.shape.some(dependsOnTokens) && Object.hasOwn(inputs, t.name));
  for (const { name, dtype, shape } of open) {
    const data = inputs[name];
    const sizes = shape.filter((e) => e !== 'tokens');
    if (!ArrayBuffer.isView(data) || sizes.length !== shape.length - 1) continue;
    const row = sizes.reduce<number>((n, e) => n * (typeof e === 'number' ? e : 0), dtypeBytes(dtype));
    if (row > 0) return Math.ceil(data.byteLength / row);
  }
  if (open.length === 0) return 0; // no size depends on tokens, or the run reports the missing input
  throw new OftcRuntimeError(
    'InvalidTokens',
    `no array among the inputs of plan '${plan.name}' shows how many tokens there are: give { tokens }`,
  );
}
