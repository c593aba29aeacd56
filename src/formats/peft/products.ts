/** PEFT's methods that multiply the weight, or add products of small matrices: IA³, LoHa, LoKr, HiRA, DeLoRA and DEFT. */
import * as v from 'valibot';
import type { Json } from '../json.ts';
import { count } from '../schema.ts';
import type { Fields } from './fields.ts';
import type { LayerConfig, LayerName } from './layers.ts';
import { byModule, flag, type Meaning, type Method, nothing, pattern } from './method.ts';
import { modulePattern } from './targets.ts';

type Sizes = Readonly<Record<string, number>>;
/** Makes the fields that only a method has, from the layer's configuration and the sizes that it states for all modules. */
export type MethodFields = (config: LayerConfig, sizes: Sizes) => Readonly<Record<string, Json>>;

const ia3Fields = v.looseObject({
  feedforward_modules: v.nullish(v.union([v.string(), v.array(v.string())]), []),
});

/** Makes the test whether PEFT scales a module's inputs: the end of its path is named, or all of it matches. */
function isFeedforward(of: string | readonly string[], fields: Fields): (module: string) => boolean {
  if (typeof of !== 'string') return (module) => of.some((end) => module.endsWith(end));
  const whole = modulePattern(of, `(?:${of})$`, fields, 'feedforward_modules');
  return (module) => whole.test(module);
}

const IA3: Method = {
  layers: ['ia3'],
  read(fields) {
    const scalesInputs = isFeedforward(fields.read(ia3Fields).feedforward_modules, fields);
    fields.know(['init_ia3_weights']);
    return {
      notes: [],
      of: (module) => ({
        layer: 'ia3',
        config: { feedforward: scalesInputs(module) },
        sizes: {},
        expect: nothing,
      }),
    };
  },
};

const scaledFields = v.looseObject({
  r: count,
  alpha: v.number(),
  rank_pattern: pattern,
  alpha_pattern: pattern,
});

/** Reads the rank and the scale alpha/r of a module. */
function rankAndScale(fields: Fields) {
  const c = fields.read(scaledFields);
  const ranks = byModule(c.rank_pattern, c.r, fields, 'rank_pattern');
  const alphas = byModule(c.alpha_pattern, c.alpha, fields, 'alpha_pattern');
  return (module: string) => {
    const r = ranks(module);
    return { r, field: r === c.r ? 'r' : 'rank_pattern', scale: alphas(module) / r };
  };
}

const LOHA: Method = {
  layers: ['loha'],
  read(fields) {
    const of = rankAndScale(fields);
    fields.know(['use_effective_conv2d']);
    return {
      notes: fields.trainingOnly('rank_dropout', 'module_dropout'),
      of(module) {
        const { r, field, scale } = of(module);
        return { layer: 'loha', config: { scale }, sizes: {}, expect: () => ({ r: [field, r] }) };
      },
    };
  },
};

const LOKR: Method = {
  layers: ['lokr'],
  also: ['lokr_w1_a', 'lokr_w1_b', 'lokr_w2'],
  read(fields) {
    const of = rankAndScale(fields);
    // The tensors say how PEFT cut the weight and what it decomposed.
    fields.know(['use_effective_conv2d', 'decompose_both', 'decompose_factor', 'rank_dropout_scale']);
    return {
      notes: fields.trainingOnly('rank_dropout', 'module_dropout'),
      of(module, shapes) {
        const { r, field, scale } = of(module);
        const [both, full] = ['lokr_w1_a' in shapes, 'lokr_w2' in shapes];
        const expect: Meaning['expect'] = both || !full ? () => ({ r: [field, r] }) : nothing;
        return { layer: 'lokr', config: { scale, both, full }, sizes: {}, expect };
      },
    };
  },
};

const hiraFields = v.looseObject({ r: count, rank_pattern: pattern });

const HIRA: Method = {
  layers: ['hira'],
  read(fields) {
    const c = fields.read(hiraFields);
    const ranks = byModule(c.rank_pattern, c.r, fields, 'rank_pattern');
    return {
      notes: fields.trainingOnly('hira_dropout'),
      of(module) {
        const r = ranks(module);
        const expect: Meaning['expect'] = () => ({ r: [r === c.r ? 'r' : 'rank_pattern', r] });
        return { layer: 'hira', config: {}, sizes: {}, expect };
      },
    };
  },
};

