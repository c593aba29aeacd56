/** Makes adapters in PEFT's format from the golden layers that PEFT computed. */
import type { Program } from '../../../compiler/ir/node.ts';
import type { JsonObject } from '../../../src/formats/json.ts';
import type { TensorData } from '../../../src/formats/safetensors/index.ts';
import type { HostTensor } from '../../../src/index.ts';
import { goldenCase, goldenNames } from '../../support/golden.ts';

export const PATH = 'model.layers.0.self_attn.q_proj';
const PEFT_TYPE: Readonly<Record<string, string>> = { dora: 'LORA', lora: 'LORA', 'oft-embedding': 'OFT' };
/** The names of the golden layers that an adapter's files can express. */
export const peftCases = goldenNames('').filter(
  (n) =>
    /^(?:oft|boft|hra|road|lora|dora|psoft|miss|gralora|c3a|ia3|loha|lokr|hira|delora|deft|osf|shira|fourierft|waveft)/.test(
      n,
    ) && !/conv|two-adapters|wide|257/.test(n),
);

/**
 * The fields and tensors of a golden layer's adapter, as PEFT stores them. DoRA's magnitude has a shorter name there.
 */
export async function storedAs(name: string): Promise<{ fields: JsonObject; tensors: TensorData[] }> {
  const { method, config, tensors } = await goldenCase(name);
  const peftType = PEFT_TYPE[method] ?? method.toUpperCase();
  const fields = {
    r: 0,
    ...(JSON.parse(JSON.stringify(config)) as JsonObject),
    ...(method === 'dora' ? { use_dora: true } : {}),
    ...(method === 'ia3' ? { feedforward_modules: config.feedforward ? ['q_proj'] : [] } : {}),
    ...(method === 'boft' ? { boft_block_num: 0 } : {}),
    peft_type: peftType,
    peft_version: '0.20.1.dev0',
    target_modules: [method === 'oft-embedding' ? 'embed_tokens' : 'q_proj'],
  };
  const path = method === 'oft-embedding' ? 'model.embed_tokens' : PATH;
  const params = Object.entries(tensors).flatMap(([key, { data, shape }]): TensorData[] =>
    key.startsWith('param.')
      ? [
          {
            name: `base_model.model.${path}.${key.slice(6).replace('magnitude_vector.weight', 'magnitude_vector')}`,
            dtype: 'F32',
            shape,
            data: Float32Array.from(data, Number),
          },
        ]
      : [],
  );
  return { fields, tensors: params };
}

/** A layer's inputs by name: parameters from the adapter, the others from the golden layer. */
export const inputsOf = (
  program: Program,
  golden: Readonly<Record<string, HostTensor>>,
  parameters: Readonly<Record<string, HostTensor>>,
): Record<string, HostTensor> =>
  Object.fromEntries(
    program.inputs.map((i) => {
      const key =
        i.role === 'input' ? 'input' : i.stored === undefined ? `frozen.${i.name}` : `base.${i.stored}`;
      const t = parameters[i.name] ?? golden[key]!;
      return [i.name, i.type.dtype === 'i32' ? { ...t, data: Int32Array.from(t.data, Number) } : t];
    }),
  );
