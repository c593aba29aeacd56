/** Reads and writes NF4 weights in safetensors files: a weight and its companions, in bitsandbytes' naming. */
import { shown } from '../../../runtime/arguments.ts';
import type { SafetensorsDtype, TensorArray, TensorData, TensorInfo } from '../safetensors/index.ts';
import { companion, type ErrorLocation, QuantizationError } from './error.ts';
import { checkNf4, type NestedAbsmax, type Nf4Tensor, type PlainAbsmax } from './nf4.ts';
import { encodeNf4State, parseNf4State, unknownQuantType } from './nf4-state.ts';

/** A source of tensors: a file of `openSafetensors`, or several put together. */
export interface TensorSource {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  array(name: string): TensorArray | Promise<TensorArray>;
  /** The file's name in errors. */
  readonly path?: string;
}

const STATE = 'quant_state.bitsandbytes__';
const MARK = /^(.*)\.(?:quant_map|quant_state\.bitsandbytes__.*)$/s;

/**
 * The names of the weights that bitsandbytes quantised to 4 bits, in the file's order: those with a quant state of any
 * type, or with a quant_map. So a weight whose state is missing or is not NF4's is not skipped, but refused when it is
 * read. Throws InvalidWeight for a value that is no Map.
 */
export function quantizedWeights(tensors: ReadonlyMap<string, TensorInfo>): string[] {
  const given = tensors as Partial<typeof tensors> | null | undefined;
  if (typeof given?.keys !== 'function' || typeof given.get !== 'function')
    throw new QuantizationError(
      'InvalidWeight',
      {},
      `it is ${shown(tensors)}, not a Map of tensors by name`,
      'Give the `tensors` of a safetensors file that was opened.',
    );
  const weights = [...tensors.keys()].flatMap((name) => MARK.exec(name)?.[1] ?? []);
  return [...new Set(weights)];
}

/**
 * Reads one NF4 weight with its companions. Throws MissingCompanion, CompanionDtype, CompanionLength,
 * InvalidQuantState, UnknownQuantType, InvalidBlockSize, InvalidCodeBook or InvalidScale, naming the tensor that is
 * wrong; SafetensorsError for a file that cannot be read.
 */
export async function readNf4(source: TensorSource, name: string): Promise<Nf4Tensor> {
  const at: ErrorLocation = { file: source.path, tensor: name };
  const other = quantTypes(name, source.tensors).find((type) => type !== 'nf4');
  if (other !== undefined) throw unknownQuantType(other, companion(at, STATE + other));
  const u8 = async (suffix?: string): Promise<Uint8Array> => {
    const { buffer, byteOffset, length } = await read(source, at, suffix, 'U8');
    return new Uint8Array(buffer, byteOffset, length);
  };
  const f32 = async (suffix: string): Promise<Float32Array> => {
    const { buffer, byteOffset, length } = await read(source, at, suffix, 'F32');
    return new Float32Array(buffer, byteOffset, length);
  };

  const state = parseNf4State(await u8(`${STATE}nf4`), companion(at, `${STATE}nf4`));
  let absmax: PlainAbsmax | NestedAbsmax;
  if (state.nested) {
    absmax = {
      kind: 'nested',
      codes: await u8('absmax'),
      blocksize: state.nested.blocksize,
      codeBook: await f32('nested_quant_map'),
      absmax: await f32('nested_absmax'),
      offset: state.nested.offset,
    };
  } else {
    absmax = { kind: 'plain', values: await f32('absmax') };
  }
  const { shape, dtype, blocksize } = state;
  const tensor: Nf4Tensor = {
    shape,
    dtype,
    blocksize,
    packed: await u8(),
    codeBook: await f32('quant_map'),
    absmax,
  };
  checkNf4(tensor, at);
  return tensor;
}

/**
 * The weight and its companions as bitsandbytes serialises them, for `writeSafetensors`: `weight` U8 [n, 1], the rest
 * flat. A weight that `readNf4` read from bitsandbytes' file comes back byte for byte. Throws InvalidWeight for a name
 * that is no text, and as `checkNf4`.
 */
export function nf4TensorData(name: string, tensor: Nf4Tensor): TensorData[] {
  if (typeof name !== 'string')
    throw new QuantizationError(
      'InvalidWeight',
      {},
      `its name is ${shown(name)}, not a text`,
      'Give its name.',
    );
  checkNf4(tensor, { tensor: name });
  const { shape, dtype, blocksize, packed, codeBook, absmax } = tensor;
  const nested =
    absmax.kind === 'nested' ? { blocksize: absmax.blocksize, offset: absmax.offset } : undefined;
  const flat = (suffix: string, data: Float32Array | Uint8Array): TensorData => ({
    name: `${name}.${suffix}`,
    dtype: data instanceof Float32Array ? 'F32' : 'U8',
    shape: [data.length],
    data,
  });
  return [
    { name, dtype: 'U8', shape: [packed.length, 1], data: packed },
    flat('absmax', absmax.kind === 'nested' ? absmax.codes : absmax.values),
    flat('quant_map', codeBook),
    ...(absmax.kind === 'nested'
      ? [flat('nested_absmax', absmax.absmax), flat('nested_quant_map', absmax.codeBook)]
      : []),
    flat(`${STATE}nf4`, encodeNf4State({ shape, dtype, blocksize, nested })),
  ];
}

/** The types of a weight's quant states, of which a proper file has one. */
function quantTypes(weight: string, tensors: ReadonlyMap<string, TensorInfo>): string[] {
  const prefix = `${weight}.${STATE}`;
  return [...tensors.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}

async function read(
  source: TensorSource,
  at: ErrorLocation,
  suffix: string | undefined,
  dtype: SafetensorsDtype,
): Promise<TensorArray> {
  const place = suffix === undefined ? at : companion(at, suffix);
  const info = source.tensors.get(place.tensor!);
  if (!info) {
    throw new QuantizationError(
      'MissingCompanion',
      place,
      suffix === undefined
        ? 'there is a quant state and no weight of this name'
        : `the weight ${at.tensor} cannot be dequantised without it`,
      'Read the file that holds the weight with all its companions, or quantise it again.',
    );
  }
  if (info.dtype !== dtype) {
    throw new QuantizationError(
      'CompanionDtype',
      place,
      `its dtype must be ${dtype} and is ${info.dtype}`,
      suffix === undefined
        ? 'Quantise it with bnb_4bit_quant_storage uint8.'
        : 'Take the weight and its companions from one checkpoint, with double quantisation or without.',
    );
  }
  return source.array(place.tensor!);
}
