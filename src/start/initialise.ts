/** Makes a new adapter: every parameter gets the initial value that its declaration states. */
import { type Binding, dimNames, evalDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { solveDims } from '../../compiler/ir/bind.ts';
import { matrixOf, singularOf } from '../../compiler/ir/init.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';
import { emptyRecord } from '../../compiler/records.ts';
import { arrayName, memoryProblem } from '../../runtime/arrays.ts';
import { encodeF16 } from '../formats/safetensors/half.ts';
import { fieldsOf, optionsOf, shapeOf, tensorsOf, wrongArgument } from '../language/arguments.ts';
import { loadProgram, type Source } from '../language/load.ts';
import type { HostArray, HostTensor } from '../session/tensors.ts';
import { noStart, withoutStart } from './missing.ts';
import { type MatrixSize, placesIn } from './positions.ts';
import { random } from './random.ts';
import { axisOf, Decompositions, type Starting, startValues } from './values.ts';

const HOST_ARRAYS: ReadonlySet<string> = new Set([
  'Float32Array',
  'Float64Array',
  'Int32Array',
  'Uint16Array',
]);

export interface InitialiseOptions {
  /** The exported layer of a file; needed if the file exports several. */
  readonly layer?: string;
  readonly config?: object;
  /** Sizes of dimensions, except for those that `where` and the frozen tensors imply. */
  readonly dims?: Binding;
  /** Frozen tensors of the model, which starts may refer to: DoRA's magnitudes are the row norms of W. */
  readonly frozen?: Readonly<Record<string, HostTensor>>;
  /** The seed of the random numbers, which are the same on every machine. */
  readonly seed: number;
}

/**
 * Makes the initial values of a layer's trainables, and of those frozen parameters that have a start and are not
 * given, in order of declaration. Random numbers are mulberry32's from `seed`, and normal ones are made of them by Box
 * and Muller. Elements are drawn row-major, one parameter after another, and rounded to the dtype. Singular vectors
 * depend on the matrix alone, not on the seed. Throws OFT1036 for a trainable that states no start, or a size or a
 * matrix that its start does not allow, OFT30xx for sizes, OFT4001 for a missing tensor that a start refers to,
 * OFT4004 for a length that is not its shape's, and OFT4016 for an option of the wrong kind.
 */
export function initialise(source: Source, options: InitialiseOptions): Record<string, HostTensor> {
  const { layer, config, frozen = {}, dims = {}, seed } = checked(options);
  const { program } = loadProgram(source, { layer, config, dims });
  const shapes = Object.fromEntries(Object.entries(frozen).map(([name, t]) => [name, t.shape]));
  const starting = checkStarts(program, solveDims(program, dims, shapes), Object.keys(frozen));
  const next = random(seed);
  const decompositions = new Decompositions(starting);
  const made = emptyRecord<HostTensor>();
  for (const s of starting) {
    const values = startValues(s, next, { ...frozen, ...made }, decompositions);
    made[s.input.name] = { data: stored(s.input, values), shape: s.shape };
  }
  return made;
}

/** The options with checked kinds. Throws OFT4016 for a wrong one. */
function checked(given: InitialiseOptions): InitialiseOptions {
  const options = optionsOf(given, 'the options of initialise()');
  const { layer, config, dims, frozen, seed } = options;
  if (!Number.isSafeInteger(seed)) throw wrongArgument('the option seed', 'a whole number', seed);
  if (layer !== undefined && typeof layer !== 'string')
    throw wrongArgument('the option layer', 'the name of an exported layer', layer);
  if (config !== undefined) fieldsOf(config, 'the option config', 'an object of settings');
  if (dims !== undefined) fieldsOf(dims, 'the option dims', 'an object of sizes by name');
  const tensors = frozen === undefined ? {} : tensorsOf(frozen, 'the option frozen');
  for (const [name, tensor] of Object.entries(tensors)) checkHost(`frozen tensor '${name}'`, tensor);
  return options;
}

/** Throws OFT4016 for a value that is no tensor. The number of elements is checked when a start reads them. */
function checkHost(where: string, tensor: HostTensor): void {
  const { data, shape } = fieldsOf(tensor, where, 'an object { data, shape }');
  shapeOf(shape, `the shape of ${where}`);
  if (!ArrayBuffer.isView(data) || !HOST_ARRAYS.has(arrayName(data)))
    throw wrongArgument(`the data of ${where}`, `one of ${[...HOST_ARRAYS].join(', ')}`, data);
  const problem = memoryProblem(data);
  if (problem !== undefined) throw new OftcError('OFT4016', `${where} ${problem}`);
}

const PRODUCT =
  '. Of two that multiply each other, start one as { kaiming: 1 }: where both are zero, neither has a gradient';

/**
 * The parameters that need an initial value: all trainables, and frozen ones with a start that are not `given`. Throws
 * OFT1036 for a trainable without a start or a size that a start does not allow, OFT3006 for a shape that sizes do not
 * determine.
 */
export function checkStarts(program: Program, sizes: Binding, given: readonly string[] = []): Starting[] {
  const lacking = withoutStart(program);
  if (lacking.length > 0)
    throw new OftcError(
      'OFT1036',
      `${noStart(lacking, ` of '${program.name}'`)}: trainable(…, { init: 'zeros' })${lacking.length > 1 ? PRODUCT : ''}`,
      lacking[0]!.spans,
    );
  return program.inputs.flatMap((input): Starting[] => {
    const { init, name, role } = input;
    if (init === undefined || (role === 'frozen' && given.includes(name))) return [];
    const shape = shapeAt(program.name, input, sizes);
    const of = program.inputs.find((p) => p.name === matrixOf(init));
    const matrix = of && (shapeAt(program.name, of, sizes) as unknown as MatrixSize);
    const after = program.inputs.find((i) => i.name === singularOf(init)?.after);
    const skip = after ? shapeAt(program.name, after, sizes)[axisOf(singularOf(init)!.factor)]! : 0;
    const starting = { input, init, shape, skip, ...(matrix ? { matrix } : {}) };
    checkSize(program, starting, sizes);
    return [starting];
  });
}

function checkSize(
  program: Program,
  { input: i, init, shape, matrix, skip }: Starting,
  sizes: Binding,
): void {
  const refuse = (what: string) => new OftcError('OFT1036', `'${i.name}' starts as ${what}`, i.spans);
  if (typeof init === 'object' && 'pairs' in init && shape[init.pairs]! % 2 !== 0)
    throw refuse(
      `pairs along axis ${init.pairs}, which has ${shape[init.pairs]} of them: choose an even size`,
    );
  const { diagonal, halves } = typeof init === 'object' && 'positions' in init ? init : {};
  if (halves && matrix?.some((n) => n % 2 !== 0))
    throw refuse(`positions of interleaved halves of a matrix of ${matrix.join('×')}: choose even sizes`);
  const places = matrix && placesIn(matrix, diagonal);
  if (places !== undefined && shape[1]! > places)
    throw refuse(
      `${shape[1]} positions ${diagonal ? 'off the diagonal ' : ''}of a matrix of ${matrix![0]}×${matrix![1]}: choose at most ${places}`,
    );
  const singular = singularOf(init);
  if (!singular) return;
  const of = shapeAt(program.name, program.inputs.find((p) => p.name === singular.of)!, sizes);
  const [count, most] = [skip + shape[axisOf(singular.factor)]!, Math.min(...of)];
  if (count > most)
    throw refuse(
      `${count} singular vectors of '${singular.of}', which is (${of.join(', ')}) and has ${most}: choose a size of at most ${most}`,
    );
}

function shapeAt(layer: string, i: InputNode, sizes: Binding): number[] {
  const open = [...new Set(i.type.shape.flatMap(dimNames))].filter((n) => !Object.hasOwn(sizes, n));
  if (open.length > 0)
    throw new OftcError(
      'OFT3006',
      `the shape of '${i.name}' of '${layer}' depends on ${open.join(', ')}: give { dims: { ${open.join(': …, ')}: … } }`,
      i.spans,
    );
  return i.type.shape.map((d) => evalDim(d, sizes));
}

function stored({ type }: InputNode, values: ArrayLike<number>): HostArray {
  if (type.dtype === 'i32') return Int32Array.from(values);
  return type.dtype === 'f16' ? encodeF16(values) : Float32Array.from(values);
}
