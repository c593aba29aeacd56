/** The modules of a block that have weights: its linear layers and its norms. */

/** Stands for the number of an expert in a path. */
export const EACH = '*';

/** A frozen linear layer of a block, which an adapter can replace. */
export interface Linear {
  /** Its path within the block in Hugging Face's naming, whose last word targets have: `self_attn.q_proj`. */
  readonly module: string;
  readonly shape: readonly [out: number, inputs: number];
  readonly bias: boolean;
  /** The number of experts that have such a layer each. The path has `*` in place of an expert's number. */
  readonly experts?: number;
  /** Whether the layer chooses experts; an adapter is on such a layer only where it is named. */
  readonly isRouter?: true;
}

/** The paths of a linear layer: one, or that of each expert. */
export const pathsIn = ({ module, experts }: Linear): string[] =>
  experts === undefined
    ? [module]
    : Array.from({ length: experts }, (_, e) => module.replace(EACH, String(e)));

/** A norm of a block. */
export interface Norm {
  /** Its path within the block in Hugging Face's naming: `input_layernorm`. */
  readonly module: string;
  /** The number of its weights. */
  readonly width: number;
  /** Whether it has a bias too. */
  readonly bias?: true;
}

/** The tensors of one of a block's halves, by the names that the block's layer gives them. */
export interface Half {
  readonly norms: Readonly<Record<string, Norm>>;
  /** The linear layers in the order in which they are applied. */
  readonly linear: Readonly<Record<string, Linear>>;
}
