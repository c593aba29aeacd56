/** The part that commands on a trained model share: opening its files, and the adapter used with it. */
import { readTrained } from '../../finetune/adapter-files.ts';
import { Model, type Weights } from '../../finetune/model-run.ts';
import { weightsFrom } from '../../finetune/models/from-files.ts';
import { openModel } from '../../finetune/models/open.ts';
import type { ReadBack, Trust } from '../../finetune/own-files.ts';
import { sitesOf } from '../../finetune/start.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { OpenModel } from '../../formats/model.ts';
import { adapterDivergences } from '../divergence.ts';
import { type Io, printNotes, say, withProgress } from '../io.ts';
import { plansFor } from '../plans.ts';
import { UsageError } from '../usage.ts';

export interface ModelArguments {
  readonly model: string;
  /** The adapter's folder. */
  readonly adapter?: string;
  /** Whether to run the author's code that defines the adapter, if only that code defines it. */
  readonly trustCode?: boolean;
  readonly device: 'gpu' | 'cpu';
  /** The form to hold the projections in, of a model that is not quantised. */
  readonly quantize?: string;
}

export interface Opened {
  readonly files: OpenModel;
  readonly config: ModelShape;
  readonly adapter: ReadBack | undefined;
  readonly weights: Weights;
}

/** Opens the model and the adapter, warns of diverging series, does the work, and closes the files. */
export async function withFiles<T>(
  args: ModelArguments,
  io: Io,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const files = await openModel(args.model);
  try {
    printNotes(io, files.notes);
    const config = files.config;
    const adapter =
      args.adapter === undefined ? undefined : await readTrained(args.adapter, files, trustOf(args, io));
    printNotes(io, adapter?.notes ?? []);
    if (adapter)
      for (const warning of await adapterDivergences(sitesOf(config, adapter.choice), adapter.choice.tensors))
        say(io, `warning: ${warning}`);
    return await work({ files, config, adapter, weights: weightsFrom(files, args.quantize) });
  } finally {
    await files.close();
  }
}

/** Throws UsageError for a --length of more tokens than the model has positions. */
export function checkLength({ length }: { readonly length: number }, { maxPositions }: ModelShape): void {
  if (length > maxPositions)
    throw new UsageError(`--length ${length} is more than the ${maxPositions} positions of the model`);
}

/** With --trust-code, a function that announces the author's code before it runs. */
export const trustOf = ({ trustCode }: Pick<ModelArguments, 'trustCode'>, io: Io): Trust | undefined =>
  trustCode ? (what) => say(io, what) : undefined;

/** Makes the model on the device and does the work. `tokens` is the length of the longest batch to come. */
export async function withModel<T>(
  { config, adapter, weights }: Opened,
  { device, tokens }: { readonly device: 'gpu' | 'cpu'; readonly tokens: number },
  io: Io,
  work: (model: Model) => Promise<T>,
): Promise<T> {
  const model = await withProgress(io, 'Uploading the weights', () =>
    Model.open({
      config,
      weights,
      device,
      tokensAtOnce: tokens,
      plans: plansFor(io),
      ...(adapter ? { adapter: adapter.choice } : {}),
    }),
  );
  try {
    return await work(model);
  } finally {
    model.dispose();
  }
}
