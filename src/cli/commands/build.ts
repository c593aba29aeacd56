/** `oftc build`: writes a layer as an ES module that needs only the runtime, or as a package for PyTorch or PEFT. */
import { basename, dirname, relative, resolve } from 'node:path';
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import type { FrontEnd } from '../../../compiler/frontend/index.ts';
import { checkSizeNames, solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { defined } from '../../../compiler/records.ts';
import { short } from '../../explain/units.ts';
import { fromLibrary, libraryLayer, libraryName } from '../../finetune/methods.ts';
import { DiagnosticError, newFrontEnd } from '../../language/load.ts';
import { buildModule } from '../../targets/module.ts';
import { buildTorch } from '../../targets/torch/index.ts';
import { buildPeft } from '../../targets/torch/peft/index.ts';
import { type Io, print, printJson, printNotes } from '../io.ts';
import {
  checkDims,
  type DerivationOption,
  derived,
  type Platform,
  type SharedOptions,
  type SourceArguments,
} from '../options.ts';
import { pythonTexts, versionOf } from '../package.ts';
import type { Read } from '../places.ts';
import { unimportable } from '../python-names.ts';
import { tuningOf } from '../tuned.ts';
import { UsageError } from '../usage-error.ts';
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

export async function buildCommand(
  file: string,
  args: BuildArguments,
  io: Io,
  reads: readonly Read[],
): Promise<void> {
  checkDims(args, 'building: a built layer runs any number');
  const tuning = tuningOf(args);
  const frontEnd = newFrontEnd();
  const method = args.target === 'webgpu' ? undefined : libraryName(file);
  const { name, program, config, biased } =
    method === undefined ? fileLayer(file, args, frontEnd) : methodLayer(method, args);
  checkSizeNames(program, args.dims ?? {}, Object.keys(config));
  const here = dirname(resolve(file));
  const near = (path: string) => relative(here, path).replaceAll('\\', '/');
  const from = {
    file: method === undefined ? basename(file) : `oftc's ${method}`,
    version: versionOf('oftc'),
  };
  if (args.target !== 'webgpu') refuseForPython(args);
  const python = args.target === 'webgpu' ? {} : pythonTexts();
  if (args.target === 'peft') {
    const { texts, method: known } = buildPeft(biased?.() ?? program, {
      ...{ name, from, python, config, given: args.dims ?? {} },
      standalone: args.standalone === true,
    });
    if (known !== undefined && args.dims)
      throw new UsageError(`PEFT's own configuration gives the sizes of ${known}: leave --dims out`);
    const files = await writeBuilt(args.output, texts, reads, io);
    if (io.json) printJson(io, { files });
    else
      print(
        io,
        [...files, ...(known === undefined && !args.standalone ? [tested(args.output)] : [])].join('\n'),
      );
    return;
  }
  const shared = {
    name,
    sizes: solveDims(program, args.dims ?? {}),
    objective: args.objective,
    ...derived(args),
    from,
  };
  if (args.target === 'torch') {
    const { standalone = false } = args;
    const texts = buildTorch(program, {
      ...{ ...shared, python, standalone },
      ...defined({ quantized: args.quantize }),
    });
    const files = await writeBuilt(args.output, texts, reads, io);
    if (io.json) printJson(io, { files });
    else print(io, [...files, ...(standalone ? [] : [tested(args.output)])].join('\n'));
    return;
  }
  if (args.standalone)
    throw new UsageError('--standalone is of PyTorch: add --target torch or peft, or leave --standalone out');
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
  const files = await writeBuilt(args.output, texts, reads, io);
  if (/\.[cm]?[jt]s$/.test(args.output))
    printNotes(io, [`--output names a folder: '${args.output}' is the folder of ${files.length} files`]);
  if (io.json) printJson(io, { files, devices });
  else print(io, [...files, ...devices.map(sizeOf)].join('\n'));
}

interface BuiltLayer {
  readonly name: string;
  readonly program: Program;
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * The layer with its setting `bias` on, where it has one that is left open: a layer of PEFT may have a bias or not, so
   * that the adapter has to say what becomes of it.
   */
  readonly biased?: () => Program | undefined;
}

/** The layer of a file. Throws DiagnosticError. */
function fileLayer(file: string, args: BuildArguments, frontEnd: FrontEnd): BuiltLayer {
  const { program, layers, config, diagnostics } = frontEnd.lower(file, {
    ...(args.layer === undefined ? {} : { layer: args.layer }),
    config: args.set ?? {},
  });
  if (!program) throw new DiagnosticError(diagnostics);
  const name = args.layer ?? layers[0]!; // it may be left out only if there is one
  const isOpen = config.bias === false && !Object.hasOwn(args.set ?? {}, 'bias');
  const biased = () => frontEnd.lower(file, { layer: name, config: { ...args.set, bias: true } }).program;
  return { name, program, config, ...(isOpen ? { biased } : {}) };
}

/** The layer of a method of the library. Throws UsageError for --layer, and what `fromLibrary` throws. */
function methodLayer(name: string, args: BuildArguments): BuiltLayer {
  if (args.layer !== undefined)
    throw new UsageError(`'${name}' names one layer of the library: leave --layer out`);
  const library = libraryLayer(name);
  const { program, config } = fromLibrary(name, args.set ?? {});
  const biased = () => library.trace({ ...config, bias: true });
  return { name, program, config, ...('bias' in library.defaults ? { biased } : {}) };
}

/** Throws UsageError for options that a Python package does not have, and for a folder that Python cannot import. */
function refuseForPython(args: BuildArguments): void {
  const { target, output } = args;
  const folder = basename(resolve(output));
  const reason = unimportable(folder);
  if (reason !== undefined) throw new UsageError(`--output '${output}' is ${reason}`);
  const refuse = (options: Readonly<Record<string, boolean>>, why: string) => {
    const given = Object.entries(options).flatMap(([option, is]) => (is ? [option] : []));
    if (given.length > 0)
      throw new UsageError(
        `--target ${target} takes no ${given.join(', ')}: ${why}. Leave ${given.length > 1 ? 'them' : 'it'} out`,
      );
  };
  refuse(
    {
      '--activations': args.activations !== 'f32',
      '--devices': args.devices !== undefined,
      '--tuned': args.tuned === true,
      '--table': args.table !== undefined,
      '--no-grad': !args.grad,
    },
    'dtypes, devices and gradients are chosen where the module runs',
  );
  if (target === 'peft')
    refuse(
      {
        '--quantize': args.quantize !== undefined,
        '--objective': args.objective !== 'latency',
        '--allow-approximate': args.allowApproximate === true,
        '--as-written': args.asWritten === true,
        '--pinned': args.pinned === true,
      },
      'the frozen layer stays PEFT’s, and what stands before and after it is derived for speed',
    );
}

/** The command that runs a built package's tests. */
const tested = (folder: string): string => {
  const at = resolve(folder);
  return `  tests: cd ${dirname(at)} && python3 -m unittest ${basename(at)}.test_layer`;
};

const sizeOf = ({ name, bytes }: { readonly name: string; readonly bytes: number }): string =>
  `  ${name.padEnd(12)} ${short(bytes)}B`;
