/** The configuration of a model, as the families of src/finetune/models read it. */
import type { Json } from '../json.ts';
import type { Quantization } from './quantization.ts';
import type { Rope } from './rope.ts';

/** The encoder of an encoder–decoder model: every block of the decoder reads its result. Its width is the decoder's. */
export interface EncoderShape {
  readonly layers: number;
  /** The number of heads, which divides the width; each has keys of its own. */
  readonly heads: number;
  readonly intermediateSize: number;
  /** The token that the decoder starts with. */
  readonly decoderStart: number;
  /** The token that the decoder's first prediction is made to be in generated text; none if absent. */
  readonly forcedStart?: number;
}

/** The experts of a model's MLPs. A router chooses some of them for each token. */
export interface ExpertShape {
  readonly count: number;
  /** The number of experts that each token runs. */
  readonly chosen: number;
  /** The width between gate, up and down of an expert. */
  readonly intermediateSize: number;
  /** Whether the weights of a token's experts are divided by their sum. */
  readonly normalised: boolean;
  /** For each layer, whether it has experts; if absent, all layers have. */
  readonly layers?: readonly boolean[];
}

/** The sizes and options that a model is computed from; where there is an encoder, those of the decoder. */
export interface ModelShape {
  /** The family's name: `llama`. */
  readonly family: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** The width between gate, up and down. */
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** The number of key heads, which divides `heads`: each serves heads / kvHeads of them. */
  readonly kvHeads: number;
  /** The channels of a head, an even number. */
  readonly headDim: number;
  /** The number of tokens of the longest sequence. */
  readonly maxPositions: number;
  /** The ε that a norm adds to the mean square, or to the variance. */
  readonly rmsNormEps: number;
  /** The rotary embedding; if absent, positions are added to the embedding. */
  readonly rope?: Rope;
  readonly encoder?: EncoderShape;
  readonly experts?: ExpertShape;
  /** For each layer, the number of tokens that a token sees, itself included; null if it sees all before it. */
  readonly windows?: readonly (number | null)[];
  /** The rotary embedding of layers with a window, where it is another one. */
  readonly windowRope?: Rope;
  /** The factor of attention's scores, and their soft cap; if absent, 1/√headDim and none. */
  readonly scores?: { readonly scale: number; readonly softCap?: number };
  /** The factor of the embedding's rows; if absent, 1. */
  readonly embeddingScale?: number;
  /** The soft cap of the logits; if absent, they have none. */
  readonly logitCap?: number;
  /**
   * Whether it is the class without a head: its tensors are stored without `model.` before their names, and the logits
   * have no bias.
   */
  readonly isBare?: boolean;
  /** Whether the output layer is the embedding, transposed. */
  readonly tiedEmbeddings: boolean;
  readonly bias: {
    /** Whether q_proj, k_proj and v_proj have a bias. */
    readonly qkv: boolean;
    readonly output: boolean;
    readonly mlp: boolean;
  };
}

export interface ModelConfig extends ModelShape {
  /** The field `_name_or_path`: the name that the model was loaded by, such as an id of the hub. */
  readonly name: string | undefined;
  /** The class of transformers that computes the model. */
  readonly architecture: string;
  /** The dtype that the model was trained or saved in; each tensor has its own. */
  readonly dtype: string | undefined;
  /** Whether it is the text model of a model of images and text, whose weights are not read. */
  readonly isPart?: boolean;
  readonly quantization: Quantization | undefined;
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | undefined;
  /** The fields that are unknown here, which might change what the model computes. */
  readonly unknown: readonly string[];
  /** Notes, a line each, on what it asks for and what is not computed. */
  readonly notes?: readonly string[];
}

/** How models are known: what a configuration means. src/finetune/models has the families. */
export interface ModelReader {
  /** Parses config.json. Throws InvalidConfig, UnsupportedModel, or UnsupportedOption for other computations. */
  parse(json: Json, file: string): ModelConfig;
  /** The shape of every weight, by name. A tied model stores no output layer. */
  weights(c: ModelShape): ReadonlyMap<string, readonly number[]>;
  /** The modules of the model in a folder that an adapter can be on, and the shapes of their weights. */
  modulesAt(folder: string): Promise<ModuleSizes>;
}

/** Linear layers as (out, in) and the embedding as (vocabulary, width), by path. */
export type ModuleSizes = ReadonlyMap<string, readonly [out: number, inputs: number]>;
