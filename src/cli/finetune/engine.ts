/** Opens the engine of `oftc finetune`. */
import type { Engine } from '../../finetune/loop/engine.ts';
import { WebGpuEngine } from '../../finetune/loop/webgpu.ts';
import { type AdapterChoice, Model } from '../../finetune/model-run.ts';
import { weightsFrom } from '../../finetune/models/from-files.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { type Io, withProgress } from '../io.ts';
import type { StartingPoint } from './start.ts';

export interface EngineArguments {
  readonly quantize?: string;
  readonly device: 'gpu' | 'cpu';
  readonly batch: number;
  /** The number of tokens in a sequence. */
  readonly length: number;
}

interface Parts {
  readonly files: OpenModel;
  readonly start: StartingPoint;
  /** The adapter's tensors at the start of the run, by path. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** Opens the engine with the weights of the model. Rejects with what `Model.open` rejects with. */
export async function openEngine(args: EngineArguments, parts: Parts, io: Io): Promise<Engine> {
  const weights = weightsFrom(parts.files, args.quantize);
  const model = await withProgress(io, 'Uploading the weights', () =>
    Model.open({
      config: parts.files.config,
      weights,
      device: args.device,
      tokensAtOnce: args.batch * args.length,
      adapter: adapterOf(parts),
    }),
  );
  return new WebGpuEngine(model);
}

const adapterOf = ({ start: { method, targets }, tensors }: Parts): AdapterChoice => ({
  source: method.source,
  ...(method.own ? {} : { config: method.config }),
  dims: method.dims,
  targets,
  tensors: { read: async (name) => tensors.get(name)! },
});
