/**
 * Verifies code that could not be run where it was made. On the device, such code must give the step's own
 * results.
 */
import { classFor, takenOf, traitsOf } from './choose.ts';
import { OftcRuntimeError } from './errors.ts';
import {
  dtypeBytes,
  type Extent,
  type Plan,
  type PlanAlternative,
  type PlanDType,
  type PlanRef,
  type PlanStep,
  type PlanTensor,
  type PlanVariant,
} from './plan.ts';
import { stepName } from './plan-check.ts';
import { padded, type SizedTensor, sized } from './schedule.ts';
import type { TensorArray, TensorData } from './tensors.ts';
import { upload } from './upload.ts';
import { COPY_DST, COPY_SRC, STORAGE } from './webgpu-flags.ts';

/** The part of Executable that a verification uses. */
interface Runnable {
  readonly device: GPUDevice;
  run(
    tokens: number,
    inputs: Readonly<Record<string, TensorData>>,
    outputs: Readonly<Record<string, GPUBuffer>>,
  ): { read(name: string): Promise<TensorArray> };
  dispose(): void;
}

type Unverified = PlanAlternative & { readonly verify: readonly PlanDType[] };

/**
 * The token count to verify at: tiles of every size have an incomplete one at the end. Code that is not for this count
 * is verified at the nearest that it is for, but at MOST tokens where that is more: a device may have no memory for so
 * many, and a kernel computes the same at every count.
 */
const TOKENS = 65;
const MOST = 1024;
/**
 * The largest difference of two results, relative to the largest result. The longest sums of products in f32
 * stay below it. Sums whose operands have fewer bits do not. Results in f16 differ by rounding.
 */
const TOLERANCE = { f32: 2 ** -13, f16: 2 ** -9, i32: 0 } as const;

/** Verifications by the two kernels' code and what they are run on. */
const verified = new WeakMap<GPUDevice, Map<string, Promise<void>>>();

/** Checks that the alternatives of a device compute what their steps do. Rejects with KernelMismatch. */
export async function verify(
  device: GPUDevice,
  plan: Plan,
  create: (plan: Plan) => Promise<Runnable>,
): Promise<void> {
  const known = verified.get(device) ?? new Map<string, Promise<void>>();
  verified.set(device, known);
  const traits = traitsOf(device);
  const taken = takenOf(traits, plan);
  for (const variant of classFor(traits, plan).variants) {
    for (const step of variant.steps) {
      for (const way of taken(step)) {
        if (way.verify === undefined) continue;
        const own = { ...way, verify: way.verify };
        const [expected, actual] = [step, way].map((w) => sample(plan, variant, step, own, w));
        const key = JSON.stringify([expected, actual].map((p) => [p!.kernels[0]!.wgsl, p!.inputs]));
        const found = known.get(key) ?? compare(plan, variant, step, own, [expected!, actual!], create);
        known.set(key, found);
        await found.catch((error: unknown) => {
          known.delete(key);
          throw error;
        });
      }
    }
  }
}

/**
 * Makes a Plan of one kernel of a step. What the kernel binds becomes its inputs, and its result the output.
 */
function sample(
  plan: Plan,
  { slots }: PlanVariant,
  { bind, label, source }: PlanStep,
  { verify }: Unverified,
  { kernel, workgroups }: Pick<PlanStep, 'kernel' | 'workgroups'>,
): Plan {
  const elements = (ref: PlanRef, dtype: PlanDType): readonly Extent[] => {
    if ('slot' in ref) return [{ op: 'ceildiv', a: slots[ref.slot]!, b: dtypeBytes(dtype) }];
    const [all, name] = 'input' in ref ? [plan.inputs, ref.input] : [plan.outputs, ref.output];
    const { shape, dtype: own } = all.find((t) => t.name === name)!;
    // A temporary in an output's place may be of another type.
    const bytes = shape.reduce<Extent>((n, e) => ({ op: 'mul', a: n, b: e }), dtypeBytes(own));
    return own === dtype ? shape : [{ op: 'ceildiv', a: bytes, b: dtypeBytes(dtype) }];
  };
  const tensors = bind.map((ref, i): PlanTensor => {
    const dtype = verify[i]!;
    return { name: `${i}`, role: 'input', dtype, shape: elements(ref, dtype) };
  });
  const [out, ...inputs] = tensors.reverse();
  const refs = bind.map((_, i): PlanRef => (`${i}` === out!.name ? { output: `${i}` } : { input: `${i}` }));
  const step = { kernel: 0, bind: refs, workgroups, flops: 0, bytes: 0, label, source };
  return {
    format: plan.format,
    version: plan.version,
    name: plan.name,
    inputs,
    outputs: [{ ...out!, role: 'output' }],
    kernels: [plan.kernels[kernel]!],
    classes: [
      {
        name: 'sample',
        devices: {},
        variants: [{ minTokens: 0, maxTokens: null, slots: [], steps: [step] }],
      },
    ],
  };
}

