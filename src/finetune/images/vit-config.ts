/** Reads the `config.json` of a Vision Transformer with a classifier, in Hugging Face's form. */
import * as v from 'valibot';
import { type Limit, limits } from '../../../compiler/limits.ts';
import { HARMLESS, isOff } from '../../formats/config/known-keys.ts';
import { checkLimit, FormatError } from '../../formats/error.ts';
import { isObject, type Json } from '../../formats/json.ts';
import { checked, count, positive } from '../../formats/schema.ts';
import { REMEDY, refuseValue } from '../models/fields.ts';

/** The shape of a Vision Transformer (Dosovitskiy et al., arXiv 2010.11929) with a classifier. */
export interface VitShape {
  readonly width: number;
  /** The inner width of the MLPs. */
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  /** Pixels of an image, and of a patch, in each direction. */
  readonly image: readonly [height: number, width: number];
  readonly patch: readonly [height: number, width: number];
  readonly channels: number;
  /** Whether queries, keys and values have biases. */
  readonly qkvBias: boolean;
  readonly epsilon: number;
  /** The names of the classes; none for a bare model. */
  readonly labels: readonly string[];
  /** Whether it is the class without a classifier, whose tensors are stored without `vit.` before their names. */
  readonly isBare: boolean;
}

const size = v.union([count, v.strictTuple([count, count])]);
/** A rate of dropout, which training here does not apply. */
const unused = v.nullish(v.number(), 0);

const schema = v.looseObject({
  architectures: v.nullish(v.array(v.string())),
  model_type: v.nullish(v.string()),
  hidden_size: v.nullish(count, 768),
  num_hidden_layers: v.nullish(count, 12),
  num_attention_heads: v.nullish(count, 12),
  intermediate_size: v.nullish(count, 3072),
  hidden_act: v.nullish(v.string(), 'gelu'),
  hidden_dropout_prob: unused,
  attention_probs_dropout_prob: unused,
  layer_norm_eps: v.nullish(positive, 1e-12),
  image_size: v.nullish(size, 224),
  patch_size: v.nullish(size, 16),
  num_channels: v.nullish(count, 3),
  qkv_bias: v.nullish(v.boolean(), true),
  id2label: v.nullish(
    v.pipe(
      v.custom<object>(
        (names) => !Array.isArray(names),
        'it is a list, and names of classes are an object by number',
      ),
      v.record(v.string(), v.string()),
      v.check((names) => Object.keys(names).length > 0, 'it names no classes'),
    ),
  ),
  num_labels: v.nullish(count),
  torch_dtype: v.nullish(v.string()),
  dtype: v.nullish(v.string()),
});

/** Fields that say how other tasks use the model. */
const OF_OTHERS = ['encoder_stride', 'pooler_act', 'pooler_output_size', 'label2id'];
export const CLASS = 'ViTForImageClassification';
export const BARE = 'ViTModel';

/** The start of the names of all tensors but the classifier's. */
export const ROOT = 'vit.';

/** The class of transformers that a configuration names. */
const classOf = ({
  architectures,
  model_type: type,
}: Pick<v.InferOutput<typeof schema>, 'architectures' | 'model_type'>): string | undefined =>
  architectures?.[0] ?? (type === 'vit' ? CLASS : undefined);

/** Whether a config.json is that of a Vision Transformer. */
export function isVit(json: Json): boolean {
  const read = v.safeParse(schema, json);
  const given = read.success ? classOf(read.output) : undefined;
  return given === CLASS || given === BARE || (isObject(json) && json.model_type === 'vit');
}

/** Throws InvalidConfig, UnsupportedModel for another model, and UnsupportedOption for other computations. */
export function parseVitConfig(json: Json, file: string): VitShape {
  const c = checked(schema, json, { file }, 'InvalidConfig', REMEDY);
  const given = classOf(c);
  if (given !== CLASS && given !== BARE)
    throw new FormatError(
      'UnsupportedModel',
      { file },
      `the architecture ${given === undefined ? 'is not named' : `'${given}' is not read`}`,
      `Use a model whose architecture is ${CLASS} or ${BARE}.`,
    );
  refuseValue(file, 'hidden_act', c.hidden_act, ['gelu']);
  for (const name of ['hidden_dropout_prob', 'attention_probs_dropout_prob'] as const)
    refuseValue(file, name, c[name], [0]);
  for (const [name, value] of Object.entries(c))
    if (
      !Object.hasOwn(schema.entries, name) &&
      !HARMLESS.has(name) &&
      !OF_OTHERS.includes(name) &&
      !isOff(value as Json)
    )
      refuseValue(file, name, value, [undefined]);
  const both = (n: number | readonly [number, number]) => (typeof n === 'number' ? ([n, n] as const) : n);
  const shape: VitShape = {
    ...{ width: c.hidden_size, inner: c.intermediate_size, layers: c.num_hidden_layers },
    ...{ heads: c.num_attention_heads, image: both(c.image_size), patch: both(c.patch_size) },
    ...{ channels: c.num_channels, qkvBias: c.qkv_bias, epsilon: c.layer_norm_eps },
    labels: given === BARE ? [] : labelsOf(c, file),
    isBare: given === BARE,
  };
  checkSizes(shape, file);
  return shape;
}

/** The names of the classes, by number. Transformers has two where none are named. */
function labelsOf(
  { id2label, num_labels: count }: Pick<v.InferOutput<typeof schema>, 'id2label' | 'num_labels'>,
  file: string,
): string[] {
  const names =
    id2label ?? Object.fromEntries(Array.from({ length: count ?? 2 }, (_, n) => [n, `LABEL_${n}`]));
  return Object.keys(names).map((_, n) => {
    const name = names[String(n)];
    if (name !== undefined) return name;
    const problem = `it names ${Object.keys(names).length} classes, and none of them has the number ${n}`;
    throw new FormatError('InvalidConfig', { file, name: 'id2label' }, problem, REMEDY);
  });
}

function checkSizes(c: VitShape, file: string): void {
  const within = (name: string, found: number, limit: Limit) =>
    checkLimit(found, limit, 'InvalidConfig', { file, name }, REMEDY);
  within('num_hidden_layers', c.layers, limits.blocks);
  within('hidden_size', c.width, limits.width);
  within('intermediate_size', c.inner, limits.width);
  within('image_size', Math.max(...c.image) * c.channels, limits.width);
  const wrong = (name: string, problem: string) =>
    new FormatError('InvalidConfig', { file, name }, problem, REMEDY);
  if (c.width % c.heads !== 0)
    throw wrong('num_attention_heads', `${c.heads} heads do not divide hidden_size, ${c.width}`);
  if (c.patch.some((n, i) => n > c.image[i]!))
    throw wrong(
      'patch_size',
      `patches of ${c.patch.join('×')} are larger than the image, ${c.image.join('×')}`,
    );
}

/** The patches of an image in each direction. Pixels beyond the last whole patch are not read, as in a convolution. */
export const gridOf = ({ image, patch }: VitShape): readonly [rows: number, columns: number] => [
  Math.floor(image[0] / patch[0]),
  Math.floor(image[1] / patch[1]),
];

/** The patches of an image. */
export const patchesOf = (c: VitShape): number => gridOf(c)[0] * gridOf(c)[1];

/** The tokens of an image: the class token, and one for each patch. */
export const tokensOf = (c: VitShape): number => patchesOf(c) + 1;

/** The numbers of a patch. */
export const patchWidth = ({ patch, channels }: VitShape): number => patch[0] * patch[1] * channels;
