/** `oftc build`: writes a layer as an ES module that needs only the runtime, or as a package for PyTorch. */
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import { checkSizeNames, solveDims } from '../../../compiler/ir/bind.ts';
import { defined } from '../../../compiler/records.ts';
import { short } from '../../explain/units.ts';
import { DiagnosticError, newFrontEnd } from '../../language/load.ts';
import { buildModule } from '../../targets/module.ts';
import { buildTorch } from '../../targets/torch/index.ts';
import { type Io, print, printJson, printNotes } from '../io.ts';
import {
  checkDims,
  type DerivationOption,
  derived,
  type Platform,
  type SharedOptions,
  type SourceArguments,
} from '../options.ts';
import { pythonLibrary, versionOf } from '../package.ts';
import type { Read } from '../places.ts';
import { tuningOf } from '../tuned.ts';
import { UsageError } from '../usage.ts';
import { writeBuilt } from '../write-built.ts';

export interface BuildArguments
  extends SourceArguments,
    Pick<SharedOptions, 'quantize' | 'activations' | 'objective' | DerivationOption | 'tuned' | 'table'> {
  readonly output: string;
  readonly grad: boolean;
  readonly devices?: readonly DeviceClass[];
  readonly target: Platform;
  readonly standalone?: boolean;
}

export function buildCommand(file: string, args: BuildArguments, io: Io, reads: readonly Read[]): void {
  checkDims(args, 'building: a built layer runs any number');
  const tuning = tuningOf(args);
  const frontEnd = newFrontEnd();
  const { program, layers, config, diagnostics } = frontEnd.lower(file, {
    ...(args.layer === undefined ? {} : { layer: args.layer }),
    config: args.set ?? {},
  });
  if (!program) throw new DiagnosticError(diagnostics);
  checkSizeNames(program, args.dims ?? {}, Object.keys(config));
  const here = dirname(resolve(file));
  const near = (path: string) => relative(here, path).replaceAll('\\', '/');
  const shared = {
    name: args.layer ?? layers[0]!, // it may be left out only if there is one
    sizes: solveDims(program, args.dims ?? {}),
    objective: args.objective,
    ...derived(args),
    from: { file: basename(file), version: versionOf('oftc') },
  };
  if (args.target === 'torch') {
    refuseForTorch(args);
    const python = join(pythonLibrary(), 'oftc_torch');
    const { standalone = false } = args;
    const texts = buildTorch(program, { ...shared, python, standalone });
    const files = writeBuilt(args.output, texts, reads);
    if (io.json) printJson(io, { files });
    else print(io, [...files, ...(standalone ? [] : [tested(args.output)])].join('\n'));
    return;
  }
  if (args.standalone)
    throw new UsageError('--standalone is of PyTorch: add --target torch, or leave --standalone out');
  const { texts, devices } = buildModule(program, {
    ...shared,
    config,
    gradients: args.grad,
    activations: args.activations,
    ...defined({ quantized: args.quantize, devices: args.devices, tuning }),
    locate: (span) => {
      const at = frontEnd.locate(span);
      return `${near(at.file)}:${at.line}:${at.column}`;
    },
  });
  const files = writeBuilt(args.output, texts, reads);
  if (/\.[cm]?[jt]s$/.test(args.output))
    printNotes(io, [`--output names a folder: '${args.output}' is the folder of ${files.length} files`]);
  if (io.json) printJson(io, { files, devices });
  else print(io, [...files, ...devices.map(sizeOf)].join('\n'));
}

/** Throws UsageError for options that say how a device computes, which PyTorch decides. */
function refuseForTorch({
  output,
  quantize,
  activations,
  devices,
  tuned,
  table,
  grad,
}: BuildArguments): void {
  const given = Object.entries({
    '--quantize': quantize !== undefined,
    '--activations': activations !== 'f32',
    '--devices': devices !== undefined,
    '--tuned': tuned === true,
    '--table': table !== undefined,
    '--no-grad': !grad,
  }).flatMap(([option, is]) => (is ? [option] : []));
  const folder = basename(resolve(output));
  if (!/^[A-Za-z_]\w*$/.test(folder))
    throw new UsageError(
      `--output '${output}' is no name that Python can import: use letters, digits and _, such as -o ${folder.replaceAll(/\W/g, '_')}`,
    );
  if (given.length > 0)
    throw new UsageError(
      `--target torch takes no ${given.join(', ')}: dtypes, devices and gradients are chosen where the module runs. Leave ${given.length > 1 ? 'them' : 'it'} out`,
    );
}

/** The command that runs a built package's tests. */
const tested = (folder: string): string => {
  const at = resolve(folder);
  return `  tests: cd ${dirname(at)} && python3 -m unittest ${basename(at)}.test_layer`;
};

const sizeOf = ({ name, bytes }: { readonly name: string; readonly bytes: number }): string =>
  `  ${name.padEnd(12)} ${short(bytes)}B`;
