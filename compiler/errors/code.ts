/** What the catalogue says about one refusal. */

export interface Code {
  readonly title: string;
  readonly explanation: string;
  readonly fix: string;
  /** The smallest thing that is refused. Absent where nothing that is written leads there by itself. */
  readonly example?: Example;
}

/** What is run, and on which files. */
export interface Setup {
  /** `layer.ts`, where there is a layer. */
  readonly source?: string;
  /** A command, or a script that uses the API. Default `oftc explain layer.ts`. */
  readonly run?: string;
  /** Files by name: safetensors as tensors or the bytes of a damaged file, others as their text. */
  readonly files?: Readonly<Record<string, TensorFile>>;
}

export interface Example extends Setup {
  /** What changes so that it is accepted. */
  readonly mended: Partial<Setup>;
}

export type TensorFile = Readonly<Record<string, StoredTensor>> | DamagedFile | string;

/** A shape of F32 values, or of another dtype. */
export type StoredTensor = readonly number[] | { readonly dtype: 'I32'; readonly shape: readonly number[] };

/** The bytes of a file that breaks the format. */
export interface DamagedFile {
  /** What the first 8 bytes say the header's length is; default its true length. */
  readonly headerLength?: number;
  readonly header: string;
  /** How many bytes of data follow. */
  readonly dataBytes: number;
}

export const isDamaged = (file: Exclude<TensorFile, string>): file is DamagedFile =>
  typeof file.header === 'string';

/** The command of an example. */
export const commandOf = (setup: Setup): string => setup.run ?? 'oftc explain layer.ts';

/** Whether it is a script rather than a command line. */
export const isScript = (command: string): boolean => !command.startsWith('oftc ');

/** Layers that several examples start from. */
export const LINEAR = `import { frozen, input, layer } from 'oftc';

export const linear = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in') },
  ({ x, W }) => x.matmul(W.T),
);
`;

export const OFT = `import { blockDiag, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(blockDiag(cayleyNeumann(skew(v))).matmul(W.T)),
  { where: { in: 'r*b' } },
);
`;
