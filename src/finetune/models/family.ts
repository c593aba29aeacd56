/**
 * The interface of a family of models: what it reads from config.json, its tensors, and its blocks in the language.
 * A family is one of decoders, which may attend to the result of an encoder.
 * A family is one file of this folder, and registry.ts lists them.
 */
import type { Program } from '../../../compiler/ir/node.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { Json, JsonObject } from '../../formats/json.ts';
import type { Tensor } from '../../language/dsl/index.ts';
import type { ConfigFile, ConfigSchema } from './fields.ts';
import type { Half } from './modules.ts';

/** A block's operations on its own tensors, with adapters in place. */
export interface BlockTools {
  /** A tensor of the block. */
  tensor(name: string): Tensor;
  /** The result of a linear layer, or of the adapter that replaces it. */
  linear(name: string, x: Tensor): Tensor;
  /**
   * The results (tokens, k, …) of a layer that is written for one expert, of the k experts that each token has chosen.
   * `one` gets the rows of an expert, and the expert's linear layers by name.
   */
  ofExperts(x: Tensor, chosen: Tensor, one: (rows: Tensor, linear: BlockTools['linear']) => Tensor): Tensor;
  /** The family's norm of the last axis. */
  norm(name: string, x: Tensor): Tensor;
  /** Heads (tokens, heads, channels), rotated by the positions of their tokens. */
  rotated(x: Tensor): Tensor;
  /** The result (tokens, heads · channels) of attention to the encoder's result, of queries (tokens, heads, channels). */
  crossed?(query: Tensor): Tensor;
}

/** The operations of a block of an encoder. */
export interface EncoderTools extends BlockTools {
  /** The result (tokens, width) of attention in which each token sees its whole text. */
  attended(query: Tensor, key: Tensor, value: Tensor): Tensor;
}

/** Queries, keys and values, each (tokens, heads, channels). */
export interface Heads {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/** A model of images and text, whose config.json holds that of its text model. */
export interface TextWithin {
  readonly architecture: string;
  /** The field that holds the text model's configuration. */
  readonly field: string;
  /** The defaults of transformers' configuration class, which published files leave out. */
  readonly defaults: JsonObject;
}

export interface ModelFamily {
  /** The name that `ModelShape.family` has. */
  readonly name: string;
  /** The classes of transformers that it computes, by their `model_type`. */
  readonly architectures: Readonly<Record<string, string>>;
  /** The class without a head whose checkpoints are read into that with one: the head is the embedding. */
  readonly bare?: string;
  /** The classes of models of images and text whose text model it is, by their `model_type`. */
  readonly within?: Readonly<Record<string, TextWithin>>;
  /** Whether its `rope_parameters` (transformers 5) have parameters for each type of layer. */
  readonly ropeByType?: true;
  /** The fields of config.json that it reads beside those of fields.ts. */
  readonly fields: ConfigSchema;
  /** Reads the fields of a configuration that has other names than those of fields.ts, in place of `readShared`. */
  readFile?(json: Json, file: string, family: { readonly name: string }): ConfigFile;
  /**
   * The shape that a configuration means. Throws InvalidConfig, and UnsupportedOption for what is not computed.
   * fields.ts has read `config.shape` from the fields that all families share.
   */
  read(config: ConfigFile): ModelShape;
  /** Notes, a line each, on what a configuration asks for and what is not computed. */
  notes?(config: ConfigFile): readonly string[];
  /** The tensors up to queries, keys and values, and those from the attention's result on. */
  halves(c: ModelShape): { readonly before: Half; readonly after: Half };
  /** The norm of the last axis, in blocks and before the head. `bias` is that of a norm that has one. */
  norm(x: Tensor, weight: Tensor, c: ModelShape, bias?: Tensor): Tensor;
  /** The first half of a block. */
  before(x: Tensor, tools: BlockTools, c: ModelShape): Heads;
  /** The second half of a block, from its input and the attention's result (tokens, heads · channels). */
  after(x: Tensor, mixed: Tensor, tools: BlockTools, c: ModelShape): Tensor;
  /** The name of the embedding's table, if it is not `embed_tokens`. */
  readonly embedding?: string;
  /** Whether a norm stands before the head; true unless given. */
  readonly endsWithNorm?: boolean;
  /** The name of the tensor (1, vocabulary) that is added to the logits, if there is one. */
  readonly logitsBias?: string;
  /** The parts that a decoder with an encoder has beside its own. */
  readonly encoded?: EncoderFamily;
}

/** The stacks of blocks of a decoder with an encoder. */
export type StackName = 'encoder' | 'decoder';

export interface EncoderFamily {
  /** The path of each stack's blocks below `model`. */
  readonly paths: Readonly<Record<StackName, string>>;
  /** The tensors of a block of the encoder. Names differ from those of the decoder's blocks. */
  block(c: ModelShape): Half;
  /** A block of the encoder. */
  encode(x: Tensor, tools: EncoderTools, c: ModelShape): Tensor;
  /** The tensors of a block of the decoder by which it makes keys and values of the encoder's result. */
  memory(c: ModelShape): Half;
  /** These keys and values, (tokens, heads, channels), of the encoder's result x. */
  remember(x: Tensor, tools: BlockTools, c: ModelShape): Omit<Heads, 'query'>;
  /** The program of x, the rows of the embedding, and `position` whose result enters the first block of a stack. */
  placed(c: ModelShape, stack: StackName): Program;
}
