/** Reads and writes the fields of PEFT's methods whose change is sparse, or has a sparse spectrum. */
import * as v from 'valibot';
import { FormatError } from '../error.ts';
import type { Json } from '../json.ts';
import { count } from '../schema.ts';
import { type Fields, REMEDY } from './fields.ts';
import type { LayerConfig } from './layers.ts';
import { flag, type Method, nothing, pattern, seed, statedByModule } from './method.ts';

const shiraFields = v.looseObject({ r: count });

const SHIRA: Method = {
  layers: ['shira'],
  read(fields) {
    const { r } = fields.read(shiraFields);
    // How positions were drawn; the tensors have them.
    fields.know(['mask_type', 'random_seed']);
    return {
      notes: [],
      of(module, { shira_weight: weight }, size) {
        const [meant, found] = [size && r * (size.out! + size.in!), weight?.[0]];
        if (meant !== undefined && found !== undefined && meant !== found)
          throw new FormatError(
            'InvalidAdapter',
            { file: fields.file, name: module },
            `the field r means ${meant} values, r·(out + in) with r = ${r}, and the tensors have ${found}`,
            REMEDY,
          );
        return { layer: 'shira', config: {}, sizes: { r }, expect: nothing };
      },
    };
  },
};

const spectrumFields = v.looseObject({
  n_frequency: count,
  n_frequency_pattern: pattern,
  scaling: v.number(),
  random_loc_seed: seed,
});

/** Reads the scale and the seed of a spectrum, and by module its number of values with that number's field. */
function spectrum(fields: Fields) {
  const c = fields.read(spectrumFields);
  const stated = statedByModule(c.n_frequency_pattern, c.n_frequency, fields, 'n_frequency_pattern');
  return {
    config: { scale: c.scaling, seed: c.random_loc_seed },
    sizeOn: (module: string) => ({ n: stated(module) }),
  };
}

const FOURIERFT: Method = {
  layers: ['fourierft'],
  read(fields) {
    const { config, sizeOn } = spectrum(fields);
    return {
      notes: [],
      of: (module) => ({
        ...{ layer: 'fourierft', config, sizes: {} },
        expect: () => sizeOn(module),
      }),
    };
  },
};

const WAVEFT: Method = {
  layers: ['waveft'],
  read(fields) {
    const { config, sizeOn } = spectrum(fields);
    const { use_idwt: wavelet, proportional_parameters: proportional } = fields.read(
      v.looseObject({ use_idwt: flag(true), proportional_parameters: flag(false) }),
    );
    if (wavelet)
      fields.only(
        'wavelet_family',
        ['db1'],
        "Train the adapter with wavelet_family='db1', the Haar wavelets.",
      );
    else fields.know(['wavelet_family']);
    return {
      notes: [],
      of: (module) => ({
        ...{ layer: 'waveft', config: { ...config, wavelet }, sizes: {} },
        // A proportional count is known from the tensors alone.
        expect: () => (proportional ? {} : sizeOn(module)),
      }),
    };
  },
};

/** The methods by `peft_type`. */
export const SPARSE: Readonly<Record<string, Method>> = { SHIRA, FOURIERFT, WAVEFT };

type Written = (
  config: LayerConfig,
  size: number,
  dims: Readonly<Record<string, number>>,
) => Readonly<Record<string, Json>>;

const written = (config: LayerConfig, n: number) => ({
  ...{ bias: 'none', fan_in_fan_out: false, n_frequency: n, n_frequency_pattern: {} },
  ...{ scaling: config.scale!, random_loc_seed: config.seed! },
});

/** The fields that only the method has, by the layer's name. */
export const SPARSE_FIELDS = {
  shira: (_, r) => ({
    ...{ peft_type: 'SHIRA', fan_in_fan_out: false, init_weights: true, r },
    ...{ mask_type: 'random', random_seed: null },
  }),
  fourierft: (config, n) => ({ peft_type: 'FOURIERFT', init_weights: false, ...written(config, n) }),
  waveft: (config, n) => ({
    ...{ peft_type: 'WAVEFT', init_weights: true, ...written(config, n) },
    ...{ wavelet_family: 'db1', use_idwt: config.wavelet!, proportional_parameters: false },
  }),
} as const satisfies Record<string, Written>;
