/** `oftc plan`: the memory and the operations of training, from a configuration alone. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DEVICES } from '../../../compiler/devices/index.ts';
import { aboveLimit, limits } from '../../../compiler/limits.ts';
import { isVit, parseVitConfig, type VitShape } from '../../finetune/images/vit-config.ts';
import { methodOf } from '../../finetune/methods.ts';
import { parseModelConfig } from '../../finetune/models/config.ts';
import { shortNames } from '../../finetune/models/linear-layers.ts';
import { parametersOf } from '../../finetune/models/weights.ts';
import type { PeftAssumptions } from '../../finetune/sized/assumptions.ts';
import { deviceOf } from '../../finetune/sized/device.ts';
import { ESTIMATED, peftBytes } from '../../finetune/sized/peft.ts';
import { heldStorage, planTraining, trainedIn } from '../../finetune/sized/training.ts';
import { sitesOf } from '../../finetune/start.ts';
import { withUsualSizes } from '../../finetune/usual-sizes.ts';
import { alone } from '../../formats/alone.ts';
import type { ModelConfig } from '../../formats/config/model-config.ts';
import { type Json, readJsonFile } from '../../formats/json.ts';
import { makeFolders } from '../../formats/make-folders.ts';
import { io as writing } from '../../formats/safetensors/io.ts';
import { writeWhole } from '../../formats/write-whole.ts';
import { checkLength } from '../finetune/data.ts';
import { refuseOptions } from '../finetune/images.ts';
import type { Given } from '../finetune/named.ts';
import { targetsNamed } from '../finetune/targets.ts';
import { type Io, print, printJson, printNotes, say, warnTo, withProgress } from '../io.ts';
import { memoryChart } from '../plan/chart.ts';
import type { AskedMethod } from '../plan/compared.ts';
import type { PlannedMethod, PlanReport } from '../plan/report.ts';
import { rendered } from '../plan/text.ts';
import { plansFor } from '../plans.ts';
import { UsageError } from '../usage-error.ts';
import { checkWritable } from '../writable.ts';

export interface PlanArguments {
  readonly model: string;
  readonly adapter?: string;
  readonly layer?: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly asWritten?: boolean;
  readonly compare?: readonly AskedMethod[];
  /** The words of --targets. */
  readonly targets: readonly string[];
  readonly quantize?: string;
  readonly batch: number;
  readonly length: number;
  /** The tokens that an encoder reads with each sequence; `length` if undefined. */
  readonly sourceLength?: number;
  readonly accumulate: number;
  /** The name of the device's class. */
  readonly device: string;
  readonly binding?: number;
  readonly accounting: 'oftc' | 'peft' | 'both';
  readonly peftDtype: PeftAssumptions['dtype'];
  readonly peftAdapterDtype: PeftAssumptions['adapterDtype'];
  readonly peftCheckpointing?: boolean;
  readonly peftAttention: PeftAssumptions['attention'];
  readonly peftLogitBytes: number;
  readonly peftContext: number;
  readonly svg?: string;
}

export async function planCommand(args: PlanArguments, io: Io, isGiven: Given): Promise<void> {
  const asked = askedFor(args);
  if (args.accumulate > limits.accumulated.most)
    throw new UsageError(`--accumulate: ${aboveLimit(args.accumulate, limits.accumulated)}`);
  if (args.batch * args.length > limits.dimension.most)
    throw new UsageError(
      `--batch ${args.batch} of --length ${args.length}: ${aboveLimit(args.batch * args.length, limits.dimension)}`,
    );
  if (args.svg !== undefined) await checkWritable(dirname(args.svg), '--svg');
  const { file, json } = await jsonAt(args.model);
  const report = isVit(json)
    ? await imagesOf(parseVitConfig(json, file), asked, { args, isGiven }, io)
    : await textsOf(parseModelConfig(json, file), asked, args, io);
  for (const { name, oftc } of report.methods)
    for (const refusal of oftc?.refusals ?? [])
      say(io, `warning: this device would refuse ${name}: ${refusal}`);
  if (args.svg !== undefined) await writeChart(args.svg, memoryChart(report), io);
  if (io.json) printJson(io, report);
  else print(io, rendered(report));
}

const writeChart = (file: string, chart: string, io: Io): Promise<void> =>
  writing(file, 'cannot write it', async () => {
    makeFolders(dirname(file));
    await alone(file, warnTo(io), () => writeWhole(file, chart));
  });

