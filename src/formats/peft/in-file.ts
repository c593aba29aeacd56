/** States how PEFT's files of a method differ from a list of each module's own parameters. */
import type { LayerName } from './layers.ts';

/** The tensors of a file that several modules share. */
export interface Sharing {
  /** Their names by the layer's frozen parameters. */
  readonly names: Readonly<Record<string, string>>;
  /** The kind of a module, where only modules of a kind share a tensor. Its name ends with the kind. */
  readonly kindOf?: (module: string) => string;
  /** Tensors beside them that say nothing further. */
  readonly redundant?: readonly string[];
}

export interface InFile {
  readonly shared?: Sharing;
  /** Frozen tensors that the file lacks, because PEFT computes them from the weight whenever it loads an adapter. */
  readonly recomputed?: readonly string[];
  /** Positions that the file has in a random order, and the values that stand at them. */
  readonly unsorted?: { readonly positions: string; readonly values: string };
  /** The reason why oftc reads such files, and writes none. */
  readonly onlyRead?: string;
}

/** Gives a module's kind by PEFT's rule: the last two words of its path, or the last one after a block's number. */
function frodKind(module: string): string {
  const [last, before, third] = module.split('.').reverse();
  if (before === undefined || /^\d+$/.test(before)) return last!;
  return third === 'attention' && before === 'output' && last === 'dense'
    ? 'attention_output'
    : `${before}_${last}`;
}

const IN_FILE = {
  vera: { shared: { names: { A: 'base_model.vera_A', B: 'base_model.vera_B' } } },
  randlora: { shared: { names: { A: 'base_model.randlora_A', B: 'base_model.randlora_B' } } },
  // The signs may differ from PEFT's without changing the layer: it uses only the product of singular vectors and
  // values, and projections beside them.
  osf: { recomputed: ['Uh', 'sh', 'Vh'] },
  frod: {
    shared: {
      names: { V: 'base_model.frod_V', p: 'base_model.frod_s_indices' },
      kindOf: frodKind,
      redundant: ['base_model.frod_s_size'],
    },
    // U follows from the weight and V.
    recomputed: ['U'],
    unsorted: { positions: 'p', values: 's' },
    onlyRead:
      'PEFT computes U anew when it loads a file, from a V whose signs may differ from those of the V in it',
  },
} as const satisfies Partial<Record<LayerName, InFile>>;

/** The record of a layer; an empty one for a layer whose files have its own parameters alone. */
export const inFile = (layer: LayerName): InFile =>
  (IN_FILE as Partial<Record<LayerName, InFile>>)[layer] ?? {};

type OnlyRead = {
  [L in keyof typeof IN_FILE]: (typeof IN_FILE)[L] extends { readonly onlyRead: string } ? L : never;
}[keyof typeof IN_FILE];

/** A layer whose adapters are written in PEFT's format. */
export type WrittenLayer = Exclude<LayerName, OnlyRead>;

export const isWritten = (layer: LayerName): layer is WrittenLayer => inFile(layer).onlyRead === undefined;
