/**
 * The names and shapes of the weights that a configuration implies. Source: transformers, modeling_llama.py,
 * modeling_qwen2.py.
 */
import type { ModelShape } from './model-config.ts';

/** The shapes (out, in) of a block's seven projections, by module path within the block. */
export function projections(c: ModelShape): Readonly<Record<string, readonly [out: number, inputs: number]>> {
  const [q, kv] = [c.heads * c.headDim, c.kvHeads * c.headDim];
  return {
    'self_attn.q_proj': [q, c.hiddenSize],
    'self_attn.k_proj': [kv, c.hiddenSize],
    'self_attn.v_proj': [kv, c.hiddenSize],
    'self_attn.o_proj': [c.hiddenSize, q],
    'mlp.gate_proj': [c.intermediateSize, c.hiddenSize],
    'mlp.up_proj': [c.intermediateSize, c.hiddenSize],
    'mlp.down_proj': [c.hiddenSize, c.intermediateSize],
  };
}

/** Whether a linear layer has a bias; a block's is named by its path within the block. */
export function hasBias(c: ModelShape, module: string): boolean {
  if (module === OUTPUT_LAYER) return false;
  return module.startsWith('mlp.') ? c.bias.mlp : module.endsWith('o_proj') ? c.bias.output : c.bias.qkv;
}

/** The linear layers of the whole model by module path, the output layer last. */
export function linearModules(c: ModelShape): ReadonlyMap<string, readonly [out: number, inputs: number]> {
  const modules = new Map<string, readonly [number, number]>();
  for (let layer = 0; layer < c.layers; layer++)
    for (const [path, shape] of Object.entries(projections(c)))
      modules.set(`model.layers.${layer}.${path}`, shape);
  return modules.set(OUTPUT_LAYER, [c.vocabSize, c.hiddenSize]);
}

export const OUTPUT_LAYER = 'lm_head';
export const EMBEDDING = 'model.embed_tokens';

/** The shape of every weight, by name. A tied model stores no output layer. */
export function expectedWeights(c: ModelShape): ReadonlyMap<string, readonly number[]> {
  const weights = new Map<string, readonly number[]>([
    [`${EMBEDDING}.weight`, [c.vocabSize, c.hiddenSize]],
    ['model.norm.weight', [c.hiddenSize]],
  ]);
  for (let layer = 0; layer < c.layers; layer++) {
    weights.set(`model.layers.${layer}.input_layernorm.weight`, [c.hiddenSize]);
    weights.set(`model.layers.${layer}.post_attention_layernorm.weight`, [c.hiddenSize]);
  }
  for (const [module, shape] of linearModules(c)) {
    if (module === OUTPUT_LAYER && c.tiedEmbeddings) continue;
    weights.set(`${module}.weight`, shape);
    if (hasBias(c, module.split('.').slice(-2).join('.'))) weights.set(`${module}.bias`, [shape[0]]);
  }
  return weights;
}

/** The number of a model's parameters. */
export const parametersOf = (config: ModelShape): number =>
  [...expectedWeights(config).values()].reduce((sum, shape) => sum + shape.reduce((p, n) => p * n, 1), 0);
