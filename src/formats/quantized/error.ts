import { CodedError } from '../../../compiler/errors/coded.ts';
import type { quantized } from '../../../compiler/errors/codes/quantized.ts';
import { shown } from '../safetensors/error.ts';

export type QuantizationErrorCode = keyof typeof quantized;

/** The place that a message names: the file and the tensor, if there is one. */
export interface ErrorLocation {
  readonly file?: string | undefined;
  readonly tensor?: string | undefined;
}

/** The only error that this folder throws itself; reading a file may also throw SafetensorsError. */
export class QuantizationError extends CodedError<QuantizationErrorCode> {
  override readonly name = 'QuantizationError';
  readonly tensor: string | undefined;

  constructor(
    code: QuantizationErrorCode,
    place: ErrorLocation & { readonly cause?: unknown },
    problem: string,
    remedy: string,
  ) {
    // Callers without types may pass no place.
    const at = (place as typeof place | null | undefined) ?? {};
    const tensor = at.tensor === undefined ? undefined : `tensor ${shown(at.tensor)}`;
    const where = [at.file, tensor, problem].filter((part) => part !== undefined).join(': ');
    super(code, `${where}. ${remedy}`, at);
    this.tensor = at.tensor;
  }
}

/** The place of a companion of the tensor at `at`: `weight` and `absmax` give `weight.absmax`. */
export function companion(at: ErrorLocation, suffix: string): ErrorLocation {
  const { tensor } = (at as ErrorLocation | null) ?? {};
  return { ...at, tensor: tensor === undefined ? suffix : `${tensor}.${suffix}` };
}
