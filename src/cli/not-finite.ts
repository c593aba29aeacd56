/** Reports results that are NaN or infinite. They are written unchanged, with a warning. */
import type { QuantizedTensor } from '../formats/quantized/index.ts';
import { decodeF16 } from '../formats/safetensors/index.ts';
import type { HostTensor } from '../session/tensors.ts';

/** The non-finite elements of a tensor. */
export interface NotFinite {
  readonly elements: number;
  readonly of: number;
  /** The position of the first non-finite element, row-major, and its index along each axis. */
  readonly first: number;
  readonly index: readonly number[];
  /** The first non-finite element: NaN, Infinity or -Infinity, for which JSON has no number. */
  readonly value: string;
}

/** Reports the non-finite elements; undefined if every element is finite. */
function notFinite({ data, shape }: Pick<HostTensor, 'data' | 'shape'>): NotFinite | undefined {
  const values = data instanceof Uint16Array ? decodeF16(data) : data;
  const first = values.findIndex((x) => !Number.isFinite(x));
  if (first < 0) return undefined;
  let elements = 0;
  for (const x of values) if (!Number.isFinite(x)) elements++;
  return { elements, of: values.length, first, index: indexOf(first, shape), value: String(values[first]) };
}

function indexOf(place: number, shape: readonly number[]): number[] {
  let left = place;
  return shape
    .toReversed()
    .map((size) => {
      const at = left % size;
      left = (left - at) / size;
      return at;
    })
    .toReversed();
}

/** The reports of the outputs that are not finite, by name. */
export const allNotFinite = (
  outputs: readonly (Pick<HostTensor, 'data' | 'shape'> & { readonly name: string })[],
): Record<string, NotFinite> =>
  Object.fromEntries(
    outputs.flatMap((output) => {
      const found = notFinite(output);
      return found ? [[output.name, found] as const] : [];
    }),
  );

/** A warning for each output that is not finite. It names the given tensors that are not finite, the likely cause. */
export function warningsOf(
  found: Readonly<Record<string, NotFinite>>,
  given: Readonly<Record<string, HostTensor | QuantizedTensor>>,
): string[] {
  const causes = Object.entries(given).flatMap(([name, tensor]) =>
    'data' in tensor && notFinite(tensor) ? [`'${name}'`] : [],
  );
  const because =
    causes.length > 0
      ? `; ${causes.join(', ')}, which ${causes.length > 1 ? 'were' : 'was'} given, ${causes.length > 1 ? 'are' : 'is'} not finite either`
      : '; every tensor given is finite: one that it is computed from overflowed, or was divided by 0';
  return Object.entries(found).map(
    ([name, { elements, of, index, value }]) =>
      `'${name}': ${elements} of ${of} elements ${elements === 1 ? 'is' : 'are'} not finite, the first ${value} at [${index.join(', ')}]${because}`,
  );
}
