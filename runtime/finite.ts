/** Finds elements of f16 tensors that are not finite: a value that f16 does not hold became infinite. */
import { OftcRuntimeError } from './errors.ts';
import type { PlanTensor } from './plan.ts';
import type { TensorArray, TensorData } from './tensors.ts';

/** The largest finite f16. */
const LARGEST = 65504;

/** The first element of f16 bits that is infinite or NaN; −1 if none is. */
export const firstNotFinite = (bits: Uint16Array): number => bits.findIndex((b) => (b & 0x7c00) === 0x7c00);

const halves = (t: Pick<PlanTensor, 'dtype'> | undefined, data: unknown): data is Uint16Array =>
  t?.dtype === 'f16' && data instanceof Uint16Array;

/** The first element that is infinite or NaN; −1 if none is. */
export function notFiniteAt(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** The name of an array of floats that is not finite, with its first such element; undefined for every other tensor. */
export function notFinite(
  tensor: Pick<PlanTensor, 'name' | 'dtype'> | undefined,
  data: TensorData | undefined,
): string | undefined {
  const at = halves(tensor, data)
    ? firstNotFinite(data)
    : data instanceof Float32Array || data instanceof Float64Array
      ? notFiniteAt(data)
      : -1;
  return at < 0 ? undefined : `'${tensor!.name}' (element ${at})`;
}

/** The search for the cause of a result that is not finite. */
export interface Cause {
  /** Finds the given tensors that are not finite, by name. */
  given(): readonly string[];
  /** Finds the first tensor that is computed and is not finite. */
  first(): Promise<string | undefined>;
}

/** Throws NotFinite for an f16 result that is not finite, with the cause. */
export async function checkFinite(
  who: string,
  tensor: PlanTensor | undefined,
  values: TensorArray,
  cause: Cause,
): Promise<void> {
  if (!halves(tensor, values)) return;
  const at = firstNotFinite(values);
  if (at < 0) return;
  throw new OftcRuntimeError(
    'NotFinite',
    `'${tensor!.name}' of ${who} is not finite (element ${at}); ${await described(cause, 'build')}`,
  );
}

/** The cause with its remedy. A search that fails does not hide what is wrong with the result. */
export async function described(cause: Cause, making: 'build' | 'compile'): Promise<string> {
  const given = cause.given();
  if (given.length > 0) return `what was given is not finite either: ${given.join(', ')}. Give finite values`;
  const remedy = `Scale what it is made of, or ${making} with activations in f32`;
  try {
    const found = await cause.first();
    return found
      ? `the first tensor that is not is ${found}: f16 holds at most ${LARGEST}. ${remedy}`
      : `no tensor in f16 is the cause. ${remedy}`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `the first tensor that is not cannot be found any more (${why}). ${remedy}`;
  }
}
