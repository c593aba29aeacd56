/** The JSON of `weight.quant_state.bitsandbytes__nf4`. Source: bitsandbytes, `QuantState.as_dict(packed=True)`. */
import { shown } from '../safetensors/error.ts';
import { type ErrorLocation, QuantizationError } from './error.ts';
import type { Nf4Dtype } from './nf4.ts';

export interface Nf4State {
  readonly blocksize: number;
  readonly dtype: Nf4Dtype;
  readonly shape: readonly number[];
  /** The fields of double quantisation; undefined without it. */
  readonly nested: { readonly blocksize: number; readonly offset: number } | undefined;
}

const DTYPES: readonly string[] = ['float32', 'float16', 'bfloat16'] satisfies Nf4Dtype[];
const NESTED = ['nested_blocksize', 'nested_dtype', 'nested_offset'];

/**
 * Reads the state from its UTF-8 bytes and ignores unknown fields. Throws InvalidQuantState for bytes that are no
 * JSON object, lack a field, or have one of the wrong type; UnknownQuantType for a type other than nf4.
 */
export function parseNf4State(bytes: Uint8Array, at: ErrorLocation): Nf4State {
  const fields = parseObject(bytes, at);
  const field = <T>(name: string, kind: string, is: (value: unknown) => value is T): T => {
    const value = fields[name];
    if (is(value)) return value;
    throw invalid(
      value === undefined ? `it has no ${name}` : `${name} must be ${kind} and is ${shownValue(value)}`,
      at,
    );
  };
  const quantType = field('quant_type', 'a string', isString);
  if (quantType !== 'nf4') throw unknownQuantType(quantType, at);
  return {
    blocksize: field('blocksize', 'a whole number above 0', isCount),
    dtype: field('dtype', DTYPES.join(' or '), isDtype),
    shape: field('shape', 'a list of whole numbers above 0', isShape),
    nested: NESTED.some((name) => name in fields) ? nestedState() : undefined,
  };

  function nestedState(): NonNullable<Nf4State['nested']> {
    field('nested_dtype', '"float32"', (value) => value === 'float32');
    return {
      blocksize: field('nested_blocksize', 'a whole number above 0', isCount),
      offset: field('nested_offset', 'a number', isNumber),
    };
  }
}

/** The state as the bytes that bitsandbytes writes: its order of fields, in the style of Python's `json.dumps`. */
export function encodeNf4State({ blocksize, dtype, shape, nested }: Nf4State): Uint8Array {
  const fields = [
    '"quant_type": "nf4"',
    `"blocksize": ${blocksize}`,
    `"dtype": "${dtype}"`,
    `"shape": [${shape.join(', ')}]`,
  ];
  if (nested) {
    fields.push(
      `"nested_blocksize": ${nested.blocksize}`,
      '"nested_dtype": "float32"',
      `"nested_offset": ${pythonFloat(nested.offset)}`,
    );
  }
  return new TextEncoder().encode(`{${fields.join(', ')}}`);
}

export function unknownQuantType(quantType: string, at: ErrorLocation): QuantizationError {
  return new QuantizationError(
    'UnknownQuantType',
    at,
    `quant_type ${shown(quantType)} is not read, only "nf4"`,
    'Quantise it with bnb_4bit_quant_type "nf4".',
  );
}

/** Python's `repr` of a finite float: the digits are JavaScript's, but exponents start elsewhere. */
function pythonFloat(value: number): string {
  const [digits, exponent] = value.toExponential().split('e').map(String);
  const power = Number(exponent);
  if (power < -4 || power >= 16)
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  const sign = Object.is(value, -0) ? '-' : '';
  return `${sign}${value}${Number.isInteger(value) ? '.0' : ''}`;
}

function parseObject(bytes: Uint8Array, at: ErrorLocation): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(
      `it is not JSON in UTF-8 (${cause instanceof Error ? cause.message : cause})`,
      { ...at },
      cause,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value));
  throw invalid(`it must be a JSON object and is ${shownValue(value)}`, at);
}

function invalid(problem: string, at: ErrorLocation, cause?: unknown): QuantizationError {
  return new QuantizationError(
    'InvalidQuantState',
    { ...at, cause },
    problem,
    'Take the quant state from the checkpoint that the weight is from, or quantise it again.',
  );
}

const shownValue = (value: unknown): string => shown(JSON.stringify(value));
const isString = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
const isDtype = (value: unknown): value is Nf4Dtype => isString(value) && DTYPES.includes(value);
const isShape = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every(isCount);
