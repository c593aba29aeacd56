/**
 * The interface of a family of decoders: what it reads from config.json, its tensors, and its block in the language.
 * A family is one file of this folder, and registry.ts lists them.
 */
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { Tensor } from '../../language/dsl/index.ts';
import type { ConfigFile, ConfigSchema } from './fields.ts';

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
}

/** The tensors of one of a block's halves, by the names that the block's layer gives them. */
export interface Half {
  readonly norms: Readonly<Record<string, Norm>>;
  /** The linear layers in the order in which they are applied. */
  readonly linear: Readonly<Record<string, Linear>>;
}

/** A block's operations on its own tensors, with adapters in place. */
export interface BlockTools {
  /** A tensor of the block. */
  tensor(name: string): Tensor;
  /** The result of a linear layer, or of the adapter that replaces it. */
  linear(name: string, x: Tensor): Tensor;
  /** The family's norm of the last axis. */
  norm(name: string, x: Tensor): Tensor;
  /** Heads (tokens, heads, channels), rotated by the positions of their tokens. */
  rotated(x: Tensor): Tensor;
}

/** Queries, keys and values, each (tokens, heads, channels). */
export interface Heads {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

export interface ModelFamily {
  /** The name that `ModelShape.family` has. */
  readonly name: string;
  /** The classes of transformers that it computes, by their `model_type`. */
  readonly architectures: Readonly<Record<string, string>>;
  /** Whether its `rope_parameters` (transformers 5) have parameters for each type of layer. */
  readonly ropeByType?: true;
  /** The fields of config.json that it reads beside those of fields.ts. */
  readonly fields: ConfigSchema;
  /**
   * The shape that a configuration means. Throws InvalidConfig, and UnsupportedOption for what is not computed.
   * fields.ts has read `config.shape` from the fields that all families share.
   */
  read(config: ConfigFile): ModelShape;
  /** The tensors up to queries, keys and values, and those from the attention's result on. */
  halves(c: ModelShape): { readonly before: Half; readonly after: Half };
  /** The norm of the last axis, in blocks and before the head. */
  norm(x: Tensor, weight: Tensor, c: ModelShape): Tensor;
  /** The first half of a block. */
  before(x: Tensor, tools: BlockTools, c: ModelShape): Heads;
  /** The second half of a block, from its input and the attention's result (tokens, heads · channels). */
  after(x: Tensor, mixed: Tensor, tools: BlockTools, c: ModelShape): Tensor;
}
