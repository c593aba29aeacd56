/**
 * Bounds the values that a template computes. A list or text beyond the memory of a worker thread would end the whole
 * process, because V8 does not ask before it grows one.
 */
import { Interpreter } from '@huggingface/jinja';
import { limits } from '../../../compiler/limits.ts';

/** The name under which templates get `range`. */
export const RANGE = 'oftc_range';

/** Makes every interpreter of this thread refuse values that are too large, once each is computed. */
export function boundValues(): void {
  const { evaluate } = Interpreter.prototype;
  Interpreter.prototype.evaluate = function (...given: Parameters<typeof evaluate>) {
    const result = evaluate.apply(this, given);
    const { value } = result;
    if (typeof value === 'string') checkLength(value.length, 'characters');
    if (Array.isArray(value)) checkLength(value.length, 'elements of a list');
    return result;
  };
}

function checkLength(length: number, of: string): void {
  const { most } = limits.renderedCharacters;
  if (length > most) throw new RangeError(`it makes ${length} ${of}, more than ${most}`);
}

const isWhole = (n: unknown): n is number => Number.isInteger(n);

/** Python's `range`, whose length is checked before the list is made. */
export function boundedRange(...given: readonly unknown[]): number[] {
  const numbers = given.filter(isWhole);
  const [start, stop, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
  if (stop === undefined || numbers.length < given.length || given.length > 3 || step === 0)
    throw new RangeError('range() takes one to three whole numbers, of which the step is not 0');
  const length = Math.max(0, Math.ceil((stop - start!) / step));
  checkLength(length, 'elements of a list');
  return Array.from({ length }, (_, i) => start! + i * step);
}