const deloraFields = v.looseObject({ r: count, rank_pattern: pattern });

const DELORA: Method = {
  layers: ['delora'],
  read(fields) {
    const c = fields.read(deloraFields);
    const ranks = byModule(c.rank_pattern, c.r, fields, 'rank_pattern');
    // Where λ starts; the tensors have its value.
    fields.know(['delora_lambda', 'lambda_pattern']);
    return {
      notes: fields.trainingOnly('module_dropout'),
      of(module) {
        const r = ranks(module);
        const expect: Meaning['expect'] = () => ({ r: [r === c.r ? 'r' : 'rank_pattern', r] });
        return { layer: 'delora', config: {}, sizes: {}, expect };
      },
    };
  },
};

const deftFields = v.looseObject({ r: count, alpha: v.nullish(v.number()), para: flag(false) });

const DEFT: Method = {
  layers: ['deft'],
  read(fields) {
    const c = fields.read(deftFields);
    fields.only(
      'decomposition_method',
      ['relu'],
      "Train the adapter with 'relu': the columns of 'qr' have the signs of PyTorch's decomposition.",
    );
    // The tensors say how they started.
    fields.know(['init_scale']);
    return {
      notes: fields.trainingOnly('deft_dropout'),
      of(_, { deft_P: P }) {
        // PEFT takes a rank of at most the number of outputs.
        const r = Math.min(c.r, P?.[0] ?? c.r);
        const config = { scale: c.alpha ? c.alpha / r : 1, para: c.para };
        return { layer: 'deft', config, sizes: {}, expect: () => ({ r: ['r', r] }) };
      },
    };
  },
};

/** The methods by `peft_type`. */
export const PRODUCTS: Readonly<Record<string, Method>> = { IA3, LOHA, LOKR, HIRA, DELORA, DEFT };

const lycoris = (config: LayerConfig, r: number) => ({
  ...{ r, alpha: Number(config.scale) * r, init_weights: true, rank_pattern: {}, alpha_pattern: {} },
  ...{ rank_dropout: 0, module_dropout: 0, use_effective_conv2d: false },
});

/** The fields of each layer's method. */
export const PRODUCT_FIELDS = {
  ia3: ({ feedforward }) => ({
    ...{ peft_type: 'IA3', fan_in_fan_out: false, init_ia3_weights: true },
    // The ends of paths, or a regular expression for every path.
    feedforward_modules: typeof feedforward === 'string' ? feedforward.split('+') : feedforward ? '.*' : [],
  }),
  loha: (config, { r }) => ({ peft_type: 'LOHA', ...lycoris(config, r!) }),
  lokr: (config, { r, l, k, n }) => ({
    peft_type: 'LOKR',
    // Two factors that are no products have no rank, and PEFT makes them so from half the larger side on.
    ...lycoris(config, r ?? Math.max(k!, n!)),
    ...{ decompose_both: config.both!, decompose_factor: l!, rank_dropout_scale: false },
  }),
  hira: (_, { r }) => ({
    ...{ peft_type: 'HIRA', r: r!, fan_in_fan_out: false, hira_dropout: 0, init_weights: true },
    rank_pattern: {},
  }),
  delora: ({ lambda }, { r }) => ({
    ...{ peft_type: 'DELORA', bias: 'none', r: r!, delora_lambda: lambda!, module_dropout: 0 },
    ...{ init_weights: true, rank_pattern: {}, lambda_pattern: {} },
  }),
  deft: ({ scale, para }, { r }) => ({
    ...{ peft_type: 'DEFT', bias: 'none', fan_in_fan_out: false, r: r!, decomposition_method: 'relu' },
    ...{ alpha: scale === 1 ? null : Number(scale) * r!, para: para!, init_scale: 1, deft_dropout: 0 },
    init_weights: true,
  }),
} as const satisfies Partial<Record<LayerName, MethodFields>>;
