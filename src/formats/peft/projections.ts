/** Reads and writes PEFT's methods whose frozen matrices several modules share: VeRA, RandLoRA and FRoD. */
import * as v from 'valibot';
import { evalDim } from '../../../compiler/dims/dims.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { FormatError } from '../error.ts';
import { shownShape } from '../safetensors/error.ts';
import { count } from '../schema.ts';
import { CONFIG, type Fields } from './fields.ts';
import type { LayerName } from './layers.ts';
import { type Meaning, type Method, seed } from './method.ts';
import type { MethodFields } from './products.ts';

type Shape = readonly number[];

/** The first elements along each axis of a tensor that all modules share. */
export interface Part {
  readonly name: string;
  readonly shape: Shape;
}

/** The tensors of a file that several modules share. */
interface Sharing {
  /** Their names by the layer's frozen parameters. */
  readonly names: Readonly<Record<string, string>>;
  /** The kind of a module, where only modules of a kind share a tensor. Its name ends with the kind. */
  readonly kindOf?: (module: string) => string;
  /** Tensors beside them that say nothing further. */
  readonly redundant?: readonly string[];
}

/** Gives a module's kind by PEFT's rule: the last two words of its path, or the last one after a block's number. */
function frodKind(module: string): string {
  const [last, before, third] = module.split('.').reverse();
  if (before === undefined || /^\d+$/.test(before)) return last!;
  return third === 'attention' && before === 'output' && last === 'dense'
    ? 'attention_output'
    : `${before}_${last}`;
}

export const SHARED: Partial<Record<LayerName, Sharing>> = {
  vera: { names: { A: 'base_model.vera_A', B: 'base_model.vera_B' } },
  randlora: { names: { A: 'base_model.randlora_A', B: 'base_model.randlora_B' } },
  frod: {
    names: { V: 'base_model.frod_V', p: 'base_model.frod_s_indices' },
    kindOf: frodKind,
    redundant: ['base_model.frod_s_size'],
  },
};

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
    const c = { ...projected(fields), ...fields.read(ranked) };
    // The tensors have the value of d.
    fields.know(['d_initial']);
    const config = { imported: true, seed: c.projection_prng_key };
    const expect: Meaning['expect'] = () => ({ r: ['r', c.r] });
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
    const c = { ...projected(fields), ...fields.read(ranked) };
    // The file has the bases, however they were drawn.
    fields.know(['sparse', 'very_sparse']);
    const scale = fields.read(alpha).randlora_alpha / c.r;
    return {
      notes: fields.trainingOnly('randlora_dropout'),
      of(module, { randlora_gamma: gamma }, size) {
        const small = gamma?.[1];
        if (small !== undefined && small % c.r !== 0)
          throw new FormatError(
            'UnsupportedOption',
            { file: fields.file, name: module },
            `its smaller side, ${small}, is no multiple of r = ${c.r}`,
            'Train the adapter with an r that divides the sides of all modules.',
          );
        const fewerOutputs = size !== undefined && size.out! < size.in!;
        const config = { imported: true, seed: c.projection_prng_key, scale, fewerOutputs };
        return { layer: 'randlora', config, sizes: {}, expect: () => ({ r: ['r', c.r] }) };
      },
    };
  },
};

const rate = v.looseObject({ sparse_rate: v.nullish(v.number(), 0.01) });

const FROD: Method = {
  layers: ['frod'],
  read(fields) {
    projected(fields);
    const { sparse_rate } = fields.read(rate);
    // The file has what these make.
    fields.know(['regularization_alpha', 'progressbar', 'runtime_offload_base_weight']);
    const places = (n: number): number => Math.max(1, Math.min(Math.floor(n * n * sparse_rate), n * n - n));
    return {
      notes: [
        ...fields.trainingOnly('frod_dropout'),
        'the file lacks U of FRoD, which is computed from the weights and V: it is the trained one, unless PEFT trained on from a file',
      ],
      of: () => ({
        ...{ layer: 'frod', config: {}, sizes: {} },
        expect: (sizes) => ({ k: ['sparse_rate', places(sizes.in!)] }),
      }),
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
    const { names = {}, kindOf, redundant = [] } = SHARED[layer] ?? {};
    const stems = [...Object.values(names), ...redundant];
    return stems.some((stem) => (kindOf ? name.startsWith(`${stem}.`) : name === stem));
  });

/** The names of the shared tensors that a module uses, by the layer's parameters. */
export function sharedNames(layer: LayerName, module: string): Readonly<Record<string, string>> {
  const { names = {}, kindOf } = SHARED[layer] ?? {};
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
  const isWhole = SHARED[layer]?.kindOf !== undefined;
  return Object.fromEntries(
    Object.entries(sharedNames(layer, module)).map(([param, name]) => {
      const shape = program.inputs.find((i) => i.name === param)!.type.shape.map((d) => evalDim(d, dims));
      const stored = tensors.get(name)!.shape;
      const whole = flat(stored, shape.length);
      const isFit = (n: number, axis: number) => (isWhole ? n === whole[axis] : n <= whole[axis]!);
      if (whole.length === shape.length && shape.every(isFit)) return [param, { name, shape }];
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
