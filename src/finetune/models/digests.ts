/** Digests of a model's files, which tell a resumed run whether the model is the same. */
import { webcrypto } from 'node:crypto';
import { join } from 'node:path';
import type { StoredTensor } from '../../formats/checkpoint/store.ts';
import type { OpenModel } from '../../formats/model.ts';
import { readRegular } from '../../formats/regular.ts';
import { sha256 } from '../../formats/sha256.ts';

/** The bytes that are read and hashed at a time, and the number of threads that hash. */
const [PIECE, AT_ONCE] = [2 ** 26, 4];

interface Piece {
  readonly tensor: StoredTensor;
  readonly from: number;
  readonly length: number;
}

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function* piecesOf(tensors: Iterable<StoredTensor>): Generator<Piece> {
  for (const tensor of tensors) {
    const bytes = tensor.end - tensor.begin;
    for (let from = 0; from < bytes; from += PIECE)
      yield { tensor, from, length: Math.min(PIECE, bytes - from) };
  }
}

/**
 * The SHA-256 of config.json and of each tensor of the checkpoint. The digest of a tensor covers its dtype, its shape
 * and the digests of its pieces. All files are read. `said` gets the number of bytes done so far and of all bytes.
 */
export async function modelDigests(
  { path, tensors: store }: Pick<OpenModel, 'path' | 'tensors'>,
  said: (done: number, of: number) => void = () => {},
): Promise<Record<string, string>> {
  const config = join(path, 'config.json');
  const text = await readRegular(config);
  const tensors = [...store.tensors.values()];
  const total = tensors.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const found = new Map(tensors.map(({ name }) => [name, new Map<number, string>()]));
  const pieces = piecesOf(tensors);
  let done = 0;
  const hashing = async (): Promise<void> => {
    for (const { tensor, from, length } of pieces) {
      const bytes = await store.bytes(tensor.name, { from, length });
      const digest = await webcrypto.subtle.digest('SHA-256', bytes);
      found.get(tensor.name)!.set(from, hexadecimal(new Uint8Array(digest)));
      done += length;
      said(done, total);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hashing));
  const digests = tensors.map(({ name, dtype, shape }): [string, string] => {
    const inOrder = [...found.get(name)!].sort(([a], [b]) => a - b).map(([, digest]) => digest);
    return [name, sha256(JSON.stringify([dtype, shape, inOrder]))];
  });
  return { 'config.json': sha256(text), ...Object.fromEntries(digests) };
}
