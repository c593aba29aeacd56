/** The families that are read and run. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { Family } from './family.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { qwen2 } from './qwen2.ts';

export const FAMILIES: readonly Family[] = [llama, mistral, qwen2];

const BY_NAME: ReadonlyMap<string, Family> = new Map(FAMILIES.map((f) => [f.name, f]));

/** The family of a model. */
export const familyOf = ({ family }: Pick<ModelShape, 'family'>): Family => BY_NAME.get(family)!;
