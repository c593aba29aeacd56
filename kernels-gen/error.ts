import { CodedError } from '../compiler/errors/coded.ts';

/**
 * The error for a program that kernels cannot compute. Its message names the value or primitive, the limit and the
 * remedy.
 */
export class KernelError extends CodedError<'KernelError'> {
  override readonly name = 'KernelError';
  constructor(message: string) {
    super('KernelError', message);
  }
}
