/** Names the frozen tensors that a layer holds quantised: their formats, and the tensors that they are made of. */
import type { Dim } from '../../../compiler/dims/dims.ts';
import type { InputNode, Program } from '../../../compiler/ir/node.ts';
import type { Storage } from '../../../compiler/primitives/storage.ts';
import type { Stored } from '../../session/quantized.ts';
import { dimText } from './dims.ts';
import { tensorName } from './python-text.ts';

/** The names that a printed layer has for a quantised tensor. */
export interface QuantizedNames {
  /** The constant with its format. */
  readonly form: string;
  /** The tuple of the tensors that decoding takes, in a pass. */
  readonly parts: string;
  /** The first of them, an argument of the function. */
  readonly codes: string;
}

export function quantizedNames(tensor: string): QuantizedNames {
  const own = tensorName(tensor);
  return { form: `${own}_FORM`, parts: `${own}_parts`, codes: `${own}_codes` };
}

/** The expression of a storage of tensors of this shape, as an object of the library. */
export function formText(storage: Storage, shape: readonly Dim[]): string {
  const size = `(${shape.map(dimText).join(', ')}${shape.length === 1 ? ',' : ''})`;
  switch (storage.format) {
    case 'nf4':
      return `oftc_torch.Nf4(${size}, block=${storage.block}${storage.nested === undefined ? '' : `, nested=${storage.nested}`})`;
    case 'int8':
      return `oftc_torch.Int8(${size})`;
    case 'int4':
      return `oftc_torch.Int4(${size}, group=${storage.group}${storage.indexed ? ', indexed=True' : ''})`;
    default:
      throw new TypeError(`unknown storage ${storage satisfies never}`);
  }
}

/** The number of tensors beside the codes that decoding takes. */
function partsBeside(storage: Storage): number {
  switch (storage.format) {
    case 'nf4':
      return storage.nested === undefined ? 2 : 5;
    case 'int8':
      return 1;
    case 'int4':
      return storage.indexed ? 3 : 2;
    default:
      throw new TypeError(`unknown storage ${storage satisfies never}`);
  }
}

/** An input that is held quantised. */
export interface QuantizedInput extends QuantizedNames {
  readonly input: InputNode;
  readonly storage: Storage;
  /** The number of tensors beside the codes. Functions take those of all inputs together, after their other arguments. */
  readonly beside: number;
}

/** The inputs of a bound program that are held quantised, in order. */
export const quantizedInputs = ({ inputs }: Program, stored: Stored = {}): QuantizedInput[] =>
  inputs.flatMap((input) => {
    const storage = Object.hasOwn(stored, input.name) ? stored[input.name] : undefined;
    return storage ? [{ ...quantizedNames(input.name), input, storage, beside: partsBeside(storage) }] : [];
  });
