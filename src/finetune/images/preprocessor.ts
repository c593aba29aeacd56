/** Reads `preprocessor_config.json`, and makes images into what it says: of the model's size, scaled and normalised. */
import { join } from 'node:path';
import * as v from 'valibot';
import { readJsonFile } from '../../formats/json.ts';
import { checked, count, positive } from '../../formats/schema.ts';
import { refuseValue } from '../models/fields.ts';
import type { Picture } from './png.ts';
import { resized } from './resize.ts';

/** The steps from a picture to numbers, channel by channel. */
export interface Preprocessor {
  /** The size that pictures are brought to; undefined if they must have the model's. */
  readonly size: readonly [height: number, width: number] | undefined;
  /** The factor of the bytes. */
  readonly factor: number;
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

const REMEDY = 'Take preprocessor_config.json from the checkpoint.';
const three = v.strictTuple([v.number(), v.number(), v.number()]);
const NEUTRAL: v.InferOutput<typeof three> = [0.5, 0.5, 0.5];

const schema = v.looseObject({
  do_resize: v.nullish(v.boolean(), true),
  size: v.nullish(v.union([count, v.looseObject({ height: count, width: count })]), 224),
  resample: v.nullish(v.number(), 2),
  do_rescale: v.nullish(v.boolean(), true),
  rescale_factor: v.nullish(positive, 1 / 255),
  do_normalize: v.nullish(v.boolean(), true),
  image_mean: v.nullish(three, NEUTRAL),
  image_std: v.nullish(three, NEUTRAL),
  do_center_crop: v.nullish(v.boolean(), false),
  do_pad: v.nullish(v.boolean(), false),
});

/** The filter of `resample` that is computed: PIL's BILINEAR. */
const BILINEAR = 2;

/** Reads the file in a model's folder. Throws MissingFile, InvalidConfig, and UnsupportedOption for other steps. */
export async function readPreprocessor(folder: string): Promise<Preprocessor> {
  const file = join(folder, 'preprocessor_config.json');
  const json = await readJsonFile(file, 'Name the folder of a model that has one.');
  const c = checked(schema, json, { file }, 'InvalidConfig', REMEDY);
  for (const name of ['do_center_crop', 'do_pad'] as const) refuseValue(file, name, c[name], [false]);
  if (c.do_resize) refuseValue(file, 'resample', c.resample, [BILINEAR]);
  const { size } = c;
  return {
    size: c.do_resize ? (typeof size === 'number' ? [size, size] : [size.height, size.width]) : undefined,
    factor: c.do_rescale ? c.rescale_factor : 1,
    mean: c.do_normalize ? c.image_mean : [0, 0, 0],
    deviation: c.do_normalize ? c.image_std : [1, 1, 1],
  };
}

/** The numbers (3, rows, columns) of a picture. */
export function preprocessed(
  picture: Picture,
  { size, factor, mean, deviation }: Preprocessor,
): Float32Array {
  const { data, width, height } = size ? resized(picture, size) : picture;
  const pixels = width * height;
  const out = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++)
    for (let c = 0; c < 3; c++) out[c * pixels + i] = (data[3 * i + c]! * factor - mean[c]!) / deviation[c]!;
  return out;
}
