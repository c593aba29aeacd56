/** Reads and writes PEFT's methods whose frozen matrices several modules share: VeRA, RandLoRA and FRoD. */
import * as v from 'valibot';
import { evalDim } from '../../../compiler/dims/dims.ts';
import type { DType, Program } from '../../../compiler/ir/node.ts';
import { FormatError } from '../error.ts';
import { shownShape } from '../safetensors/error.ts';
import { count } from '../schema.ts';
import { CONFIG, type Fields } from './fields.ts';
import { inFile } from './in-file.ts';
import type { LayerName } from './layers.ts';
import { type Meaning, type Method, seed } from './method.ts';
import type { MethodFields } from './products.ts';

type Shape = readonly number[];

/** The first elements along each axis of a tensor that all modules share. */
export interface Part {
  readonly name: string;
  readonly shape: Shape;
  /** The dtype of the layer's parameter; the file may have another one. */
  readonly dtype: DType;
}

const sharedFields = v.looseObject({
  projection_prng_key: v.nullish(seed, 0),
  save_projection: v.nullish(v.boolean(), true),
});

const ranked = v.looseObject({ r: count });

/** Reads the fields, and refuses a file without the matrices, which only PyTorch makes again. */
function projected(fields: Fields) {
  const c = fields.read(sharedFields);
  if (c.save_projection) return c;
  throw new FormatError(
    'UnsupportedOption',
    { file: fields.file, name: 'save_projection' },
    `it is false: the file lacks the matrices that modules share, which only PyTorch makes again`,
    `Train it, or load and save it in PEFT, with save_projection=True in ${CONFIG}.`,
  );
}

const VERA: Method = {
  layers: ['vera'],
  read(fields) {
    const { projection_prng_key: key } = projected(fields);
    const { r } = fields.read(ranked);
    // The tensors have the value of d.
    fields.know(['d_initial']);
    const config = { imported: true, seed: key };
    const expect: Meaning['expect'] = () => ({ r: ['r', r] });
    return {
      notes: fields.trainingOnly('vera_dropout'),
      of: () => ({ layer: 'vera', config, sizes: {}, expect }),
    };
  },
};

const alpha = v.looseObject({ randlora_alpha: v.nullish(v.number(), 640) });

const RANDLORA: Method = {
  layers: ['randlora'],
  read(fields) {
    const { projection_prng_key: key } = projected(fields);
    const { r } = fields.read(ranked);
    // The file has the bases, however they were drawn.
    fields.know(['sparse', 'very_sparse']);
    const scale = fields.read(alpha).randlora_alpha / r;
    return {
      notes: fields.trainingOnly('randlora_dropout'),
      of(module, { randlora_gamma: gamma }, size) {
        const small = gamma?.[1];
        if (small !== undefined && small % r !== 0)
          throw new FormatError(
            'UnsupportedOption',
            { file: fields.file, name: module },
            `its smaller side, ${small}, is no multiple of r = ${r}`,
            'Train the adapter with an r that divides the sides of all modules.',
          );
        const fewerOutputs = size !== undefined && size.out! < size.in!;
        const config = { imported: true, seed: key, scale, fewerOutputs };
        return { layer: 'randlora', config, sizes: {}, expect: () => ({ r: ['r', r] }) };
      },
    };
  },
};

const rate = v.looseObject({
  sparse_rate: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.01),
});

const FROD: Method = {
  layers: ['frod'],
  read(fields) {
    projected(fields);
    const { sparse_rate } = fields.read(rate);
    // The file has what these make.
    fields.know(['regularization_alpha', 'progressbar', 'runtime_offload_base_weight']);
    const places = (n: number): number =>
      sparse_rate > 0 ? Math.max(1, Math.min(Math.floor(n * n * sparse_rate), n * n - n)) : 0;
    return {
      notes: [
        ...fields.trainingOnly('frod_dropout'),
        'the file lacks U of FRoD, which is computed here from the weights and V. If PEFT resumed training from a saved file, this U differs from the trained one',
      ],
      of(module, { frod_lambda_s_values: values }) {
        if (values?.[0] === 0)
          throw new FormatError(
            'UnsupportedOption',
            { file: fields.file, name: module },
            `it has no trained value beside the diagonal, because sparse_rate is ${sparse_rate} or it has one input`,
            'Train the adapter with a sparse_rate above 0, on modules with more than one input.',
          );
        return {
          ...{ layer: 'frod', config: {}, sizes: {} },
          expect: (sizes) => ({ k: ['sparse_rate', places(sizes.in!)] }),
        };
      },
    };
  },
};

