/** The options of `compile`, and their check before anything is compiled, because callers may have no types. */
import type { Objective } from '../../compiler/associate/select.ts';
import type { CompileOptions } from '../../compiler/derive.ts';
import type { DeviceProfile } from '../../compiler/devices/index.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { STRATEGIES, type Strategy } from '../../kernels-gen/index.ts';
import { deviceOf } from '../../runtime/arguments.ts';
import { fieldsOf, oneOf, onlyNames, optionsOf, shapeOf, wrongArgument } from '../language/arguments.ts';
import { type PlanStore, storeOf } from '../plans/store.ts';
import { checkTuning, type TuningTable } from '../tune/table.ts';
import type { Quantized } from './quantized.ts';

const RATES = ['flops', 'bandwidth', 'launch'] as const;

export interface SessionOptions {
  /** The exported layer of a file; needed if the file exports several. */
  readonly layer?: string;
  /** Values for the layer's configuration; for a file they may be strings, which the configuration's type reads. */
  readonly config?: object;
  /** Sizes of dimensions, except for those that `where` and `shapes` imply. `tokens` stays open. */
  readonly dims?: Binding;
  /** Shapes of actual tensors, from which dimensions are read off. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** The device: `gpu` (default) opens one, `cpu` is the float64 reference, a GPUDevice stays the caller's. */
  readonly device?: 'gpu' | 'cpu' | GPUDevice;
  /** Whether to compile without any derivation, as a baseline. */
  readonly asWritten?: boolean;
  /** Whether to keep the source's parentheses, as for a layer that `oftc rewrite` printed. */
  readonly pinned?: boolean;
  readonly objective?: Objective;
  /** Rules that change the function, which fire only if they are listed here. */
  readonly allow?: CompileOptions['allow'];
  /** The rates that selection assumes, such as those of DEVICES; by default those of the device's class. */
  readonly profile?: DeviceProfile;
  /** The strategy of all kernels that have it (docs/architecture.md); by default the best for each device. */
  readonly strategy?: Strategy;
  /** Frozen tensors that the device holds quantised; float32 values are quantised when they are bound. */
  readonly quantized?: Quantized;
  /**
   * The form of tensors that grow with `tokens` on the device, inputs and outputs too. f16 takes half the memory;
   * sums, parameters and their gradients stay f32. Reading a result that is not finite then throws OFT4013 with the
   * first tensor that overflowed. Device buffers for such tensors hold f16. The CPU reference does not round.
   */
  readonly activations?: 'f32' | 'f16';
  /** The schedules that `oftc tune` measured, each for the device it was measured on (docs/tuning.md). */
  readonly tuning?: TuningTable;
  /** Where compiled Plans are kept, such as `planFolder()`: equal programs are then not compiled again. */
  readonly plans?: PlanStore;
  /** Whether to time every kernel, for `Outputs.profile()`; needs the device's timestamp-query feature. */
  readonly timing?: boolean;
}

/** The names of all options. The type makes a missing one an error. */
const NAMES = Object.keys({
  layer: true,
  config: true,
  dims: true,
  shapes: true,
  device: true,
  asWritten: true,
  pinned: true,
  objective: true,
  allow: true,
  profile: true,
  strategy: true,
  quantized: true,
  activations: true,
  tuning: true,
  plans: true,
  timing: true,
} satisfies Readonly<Record<keyof SessionOptions, true>>);

/**
 * A checked copy of the options. Throws OFT4016 for an option of the wrong kind or none of compile(), TuningError for a
 * damaged table.
 */
export function checkedOptions(given: SessionOptions): SessionOptions {
  const options = optionsOf(given, 'the options of compile()');
  const [unknown] = Object.keys(options).filter((name) => !NAMES.includes(name));
  onlyNames(options, NAMES, 'compile()', `sizes go in dims: { ${unknown}: … }, and `);
  const { layer, config, dims, shapes, device, profile, quantized, tuning, allow } = options;
  if (layer !== undefined && typeof layer !== 'string')
    throw wrongArgument('the option layer', 'the name of an exported layer', layer);
  if (config !== undefined) fieldsOf(config, 'the option config', 'an object of settings');
  if (
    dims !== undefined &&
    Object.hasOwn(fieldsOf(dims, 'the option dims', 'an object of sizes by name'), 'tokens')
  )
    throw new OftcError('OFT4016', 'the option dims has no tokens: each run gives their number');
  if (shapes !== undefined) {
    const named = Object.entries(fieldsOf(shapes, 'the option shapes', 'an object of shapes by tensor'));
    for (const [name, shape] of named) shapeOf(shape, `the shape of '${name}'`);
  }
  if (quantized !== undefined) fieldsOf(quantized, 'the option quantized', 'an object of formats by tensor');
  for (const name of ['asWritten', 'pinned', 'timing'] as const)
    oneOf(options[name], [undefined, true, false], `the option ${name}`);
  oneOf(options.objective, [undefined, 'latency', 'memory'], 'the option objective');
  oneOf(options.activations, [undefined, 'f32', 'f16'], 'the option activations');
  oneOf(options.strategy, [undefined, ...STRATEGIES], 'the option strategy');
  if (allow !== undefined) {
    if (!Array.isArray(allow)) throw wrongArgument('the option allow', 'a list', allow);
    for (const permission of allow) oneOf(permission, ['approximates'], 'each entry of the option allow');
  }
  if (device !== undefined && device !== 'gpu' && device !== 'cpu')
    deviceOf(device, "the option device, where it is neither 'gpu' nor 'cpu',");
  if (profile !== undefined) checkProfile(profile);
  if (tuning !== undefined) checkTuning(tuning);
  if (options.plans !== undefined) storeOf(options.plans);
  return options;
}

function checkProfile(profile: DeviceProfile): void {
  const rates = fieldsOf(profile, 'the option profile', 'an object of rates, such as one of DEVICES');
  for (const name of RATES)
    if (!(typeof rates[name] === 'number' && rates[name] >= 0 && Number.isFinite(rates[name])))
      throw wrongArgument(`the option profile.${name}`, 'a finite number of at least 0', rates[name]);
}
