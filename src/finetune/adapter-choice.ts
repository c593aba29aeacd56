/** Checks an adapter's tensors against the layer that they belong to, and passes them to a model by path. */
import { evalDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { isSeeded, matrixOf } from '../../compiler/ir/init.ts';
import type { InputNode } from '../../compiler/ir/node.ts';
import { wrongPosition } from '../../runtime/positions.ts';
import type { ModelConfig } from '../formats/config/model-config.ts';
import { FormatError } from '../formats/error.ts';
import { shownShape } from '../formats/safetensors/error.ts';
import type { HostTensor } from '../session/tensors.ts';
import type { Method } from './methods.ts';
import type { AdapterChoice } from './model-run.ts';
import type { Target } from './models/linear-layers.ts';
import { seededOf, sitesOf, type TargetModule, tensorPath } from './start.ts';

/**
 * Adds the tensors that follow from a seed. Throws InvalidAdapter unless the others are those of the layer on this
 * model, with their shapes, dtypes and, for permutations, values.
 */
export function checkFits(
  values: Map<string, HostTensor>,
  choice: AdapterChoice,
  config: ModelConfig,
  file: string,
): void {
  const refuse = (name: string | undefined, problem: string, cause?: unknown) =>
    new FormatError(
      'InvalidAdapter',
      { file, name, cause },
      problem,
      'Use the model that it was trained on, and take all files of the adapter from one training.',
    );
  let sites: TargetModule[];
  try {
    sites = sitesOf(config, choice);
  } catch (cause) {
    if (!(cause instanceof OftcError)) throw cause;
    throw refuse(undefined, `it does not fit the model: ${cause.message}`, cause);
  }
  for (const [path, tensor] of seededOf(sites)) {
    if (values.has(path)) throw refuse(path, 'it follows from a seed, and a file does not store it');
    values.set(path, tensor);
  }
  const wanted = new Map(
    sites.flatMap(({ module, adapted }) =>
      adapted.own.map((i): [string, InputNode] => [tensorPath(module, i), i]),
    ),
  );
  for (const [name, { type, init }] of wanted) {
    const shape = type.shape.map((d) => evalDim(d, {}));
    const found = values.get(name);
    if (!found) throw refuse(name, 'the tensor is missing');
    if (shownShape(found.shape) !== shownShape(shape))
      throw refuse(name, `it is ${shownShape(found.shape)}, and on this model ${shownShape(shape)} is meant`);
    if (found.data instanceof Int32Array !== (type.dtype === 'i32'))
      throw refuse(name, `its elements are ${type.dtype === 'i32' ? 'no integers' : 'integers'}`);
    if (init === 'permutation' && !permutes(found)) throw refuse(name, 'it is no permutation');
  }
  for (const site of sites) checkPositions(site, values, file);
  const extra = [...values.keys()].find((name) => !wanted.has(name));
  if (extra !== undefined) throw refuse(extra, 'the model has no such tensor to adapt');
}

/** Throws InvalidAdapter unless a module's positions are distinct places of their matrix, in row-major order. */
export function checkPositions(
  { module, adapted }: TargetModule,
  values: ReadonlyMap<string, HostTensor>,
  file: string,
): void {
  for (const i of adapted.own) {
    const of = i.init === undefined || isSeeded(i.init) ? undefined : matrixOf(i.init);
    if (of === undefined) continue;
    const [rows, columns] = adapted.program.inputs
      .find((p) => p.name === of)!
      .type.shape.map((d) => evalDim(d, {})) as [number, number];
    const { data, shape } = values.get(tensorPath(module, i))!;
    const wrong = wrongPosition(data, shape[1]!, [rows, columns]);
    if (wrong === undefined) continue;
    throw new FormatError(
      'InvalidAdapter',
      { file, name: tensorPath(module, i) },
      wrong,
      'Store distinct positions in row-major order, as PEFT does, and their values in the same order.',
    );
  }
}

/** Whether each row (last axis) is a permutation of 0 to n − 1. */
function permutes({ data, shape }: HostTensor): boolean {
  const n = shape.at(-1)!;
  const seen = new Set<number>();
  for (const [k, index] of data.entries()) if (index >= 0 && index < n) seen.add(k - (k % n) + index);
  return seen.size === data.length;
}

/** An adapter's method and tensors, in the form that a model takes. */
export function choiceOf(
  { source, config, dims, own }: Method,
  targets: readonly Target[],
  values: ReadonlyMap<string, HostTensor>,
  folder: string,
): AdapterChoice {
  const read = async (name: string): Promise<HostTensor> => {
    const found = values.get(name);
    if (found) return found;
    const remedy = 'Take all files of the adapter from one training.';
    throw new FormatError('InvalidAdapter', { file: folder, name }, 'the tensor is missing', remedy);
  };
  return { source, ...(own ? {} : { config }), dims, targets, tensors: { read } };
}
