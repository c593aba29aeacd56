/** Writes the layers in which authors make their mistakes. */
import * as oftc from '../../../../src/index.ts';

const NAMES = [...Object.keys(oftc).filter((n) => n !== 'default'), 'Tensor'].sort((a, b) =>
  a.localeCompare(b, 'en', { sensitivity: 'base' }),
);

/** Options of a layer whose input is rotated by blocks. */
export const BLOCKS = "{ where: { in: 'r*b' } }";

/** A layer on x with W, and with the other declared tensors; it imports what it uses. */
export function adapter(declared: string, body: string, options?: string): string {
  const tensors = ["x: input('tokens', 'in')", "W: frozen('out', 'in')", ...(declared ? [declared] : [])];
  const names = [
    'x',
    'W',
    ...[...declared.matchAll(/(\w+): (?:list|trainable|frozen|input|when)\(/g)].map((m) => m[1]),
  ];
  return file(`export const adapter = layer(
  { ${tensors.join(', ')} },
  ({ ${names.join(', ')} }) => ${body},${options ? `\n  ${options},` : ''}
);`);
}

/** A file with this text, which imports the names of the language that it uses. */
export function file(text: string): string {
  const used = NAMES.filter((n) => new RegExp(`(?<![.\\w'])${n}\\b(?!:)`).test(text));
  return `import { ${used.map((n) => (n === 'Tensor' ? 'type Tensor' : n)).join(', ')} } from 'oftc';\n\n${text}\n`;
}

/** OFT with exact rotations. */
export const OFT = adapter(
  "v: trainable('r', 'tri(b)', { init: 'zeros' })",
  'x.matmul(blockDiag(cayley(skew(v))).matmul(W.T))',
  BLOCKS,
);
