/**
 * Stores frozen tensors quantised on a device. The layer stays the same function, of the values that the quantised
 * tensors stand for.
 */
import { constantOf, printDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';
import { type Storage, storageName } from '../../compiler/primitives/storage.ts';
import { shown } from '../../runtime/arguments.ts';
import { isQuantized, type QuantizedTensor, quantize, wordsOf } from '../formats/quantized/index.ts';

/**
 * The form of a quantised tensor. `nf4` is bitsandbytes' NF4 in blocks of 64 weights, or of the given number.
 * `nf4-double` quantises its scales too. `int8` has 8 bits and a scale for each row. `int4` is GPTQ's and AWQ's 4 bits
 * with zeros, in groups of 128 along a row, or of the given number. A Storage gives every field (see `storageOf`).
 */
export type Quantization =
  | 'nf4'
  | 'nf4-double'
  | 'int8'
  | 'int4'
  | `nf4:${number}`
  | `nf4-double:${number}`
  | `int4:${number}`
  | Storage;

/** Quantisations, by the names of frozen tensors. */
export type Quantized = Readonly<Record<string, Quantization>>;
export type Stored = Readonly<Record<string, Storage>>;

const NAMES = ['nf4', 'nf4-double', 'int8', 'int4'];
const FORMS = 'nf4, nf4:<block>, nf4-double, nf4-double:<block>, int8, int4 or int4:<group>';
const NESTED = 256;

/** The storage that `given` names; `what` begins the message: `'W' is`. Throws OFT4012 for an unknown format. */
export function storageNamed(what: string, given: Quantization | string): Storage {
  if (typeof given !== 'string') return checkedStorage(what, given);
  const [, format, size] = /^(nf4|nf4-double|int8|int4)(?::([1-9]\d*))?$/.exec(given) ?? [];
  switch (format) {
    case 'nf4':
      return { format: 'nf4', block: Number(size ?? 64) };
    case 'nf4-double':
      return { format: 'nf4', block: Number(size ?? 64), nested: NESTED };
    case 'int4':
      return { format: 'int4', group: Number(size ?? 128) };
    case 'int8':
      if (size === undefined) return { format: 'int8' };
  }
  throw new OftcError(
    'OFT4012',
    `${what} to be held as '${given}', which is none of ${FORMS}${didYouMean(given, NAMES)}`,
  );
}

/** A Storage with checked fields. Throws OFT4012 for wrong ones. */
function checkedStorage(what: string, given: Storage): Storage {
  const count = (n: unknown): boolean => Number.isInteger(n);
  const fields = given as Partial<Record<string, unknown>> | null | undefined;
  const fits =
    typeof fields === 'object' &&
    fields !== null &&
    ((fields.format === 'nf4' &&
      count(fields.block) &&
      (fields.nested === undefined || count(fields.nested))) ||
      fields.format === 'int8' ||
      (fields.format === 'int4' && count(fields.group)));
  if (fits) return given;
  throw new OftcError(
    'OFT4012',
    `${what} to be held as ${shown(given)}, which is no storage: write ${FORMS}`,
  );
}

const isBlock = (n: number): boolean => Number.isInteger(Math.log2(n)) && n >= 32 && n <= 4096;

/** The reason why a tensor cannot have a storage; undefined if it can. */
function problemOf({ type, role, name }: InputNode, storage: Storage): string | undefined {
  if (role !== 'frozen')
    return `it is ${role === 'input' ? 'an input' : `a ${role}`}, and only what is frozen can be`;
  if (type.dtype !== 'f32') return `it is declared ${type.dtype}, and what is decoded is f32`;
  const sizes = type.shape.map(constantOf);
  if (sizes.some((n) => n === undefined || n === 0))
    return `its shape (${type.shape.map(printDim).join(', ')}) must be of known sizes above 0: give every dimension a size`;
  if (storage.format === 'nf4') {
    const wrong = [storage.block, storage.nested ?? NESTED].find((n) => !isBlock(n));
    return wrong === undefined ? undefined : `a block of ${wrong} is not a power of two from 32 to 4096`;
  }
  if (sizes.length !== 2)
    return `${storage.format} is of matrices (out, in), and '${name}' has ${sizes.length} axes: nf4 takes any shape`;
  if (storage.format === 'int4' && !(Number.isInteger(storage.group) && storage.group > 0))
    return `a group of ${storage.group} is not a whole number above 0`;
  return undefined;
}

/**
 * The storages of a bound program's tensors. Throws OFT4011 for an unknown name, a tensor that is not frozen f32 or a
 * format that its shape cannot have, and OFT4012 for an unknown format.
 */
export function storagesOf(
  program: Program,
  quantized: Readonly<Record<string, Quantization | string>>,
): Stored {
  return Object.fromEntries(
    Object.entries(quantized).map(([name, given]) => {
      const storage = storageNamed(`'${name}' is`, given);
      const input = program.inputs.find((i) => i.name === name);
      if (!input) {
        const frozen = program.inputs.filter((i) => i.role === 'frozen').map((i) => i.name);
        throw new OftcError(
          'OFT4011',
          `'${program.name}' has no '${name}' to hold quantised; frozen are ${frozen.join(', ') || 'none'}${didYouMean(name, frozen)}`,
        );
      }
      const problem = problemOf(input, storage);
      if (problem !== undefined)
        throw new OftcError(
          'OFT4011',
          `'${name}' cannot be held as ${storageName(storage)}: ${problem}`,
          input.spans,
        );
      return [name, storage];
    }),
  );
}

/** The forms of quantised tensors as text. */
export const storageNames = (stored: Stored): Record<string, string> =>
  Object.fromEntries(Object.entries(stored).map(([name, storage]) => [name, storageName(storage)]));

/** The storages of those tensors that a program has. */
export const storedIn = (program: Program, stored: Stored): Stored =>
  Object.fromEntries(Object.entries(stored).filter(([name]) => program.inputs.some((i) => i.name === name)));

/**
 * A tensor in its storage; numbers are quantised. Throws QuantizationError for values that the storage cannot hold.
 */
export function held(
  { name, type }: InputNode,
  given: ArrayLike<number> | QuantizedTensor,
  storage: Storage,
): { readonly tensor: QuantizedTensor; readonly words: Uint32Array<ArrayBuffer> } {
  const shape = type.shape.map((d) => constantOf(d)!);
  const at = { tensor: name };
  const values = () =>
    given instanceof Float32Array ? given : Float32Array.from(given as ArrayLike<number>);
  const tensor = isQuantized(given) ? given : quantize(values(), shape, storage, at);
  return { tensor, words: wordsOf(tensor, storage, at) };
}
