/** Runs a layer on the worker's own device: derived beside as written, timed, and compared with the reference. */
import { type Binding, evalDim, ofTokens } from '../../../compiler/dims/dims.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { limits } from '../../../compiler/limits.ts';
import type { Compilation } from '../../../compiler/pipeline.ts';
import type { TensorValue } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { KernelError, planCost } from '../../../kernels-gen/index.ts';
import { DeviceTensor, Executable, OftcRuntimeError } from '../../../runtime/index.ts';
import { decodeF16, encodeF16 } from '../../formats/safetensors/half.ts';
import { smallSizes, tokensFrom } from '../../identity/sizes.ts';
import { realValues, type Values } from '../../identity/values.ts';
import { classOf, openDevice } from '../../session/backends/gpu.ts';
import { compileOn, planOf } from '../../session/plan.ts';
import type { HostArray } from '../../session/tensors.ts';
import { random } from '../../start/random.ts';
import type { Difference, Ran, RunFigures } from '../protocol.ts';

/** The most operations that the reference computes, which takes a second or so: nothing else runs meanwhile. */
const MOST_OPERATIONS = 3e7;

interface Asked {
  readonly tokens: number;
  readonly seed?: number;
  readonly runs?: number;
}

/** A program at sizes and a token count, compiled in both ways for one device. */
interface Both {
  readonly tokens: number;
  readonly sizes: Binding;
  readonly derived: Compilation;
  readonly written: Compilation;
}

type Figures = Omit<RunFigures, 'differences'>;

export async function ranOn(program: Program, sizes: Binding, asked: Asked): Promise<Ran> {
  let device: GPUDevice;
  try {
    device = await openDevice();
  } catch (e) {
    if (e instanceof OftcRuntimeError && e.code === 'DeviceMissing')
      return { available: false, reason: e.message };
    throw e;
  }
  try {
    return { available: true, result: await ranBoth(program, sizes, asked, device) };
  } finally {
    device.destroy();
  }
}

async function ranBoth(
  program: Program,
  sizes: Binding,
  { tokens, seed = 1, runs = 9 }: Asked,
  device: GPUDevice,
): Promise<NonNullable<Ran['result']>> {
  const own = compiled(program, sizes, tokens, device);
  const reduced = within(program, own, device);
  const compared = reduced ?? own;
  const reference = references(compared, seed);
  const values = realValues(checkedSize(own).derived.variants[0]!.program, tokens, random(seed));
  const figures = async (way: 'derived' | 'written'): Promise<RunFigures> => {
    const timed = await onDevice(own[way], values, tokens, device, runs);
    const at = reduced ? await onDevice(reduced[way], reference.values, compared.tokens, device, 1) : timed;
    return { ...timed.figures, differences: differencesOf(reference.results, at.results) };
  };
  const derived = await figures('derived');
  const written = await figures('written').catch((e: unknown) => {
    if (e instanceof KernelError || e instanceof OftcRuntimeError) return e.message;
    throw e;
  });
  return {
    device: nameOf(device),
    class: classOf(device).name,
    tokens,
    sizes,
    compared: { tokens: compared.tokens, sizes: compared.sizes, reduced: reduced !== undefined },
    derived,
    ...(typeof written === 'string' ? { writtenFails: written } : { written }),
  };
}

function compiled(program: Program, sizes: Binding, tokens: number, device: GPUDevice): Both {
  const of = (asWritten: boolean) =>
    compileOn(classOf(device), program, { gradients: true, sizes, asWritten });
  return { tokens, sizes, derived: of(false), written: of(true) };
}

/** Throws RangeError where the inputs would not fit into memory. */
function checkedSize(both: Both): Both {
  const elements = both.derived.bound.inputs
    .map((i) => i.type.shape.reduce((n, d) => n * evalDim(d, { tokens: both.tokens }), 1))
    .reduce((a, b) => a + b, 0);
  const most = limits.pageElements.most;
  if (elements <= most) return both;
  throw new RangeError(
    `the inputs have ${elements.toLocaleString('en')} elements, and a page draws at most ${most.toLocaleString('en')}: choose smaller sizes or fewer tokens`,
  );
}

