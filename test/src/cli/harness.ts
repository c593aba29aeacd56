/** Runs the command line in this process, and makes small layers and tensors for it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../src/cli/cli.ts';
import type { TensorData } from '../../../src/formats/safetensors/index.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function oftc(...argv: string[]): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  const exit = await main(argv, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { exit, stdout, stderr };
}

export const folder = mkdtempSync(join(tmpdir(), 'oftc-cli-'));

export const at = (name: string): string => join(folder, name);

export function layerFile(name: string, body: string): string {
  writeFileSync(at(name), body);
  return at(name);
}

export const f32 = (name: string, shape: readonly number[], value = 0.1): TensorData => ({
  name,
  dtype: 'F32',
  shape,
  data: Float32Array.from({ length: shape.reduce((p, n) => p * n, 1) }, (_, i) => value * Math.cos(i)),
});

export function tensorFile(name: string, ...tensors: TensorData[]): string {
  writeFileSync(at(name), serializeSafetensors(tensors));
  return at(name);
}

export const OFT = `
import { blockDiag, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';

export const oft = layer(
  (_: { terms: number }) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
  }),
  ({ x, W, v }, c) => x.matmul(blockDiag(cayleyNeumann(skew(v), { terms: c.terms })).matmul(W.T)),
  { where: { in: 'r*b' }, config: { terms: 5 } },
);
`;

/** The shapes of OFT's tensors for r = 2 blocks of b = 4, with 3 tokens and 5 outputs. */
export const SHAPES = { x: [3, 8], W: [5, 8], v: [2, 6] } as const;
