/** Reads golden layers: results of PEFT's own code in float64, stored as float32. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openSafetensors } from '../../src/formats/safetensors/index.ts';
import type { HostTensor } from '../../src/index.ts';

export { relativeError } from '../../src/testing/numeric.ts';

const root = fileURLToPath(new URL('../fixtures/layers/', import.meta.url));

export interface GoldenCase {
  readonly name: string;
  readonly method: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, HostTensor>>;
}

export const goldenNames = (prefix: string): string[] =>
  readdirSync(root).filter((n) => n.startsWith(prefix));

export async function goldenCase(name: string): Promise<GoldenCase> {
  const { method, config } = JSON.parse(readFileSync(`${root}${name}/case.json`, 'utf8'));
  const file = await openSafetensors(`${root}${name}/tensors.safetensors`);
  const tensors: Record<string, HostTensor> = {};
  for (const { name: tensor, shape } of file.tensors.values()) {
    tensors[tensor] = { data: (await file.array(tensor)) as Float32Array, shape };
  }
  await file.close();
  return { name, method, config, tensors };
}
