/** The report of `oftc plan` on the training of an image classifier. */
import { join } from 'node:path';
import { DEVICES } from '../../../compiler/devices/index.ts';
import { moduleAdapters } from '../../finetune/by-module.ts';
import { modulesNamed } from '../../finetune/images/image-start.ts';
import { imageSites } from '../../finetune/images/saved.ts';
import { classifierShapes, vitLinear, vitWeights } from '../../finetune/images/vit.ts';
import { BARE, CLASS, tokensOf, type VitShape } from '../../finetune/images/vit-config.ts';
import { methodOf } from '../../finetune/methods.ts';
import type { PeftAssumptions } from '../../finetune/sized/assumptions.ts';
import { deviceOf } from '../../finetune/sized/device.ts';
import { planImageTraining } from '../../finetune/sized/images.ts';
import { trainedIn } from '../../finetune/sized/training.ts';
import { type Io, printNotes, withProgress } from '../io.ts';
import { plansFor } from '../plans.ts';
import { UsageError } from '../usage-error.ts';
import type { AskedMethod } from './compared.ts';
import type { PlannedMethod, PlanReport } from './report.ts';

export interface ImagePlanArguments {
  readonly model: string;
  readonly layer?: string;
  readonly targets: readonly string[];
  readonly quantize?: string;
  readonly batch: number;
  readonly accumulate: number;
  readonly device: string;
  readonly binding?: number;
  readonly accounting: 'oftc' | 'peft' | 'both';
}

const count = (shapes: Iterable<readonly number[]>): number =>
  [...shapes].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** Plans each method, with the model's own classes, or two where it has none. */
export async function imageReport(
  read: VitShape,
  asked: readonly (AskedMethod & { readonly shown: string })[],
  assumptions: PeftAssumptions,
  args: ImagePlanArguments,
  io: Io,
): Promise<PlanReport> {
  if (args.accounting === 'peft')
    throw new UsageError(
      '--accounting peft is not of image classifiers: PEFT’s memory is estimated for decoders alone',
    );
  const config = read.isBare ? { ...read, labels: ['0', '1'] } : read;
  if (read.isBare) printNotes(io, ['the model has no classifier, and one of 2 classes is planned']);
  const device = deviceOf(DEVICES[args.device]!, args.binding);
  const isAll = args.targets.some((word) => word.toLowerCase() === 'all-linear');
  const targets = modulesNamed(config, isAll ? undefined : args.targets, join(args.model));
  const methods: PlannedMethod[] = [];
  for (const { name, settings, shown } of asked) {
    const { source, config: chosen, dims } = methodOf(name, settings, args.layer);
    const adapter = { source, config: chosen, dims, targets };
    const { batch, accumulate, quantize } = args;
    const options = { config, adapter, batch, accumulate, quantize, device, plans: plansFor(io) };
    const plan = await withProgress(io, `Compiling ${shown}`, () => planImageTraining(options));
    const sites = imageSites({ config, adapters: moduleAdapters(vitLinear(config), adapter) });
    const trained = trainedIn(sites) + count(classifierShapes(config).values());
    methods.push({ name: shown, trained, oftc: plan, peft: undefined });
  }
  return {
    model: {
      name: undefined,
      architecture: read.isBare ? BARE : CLASS,
      parameters: count(vitWeights(config).values()),
      blocks: config.layers,
      quantization: args.quantize,
    },
    targets,
    ...{ batch: args.batch, length: tokensOf(config), accumulate: args.accumulate },
    device: { class: args.device, binding: device.limits.maxStorageBufferBindingSize },
    assumptions,
    methods,
  };
}
