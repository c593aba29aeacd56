/** Mixtral (Jiang et al., arXiv 2401.04088): Mistral's block with experts in place of the MLP. */
import * as v from 'valibot';
import { checked, count } from '../../formats/schema.ts';
import { auxiliaryNotes, EXPERT_FIELDS, withExperts, withMixture } from './experts.ts';
import type { ModelFamily } from './family.ts';
import { demand, REMEDY, refuseOtherThan } from './fields.ts';
import { llama } from './llama.ts';
import { windowedAll } from './windows.ts';

const schema = v.looseObject({ num_local_experts: count, num_experts_per_tok: count });

export const mixtral: ModelFamily = {
  ...llama,
  ...withExperts(llama, {
    router: 'block_sparse_moe.gate',
    gate: 'block_sparse_moe.experts.*.w1',
    up: 'block_sparse_moe.experts.*.w3',
    down: 'block_sparse_moe.experts.*.w2',
  }),
  name: 'mixtral',
  architectures: { mixtral: 'MixtralForCausalLM' },
  fields: { ...schema.entries, ...EXPERT_FIELDS, router_jitter_noise: v.nullish(v.number()) },
  notes: auxiliaryNotes,

  read: (config) => {
    demand(config, 'num_key_value_heads');
    refuseOtherThan(config, 'hidden_act', ['silu', 'swish']);
    const { file, json, fields } = config;
    // Training would multiply a router's input by random numbers.
    if (json.router_jitter_noise !== undefined) refuseOtherThan(config, 'router_jitter_noise', [0, null]);
    const own = checked(schema, json, { file }, 'InvalidConfig', REMEDY);
    const shape = windowedAll(config, config.shape, fields.sliding_window ?? null);
    const experts = {
      count: own.num_local_experts,
      chosen: own.num_experts_per_tok,
      intermediateSize: shape.intermediateSize,
      normalised: true,
    };
    return withMixture(config, shape, experts, {
      count: 'num_local_experts',
      chosen: 'num_experts_per_tok',
    });
  },
};
