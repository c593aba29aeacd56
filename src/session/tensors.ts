/**
 * Checks and resolves the caller's tensors. Leading axes fold into `tokens`: a layer declared on (tokens, in) takes
 * (in), (tokens, in), (batch, tokens, in) and more, and its outputs get the same leading axes back.
 */
import {
  constantOf,
  type Dim,
  dimNames,
  evalDim,
  ofTokens,
  printDim,
  RUNTIME_DIM,
} from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import { referencesOf } from '../../compiler/ir/init.ts';
import type { InputNode, TensorType } from '../../compiler/ir/node.ts';
import { storageName } from '../../compiler/primitives/storage.ts';
import { emptyRecord } from '../../compiler/records.ts';
import { arrayName, memoryProblem } from '../../runtime/arrays.ts';
import { isQuantized, type QuantizedTensor, storageOf } from '../formats/quantized/index.ts';
import { shapeOf, wrongArgument } from '../language/arguments.ts';
import type { Stored } from './quantized.ts';

/**
 * Elements: f32 as Float32Array, f16 bits as Uint16Array, i32 as Int32Array. An f32 tensor may be a Float64Array too: a
 * device rounds it to float32, and the CPU reference, which computes and returns float64, takes it as it is.
 */
export type HostArray = Float32Array | Float64Array | Int32Array | Uint16Array;

/** The row-major elements of a tensor, with its shape. */
export interface HostTensor {
  readonly data: HostArray;
  readonly shape: readonly number[];
}

/**
 * A tensor that a caller gives: an array with its shape, a bare array in the declared shape, or a device buffer. If
 * the layer is compiled to hold it quantised, it may be a quantised tensor.
 */
export type TensorInput = HostTensor | HostArray | GPUBuffer | QuantizedTensor;

const isHostTensor = (t: TensorInput): t is HostTensor => 'data' in t && 'shape' in t;

const isTokens = (d: Dim | undefined): boolean => d !== undefined && printDim(d) === RUNTIME_DIM;

/** The shape of a given tensor with its leading axes folded into `tokens`, and those axes. */
export function foldShape(
  type: TensorType,
  shape: readonly number[],
): { shape: readonly number[]; lead: readonly number[] } {
  if (!isTokens(type.shape[0])) return { shape, lead: [] };
  const own = type.shape.length - 1;
  const lead = shape.slice(0, Math.max(0, shape.length - own));
  return { shape: [lead.reduce((p, n) => p * n, 1), ...shape.slice(lead.length)], lead };
}

/** The inputs of a run, checked against the declarations. */
export interface ResolvedInputs {
  readonly tokens: number;
  /** The leading axes that `tokens` stands for. */
  readonly lead: readonly number[];
  readonly data: Readonly<Record<string, HostArray | GPUBuffer | QuantizedTensor>>;
}

function refuseMissing(
  layer: string,
  missing: readonly InputNode[],
  declared: readonly InputNode[] = missing,
): void {
  if (missing.length === 0) return;
  const wanted = missing.map((d) => `'${d.name}' (${d.type.shape.map(printDim).join(', ')})`).join(', ');
  const references = declared.flatMap((d) => referencesOf(d.init));
  const read = missing.filter((d) => references.includes(d.name)).map((d) => `'${d.name}'`);
  const ofStarts =
    read.length > 0 ? `; starts are made of ${read.join(', ')}, and a run wants every declared tensor` : '';
  throw new OftcError(
    'OFT4001',
    `'${layer}' is missing ${wanted}: give it to the run, or bind what does not change${ofStarts}`,
    missing[0]!.spans,
  );
}

/** Throws OFT4001 if a declared parameter is not bound. */
export const checkBound = (
  layer: string,
  declared: readonly InputNode[],
  bound: ReadonlyMap<string, unknown>,
): void =>
  refuseMissing(
    layer,
    declared.filter((d) => d.role !== 'input' && !bound.has(d.name)),
    declared,
  );

/**
 * Checks names, dtypes and shapes and finds `tokens`. Throws OFT4001 for a missing tensor, OFT4002 for an unknown one,
 * OFT4003 for a wrong dtype, OFT4004 for a wrong shape, and OFT4005 if nothing determines the number of tokens.
 */
export function resolveInputs(
  layer: string,
  declared: readonly InputNode[],
  given: Readonly<Record<string, TensorInput>>,
  bound: ReadonlySet<string>,
  tokens: number | undefined,
  stored: Stored = {},
): ResolvedInputs {
  const names = declared.map((d) => d.name);
  const extra = Object.keys(given).find((n) => !names.includes(n));
  if (extra !== undefined) {
    const [, output] = /^grad\.(grad\..*)$/.exec(extra) ?? [];
    if (output !== undefined)
      throw new OftcError(
        'OFT4002',
        `a cotangent goes by the name of its output: '${output.slice(5)}', not '${output}'`,
      );
    throw new OftcError(
      'OFT4002',
      `'${layer}' has no tensor '${extra}'; it takes ${names.join(', ')}${didYouMean(extra, names)}`,
    );
  }
  refuseMissing(
    layer,
    declared.filter((d) => givenAs(given, d.name) === undefined && !bound.has(d.name)),
    declared,
  );
  let lead: readonly number[] | undefined;
  let count = tokens;
  const data = emptyRecord<HostArray | GPUBuffer | QuantizedTensor>();
  for (const d of declared) {
    const value = givenAs(given, d.name);
    if (value === undefined) continue;
    checkKind(d, value);
    if (isQuantized(value)) {
      checkQuantized(d, value, stored);
      data[d.name] = value;
      continue;
    }
    const array = isHostTensor(value) ? value.data : value;
    data[d.name] = array;
    if (isBuffer(array)) continue;
    checkDtype(d, array);
    const found = isHostTensor(value) ? fromShape(d, value.shape, array.length) : fromLength(d, array.length);
    if (found === undefined) continue;
    lead ??= found.lead;
    count ??= found.tokens;
    if (count !== found.tokens) {
      throw new OftcError(
        'OFT4004',
        `tensor '${d.name}' has ${found.tokens} tokens where another has ${count}`,
        d.spans,
      );
    }
  }
  if (count === undefined) {
    const needed = declared.some((d) => d.type.shape.some(ofTokens));
    if (needed)
      throw new OftcError('OFT4005', `'${layer}': give { tokens }, for no array among the inputs shows it`);
    count = 1;
  }
  return { tokens: count, lead: lead ?? [count], data };
}