/** The methods by `peft_type`. */
export const PROJECTIONS: Readonly<Record<string, Method>> = { VERA, RANDLORA, FROD };

const common = { bias: 'none', fan_in_fan_out: false, init_weights: true, save_projection: true } as const;

/** The fields of each layer's method. */
export const PROJECTION_FIELDS = {
  vera: ({ seed, initial }, { r }) => ({
    ...{ peft_type: 'VERA', ...common, r: r!, projection_prng_key: seed! },
    ...{ d_initial: initial!, vera_dropout: 0 },
  }),
  randlora: ({ seed, scale }, { r }) => ({
    ...{ peft_type: 'RANDLORA', ...common, r: r!, projection_prng_key: seed!, randlora_dropout: 0 },
    ...{ randlora_alpha: Number(scale) * r!, sparse: false, very_sparse: false },
  }),
} as const satisfies Partial<Record<LayerName, MethodFields>>;

/** Whether a file's tensor is one that modules of the method share. */
export const isSharedName = (name: string, { layers }: Method): boolean =>
  layers.some((layer) => {
    const { names = {}, kindOf, redundant = [] } = inFile(layer).shared ?? {};
    const stems = [...Object.values(names), ...redundant];
    return stems.some((stem) => (kindOf ? name.startsWith(`${stem}.`) : name === stem));
  });

/** The names of the shared tensors that a module uses, by the layer's parameters. */
export function sharedNames(layer: LayerName, module: string): Readonly<Record<string, string>> {
  const { names = {}, kindOf } = inFile(layer).shared ?? {};
  const end = kindOf ? `.${kindOf(module)}` : '';
  return Object.fromEntries(Object.entries(names).map(([param, stem]) => [param, `${stem}${end}`]));
}

/**
 * The parts of the shared tensors that a module of these sizes has: the whole of one that a kind shares. PEFT's
 * `randlora_A` has an axis of 1 in its middle. Throws InvalidAdapter for a tensor of another shape.
 */
export function partsOf(
  layer: LayerName,
  module: string,
  program: Program,
  dims: Readonly<Record<string, number>>,
  tensors: ReadonlyMap<string, { readonly shape: Shape }>,
  file: string,
): Readonly<Record<string, Part>> {
  const isWhole = inFile(layer).shared?.kindOf !== undefined;
  return Object.fromEntries(
    Object.entries(sharedNames(layer, module)).map(([param, name]) => {
      const { type } = program.inputs.find((i) => i.name === param)!;
      const shape = type.shape.map((d) => evalDim(d, dims));
      const stored = tensors.get(name)!.shape;
      const whole = flat(stored, shape.length);
      const isFit = (n: number, axis: number) => (isWhole ? n === whole[axis] : n <= whole[axis]!);
      if (whole.length === shape.length && shape.every(isFit))
        return [param, { name, shape, dtype: type.dtype }];
      throw new FormatError(
        'InvalidAdapter',
        { file, name },
        `it is ${shownShape(stored)}, and a module needs ${shownShape(shape)}${isWhole ? '' : ' of it'}`,
        'Take adapter_config.json and adapter_model.safetensors from one adapter, of this model.',
      );
    }),
  );
}

/** A shape without axes of 1 in its middle, where it has more axes than wanted. */
export const flat = (shape: Shape, axes: number): Shape =>
  shape.length > axes ? shape.filter((n, axis) => axis === 0 || axis === shape.length - 1 || n !== 1) : shape;

/** Copies the elements that two tensors with as many axes share, the first ones along each axis. */
export function copyPart(
  from: { readonly data: ArrayLike<number>; readonly shape: Shape },
  to: { readonly data: Float32Array | Int32Array; readonly shape: Shape },
): void {
  const sizes = from.shape.map((n, axis) => Math.min(n, to.shape[axis]!));
  const width = sizes.at(-1)!;
  const rows = sizes.slice(0, -1).reduce((a, b) => a * b, 1);
  const at = (row: number, shape: Shape) => {
    let [start, rest, stride] = [0, row, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (axis < shape.length - 1) {
        start += (rest % sizes[axis]!) * stride;
        rest = Math.floor(rest / sizes[axis]!);
      }
      stride *= shape[axis]!;
    }
    return start;
  };
  for (let row = 0; row < rows; row++) {
    const [source, target] = [at(row, from.shape), at(row, to.shape)];
    for (let i = 0; i < width; i++) to.data[target + i] = from.data[source + i]!;
  }
}
