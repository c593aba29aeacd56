/** Qwen3-MoE (Yang et al., arXiv 2505.09388): Qwen3's block, with experts in place of the MLP in all layers or in some. */
import * as v from 'valibot';
import type { ExpertShape, ModelShape } from '../../formats/config/model-config.ts';
import { FormatError } from '../../formats/error.ts';
import { checked, count, natural } from '../../formats/schema.ts';
import { auxiliaryNotes, EXPERT_FIELDS, withExperts, withMixture } from './experts.ts';
import type { ModelFamily } from './family.ts';
import { type ConfigFile, demand, REMEDY } from './fields.ts';
import { withHeadNorms } from './head-norms.ts';
import { llama, plainShape } from './llama.ts';
import { windowedAll, writtenWindow } from './windows.ts';

const schema = v.looseObject({
  /** The name of the count in transformers 5, which writes either. */
  num_local_experts: v.nullish(natural),
  num_experts: v.nullish(natural),
  num_experts_per_tok: count,
  moe_intermediate_size: count,
  norm_topk_prob: v.nullish(v.boolean(), false),
  decoder_sparse_step: v.nullish(natural, 1),
  mlp_only_layers: v.nullish(v.array(natural), []),
});
type Fields = v.InferOutput<typeof schema>;

const normed = { ...llama, ...withHeadNorms(llama) };

export const qwen3Moe: ModelFamily = {
  ...normed,
  ...withExperts(normed, {
    router: 'mlp.gate',
    gate: 'mlp.experts.*.gate_proj',
    up: 'mlp.experts.*.up_proj',
    down: 'mlp.experts.*.down_proj',
  }),
  name: 'qwen3_moe',
  architectures: { qwen3_moe: 'Qwen3MoeForCausalLM' },
  fields: { ...schema.entries, ...EXPERT_FIELDS },
  notes: auxiliaryNotes,

  read: (config) => {
    demand(config, 'num_key_value_heads');
    const { file, json, fields } = config;
    const own = checked(schema, json, { file }, 'InvalidConfig', REMEDY);
    const { bias, ...plain } = plainShape(config);
    const window = fields.use_sliding_window ? writtenWindow(config) : null;
    const shape = windowedAll(config, { ...plain, bias: { ...bias, mlp: false } }, window);
    const experts = expertsOf(config, own, shape);
    const names = { count: countName(json), chosen: 'num_experts_per_tok' };
    return experts ? withMixture(config, shape, experts, names) : shape;
  },
};

const countName = (json: ConfigFile['json']): string =>
  typeof json.num_experts === 'number' ? 'num_experts' : 'num_local_experts';

/** The experts, and the layers that have them; undefined where none has. Throws InvalidConfig. */
function expertsOf({ file, json }: ConfigFile, own: Fields, { layers }: ModelShape): ExpertShape | undefined {
  const total = own.num_experts ?? own.num_local_experts;
  const wrong = (problem: string) =>
    new FormatError('InvalidConfig', { file, name: countName(json) }, problem, REMEDY);
  if (total === null || total === undefined) throw wrong('it is missing');
  if ((own.num_local_experts ?? total) !== total)
    throw wrong(`it is ${total}, and num_local_experts ${own.num_local_experts}`);
  const step = own.decoder_sparse_step;
  const has = Array.from(
    { length: layers },
    (_, n) => total > 0 && step > 0 && (n + 1) % step === 0 && !own.mlp_only_layers.includes(n),
  );
  if (!has.includes(true)) return undefined;
  return {
    count: total,
    chosen: own.num_experts_per_tok,
    intermediateSize: own.moe_intermediate_size,
    normalised: own.norm_topk_prob,
    ...(has.includes(false) ? { layers: has } : {}),
  };
}
