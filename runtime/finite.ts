/** Finds elements of f16 tensors that are not finite: a value that f16 does not hold became infinite. */
import { OftcRuntimeError } from './errors.ts';
import type { PlanTensor } from './plan.ts';
import type { TensorArray, TensorData } from './tensors.ts';

/** The largest finite f16. */
const LARGEST = 65504;

/** The first element of f16 bits that is infinite or NaN; −1 if none is. */
export const firstNotFinite = (bits: Uint16Array): number => bits.findIndex((b) => (b & 0x7c00) === 0x7c00);

const halves = (t: PlanTensor | undefined, data: unknown): data is Uint16Array =>
  t?.dtype === 'f16' && data instanceof Uint16Array;

/** The names of the f16 arrays among `given` that are not finite, each with its first such element. */
export const notFinite = (
  tensors: readonly PlanTensor[],
  given: Readonly<Record<string, TensorData>>,
): string[] =>
  tensors.flatMap((t) => {
    const data = Object.hasOwn(given, t.name) ? given[t.name] : undefined;
    const at = halves(t, data) ? firstNotFinite(data) : -1;
    return at < 0 ? [] : [`'${t.name}' (element ${at})`];
  });

/**
 * Throws NotFinite for an f16 result that is not finite. `causes` are the inputs that were not; if none, `first` finds the
 * first tensor that is computed and is not.
 */
export async function checkFinite(
  who: string,
  tensor: PlanTensor | undefined,
  values: TensorArray,
  causes: readonly string[],
  first: () => Promise<string | undefined>,
): Promise<void> {
  if (!halves(tensor, values)) return;
  const at = firstNotFinite(values);
  if (at < 0) return;
  const found = causes.length > 0 ? undefined : await first();
  const cause =
    causes.length > 0
      ? `what was given is not finite either: ${causes.join(', ')}`
      : found
        ? `the first tensor that is not is ${found}: f16 holds at most ${LARGEST}`
        : 'no tensor in f16 is the cause';
  throw new OftcRuntimeError(
    'NotFinite',
    `'${tensor!.name}' of ${who} is not finite (element ${at}); ${cause}. ` +
      'Scale what it is made of, or build with activations in f32',
  );
}
