/** Small PEFT adapters: their fields and their tensors' shapes. */
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { modulesOf } from '../../../src/finetune/models/weights.ts';
import type { Json } from '../../../src/formats/json.ts';
import { parseAdapter, type TensorHead } from '../../../src/formats/peft/parse.ts';

export type Shapes = Readonly<Record<string, readonly number[]>>;

export const Q = 'model.layers.0.self_attn.q_proj';
export const heads = (shapes: Shapes, prefix = 'base_model.model.'): ReadonlyMap<string, TensorHead> =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => [
      prefix + name,
      { name: prefix + name, dtype: 'F32', shape },
    ]),
  );
export const parse = (fields: Json, shapes: Shapes, model?: Json) =>
  parseAdapter(
    fields,
    heads(shapes),
    'f',
    model === undefined ? undefined : modulesOf(parseModelConfig(model, 'c')),
  );

export const LORA = {
  peft_type: 'LORA',
  peft_version: '0.19.0',
  r: 4,
  lora_alpha: 8,
  target_modules: ['q_proj'],
};
export const lora = { [`${Q}.lora_A.weight`]: [4, 16], [`${Q}.lora_B.weight`]: [16, 4] };
export const OFT = {
  peft_type: 'OFT',
  peft_version: '0.19.0',
  r: 0,
  oft_block_size: 4,
  use_cayley_neumann: true,
  num_cayley_neumann_terms: 5,
  target_modules: ['q_proj'],
};
export const oft = { [`${Q}.oft_R.weight`]: [4, 6] };

export const first = (fields: Json, shapes: Shapes, model?: Json) => {
  const [module] = parse(fields, shapes, model).modules.values();
  return module!;
};
