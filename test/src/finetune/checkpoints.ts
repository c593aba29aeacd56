/** Changes checkpoints as someone could who knows the format: code of the tests' own makes every digest anew. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { TensorData } from '../../../src/formats/safetensors/index.ts';
import { parseSafetensors, serializeSafetensors } from '../../support/safetensors.ts';

export interface Parts {
  readonly metadata: Map<string, string>;
  readonly tensors: Map<string, TensorData>;
}

const sha256 = (...pieces: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
};
const bytesOf = ({ data }: TensorData) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Edits a checkpoint and makes its digests anew. `signed: false` leaves the old digests. */
export function change(path: string, edit: (parts: Parts) => void, { signed = true } = {}): void {
  const file = parseSafetensors(readFileSync(path), path);
  const metadata = new Map(file.metadata);
  const tensors = new Map(
    [...file.tensors.values()].map(({ name, dtype, shape }): [string, TensorData] => [
      name,
      { name, dtype, shape, data: file.bytes(name) },
    ]),
  );
  edit({ metadata, tensors });
  if (signed && metadata.has('digests')) {
    const own = [...tensors.values()].map((t) => [
      t.name,
      sha256(JSON.stringify([t.dtype, t.shape]), bytesOf(t)),
    ]);
    metadata.set('tensors', JSON.stringify(Object.fromEntries(own)));
    const fields = ['step', 'metrics', 'metrics-sha256', 'settings', 'model', 'tensors'];
    const present = fields.filter((name) => metadata.has(name));
    metadata.set(
      'digests',
      JSON.stringify(Object.fromEntries(present.map((name) => [name, sha256(metadata.get(name)!)]))),
    );
    metadata.set('sha256', sha256(metadata.get('digests')!));
  }
  writeFileSync(path, serializeSafetensors(tensors.values(), metadata));
}
