/** Draws a layer's sizes and tensors for fast-check, and shrinks them to small ones. */
import type { Arbitrary } from 'fast-check';
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { type Binding, evalDim } from '../../compiler/dims/dims.ts';
import { bindProgram, freeDims } from '../../compiler/ir/bind.ts';
import type { Program, TensorType } from '../../compiler/ir/node.ts';
import { encodeF16 } from '../formats/safetensors/index.ts';
import { fits, smallSizes, TRIED } from '../identity/sizes.ts';
import { indicesFor } from '../identity/values.ts';
import { loadProgram, type Source } from '../language/load.ts';
import type { HostTensor } from '../session/tensors.ts';
import { random } from '../start/random.ts';
import { fastCheck } from './installed.ts';

/** The layer of a file, and its configuration. */
export interface Chosen {
  readonly layer?: string;
  readonly config?: object;
}

export interface DimsOptions extends Chosen {
  /**
   * The largest size to draw. By default it is the least that is accepted: 5, or more where no sizes up to 5 fit the
   * layer.
   */
  readonly max?: number;
}

export interface TensorsOptions extends Chosen {
  /** Whether to draw cotangents of the outputs too, as `grad.y`. */
  readonly cotangents?: boolean;
}

/** fast-check, for a function of this module. */
const generators = (by: string) => fastCheck.needed(by).default;

const programOf = (source: Source, { layer, config }: Chosen): Program =>
  loadProgram(source, { layer, config }).program;

/**
 * Draws sizes of the dimensions that nothing else determines, except `tokens`; each shrinks towards 1. Throws OFT3007
 * if no small sizes fit the layer.
 */
export function dimsFor(source: Source, options: DimsOptions = {}): Arbitrary<Binding> {
  const fc = generators('dimsFor');
  const program = programOf(source, options);
  // Among sizes up to this one, some fit the layer.
  const least = Math.max(TRIED.at(-1)!, ...Object.values(smallSizes(program)[0]!));
  const { max = least } = options;
  if (max < least) throw new RangeError(`max must be at least ${least}, got ${max}`);
  const sizes = freeDims(program).map((n) => [n, fc.integer({ min: 1, max })] as const);
  return fc.record(Object.fromEntries(sizes)).filter((dims) => fits(program, dims));
}

/**
 * Draws the layer's tensors by name, at the given sizes: whole numbers from −2 to 2, or floats of magnitude up to 1,
 * which shrink to whole numbers and towards 0. Integers are valid indices, distinct if possible. Throws OFT3006 for a
 * dimension without a size.
 */
export function tensorsFor(
  source: Source,
  dims: Binding,
  tokens: number,
  options: TensorsOptions = {},
): Arbitrary<Readonly<Record<string, HostTensor>>> {
  const fc = generators('tensorsFor');
  const program = bindProgram(programOf(source, options), dims);
  const inputs = program.inputs.map((i) => {
    const indices = (seed: number) => indicesFor(program, i, tokens, random(seed));
    return [i.name, i.type.dtype === 'i32' ? indexTensor(i.type, tokens, indices) : floats(i.type, tokens)];
  });
  const cotangents = program.outputs.map((o) => [gradName(o.name), floats(o.node.type, tokens)]);
  return fc.record(Object.fromEntries([...inputs, ...(options.cotangents ? cotangents : [])]));
}

const shapeAt = (type: TensorType, tokens: number): number[] => type.shape.map((d) => evalDim(d, { tokens }));

function indexTensor(
  type: TensorType,
  tokens: number,
  indices: (seed: number) => readonly number[],
): Arbitrary<HostTensor> {
  const fc = generators('tensorsFor');
  return fc.nat().map((seed) => ({ data: Int32Array.from(indices(seed)), shape: shapeAt(type, tokens) }));
}

function floats(type: TensorType, tokens: number): Arbitrary<HostTensor> {
  const shape = shapeAt(type, tokens);
  const elements = shape.reduce((p, n) => p * n, 1);
  const fc = generators('tensorsFor');
  const of = (element: Arbitrary<number>) => fc.array(element, { minLength: elements, maxLength: elements });
  const whole = of(fc.integer({ min: -2, max: 2 }));
  const fractions = of(fc.float({ min: -1, max: 1, noNaN: true }));
  return fc
    .oneof({ withCrossShrink: true }, whole, fractions)
    .map((v) => ({ data: type.dtype === 'f16' ? encodeF16(v) : Float32Array.from(v), shape }));
}
