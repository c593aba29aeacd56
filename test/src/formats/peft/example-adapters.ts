/** Small adapters of every method of PEFT that is read: their fields, their tensors' shapes and the sizes of their module. */
import type { JsonObject } from '../../../../src/formats/json.ts';
import type { Shapes } from '../peft.ts';

/** The module that the adapters are on, except that of the embedding. */
export const UP = 'model.h.0.up';

export interface Example {
  readonly fields: JsonObject;
  /** The shapes of the module's tensors, by the ends of their names. */
  readonly tensors: Shapes;
  /** The shapes of the tensors that modules share, by name. */
  readonly shared?: Shapes;
  readonly module?: string;
  readonly size: readonly [rows: number, columns: number];
}

const example = (
  fields: JsonObject,
  tensors: Shapes,
  size: readonly [number, number] = [20, 24],
  shared: Shapes = {},
  module = UP,
): Example => ({ fields: { target_modules: ['up'], ...fields }, tensors, size, shared, module });

const oft = { r: 0, oft_block_size: 6, coft: false, eps: 1e-4, block_share: false, module_dropout: 0.1 };
const neumann = { use_cayley_neumann: true, num_cayley_neumann_terms: 5 };
const LORA = { peft_type: 'LORA', r: 4, lora_alpha: 8, lora_dropout: 0.1, use_rslora: false };
const ranks = { rank_pattern: { other: 3 }, alpha_pattern: { other: 3 } };
const lora = { 'lora_A.weight': [4, 24], 'lora_B.weight': [20, 4] };
const lokr = { peft_type: 'LOKR', r: 2, alpha: 3, rank_dropout: 0.1, module_dropout: 0.2, ...ranks };
const factors = { decompose_both: false, decompose_factor: -1, rank_dropout_scale: true };
const spectrum = { n_frequency: 12, n_frequency_pattern: { other: 3 }, scaling: 30, random_loc_seed: 777 };
const singular = (out: number, inner: number, low: number) => ({
  'osf_svd_params.U_low': [out, low],
  'osf_svd_params.S_low': [low],
  'osf_svd_params.V_low': [low, inner],
});