/** The methods that the options name. */
function askedFor({ adapter, compare, set = {}, asWritten = false }: PlanArguments): readonly AskedMethod[] {
  if (compare) return compare.map((m) => ({ ...m, settings: withUsualSizes(m.name, m.settings) }));
  if (adapter !== undefined) return [{ name: adapter, settings: set, asWritten }];
  throw new UsageError("required option '--adapter <method>' not specified: give it, or --compare <methods>");
}

/** Reads a config.json, by its path or that of its folder. */
async function jsonAt(path: string): Promise<{ readonly file: string; readonly json: Json }> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, 'config.json') : path;
  return { file, json: await readJsonFile(file, 'Name a config.json, or the folder of a model.') };
}

/** The report on an image classifier. */
async function imagesOf(
  config: VitShape,
  asked: readonly AskedMethod[],
  { args, isGiven }: { readonly args: PlanArguments; readonly isGiven: Given },
  io: Io,
): Promise<PlanReport> {
  refuseOptions({
    ...{ '--length': isGiven('length'), '--source-length': args.sourceLength },
    '--as-written': asked.some((m) => m.asWritten),
  });
  const { imageReport } = await import('../plan/images.ts');
  const named = asked.map((m) => ({ ...m, shown: nameOf(m.name, m.settings, false) }));
  return imageReport(config, named, assumptionsOf(args), args, io);
}

/** The report on a model of texts. */
async function textsOf(
  config: ModelConfig,
  asked: readonly AskedMethod[],
  args: PlanArguments,
  io: Io,
): Promise<PlanReport> {
  checkLength(args, config);
  if (config.unknown.length > 0)
    printNotes(io, [
      `config.json has fields that are not known here and not read: ${config.unknown.join(', ')}`,
    ]);
  const report = await reportOf(config, asked, args, io);
  for (const { name, peft } of report.methods)
    if (peft === undefined && args.accounting !== 'oftc')
      printNotes(io, [
        config.encoder || config.experts
          ? `${name}: the memory of PEFT is estimated for decoders without experts alone, and the model has ${config.encoder ? 'an encoder' : 'experts'}`
          : `${name}: the memory of PEFT's layer is known for ${ESTIMATED.join(', ')} alone`,
      ]);
  return report;
}

const assumptionsOf = (args: PlanArguments): PeftAssumptions => ({
  dtype: args.peftDtype,
  adapterDtype: args.peftAdapterDtype,
  checkpointing: args.peftCheckpointing ?? false,
  attention: args.peftAttention,
  logitBytes: args.peftLogitBytes,
  context: args.peftContext,
});

async function reportOf(
  config: ModelConfig,
  asked: readonly AskedMethod[],
  args: PlanArguments,
  io: Io,
): Promise<PlanReport> {
  const device = deviceOf(DEVICES[args.device]!, args.binding);
  const assumptions = assumptionsOf(args);
  const { batch, length, sourceLength, accumulate, quantize } = args;
  const targets = targetsNamed(config, args.targets, '--targets');
  const storage = heldStorage(config, quantize);
  const methods: PlannedMethod[] = [];
  for (const { name, settings, asWritten } of asked) {
    const method = methodOf(name, settings, args.layer);
    const { source, config: chosen, dims, own } = method;
    const adapter = { source, ...(own ? {} : { config: chosen }), dims, targets };
    const sites = sitesOf(config, adapter);
    const run = {
      config,
      adapter,
      quantize,
      batch,
      length,
      sourceLength,
      accumulate,
      device,
      asWritten,
      plans: plansFor(io),
    };
    const shown = nameOf(name, settings, asWritten);
    const plan =
      args.accounting === 'peft'
        ? undefined
        : await withProgress(io, `Compiling ${shown}`, () => planTraining(run));
    const peft =
      args.accounting === 'oftc' || config.encoder || config.experts
        ? undefined
        : peftBytes({
            ...{ config, method: method.peft ?? name, settings: chosen, asWritten, sites },
            ...{ storage, batch, length, assumptions },
          });
    methods.push({ name: shown, trained: trainedIn(sites), oftc: plan, peft });
  }
  return {
    model: {
      name: config.name,
      architecture: config.architecture,
      parameters: parametersOf(config),
      blocks: config.layers + (config.encoder?.layers ?? 0),
      quantization: quantize ?? config.quantization?.method,
    },
    targets: shortNames(config, targets),
    ...{ batch, length, accumulate },
    device: { class: args.device, binding: device.limits.maxStorageBufferBindingSize },
    assumptions,
    methods,
  };
}

/** The name and the settings of a method, for people. */
const nameOf = (name: string, settings: AskedMethod['settings'], asWritten: boolean): string =>
  [name, ...Object.entries(settings).map(([k, v]) => `${k}=${v}`), ...(asWritten ? ['as written'] : [])].join(
    ' ',
  );
