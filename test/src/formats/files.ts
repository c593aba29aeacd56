/** Writes files into new folders, and checks the errors of reading them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { FormatError, type FormatErrorCode } from '../../../src/formats/error.ts';
import type { TensorData } from '../../../src/formats/safetensors/index.ts';
import type { Json } from '../../../src/formats/safetensors/json.ts';

export const root = mkdtempSync(join(tmpdir(), 'oftc-formats-'));
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;
export const newFolder = (): string => mkdtempSync(join(root, `${made++}-`));

export const elements = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1);

export const f32 = (name: string, shape: readonly number[], seed = 1): TensorData => ({
  name,
  dtype: 'F32',
  shape,
  data: Float32Array.from({ length: elements(shape) }, (_, i) => Math.sin(seed + 0.7 * i)),
});

export function writeFiles(folder: string, files: Readonly<Record<string, Json | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), content instanceof Uint8Array ? content : JSON.stringify(content));
  return folder;
}

export async function thrown(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Expects a FormatError whose message contains the texts. */
export async function refused(
  work: () => unknown,
  code: FormatErrorCode,
  text: string | RegExp,
): Promise<void> {
  const error = await thrown(work);
  expect(error).toBeInstanceOf(FormatError);
  if (error instanceof FormatError) expect(`${error.code}: ${error.message}`).toMatch(text);
  expect(error).toMatchObject({ code });
}
