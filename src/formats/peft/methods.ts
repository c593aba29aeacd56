/** Maps PEFT's methods to layers of this library: the configuration that each method's fields mean. */
import * as v from 'valibot';
import { FormatError } from '../error.ts';
import { count, natural, positive } from '../schema.ts';
import { BASES } from './bases.ts';
import { byModule, flag, type Meaning, type Method, nothing, pattern } from './method.ts';
import { nearestDivisor, neumannSeries } from './oft-sizes.ts';
import { PRODUCTS } from './products.ts';
import { PROJECTIONS } from './projections.ts';
import { SINGULAR } from './singular.ts';

const oftFields = v.looseObject({
  r: natural,
  oft_block_size: natural,
  coft: flag(false),
  eps: v.nullish(positive, 6e-5),
  block_share: flag(false),
  use_cayley_neumann: v.boolean(),
  num_cayley_neumann_terms: count,
  // It decides the series.
  peft_version: v.nullish(
    v.pipe(
      v.string(),
      v.check((text) => /^\d+\.\d+/.test(text), 'a version such as 0.18.1 is expected'),
    ),
  ),
});

const OFT: Method = {
  layers: ['oft', 'oftEmbedding'],
  read(fields) {
    const c = fields.read(oftFields);
    if ((c.r === 0) === (c.oft_block_size === 0)) {
      throw new FormatError(
        'InvalidAdapter',
        { file: fields.file, name: 'oft_block_size' },
        `exactly one of r and oft_block_size is expected to be 0, and they are ${c.r} and ${c.oft_block_size}`,
        'Correct adapter_config.json.',
      );
    }
    const config = {
      cayley: c.use_cayley_neumann ? 'neumann' : 'exact',
      terms: c.num_cayley_neumann_terms,
      series: neumannSeries(c.peft_version ?? undefined),
      share: c.block_share,
      coft: c.coft,
      eps: c.eps,
    };
    /** If the requested size does not divide the width, PEFT takes the nearest divisor. */
    const expect: Meaning['expect'] = (sizes) => {
      const width = sizes.in ?? sizes.d;
      if (width === undefined) return {};
      return c.oft_block_size === 0
        ? { b: ['r', width / nearestDivisor(width, c.r)] }
        : { b: ['oft_block_size', nearestDivisor(width, c.oft_block_size)] };
    };
    return {
      notes: fields.trainingOnly('module_dropout'),
      of: (_, shapes) => ({
        layer: 'oft_embedding_R.weight' in shapes ? 'oftEmbedding' : 'oft',
        config,
        sizes: {},
        expect,
      }),
    };
  },
};

const boftFields = v.looseObject({
  boft_block_size: natural,
  boft_block_num: natural,
  boft_n_butterfly_factor: count,
});

const BOFT: Method = {
  layers: ['boft'],
  read(fields) {
    const c = fields.read(boftFields);
    if ((c.boft_block_size === 0) === (c.boft_block_num === 0)) {
      throw new FormatError(
        'InvalidAdapter',
        { file: fields.file, name: 'boft_block_size' },
        `exactly one of boft_block_size and boft_block_num is expected to be 0, and they are ${c.boft_block_size} and ${c.boft_block_num}`,
        'Correct adapter_config.json.',
      );
    }
    const expect: Meaning['expect'] = () =>
      c.boft_block_size === 0
        ? { r: ['boft_block_num', c.boft_block_num] }
        : { b: ['boft_block_size', c.boft_block_size] };
    return {
      notes: fields.trainingOnly('boft_dropout'),
      // Without its CUDA extension PEFT makes one factor whatever the field says, so the tensor's shape counts.
      of(_, shapes) {
        const factors = shapes.boft_R?.[0] ?? c.boft_n_butterfly_factor;
        const said = `boft_n_butterfly_factor is ${c.boft_n_butterfly_factor}, and the tensors have ${factors}, which count`;
        const note = factors === c.boft_n_butterfly_factor ? {} : { note: said };
        return { layer: 'boft', config: { factors }, sizes: {}, expect, ...note };
      },
    };
  },
};

const hraFields = v.looseObject({ r: count, apply_GS: flag(false) });

