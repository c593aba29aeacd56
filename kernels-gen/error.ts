import { CodedError } from '../compiler/errors/coded.ts';

/** A program that has no kernels: the message names the value or primitive, the limit and what to change. */
export class KernelError extends CodedError<'KernelError'> {
  override readonly name = 'KernelError';
  constructor(message: string) {
    super('KernelError', message);
  }
}
