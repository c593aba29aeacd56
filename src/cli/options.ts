/** Options that several commands have, each declared once. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Objective } from '../../compiler/associate/select.ts';
import type { CompileOptions } from '../../compiler/derive.ts';
import { CLASSES, DEFAULT_CLASS, type DeviceClass } from '../../compiler/devices/index.ts';
import { defaultTable } from '../tune/default-table.ts';
import { PathArgument, reading, sourceFiles } from './path-options.ts';
import { parseDims, parseFormats, parseSettings } from './usage.ts';
import { UsageError } from './usage-error.ts';

/** The arguments that all commands on a source file have. */
export interface SourceArguments {
  readonly layer?: string;
  readonly dims?: Readonly<Record<string, number>>;
  readonly set?: Readonly<Record<string, string>>;
}

export const source = (
  command: Command,
  description: string,
  file = 'TypeScript file that exports the layer',
  paths: (value: string) => Promise<readonly string[]> = sourceFiles,
): Command =>
  command
    .description(description)
    .addArgument(new PathArgument('<file>', file, { reads: 'the layer’s file', paths }))
    .option('--layer <name>', 'which layer, where the file exports several')
    .option('--dims <sizes>', 'sizes of dimensions: in=1024,b=32; the others follow', parseDims)
    .option('--set <config>', "values of the layer's configuration: terms=3,cayley=exact", parseSettings)
    .option('--json', 'one JSON object on stdout');

/** Throws UsageError if --dims binds `tokens`, which stays open. `instead` says how to give a number of tokens. */
export function checkDims({ dims }: SourceArguments, instead: string): void {
  if (dims && Object.hasOwn(dims, 'tokens')) throw new UsageError(`'tokens' is not bound when ${instead}`);
}

/** The values of the options below; each command has some of them. */
export interface SharedOptions {
  readonly device: 'gpu' | 'cpu';
  readonly activations: 'f32' | 'f16';
  readonly quantize?: Readonly<Record<string, string>>;
  readonly objective: Objective;
  readonly allowApproximate?: boolean;
  readonly asWritten?: boolean;
  readonly pinned?: boolean;
  readonly tuned?: boolean;
  readonly table?: string;
}

/** Adds the options of commands that compile for devices. */
export const tuned = (command: Command): Command =>
  command
    .addOption(
      reading('--tuned', 'use the schedules that oftc tune measured to be the best on a device', {
        reads: 'the tuning table',
        given: defaultTable,
      }),
    )
    .addOption(
      reading(
        '--table <file>',
        'use the schedules in this tuning table, instead of the one in the cache folder',
      ),
    );

export const device = (meaning = 'cpu is the float64 reference'): Option =>
  new Option('--device <device>', meaning).choices(['gpu', 'cpu']).default('gpu');

/** An option that names the class of devices to compile for. */
export const deviceClass = (): Option =>
  new Option('--device <class>', 'class of devices to show times and kernels for')
    .choices(CLASSES.map((c) => c.name))
    .default(DEFAULT_CLASS.name);

/** An option that lists the classes of devices to compile for, with commas; all classes without it. */
export const deviceClasses = (): Option =>
  new Option(
    '--devices <classes>',
    `classes of devices to build for, of ${CLASSES.map((c) => c.name).join(', ')}; default: all`,
  ).argParser((text: string): DeviceClass[] => {
    const names = text.split(',').map((n) => n.trim());
    const wrong = names.find((n) => !CLASSES.some((c) => c.name === n));
    if (wrong !== undefined)
      throw new InvalidArgumentError(
        `'${wrong}' is no class of devices: name some of ${CLASSES.map((c) => c.name).join(', ')}.`,
      );
    return CLASSES.filter((c) => names.includes(c.name));
  });

export const activations = (): Option =>
  new Option('--activations <dtype>', 'dtype in which the device stores tensors that grow with tokens')
    .choices(['f32', 'f16'])
    .default('f32');

/** Throws UsageError if --device and --activations do not go together. */
export function checkPlace(args: Pick<SharedOptions, 'device' | 'activations'>): void {
  if (args.device === 'cpu' && args.activations === 'f16')
    throw new UsageError('the CPU reference is float64 throughout: --activations f16 needs --device gpu');
}

export const quantize = (): Option =>
  new Option(
    '--quantize <formats>',
    'frozen tensors to store quantised: W=nf4, nf4-double, int8, int4 or int4:<group>',
  ).argParser(parseFormats);

/** The systems that a layer is built for. */
const TARGETS = ['webgpu', 'torch', 'peft'] as const;
export type Platform = (typeof TARGETS)[number];

export const target = (): Option =>
  new Option(
    '--target <target>',
    'what to build for: torch is a Python package, and peft one that adds the layer to PEFT',
  )
    .choices(TARGETS)
    .default('webgpu');

export const objective = (): Option =>
  new Option('--objective <of>', 'what to minimise').choices(['latency', 'memory']).default('latency');

export const allowApproximate = (): Option =>
  new Option('--allow-approximate', 'also apply rules that change the function');

export const asWritten = (...conflicts: string[]): Option =>
  new Option('--as-written', 'compile without any derivation').conflicts(['allowApproximate', ...conflicts]);

export type DerivationOption = 'allowApproximate' | 'asWritten' | 'pinned';

/** Adds the options that limit or widen the derivation, of which a command line may have one. */
export const derivation = (command: Command): Command =>
  command
    .addOption(asWritten('pinned'))
    .addOption(allowApproximate())
    .addOption(
      new Option('--pinned', 'keep the source’s parentheses: for what rewrite printed').conflicts(
        'allowApproximate',
      ),
    );

/** The compile options that the derivation options stand for. */
export const derived = (
  args: Pick<SharedOptions, DerivationOption>,
): Pick<CompileOptions, 'allow' | 'asWritten' | 'pinned'> => ({
  ...(args.allowApproximate ? { allow: ['approximates'] } : {}),
  ...(args.asWritten ? { asWritten: true } : {}),
  ...(args.pinned ? { pinned: true } : {}),
});
