/**
 * Joins small trained tensors into buckets, so that one launch of the optimiser's kernels serves many of them. A tensor
 * that fills a bucket alone is used as it is.
 */
import { padded } from '../../runtime/schedule.ts';
import type { Copy, Place, PlacedTensor, Value } from './place.ts';

/** The tensors of a bucket, and the element at which each begins. */
export interface Bucket {
  readonly parts: readonly { readonly path: string; readonly at: number; readonly elements: number }[];
  readonly elements: number;
}

/** A bucket's elements, held until freed. */
export type Joined = Pick<PlacedTensor, 'value' | 'free'>;

/** Groups tensors, in their order, into buckets of at most `most` elements; a larger tensor has one of its own. */
export function bucketsOf(
  tensors: Iterable<readonly [path: string, of: Pick<PlacedTensor, 'elements'>]>,
  most: number,
): Bucket[] {
  const buckets: { parts: { path: string; at: number; elements: number }[]; elements: number }[] = [];
  for (const [path, { elements }] of tensors) {
    const last = buckets.at(-1);
    if (last && last.elements + elements <= most) {
      last.parts.push({ path, at: last.elements, elements });
      last.elements += elements;
    } else buckets.push({ parts: [{ path, at: 0, elements }], elements });
  }
  return buckets;
}

/** Whether a bucket holds a single tensor, which needs no copy. */
export const isSingle = ({ parts }: Bucket): boolean => parts.length === 1;

/** The bytes that joining the tensors of some buckets takes. */
export const joinedBytes = (buckets: readonly Bucket[]): number =>
  buckets.filter((b) => !isSingle(b)).reduce((sum, b) => sum + bytesOf(b), 0);

/** The bytes of a bucket. */
export const bytesOf = ({ elements }: Bucket): number => padded(Float32Array.BYTES_PER_ELEMENT * elements);

/** Copies the tensors of each bucket into one. Rejects with OutOfMemory if there is no room. */
export async function joined(
  place: Place,
  label: string,
  buckets: readonly Bucket[],
  values: (path: string) => Value,
): Promise<Joined[]> {
  const all: Joined[] = [];
  const copies: Copy[] = [];
  for (const bucket of buckets) {
    if (isSingle(bucket)) {
      all.push({ value: values(bucket.parts[0]!.path), free: () => {} });
      continue;
    }
    const room = await place.room(label, bucket.elements).catch((failed: unknown) => {
      for (const held of all) held.free();
      throw failed;
    });
    all.push(room);
    for (const { path, at, elements } of bucket.parts)
      copies.push({ from: values(path), first: 0, count: elements, to: room.value, at });
  }
  if (copies.length > 0) place.copy(copies);
  return all;
}
