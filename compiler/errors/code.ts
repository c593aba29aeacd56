/** The catalogue's entry for one refusal. */

export interface Code {
  readonly title: string;
  readonly explanation: string;
  readonly fix: string;
  /** The smallest input that is refused. It is absent where no input leads to the refusal by itself. */
  readonly example?: Example;
}

/** A command or a script, and the files that it runs on. */
export interface Setup {
  /** The text of `layer.ts`, where there is a layer. */
  readonly source?: string;
  /** A command, or a script that uses the API. Default `oftc explain layer.ts`. */
  readonly run?: string;
  /** Files by name: safetensors as tensors or the bytes of a damaged file, others as their text. */
  readonly files?: Readonly<Record<string, TensorFile>>;
}

export interface Example extends Setup {
  /** The parts that change so that the example is accepted. */
  readonly mended: Partial<Setup>;
}

export type TensorFile = Readonly<Record<string, StoredTensor>> | DamagedFile | string;

/** The shape of a tensor of F32 values, or its dtype and shape. */
export type StoredTensor = readonly number[] | { readonly dtype: 'I32'; readonly shape: readonly number[] };

/** The bytes of a file that breaks the format. */
export interface DamagedFile {
  /** The header length that the first 8 bytes state; if absent, the true one. */
  readonly headerLength?: number;
  readonly header: string;
  /** The number of bytes of data after the header. */
  readonly dataBytes: number;
}

export const isDamaged = (file: Exclude<TensorFile, string>): file is DamagedFile =>
  typeof file.header === 'string';

/** The command that a setup runs. */
export const commandOf = (setup: Setup): string => setup.run ?? 'oftc explain layer.ts';

/** Whether a setup's command is a script rather than a command line. */
export const isScript = (command: string): boolean => !command.startsWith('oftc ');

/** An example with a mended source: each key of `changes` occurs once in the source, and its value replaces it. */
export const mending = (
  changes: Readonly<Record<string, string>>,
  source: string,
  run?: string,
): Example => ({
  source,
  ...(run === undefined ? {} : { run }),
  mended: {
    source: Object.entries(changes).reduce((text, [from, to]) => text.replace(from, () => to), source),
  },
});

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

export const EMBEDDING = `import { frozen, input, layer, take } from 'oftc';

export const embedding = layer(
  { ids: input('tokens', { dtype: 'i32' }), E: frozen('words', 'd') },
  ({ ids, E }) => take(E, ids, 0),
);
`;