async function compare(
  plan: Plan,
  { minTokens, maxTokens }: PlanVariant,
  step: PlanStep,
  way: Unverified,
  samples: readonly [Plan, Plan],
  create: (plan: Plan) => Promise<Runnable>,
): Promise<void> {
  const least = Math.min(MOST, Math.max(TOKENS, minTokens));
  const tokens = Math.min(least, maxTokens ?? Infinity, way.maxTokens ?? Infinity);
  const [expected, actual] = [await run(samples[0], tokens, create), await run(samples[1], tokens, create)];
  const dtype = way.verify.at(-1)!;
  const largest = expected.reduce((m, x) => (Number.isFinite(x) ? Math.max(m, Math.abs(x)) : m), 0);
  const limit = TOLERANCE[dtype] * largest;
  const wrong = expected.findIndex(
    (x, i) => !(Math.abs(x - actual[i]!) <= limit) && !Object.is(x, actual[i]),
  );
  if (wrong < 0) return;
  const { name, features } = plan.kernels[way.kernel]!;
  throw new OftcRuntimeError(
    'KernelMismatch',
    `kernel '${name}' of plan '${plan.name}' for ${stepName(step)} computes ${actual[wrong]} on this device where ` +
      `'${plan.kernels[step.kernel]!.name}' computes ${expected[wrong]} (element ${wrong} of ${expected.length} at ` +
      `tokens = ${tokens}): request the device with requestDevice({ features }) without ${features.at(-1) ?? 'it'}`,
    { source: step.source },
  );
}

/** Runs a sample on values that are the same at every call. */
async function run(
  plan: Plan,
  tokens: number,
  create: (plan: Plan) => Promise<Runnable>,
): Promise<Float64Array> {
  const executable = await create(plan);
  const inputs = plan.inputs.map(
    (t, i) => [t.name, values(t.dtype, sized(plan, t, tokens).elements, i)] as const,
  );
  // The output's buffer starts with values, because a kernel may read there the tensor that its result overwrites.
  const [output] = plan.outputs.map((t) => sized(plan, t, tokens)) as [SizedTensor];
  const { tensor: out, elements, bytes } = output;
  const size = padded(bytes);
  const buffer = executable.device.createBuffer({
    label: 'sample',
    size,
    usage: STORAGE | COPY_SRC | COPY_DST,
  });
  try {
    upload(executable.device, buffer, values(out.dtype, elements, inputs.length));
    const read = await executable
      .run(tokens, Object.fromEntries(inputs), { [out.name]: buffer })
      .read(out.name);
    return read instanceof Uint16Array ? Float64Array.from(read, fromHalf) : Float64Array.from(read);
  } finally {
    buffer.destroy();
    executable.dispose();
  }
}

/** Pseudo-random numbers: for floats, of magnitude ½ to 1 with either sign and any bits; for integers, 0 or 1. */
export function values(dtype: PlanDType, n: number, seed: number): TensorArray {
  const words = new Uint32Array(n);
  let state = seed;
  for (let i = 0; i < n; i++) {
    state = Math.imul(state, 1664525) + 1013904223;
    words[i] = (state & 0x807fffff) | 0x3f000000;
  }
  if (dtype === 'f32') return new Float32Array(words.buffer);
  return dtype === 'i32' ? Int32Array.from(words, (w) => w >>> 31) : Uint16Array.from(words, halfOf);
}

/** The f16 with the sign and the first bits of a float from ½ to 1. */
const halfOf = (word: number): number => ((word >>> 16) & 0x8000) | 0x3800 | ((word >>> 13) & 0x3ff);

function fromHalf(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, (bits & 1023) / 1024];
  const size = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
  const value = exponent === 31 ? (fraction === 0 ? Infinity : Number.NaN) : size;
  return bits >> 15 === 0 ? value : -value;
}
