/** A new adapter: every trainable at the start its declaration states. */
import { solveDims } from '../compiler/ir/bind.ts';
import { type Binding, dimNames, evalDim } from '../compiler/ir/dims.ts';
import { OftcError } from '../compiler/ir/error.ts';
import type { Draw, Init } from '../compiler/ir/init.ts';
import type { InputNode } from '../compiler/ir/node.ts';
import { random } from './check/values.ts';
import { decodeF16, encodeF16 } from './formats/safetensors/half.ts';
import { loadProgram, type Source } from './load.ts';
import type { HostTensor } from './tensors.ts';

export interface InitialiseOptions {
  /** Which exported layer of a file; needed when it exports several. */
  readonly layer?: string;
  readonly config?: object;
  /** Sizes of dimensions; those that `where` and the frozen tensors imply may be left out. */
  readonly dims?: Binding;
  /** Parameters that starts refer to: DoRA's magnitudes are the row norms of W. */
  readonly frozen?: Readonly<Record<string, HostTensor>>;
  /** The same seed gives the same adapter on every machine. */
  readonly seed: number;
}

/**
 * The trainables of a layer by name, in order of declaration. Random numbers are mulberry32's from `seed`, normal
 * ones by Box and Muller; elements are drawn row-major, one parameter after another, and rounded to the dtype.
 * Throws OFT1036 for a trainable that states no start or a size that its start does not allow, OFT30xx for sizes.
 */
export function initialise(source: Source, options: InitialiseOptions): Record<string, HostTensor> {
  const { program } = loadProgram(source, options);
  const { frozen = {}, dims = {}, seed } = options;
  const sizes = solveDims(
    program,
    dims,
    Object.fromEntries(Object.entries(frozen).map(([name, t]) => [name, t.shape])),
  );
  const next = random(seed);
  const made: Record<string, HostTensor> = {};
  for (const i of program.inputs.filter((p) => p.role === 'trainable')) {
    const shape = shapeAt(program.name, i, sizes);
    if (i.init === undefined)
      throw new OftcError(
        'OFT1036',
        `'${i.name}' of '${program.name}' does not say how it starts: trainable(…, { init: 'zeros' })`,
        i.spans,
      );
    const values = start(i, i.init, shape, next, { ...frozen, ...made });
    made[i.name] = {
      data: i.type.dtype === 'f16' ? encodeF16(values) : Float32Array.from(values),
      shape,
    };
  }
  return made;
}

function shapeAt(layer: string, i: InputNode, sizes: Binding): number[] {
  const open = [...new Set(i.type.shape.flatMap(dimNames))].filter((n) => !(n in sizes));
  if (open.length > 0)
    throw new OftcError(
      'OFT3006',
      `the shape of '${i.name}' of '${layer}' depends on ${open.join(', ')}: give { dims: { ${open.join(': …, ')}: … } }`,
      i.spans,
    );
  return i.type.shape.map((d) => evalDim(d, sizes));
}

const product = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1);

function start(
  i: InputNode,
  init: Init,
  shape: readonly number[],
  next: () => number,
  known: Readonly<Record<string, HostTensor>>,
): ArrayLike<number> {
  const count = product(shape);
  if (init === 'zeros') return new Float64Array(count);
  if (init === 'ones') return new Float64Array(count).fill(1);
  if (init === 'identity') {
    const n = shape.at(-1)!;
    return Float64Array.from({ length: count }, (_, k) => (Math.floor(k / n) % n === k % n ? 1 : 0));
  }
  if ('pairs' in init) return inPairs(i, init, shape, next);
  if ('same' in init) return valuesOf(i, init.same, known);
  if ('rowNorms' in init) {
    const of = valuesOf(i, init.rowNorms, known);
    const width = count === 0 ? 0 : of.length / count;
    return Float64Array.from({ length: count }, (_, row) =>
      Math.sqrt(
        Array.from({ length: width }, (_, j) => of[row * width + j]! ** 2).reduce((a, b) => a + b, 0),
      ),
    );
  }
  return draw(init, shape, next);
}

function draw(init: Draw, shape: readonly number[], next: () => number): Float64Array {
  const element = drawer(init, shape, next);
  return Float64Array.from({ length: product(shape) }, element);
}

function drawer(init: Draw, shape: readonly number[], next: () => number): () => number {
  if ('normal' in init)
    return () => init.normal * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const bound = 'uniform' in init ? init.uniform : 1 / Math.sqrt(shape[init.kaiming]!);
  return () => bound * (2 * next() - 1);
}

/** Draws half as many vectors along the axis and takes each twice. */
function inPairs(
  i: InputNode,
  init: { readonly pairs: number; readonly of: Draw },
  shape: readonly number[],
  next: () => number,
): Float64Array {
  const size = shape[init.pairs]!;
  if (size % 2 !== 0)
    throw new OftcError(
      'OFT1036',
      `'${i.name}' starts as pairs along axis ${init.pairs}, which has ${size} of them: choose an even size`,
      i.spans,
    );
  const half = draw(init.of, shape.with(init.pairs, size / 2), next);
  const inner = product(shape.slice(init.pairs + 1));
  return Float64Array.from({ length: product(shape) }, (_, k) => {
    const [outer, along, rest] = [Math.floor(k / (inner * size)), Math.floor(k / inner) % size, k % inner];
    return half[(outer * (size / 2) + Math.floor(along / 2)) * inner + rest]!;
  });
}

/** A parameter's values. Throws OFT4001 where the caller did not give it, OFT4004 where its shape says another length. */
function valuesOf(
  i: InputNode,
  name: string,
  known: Readonly<Record<string, HostTensor>>,
): ArrayLike<number> {
  const tensor = known[name];
  if (!tensor)
    throw new OftcError(
      'OFT4001',
      `'${i.name}' starts from the values of '${name}': give it, { frozen: { ${name} } }`,
      i.spans,
    );
  if (tensor.data.length !== product(tensor.shape))
    throw new OftcError(
      'OFT4004',
      `tensor '${name}' has shape [${tensor.shape.join(', ')}] but ${tensor.data.length} elements`,
      i.spans,
    );
  return tensor.data instanceof Uint16Array ? decodeF16(tensor.data) : tensor.data;
}
