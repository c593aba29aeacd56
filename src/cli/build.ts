/** `oftc build`: a layer as an ES module that needs only the runtime. */
import { basename, dirname, relative, resolve } from 'node:path';
import { solveDims } from '../../compiler/ir/bind.ts';
import { buildModule } from '../build.ts';
import { DiagnosticError, newFrontEnd } from '../load.ts';
import { type Io, print, printJson } from './io.ts';
import { checkDims, type Derivation, derived, type Shared, type SourceArguments } from './options.ts';
import { versionOf } from './package.ts';
import type { Read } from './places.ts';
import { tuningOf } from './tuned.ts';
import { writeBuilt } from './write-built.ts';

export interface BuildArguments
  extends SourceArguments,
    Pick<Shared, 'quantize' | 'activations' | 'objective' | Derivation | 'tuned' | 'table'> {
  readonly output: string;
  readonly grad: boolean;
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
  const here = dirname(resolve(file));
  const near = (path: string) => relative(here, path).replaceAll('\\', '/');
  const texts = buildModule(program, {
    name: args.layer ?? layers[0]!, // where it may be left out there is one
    sizes: solveDims(program, args.dims ?? {}),
    config,
    ...(args.quantize ? { quantized: args.quantize } : {}),
    gradients: args.grad,
    activations: args.activations,
    objective: args.objective,
    ...derived(args),
    ...(tuning ? { tuning } : {}),
    from: { file: basename(file), version: versionOf('oftc') },
    locate: (span) => {
      const at = frontEnd.locate(span);
      return `${near(at.file)}:${at.line}:${at.column}`;
    },
  });
  const files = writeBuilt(args.output, texts, reads);
  if (io.json) printJson(io, { files });
  else print(io, files.join('\n'));
}
