/** The families that are read and run. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { bart } from './bart.ts';
import type { EncoderFamily, ModelFamily } from './family.ts';
import { gemma2 } from './gemma2.ts';
import { gemma3 } from './gemma3.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { mixtral } from './mixtral.ts';
import { phi3 } from './phi3.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { qwen3Moe } from './qwen3-moe.ts';

export const FAMILIES: readonly ModelFamily[] = [
  ...[llama, mistral, qwen2, qwen3, phi3, gemma2, gemma3],
  ...[mixtral, qwen3Moe, bart],
];

const BY_NAME: ReadonlyMap<string, ModelFamily> = new Map(FAMILIES.map((f) => [f.name, f]));

/** The family of a model. */
export const familyOf = ({ family }: Pick<ModelShape, 'family'>): ModelFamily => BY_NAME.get(family)!;

/** The name of the tensor that is added to the logits, of a model that has one. */
export const logitsBiasOf = (c: Pick<ModelShape, 'family' | 'isBare'>): string | undefined =>
  c.isBare ? undefined : familyOf(c).logitsBias;

/** The encoder of a model that has one. */
export const encodedOf = (c: Pick<ModelShape, 'family'>): EncoderFamily => familyOf(c).encoded!;
