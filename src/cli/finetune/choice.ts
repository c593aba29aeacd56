/** The adapter that an engine computes with, of a run's start. */
import type { AdapterChoice } from '../../finetune/model-run.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { HostTensor } from '../../session/tensors.ts';
import type { Found } from './engine-arguments.ts';
import type { StartingPoint } from './start.ts';

/** The files, the start and the tensors that an engine is opened with. */
export interface Parts {
  readonly found: Found;
  readonly files: OpenModel;
  readonly start: StartingPoint;
  /** The adapter's tensors at the start of the run, by path. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

export const adapterOf = (
  { start: { method, targets, dropout: p }, tensors }: Pick<Parts, 'start' | 'tensors'>,
  seed: number,
): AdapterChoice => ({
  source: method.source,
  ...(method.own ? {} : { config: method.config }),
  dims: method.dims,
  targets,
  ...(p > 0 ? { dropout: { p, seed } } : {}),
  tensors: { read: async (name) => tensors.get(name)! },
});
