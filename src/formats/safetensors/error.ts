import { CodedError } from '../../../compiler/errors/coded.ts';
import type { files } from '../../../compiler/errors/codes/files.ts';

/**
 * The Rust reference's error names (huggingface/safetensors, `SafeTensorError`), and four it lacks:
 * UnknownDtype (there an InvalidHeaderDeserialization), UnsupportedDtype (no typed array holds the
 * elements), InvalidTensorName and InvalidMetadata (refused on writing).
 */
export type SafetensorsErrorCode = keyof typeof files;

/** The remedy for a file whose bytes break the format. */
const DAMAGED = 'The file is damaged or not safetensors: download or write it again.';

/** The only error that reading or writing safetensors throws. `tensor` is set if one tensor is to blame. */
export class SafetensorsError extends CodedError<SafetensorsErrorCode> {
  override readonly name = 'SafetensorsError';
  declare readonly file: string;
  readonly tensor: string | undefined;

  constructor(
    code: SafetensorsErrorCode,
    at: { readonly file: string; readonly tensor?: string | undefined; readonly cause?: unknown },
    problem: string,
    remedy: string = DAMAGED,
  ) {
    const where = at.tensor === undefined ? at.file : `${at.file}: tensor ${shown(at.tensor)}`;
    super(code, `${where}: ${problem}. ${remedy}`, at);
    this.tensor = at.tensor;
  }
}

/** A string from the file, quoted and cut short: a hostile name may be megabytes. */
export function shown(text: string): string {
  return JSON.stringify(text.length <= 120 ? text : `${text.slice(0, 120)}…`);
}

export function shownShape(shape: readonly (number | string)[]): string {
  return shape.length <= 16
    ? `[${shape.join(',')}]`
    : `[${shape.slice(0, 16).join(',')},… ${shape.length} dims]`;
}
