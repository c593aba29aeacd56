/** Opens the engine of `oftc finetune`. */
import type { Engine } from '../../finetune/loop/engine.ts';
import { WebGpuEngine } from '../../finetune/loop/webgpu.ts';
import { Model } from '../../finetune/model-run.ts';
import { weightsFrom } from '../../finetune/models/from-files.ts';
import { findPython } from '../../finetune/torch/python.ts';
import { type Io, say, withProgress } from '../io.ts';
import { checkPlace } from '../options.ts';
import { pythonLibrary, versionOf } from '../package.ts';
import { plansFor } from '../plans.ts';
import { UsageError } from '../usage-error.ts';
import { adapterOf, type Parts } from './choice.ts';
import type { EngineArguments, Found } from './engine-arguments.ts';
import type { Named } from './named.ts';

/**
 * Checks the options, and finds Python. Throws UsageError for options of another engine, and for fewer sequences in a
 * batch than processes; rejects with OFT6014.
 */
export async function findEngine(args: EngineArguments, named: Named): Promise<Found> {
  const { engine, processes, fsdp, batch, activations, evalGenerate } = args;
  checkPlace(args);
  const [other] = [processes === undefined ? '' : named('processes'), fsdp ? named('fsdp') : ''].filter(
    Boolean,
  );
  if (engine !== 'torch' && other)
    throw new UsageError(`${other} is of PyTorch: add --engine torch, or leave ${other} out`);
  if (processes !== undefined && processes > batch)
    throw new UsageError(
      `a batch of ${batch} ${batch === 1 ? 'sequence' : 'sequences'} has too few for ${named('processes', processes)}: give --batch ${processes} or more, or fewer processes`,
    );
  if (activations === 'f16' && engine === 'torch')
    throw new UsageError(
      `${named('activations', activations)} is of WebGPU, and PyTorch computes in float32: leave out one of both`,
    );
  if (activations === 'f16' && evalGenerate)
    throw new UsageError(
      `${named('eval-generate')} continues prompts in float32: leave it out, or ${named('activations', activations)}`,
    );
  return { python: engine === 'torch' ? await findPython() : undefined };
}

/** Opens the engine with the weights of the model. Rejects as `Model.open` and `TorchEngine.open` do. */
export async function openEngine(args: EngineArguments, parts: Parts, io: Io): Promise<Engine> {
  const weights = weightsFrom(parts.files, args.quantize);
  const adapter = adapterOf(parts, args.seed);
  const { python } = parts.found;
  if (python !== undefined) {
    const options = {
      ...{ files: parts.files, weights, adapter, version: versionOf('oftc'), device: args.device },
      ...{ python, library: pythonLibrary() },
      ...{ processes: args.processes ?? 1, fsdp: args.fsdp ?? false, generates: args.evalGenerate ?? false },
      tell: (line: string) => say(io, line),
    };
    const { TorchEngine } = await import('../../finetune/torch/engine.ts');
    return await withProgress(io, 'Printing the model', () => TorchEngine.open(options));
  }
  const model = await withProgress(io, 'Uploading the weights', () =>
    Model.open({
      config: parts.files.config,
      weights,
      device: args.device,
      tokensAtOnce: args.batch * args.length,
      plans: plansFor(io),
      activations: args.activations,
      adapter,
    }),
  );
  return new WebGpuEngine(model);
}
