/** Checks the numbers of every quantisation scheme. */
import { shown } from '../../../runtime/arguments.ts';
import { memoryProblem } from '../../../runtime/arrays.ts';
import { shownShape } from '../safetensors/error.ts';
import { companion, type ErrorLocation, QuantizationError } from './error.ts';

/** The number of elements of a shape. Throws InvalidWeight for a shape that is empty or has no elements. */
export function elementsOf(shape: readonly number[], at: ErrorLocation): number {
  const sizes: readonly unknown[] = Array.isArray(shape) ? [...(shape as readonly unknown[])] : [];
  const isSize = (size: unknown): boolean => typeof size === 'number' && Number.isInteger(size) && size > 0;
  const counted = sizes.length > 0 && sizes.every(isSize);
  const elements = counted ? shape.reduce((product, size) => product * size, 1) : Number.NaN;
  if (Number.isSafeInteger(elements)) return elements;
  throw new QuantizationError(
    'InvalidWeight',
    at,
    `shape ${Array.isArray(shape) ? shownShape(sizes.map(shown)) : shown(shape)} is not a list of whole numbers above 0 whose product can be counted`,
    'Give the shape of the weight.',
  );
}

/** The number of elements of a matrix. Throws InvalidWeight for any other shape. */
export function elementsOfMatrix(shape: readonly number[], at: ErrorLocation): number {
  const elements = elementsOf(shape, at);
  if (shape.length === 2) return elements;
  throw new QuantizationError(
    'InvalidWeight',
    at,
    `shape ${shownShape(shape)} is not that of a matrix`,
    'Reshape the weight to rows and columns.',
  );
}

/** Returns a weight or options. Throws InvalidPacking for a value that is no object. */
export function partsOf<T extends object>(value: T, at: ErrorLocation): T {
  if (typeof value === 'object' && value !== null) return value;
  throw new QuantizationError(
    'InvalidPacking',
    at,
    `it is ${shown(value)}, not an object`,
    'Give what quantize() or a checkpoint gives.',
  );
}

/** Throws `code` unless the value is a typed array whose elements can be read. */
function checkArray(values: unknown, code: 'CompanionDtype' | 'InvalidWeight', at: ErrorLocation): void {
  const isArray = ArrayBuffer.isView(values) && !(values instanceof DataView);
  const problem = isArray ? memoryProblem(values) : `is ${shown(values)}, not a typed array`;
  if (problem !== undefined)
    throw new QuantizationError(code, at, `it ${problem}`, 'Give the array that the weight was made with.');
}

/** Checks weights to be quantised: as many as the shape says, all finite. Throws InvalidWeight. */
export function checkWeights(values: Float32Array, shape: readonly number[], at: ErrorLocation): void {
  const elements = elementsOf(shape, at);
  checkArray(values, 'InvalidWeight', at);
  if (values.length !== elements) {
    throw new QuantizationError(
      'InvalidWeight',
      at,
      `shape ${shownShape(shape)} has ${elements} elements and ${values.length} are given`,
      'Correct the shape, or pass the whole weight.',
    );
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new QuantizationError(
      'InvalidWeight',
      at,
      `element ${wrong} is ${values[wrong]}, and no block that holds it has a scale`,
      'Quantise weights that are all finite.',
    );
  }
}

/** Checks that a weight's companions are typed arrays whose elements can be read. Throws CompanionDtype. */
export function checkCompanions(companions: Readonly<Record<string, unknown>>, at: ErrorLocation): void {
  for (const [name, values] of Object.entries(companions))
    checkArray(values, 'CompanionDtype', companion(at, name));
}

/** Checks for a typed array of `length` values. Throws CompanionDtype or CompanionLength; `because` is the reason. */
export function checkLength(
  values: { readonly length: number },
  length: number,
  because: string,
  at: ErrorLocation,
) {
  checkArray(values, 'CompanionDtype', at);
  checkCount(values, length, because, at);
}

/** Checks for `length` values without reading them. Throws CompanionLength; `because` is the reason. */
export function checkCount(
  values: { readonly length: number },
  length: number,
  because: string,
  at: ErrorLocation,
) {
  if (values.length === length) return;
  throw new QuantizationError(
    'CompanionLength',
    at,
    `it must have ${length} elements (${because}) and has ${values.length}`,
    'Take the weight and its companions from one checkpoint.',
  );
}

/** Checks that scales are finite, and not below 0 unless `signed`. Throws CompanionDtype or InvalidScale. */
export function checkScales(scales: Float32Array, signed: boolean, at: ErrorLocation): void {
  checkArray(scales, 'CompanionDtype', at);
  const wrong = scales.findIndex((scale) => !Number.isFinite(scale) || (!signed && scale < 0));
  if (wrong < 0) return;
  throw new QuantizationError(
    'InvalidScale',
    at,
    `element ${wrong} is ${scales[wrong]}, and a scale is finite${signed ? '' : ' and not negative'}`,
    'The file is damaged: download or quantise it again.',
  );
}

/** As `checkWeights`, and throws InvalidWeight for a shape that is not that of a matrix. */
export function checkMatrix(values: Float32Array, shape: readonly number[], at: ErrorLocation): void {
  elementsOfMatrix(shape, at);
  checkWeights(values, shape, at);
}

/** Checks that a code book has `length` rising values in [−1, 1]. Throws CompanionDtype or InvalidCodeBook. */
export function checkCodeBook(book: Float32Array, length: number, at: ErrorLocation): void {
  checkArray(book, 'CompanionDtype', at);
  const falls = book.findIndex((value, i) => i > 0 && !(value > book[i - 1]!));
  const problem =
    book.length !== length
      ? `a code book of ${length} values is expected and has ${book.length}`
      : falls >= 0
        ? `a code book rises, and element ${falls} (${book[falls]}) is not above the one before (${book[falls - 1]})`
        : book[0]! >= -1 && book[length - 1]! <= 1
          ? undefined
          : `a code book lies in [-1, 1] and this one in [${book[0]}, ${book[length - 1]}]`;
  if (problem === undefined) return;
  throw new QuantizationError(
    'InvalidCodeBook',
    at,
    problem,
    'Take the code book from the checkpoint that the weight is from.',
  );
}

/** The dequantised values. Throws InvalidScale for an overflow, which a scale near the largest float32 causes. */
export function checkDequantized(values: Float32Array, at: ErrorLocation): Float32Array {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return values;
  throw new QuantizationError(
    'InvalidScale',
    at,
    `element ${wrong} of the dequantised weight overflows float32`,
    'Its scale is too large: the file is damaged, or the weight must be scaled down before it is quantised.',
  );
}
