/** Stacks NF4 weights of one shape, such as those of experts, into one weight with an axis of them in front. */
import { elementsOf } from './checks.ts';
import { type ErrorLocation, QuantizationError } from './error.ts';
import { type Nf4Tensor, nf4Absmax } from './nf4.ts';

/**
 * The stack of NF4 weights, with the values that they have. Each doubly quantised weight has an offset of its own, so
 * that the scales of a stack are float32. Throws InvalidPacking where a block would span two weights, or for weights of
 * several shapes, dtypes or block sizes.
 */
export function stackNf4(parts: readonly Nf4Tensor[], at: ErrorLocation): Nf4Tensor {
  const [first] = parts as readonly [Nf4Tensor, ...Nf4Tensor[]];
  const { shape, dtype, blocksize, codeBook } = first;
  const key = ({ shape: s, dtype: d, blocksize: b, codeBook: book }: Nf4Tensor) => `${s} ${d} ${b} ${book}`;
  const refuse = (problem: string) =>
    new QuantizationError('InvalidPacking', at, problem, 'Leave the experts unquantised.');
  if (parts.some((p) => key(p) !== key(first)))
    throw refuse('experts have weights of several shapes, dtypes or block sizes');
  const elements = elementsOf(shape, at);
  if (elements % blocksize !== 0)
    throw refuse(
      `an expert's ${elements} weights do not fill blocks of ${blocksize}, and a block would span two experts`,
    );
  const packed = new Uint8Array((parts.length * elements) / 2);
  const values = new Float32Array((parts.length * elements) / blocksize);
  for (const [n, part] of parts.entries()) {
    packed.set(part.packed, (n * elements) / 2);
    values.set(nf4Absmax(part, at), (n * elements) / blocksize);
  }
  return {
    ...{ shape: [parts.length, ...shape], dtype, blocksize, packed, codeBook },
    absmax: { kind: 'plain', values },
  };
}