/** The tensor given under a name; only own properties count, so that a tensor may be named 'constructor'. */
const givenAs = (given: Readonly<Record<string, TensorInput>>, name: string): TensorInput | undefined =>
  Object.hasOwn(given, name) ? given[name] : undefined;

const KINDS = 'a typed array, { data, shape }, a GPUBuffer or a quantised tensor';

/** Throws OFT4016 for a value that is no tensor, and for an array whose elements cannot be read. */
function checkKind({ name }: InputNode, value: TensorInput): void {
  const where = `tensor '${name}'`;
  if (typeof value !== 'object' || value === null) throw wrongArgument(where, KINDS, value);
  if (isQuantized(value)) return;
  const array: unknown = isHostTensor(value) ? value.data : value;
  if (isHostTensor(value)) shapeOf(value.shape, `the shape of ${where}`);
  if (!ArrayBuffer.isView(array)) {
    const own = array as Partial<GPUBuffer> | null;
    if (typeof own !== 'object' || own === null || typeof own.destroy !== 'function')
      throw wrongArgument(where, KINDS, array);
    return;
  }
  const problem = array instanceof DataView ? undefined : memoryProblem(array);
  if (problem !== undefined) throw new OftcError('OFT4016', `${where} ${problem}`);
}

const isBuffer = (a: HostArray | GPUBuffer): a is GPUBuffer => !ArrayBuffer.isView(a);

const ARRAYS = { f32: [Float32Array, Float64Array], f16: [Uint16Array], i32: [Int32Array] } as const;

function checkDtype(d: InputNode, array: HostArray): void {
  const got = arrayName(array);
  if (ARRAYS[d.type.dtype].some((a) => a.name === got)) return;
  throw new OftcError(
    'OFT4003',
    `tensor '${d.name}' is declared ${d.type.dtype} and needs a ${ARRAYS[d.type.dtype][0].name}, got ${got}`,
    d.spans,
  );
}

/** Checks a quantised tensor: the layer must hold that input in the same storage and shape. */
function checkQuantized(d: InputNode, tensor: QuantizedTensor, stored: Stored): void {
  shapeOf(tensor.shape, `the shape of tensor '${d.name}'`);
  const name = storageName(storageOf(tensor));
  if (!Object.hasOwn(stored, d.name))
    throw new OftcError(
      'OFT4003',
      `tensor '${d.name}' is declared ${d.type.dtype} and given as ${name}: compile with { quantized: { ${d.name}: … } }`,
      d.spans,
    );
  fromShape(
    d,
    tensor.shape,
    tensor.shape.reduce((p, n) => p * n, 1),
  );
}

function fromShape(d: InputNode, given: readonly number[], elements: number) {
  const { shape, lead } = foldShape(d.type, given);
  const product = given.reduce((p, n) => p * n, 1);
  if (product !== elements) {
    throw new OftcError(
      'OFT4004',
      `tensor '${d.name}' has shape [${given.join(', ')}] but ${elements} elements`,
      d.spans,
    );
  }
  let tokens: number | undefined;
  d.type.shape.forEach((dim, i) => {
    if (isTokens(dim)) tokens ??= shape[i];
  });
  const want = d.type.shape.map((dim) =>
    dimNames(dim).length === 0 || tokens !== undefined ? evalDim(dim, { tokens: tokens ?? 0 }) : -1,
  );
  if (shape.length !== want.length || want.some((n, i) => n >= 0 && n !== shape[i])) {
    throw new OftcError(
      'OFT4004',
      `tensor '${d.name}' has shape [${given.join(', ')}] where (${d.type.shape.map(printDim).join(', ')}) is declared`,
      d.spans,
    );
  }
  return tokens === undefined ? undefined : { tokens, lead: isTokens(d.type.shape[0]) ? lead : [tokens] };
}

function fromLength(d: InputNode, elements: number) {
  const known = d.type.shape.map(constantOf);
  const fixed = known.reduce<number>((p, n) => p * (n ?? 1), 1);
  const open = known.filter((n) => n === undefined).length;
  const tokens = open === 1 && d.type.shape.some(isTokens) && fixed > 0 ? elements / fixed : undefined;
  if (open === 0 ? fixed !== elements : tokens !== undefined && !Number.isInteger(tokens)) {
    throw new OftcError(
      'OFT4004',
      `tensor '${d.name}' has ${elements} elements, which do not fill (${d.type.shape.map(printDim).join(', ')})`,
      d.spans,
    );
  }
  return tokens === undefined ? undefined : { tokens, lead: [tokens] };
}

/** The shape of an output, with the leading axes of the inputs restored. */
export function outputShape(type: TensorType, tokens: number, lead: readonly number[]): number[] {
  const shape = type.shape.map((d) => evalDim(d, { tokens }));
  return isTokens(type.shape[0]) ? [...lead, ...shape.slice(1)] : shape;
}
