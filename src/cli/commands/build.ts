/** `oftc build`: writes a layer as an ES module that needs only the runtime. */
import { basename, dirname, relative, resolve } from 'node:path';
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import { checkSizeNames, solveDims } from '../../../compiler/ir/bind.ts';
import { defined } from '../../../compiler/records.ts';
import { short } from '../../explain/units.ts';
import { DiagnosticError, newFrontEnd } from '../../language/load.ts';
import { buildModule } from '../../targets/module.ts';
import { type Io, print, printJson, printNotes } from '../io.ts';
import {
  checkDims,
  type DerivationOption,
  derived,
  type SharedOptions,
  type SourceArguments,
} from '../options.ts';
import { versionOf } from '../package.ts';
import type { Read } from '../places.ts';
import { tuningOf } from '../tuned.ts';
import { writeBuilt } from '../write-built.ts';

export interface BuildArguments
  extends SourceArguments,
    Pick<SharedOptions, 'quantize' | 'activations' | 'objective' | DerivationOption | 'tuned' | 'table'> {
  readonly output: string;
  readonly grad: boolean;
  readonly devices?: readonly DeviceClass[];
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
  const { texts, devices } = buildModule(program, {
    name: args.layer ?? layers[0]!, // it may be left out only if there is one
    sizes: solveDims(program, args.dims ?? {}),
    config,
    gradients: args.grad,
    activations: args.activations,
    objective: args.objective,
    ...derived(args),
    ...defined({ quantized: args.quantize, devices: args.devices, tuning }),
    from: { file: basename(file), version: versionOf('oftc') },
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

const sizeOf = ({ name, bytes }: { readonly name: string; readonly bytes: number }): string =>
  `  ${name.padEnd(12)} ${short(bytes)}B`;
