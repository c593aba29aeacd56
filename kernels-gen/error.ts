/** A program that has no kernels: the message names the value or primitive, the limit and what to change. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
}
