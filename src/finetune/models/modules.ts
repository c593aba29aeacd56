/** The modules of a block that have weights: its linear layers and its norms. */

/** A frozen linear layer of a block, which an adapter can replace. */
export interface Linear {
  /** Its path within the block in Hugging Face's naming, whose last word targets have: `self_attn.q_proj`. */
  readonly module: string;
  readonly shape: readonly [out: number, inputs: number];
  readonly bias: boolean;
}

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