export const EXAMPLES: Readonly<Record<string, Example>> = {
  common: example(
    {
      ...{ ...LORA, exclude_modules: ['x'], layers_to_transform: [0, 3], layers_pattern: ['h'] },
      ...{ modules_to_save: [], bias: 'none', fan_in_fan_out: false, of_the_future: 1 },
      ...{ target_parameters: null, trainable_token_indices: null, layer_replication: null },
      ...{ megatron_config: null, inference_mode: true, task_type: 'CAUSAL_LM' },
    },
    lora,
  ),
  oft: example({ peft_type: 'OFT', peft_version: '0.18.0', ...oft, ...neumann }, { 'oft_R.weight': [4, 15] }),
  'oft-count': example(
    { peft_type: 'OFT', ...oft, r: 5, oft_block_size: 0, ...neumann, use_cayley_neumann: false },
    { 'oft_R.weight': [4, 15] },
  ),
  'oft-embedding': example(
    { peft_type: 'OFT', ...oft, ...neumann, target_modules: ['embed_tokens'] },
    { 'oft_embedding_R.weight': [4, 15] },
    [50, 24],
    {},
    'model.embed_tokens',
  ),
  boft: example(
    {
      peft_type: 'BOFT',
      boft_block_size: 6,
      boft_block_num: 0,
      boft_n_butterfly_factor: 2,
      boft_dropout: 0.1,
    },
    { boft_R: [2, 4, 6, 6], boft_s: [20, 1], boft_P: [2, 24, 24] },
  ),
  'boft-count': example(
    { peft_type: 'BOFT', boft_block_size: 0, boft_block_num: 4, boft_n_butterfly_factor: 2 },
    { boft_R: [2, 4, 6, 6], boft_s: [20, 1] },
  ),
  hra: example({ peft_type: 'HRA', r: 4, apply_GS: false }, { hra_u: [24, 4] }),
  road: example(
    { peft_type: 'ROAD', variant: 'road_2', group_size: 10 },
    { road_theta: [20], road_alpha: [20] },
  ),
  lora: example({ ...LORA, use_dora: false, init_lora_weights: true, ...ranks }, lora),
  dora: example({ ...LORA, use_dora: true }, { ...lora, 'lora_magnitude_vector.weight': [20] }),
  psoft: example(
    {
      ...{ peft_type: 'PSOFT', r: 4, psoft_alpha: 2, psoft_dropout: 0.1, ...neumann },
      ...{ psoft_orth: true, psoft_mag_a: true, psoft_mag_b: true, cayley_neumann_eps: null },
      ...{ ab_svd_init: 'psoft_init', psoft_svd: 'full', psoft_svd_lowrank_niter: 1, random_seed: 1 },
    },
    { 'psoft_R.weight': [6], 'psoft_R.vector_a': [4], 'psoft_R.vector_b': [4] },
  ),
  miss: example(
    { peft_type: 'MISS', r: 6, init_weights: true, mini_r: 5, miss_dropout: 0.1 },
    { miss_block: [6, 20] },
  ),
  'miss-mini': example({ peft_type: 'MISS', r: 6, init_weights: 'mini', mini_r: 5 }, { miss_block: [6, 5] }),
  gralora: example(
    { peft_type: 'GRALORA', r: 6, hybrid_r: 0, alpha: 12, gralora_k: 2, gralora_dropout: 0.1 },
    { gralora_A: [2, 12, 6], gralora_B: [2, 6, 10] },
  ),
  'gralora-hybrid': example(
    { peft_type: 'GRALORA', r: 6, hybrid_r: 3, alpha: 12 },
    {
      ...{ gralora_A: [2, 12, 6], gralora_B: [2, 6, 10] },
      ...{ 'gralora_A_general.weight': [3, 24], 'gralora_B_general.weight': [20, 3] },
    },
  ),
  c3a: example(
    { peft_type: 'C3A', block_size: 4, block_size_pattern: { other: 2 }, init_weights: 'gaussian' },
    { c3a_kernel: [5, 6, 4] },
  ),
  shira: example(
    { peft_type: 'SHIRA', r: 1, mask_type: 'random', random_seed: 5 },
    { shira_indices: [2, 44], shira_weight: [44] },
  ),
  fourierft: example({ peft_type: 'FOURIERFT', ...spectrum }, { fourierft_spectrum: [12] }),
  waveft: example(
    {
      peft_type: 'WAVEFT',
      ...spectrum,
      use_idwt: true,
      proportional_parameters: false,
      wavelet_family: 'db1',
    },
    { waveft_spectrum: [12] },
  ),
  'waveft-direct': example(
    {
      peft_type: 'WAVEFT',
      ...spectrum,
      use_idwt: false,
      proportional_parameters: true,
      wavelet_family: 'db2',
    },
    { waveft_spectrum: [13] },
  ),
  ia3: example({ peft_type: 'IA3', feedforward_modules: [], init_ia3_weights: true }, { ia3_l: [20, 1] }),
  'ia3-inputs': example({ peft_type: 'IA3', feedforward_modules: ['down', '.up'] }, { ia3_l: [1, 24] }),
  'ia3-pattern': example({ peft_type: 'IA3', feedforward_modules: 'h.*up' }, { ia3_l: [1, 24] }),
  loha: example(
    {
      ...{ peft_type: 'LOHA', r: 4, alpha: 8, rank_dropout: 0.1, module_dropout: 0.2, ...ranks },
      use_effective_conv2d: true,
    },
    { hada_w1_a: [20, 4], hada_w1_b: [4, 24], hada_w2_a: [20, 4], hada_w2_b: [4, 24] },
  ),
  lokr: example({ ...lokr, ...factors }, { lokr_w1: [4, 4], lokr_w2_a: [5, 2], lokr_w2_b: [2, 6] }),
  'lokr-both': example(lokr, { lokr_w1_a: [4, 2], lokr_w1_b: [2, 4], lokr_w2_a: [5, 2], lokr_w2_b: [2, 6] }),
  'lokr-full': example(lokr, { lokr_w1: [4, 4], lokr_w2: [5, 6] }),
  hira: example(
    { peft_type: 'HIRA', r: 4, rank_pattern: { other: 3 }, hira_dropout: 0.1 },
    { hira_A: [4, 24], hira_B: [20, 4] },
  ),
  delora: example(
    {
      ...{ peft_type: 'DELORA', r: 4, rank_pattern: { other: 3 }, module_dropout: 0.1 },
      ...{ delora_lambda: 15, lambda_pattern: { other: 3 } },
    },
    { delora_A: [4, 24], delora_B: [20, 4], delora_lambda: [1], delora_w_norm: [24] },
  ),
  deft: example(
    {
      ...{ peft_type: 'DEFT', r: 4, alpha: 8, para: false, decomposition_method: 'relu' },
      ...{ init_scale: 1, deft_dropout: 0.1 },
    },
    { deft_P: [20, 4], deft_R: [4, 24] },
  ),
  vera: example(
    {
      ...{ peft_type: 'VERA', r: 6, projection_prng_key: 3, save_projection: true },
      ...{ d_initial: 0.5, vera_dropout: 0.1 },
    },
    { vera_lambda_b: [20], vera_lambda_d: [6] },
    [20, 24],
    { 'base_model.vera_A': [6, 24], 'base_model.vera_B': [20, 6] },
  ),
  randlora: example(
    {
      ...{ peft_type: 'RANDLORA', r: 4, randlora_alpha: 8, projection_prng_key: 3, save_projection: true },
      ...{ randlora_dropout: 0.1, sparse: true, very_sparse: true },
    },
    { randlora_lambda: [4, 5], randlora_gamma: [5, 20] },
    [20, 24],
    { 'base_model.randlora_A': [4, 1, 20], 'base_model.randlora_B': [24, 6, 4] },
  ),
  frod: example(
    {
      ...{ peft_type: 'FROD', sparse_rate: 0.1, projection_prng_key: 3, save_projection: true },
      ...{ frod_dropout: 0.1, regularization_alpha: 0.1, progressbar: true },
      runtime_offload_base_weight: true,
    },
    { frod_lambda_l: [12], frod_lambda_s_values: [14] },
    [20, 12],
    {
      'base_model.frod_V.up': [12, 12],
      'base_model.frod_s_indices.up': [2, 14],
      'base_model.frod_s_size.up': [1],
    },
  ),
  osf: example(
    { peft_type: 'OSF', effective_rank: 4, rank_pattern: { other: 3 }, target_svd_config: { a: 1 } },
    singular(20, 12, 8),
    [20, 12],
  ),
  'osf-part': example({ peft_type: 'OSF', effective_rank: 0.3 }, singular(12, 20, 9), [12, 20]),
};