/** The same program at fewer tokens or smaller sizes, where the reference would take long; undefined where it does not. */
function within(program: Program, own: Both, device: GPUDevice): Both | undefined {
  if (operations(own, device) <= MOST_OPERATIONS) return undefined;
  const fewest = tokensFrom(program, own.sizes, Math.min(own.tokens, 8));
  const few = { ...own, tokens: fewest };
  if (operations(few, device) <= MOST_OPERATIONS) return few;
  const small = smallSizes(program).at(-1)!;
  return compiled(program, small, tokensFrom(program, small, 5), device);
}

/** The operations of the program as written; unbounded where no kernels can compute it. */
function operations({ written, tokens }: Both, device: GPUDevice): number {
  try {
    return planCost(planOf(written, { devices: [classOf(device)] }), tokens).flops;
  } catch (e) {
    if (e instanceof KernelError) return Infinity;
    throw e;
  }
}

type Results = Readonly<Record<string, ArrayLike<number>>>;

/** Random inputs, and the results of the program as written in float64. */
function references({ written, tokens }: Both, seed: number): { values: Values; results: Results } {
  const [variant] = written.variants;
  const values = realValues(variant!.program, tokens, random(seed));
  const results = interpret(variant!.primitives, float64, values, tokens);
  return {
    values,
    results: Object.fromEntries(Object.entries(results).map(([name, t]) => [name, t.values])),
  };
}

/** Times runs of a program on a device, and reads the results of the last. */
async function onDevice(
  compilation: Compilation,
  values: Values,
  tokens: number,
  device: GPUDevice,
  runs: number,
): Promise<{ readonly figures: Figures; readonly results: Results }> {
  const plan = planOf(compilation, { devices: [classOf(device)] });
  const executable = await Executable.create(device, plan, { late: true });
  const tensors: DeviceTensor[] = [];
  try {
    await executable.ready(tokens);
    const given: Record<string, GPUBuffer> = {};
    for (const { name, type } of compilation.variants[0]!.program.inputs) {
      const tensor = DeviceTensor.upload(device, arrayOf(type.dtype, values[name]!), `'${name}'`);
      tensors.push(tensor);
      if (type.shape.some(ofTokens)) given[name] = tensor.buffer;
      else executable.bind(name, tensor);
    }
    const times: number[] = [];
    let results: Results = {};
    // The first run warms up: it allocates what later ones use again.
    for (let run = 0; run <= runs; run++) {
      const start = performance.now();
      const result = executable.run(tokens, given);
      await result.done();
      if (run > 0) times.push((performance.now() - start) / 1e3);
      if (run === runs) results = numbersOf(await result.readAll());
      result.destroy();
    }
    const { total, temporaries } = executable.peakBytes(tokens);
    const { launches } = planCost(plan, tokens);
    const seconds = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
    return { figures: { seconds, bytes: { total, temporaries }, launches }, results };
  } finally {
    for (const tensor of tensors) tensor.free();
    executable.dispose();
  }
}

const arrayOf = (
  dtype: 'f32' | 'f16' | 'i32',
  { values }: TensorValue<number>,
): Exclude<HostArray, Float64Array> =>
  dtype === 'f16' ? encodeF16(values) : dtype === 'i32' ? Int32Array.from(values) : Float32Array.from(values);

const numbersOf = (read: Readonly<Record<string, HostArray>>): Results =>
  Object.fromEntries(
    Object.entries(read).map(([name, data]) => [name, data instanceof Uint16Array ? decodeF16(data) : data]),
  );

const differencesOf = (expected: Results, actual: Results): Difference[] =>
  Object.entries(expected).map(([name, values]) => {
    const found = actual[name]!;
    let [absolute, largest] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      const difference = Math.abs(found[i]! - values[i]!);
      // A result that is no number differs without bound.
      absolute = Math.max(absolute, Number.isNaN(difference) ? Infinity : difference);
      largest = Math.max(largest, Math.abs(values[i]!));
    }
    return { name, absolute, relative: absolute === 0 ? 0 : absolute / largest };
  });

function nameOf({ adapterInfo }: GPUDevice): string {
  const { description = '', vendor = '', architecture = '' } = adapterInfo ?? {};
  return description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed';
}
