/** Sizes and tensors that a layer takes, for fast-check: small ones first, and they shrink to small ones. */
import fc, { type Arbitrary } from 'fast-check';
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { type Binding, evalDim } from '../../compiler/ir/dims.ts';
import type { Program, TensorType } from '../../compiler/ir/node.ts';
import { fits, freeDims, smallSizes, TRIED } from '../check/sizes.ts';
import { encodeF16 } from '../formats/safetensors/index.ts';
import { loadProgram, type Source } from '../load.ts';
import type { HostTensor } from '../tensors.ts';

/** Which layer of a file, and at which configuration. */
export interface Chosen {
  readonly layer?: string;
  readonly config?: object;
}

export interface DimsOptions extends Chosen {
  /** Largest size of a dimension, at least 5; default 5. */
  readonly max?: number;
}

export interface TensorsOptions extends Chosen {
  /** Cotangents of the outputs too, as `grad.y`. */
  readonly cotangents?: boolean;
}

const programOf = (source: Source, { layer, config }: Chosen): Program =>
  loadProgram(source, { layer, config }).program;

/**
 * Sizes of the dimensions that nothing else determines, `tokens` aside; each shrinks towards 1. Throws OFT3007
 * where no small sizes fit the layer.
 */
export function dimsFor(source: Source, options: DimsOptions = {}): Arbitrary<Binding> {
  const { max = TRIED.at(-1)! } = options;
  if (max < TRIED.at(-1)!) throw new RangeError(`max must be at least ${TRIED.at(-1)}, got ${max}`);
  const program = programOf(source, options);
  smallSizes(program); // so that some sizes are known to fit
  const sizes = freeDims(program).map((n) => [n, fc.integer({ min: 1, max })] as const);
  return fc.record(Object.fromEntries(sizes)).filter((dims) => fits(program, dims));
}

/**
 * The layer's tensors by name, at the given sizes: whole numbers from −2 to 2, or floats of magnitude up to 1, which
 * shrink to whole numbers and towards 0. Indices are 0. Throws OFT3006 where a dimension has no size.
 */
export function tensorsFor(
  source: Source,
  dims: Binding,
  tokens: number,
  options: TensorsOptions = {},
): Arbitrary<Readonly<Record<string, HostTensor>>> {
  const program = bindProgram(programOf(source, options), dims);
  const wanted = [
    ...program.inputs.map((i) => [i.name, i.type] as const),
    ...(options.cotangents ? program.outputs.map((o) => [gradName(o.name), o.node.type] as const) : []),
  ];
  return fc.record(Object.fromEntries(wanted.map(([name, type]) => [name, tensorOf(type, tokens)])));
}

function tensorOf(type: TensorType, tokens: number): Arbitrary<HostTensor> {
  const shape = type.shape.map((d) => evalDim(d, { tokens }));
  const elements = shape.reduce((p, n) => p * n, 1);
  const of = (element: Arbitrary<number>) => fc.array(element, { minLength: elements, maxLength: elements });
  const whole = of(fc.integer({ min: -2, max: 2 }));
  const floats = of(fc.float({ min: -1, max: 1, noNaN: true }));
  const values = fc.oneof({ withCrossShrink: true }, whole, floats);
  switch (type.dtype) {
    case 'f32':
      return values.map((v) => ({ data: Float32Array.from(v), shape }));
    case 'f16':
      return values.map((v) => ({ data: encodeF16(v), shape }));
    case 'i32':
      return fc.constant({ data: new Int32Array(elements), shape });
    default:
      return type.dtype satisfies never;
  }
}
