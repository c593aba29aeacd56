/**
 * Tensors of experts, which a model computes as one tensor (experts, …). Its name has `*` where files have the number of
 * an expert.
 */
import { OftcError } from '../../../compiler/errors/error.ts';
import { type Storage, storageName } from '../../../compiler/primitives/storage.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import { type QuantizedTensor, storageOf } from '../../formats/quantized/index.ts';
import { stackNf4 } from '../../formats/quantized/nf4-stack.ts';
import { isNf4 } from '../../formats/quantized/stored.ts';
import type { HostArray, HostTensor } from '../../session/tensors.ts';
import type { Weights } from '../uploads.ts';
import { linearOf } from './linear-layers.ts';
import { EACH } from './modules.ts';

/** The names of the experts' own tensors; undefined for a tensor of all. */
const partsOf = (name: string, { experts }: ModelShape): string[] | undefined =>
  experts && name.includes(`.${EACH}.`)
    ? Array.from({ length: experts.count }, (_, e) => name.replace(`.${EACH}.`, `.${e}.`))
    : undefined;

/** An empty array of another's type. */
function emptyAs(data: HostArray, length: number): HostArray {
  if (data instanceof Int32Array) return new Int32Array(length);
  return data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}

/** The weights, in which the tensors of experts are read as one. Each is copied to its place as it is read. */
export function stackedIn(weights: Weights, c: ModelShape): Weights {
  if (!c.experts) return weights;
  const read = async (name: string): Promise<HostTensor> => {
    const parts = partsOf(name, c);
    if (!parts) return weights.read(name);
    let all: HostTensor | undefined;
    for (const [e, part] of parts.entries()) {
      const { data, shape } = await weights.read(part);
      all ??= { data: emptyAs(data, parts.length * data.length), shape: [parts.length, ...shape] };
      checkSame(part, [parts.length, ...shape], all.shape);
      all.data.set(data, e * data.length);
    }
    return all!;
  };
  const quantised = async (name: string): Promise<QuantizedTensor | undefined> => {
    const parts = partsOf(name, c);
    if (!parts) return weights.quantised?.(name);
    const found: QuantizedTensor[] = [];
    for (const part of parts) {
      const one = await weights.quantised?.(part);
      if (one) found.push(one);
      else if (found.length > 0) throw mixed(part, 'is not quantised, and others of its layer are');
    }
    return found.length === 0 ? undefined : stackOf(name, found);
  };
  return { ...weights, read, quantised };
}

/** Values by path, those of a tensor of experts as each expert's own. */
export const apart = <T extends HostArray>(values: ReadonlyMap<string, T>, c: ModelShape): Map<string, T> =>
  new Map(
    [...values].flatMap(([name, data]): [string, T][] => {
      const parts = partsOf(name, c);
      if (!parts) return [[name, data]];
      const each = data.length / parts.length;
      return parts.map((part, e) => [part, data.subarray(e * each, (e + 1) * each) as T]);
    }),
  );

/** The inverse of `apart`. */
export function together(values: ReadonlyMap<string, HostArray>, c: ModelShape): Map<string, HostArray> {
  const all = new Map<string, HostArray>();
  const expertIn = expertsIn(c);
  for (const [name, data] of values) {
    const { stack, expert } = expertIn(name) ?? {};
    if (stack === undefined) {
      all.set(name, data);
      continue;
    }
    const whole = all.get(stack) ?? emptyAs(data, c.experts!.count * data.length);
    whole.set(data, Number(expert) * data.length);
    all.set(stack, whole);
  }
  return all;
}

/** Finds the expert that a tensor's name is of, and the name of the tensor of all experts. */
function expertsIn(
  c: ModelShape,
): (name: string) => { readonly stack: string; readonly expert: string } | undefined {
  const modules = Object.values(linearOf(c)).flatMap((l) => (l.experts === undefined ? [] : [l.module]));
  const patterns = modules.map((module) => {
    const [before, after] = module.split(EACH).map((part) => part.replaceAll('.', '\\.'));
    return new RegExp(`^(.*\\.${before})(\\d+)(${after}\\..*)$`);
  });
  return (name) => {
    for (const pattern of patterns) {
      const [, before, expert, after] = pattern.exec(name) ?? [];
      if (expert !== undefined) return { stack: `${before}${EACH}${after}`, expert };
    }
    return undefined;
  };
}

function checkSame(name: string, shape: readonly number[], expected: readonly number[]): void {
  if (shape.join() !== expected.join())
    throw new OftcError(
      'OFT6002',
      `'${name}' is (${shape.slice(1).join(', ')}), and other experts' are (${expected.slice(1).join(', ')})`,
    );
}

/** The storage of a stack of experts' weights in a storage. Throws OFT4011 for a form that experts are not held in. */
export function storageOfStack(name: string, storage: Storage): Storage {
  // The scales of a stack are float32.
  if (storage.format === 'nf4') return { format: 'nf4', block: storage.block };
  throw new OftcError(
    'OFT4011',
    `'${name}' cannot be held as ${storageName(storage)}: experts are held as floats or as NF4`,
  );
}

const mixed = (name: string, what: string) =>
  new OftcError('OFT4011', `'${name}' ${what}: experts of a layer are held in one form`);

/** The quantised tensors of experts as one. Throws OFT4011 for a form that experts are not held in. */
function stackOf(name: string, parts: readonly QuantizedTensor[]): QuantizedTensor {
  for (const part of parts) storageOfStack(name, storageOf(part));
  return stackNf4(parts.filter(isNf4), { tensor: name });
}