const HRA: Method = {
  layers: ['hra'],
  read(fields) {
    const c = fields.read(hraFields);
    const expect: Meaning['expect'] = () => ({ r: ['r', c.r] });
    return { notes: [], of: () => ({ layer: 'hra', config: { gs: c.apply_GS }, sizes: {}, expect }) };
  },
};

const roadFields = v.looseObject({ variant: v.picklist(['road_1', 'road_2', 'road_4']), group_size: count });

const ROAD: Method = {
  layers: ['road'],
  read(fields) {
    const c = fields.read(roadFields);
    const config = { variant: Number(c.variant.slice(-1)) };
    return {
      notes: [],
      of: () => ({ layer: 'road', config, sizes: { g: c.group_size }, expect: nothing }),
    };
  },
};

const loraFields = v.looseObject({
  r: count,
  lora_alpha: v.number(),
  use_rslora: flag(false),
  use_dora: flag(false),
  rank_pattern: pattern,
  alpha_pattern: pattern,
});

/**
 * Starts that leave the base weights unchanged; PiSSA, OLoRA, CorDA and LoftQ change them when an adapter is loaded.
 */
const LORA_STARTS = [true, 'gaussian', 'eva', 'orthogonal'];
const LORA_REFUSED = new Set([
  ...['use_qalora', 'lora_bias', 'use_bdlora'],
  ...['alora_invocation_tokens', 'arrow_config', 'monteclora_config'],
]);
/** Fields of special starts, which have no effect once an adapter is saved. */
const LORA_STARTED = new Set([
  ...['loftq_config', 'eva_config', 'corda_config', 'lora_ga_config', 'qalora_group_size'],
]);

const LORA: Method = {
  layers: ['lora', 'dora'],
  read(fields) {
    const c = fields.read(loraFields);
    fields.only(
      'init_lora_weights',
      LORA_STARTS,
      'Save the adapter with path_initial_model_for_weight_conversion.',
    );
    for (const name of LORA_REFUSED) fields.only(name, []);
    fields.know(LORA_STARTED);
    const ranks = byModule(c.rank_pattern, c.r, fields, 'rank_pattern');
    const alphas = byModule(c.alpha_pattern, c.lora_alpha, fields, 'alpha_pattern');
    return {
      notes: fields.trainingOnly('lora_dropout'),
      of(module) {
        const r = ranks(module);
        const scale = alphas(module) / (c.use_rslora ? Math.sqrt(r) : r);
        return {
          layer: c.use_dora ? 'dora' : 'lora',
          config: { scale },
          sizes: {},
          expect: () => ({ r: [r === c.r ? 'r' : 'rank_pattern', r] }),
        };
      },
    };
  },
};

const psoftFields = v.looseObject({
  r: count,
  psoft_alpha: v.number(),
  use_cayley_neumann: flag(false),
  num_cayley_neumann_terms: v.nullish(count, 5),
  psoft_orth: v.nullish(v.literal(true), true),
  psoft_mag_a: v.nullish(v.literal(true), true),
  psoft_mag_b: v.nullish(v.literal(true), true),
});

const PSOFT: Method = {
  layers: ['psoft'],
  read(fields) {
    const c = fields.read(psoftFields);
    fields.only('cayley_neumann_eps', []);
    fields.know(['ab_svd_init', 'psoft_svd', 'psoft_svd_lowrank_niter', 'random_seed']);
    const config = {
      cayley: c.use_cayley_neumann ? 'neumann' : 'exact',
      terms: c.num_cayley_neumann_terms,
      scale: c.psoft_alpha / c.r,
    };
    const expect: Meaning['expect'] = () => ({ r: ['r', c.r] });
    return {
      notes: [
        ...fields.trainingOnly('psoft_dropout'),
        'the frozen A and B are not stored: PEFT computes them from the weight',
      ],
      of: () => ({ layer: 'psoft', config, sizes: {}, expect }),
    };
  },
};

/** The methods by `peft_type`. */
export const METHODS: Readonly<Record<string, Method>> = {
  ...{ OFT, BOFT, HRA, ROAD, LORA, PSOFT },
  ...BASES,
  ...PRODUCTS,
  ...PROJECTIONS,
  ...SINGULAR,
};
