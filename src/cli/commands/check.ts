/** `oftc check`: verifies a layer and says what was verified and where; `--watch` does so at every save. */
import { basename, dirname, resolve } from 'node:path';
import type { FrontEnd } from '../../../compiler/frontend/index.ts';
import { resultsOf, substitute } from '../../../compiler/ir/build.ts';
import type { InputNode, Node, Program } from '../../../compiler/ir/node.ts';
import { programNotes } from '../../../compiler/ir/notes.ts';
import { defined } from '../../../compiler/records.ts';
import {
  check,
  type Finding,
  readGolden,
  renderFinding,
  renderOutcome,
  renderTitle,
} from '../../check/index.ts';
import { loadProgram, newFrontEnd } from '../../language/load.ts';
import { openDevice } from '../../session/backends/gpu.ts';
import { EXIT } from '../exit.ts';
import { type Io, print, printJson, printNotes, withLines } from '../io.ts';
import { checkDims, checkPlace, type SharedOptions, type SourceArguments } from '../options.ts';
import { onSave } from '../watch.ts';

export interface CheckArguments
  extends SourceArguments,
    Pick<SharedOptions, 'device' | 'activations' | 'quantize'> {
  readonly trials?: number;
  readonly seed?: number;
  readonly watch?: boolean;
  /** The path of recorded results. */
  readonly golden?: string;
  /** Another layer, as `FILE`, `FILE:layer` or the name of a method of the library. */
  readonly against?: string;
}

/** Runs `oftc check`. The exit code is 0 if every property holds, else 1. */
export async function checkCommand(
  file: string,
  args: CheckArguments,
  io: Io,
  report: (error: unknown) => Promise<number>,
): Promise<number> {
  checkPlace(args);
  checkDims(args, 'checking: every property is held at several numbers');
  const frontEnd = newFrontEnd();
  const device = args.device === 'gpu' ? await openDevice() : undefined;
  try {
    const once = () => checkOnce(file, args, frontEnd, device, io);
    return args.watch ? await watching(file, once, io, report) : await once();
  } finally {
    device?.destroy();
  }
}

async function checkOnce(
  file: string,
  args: CheckArguments,
  frontEnd: FrontEnd,
  device: GPUDevice | undefined,
  io: Io,
): Promise<number> {
  const start = performance.now();
  const { program } = loadProgram(
    file,
    { layer: args.layer, config: args.set ?? {}, dims: args.dims },
    frontEnd,
  );
  printNotes(io, programNotes(program));
  // While watching, print the diagnostics first: an editor shows them at once, and verifying takes seconds.
  if (args.watch) print(io, `no diagnostics (${(performance.now() - start).toFixed(0)} ms)`);
  const golden = args.golden === undefined ? undefined : await readGolden(args.golden);
  const against = args.against === undefined ? undefined : await otherLayer(args.against, program);
  const result = await withLines(io, 'Checking', async (doing, line) => {
    let begun = false;
    const found = (finding: Finding) => {
      if (!begun) line(renderTitle({ name: program.name, results: resultsOf(program) }));
      begun = true;
      line(renderFinding(finding));
    };
    return check(program, {
      doing,
      activations: args.activations,
      ...defined({ golden, against, dims: args.dims, quantized: args.quantize, device }),
      ...defined({ trials: args.trials, seed: args.seed, found: io.json ? undefined : found }),
    });
  });
  if (io.json) printJson(io, result);
  else print(io, renderOutcome(result));
  return result.passed ? EXIT.ok : EXIT.refused;
}

/** The layer of `FILE`, of `FILE:layer` or of a method of the library, at its default configuration. */
async function otherLayer(given: string, source: Program): Promise<Program> {
  const { libraryLayer, libraryName } = await import('../../finetune/methods.ts');
  const [, file = given, layer] = /^(.+):([A-Za-z_]\w*)$/.exec(given) ?? [];
  const name = libraryName(file);
  if (name === undefined) return loadProgram(file, { layer }).program;
  const library = libraryLayer(layer ?? name);
  const bias = source.inputs.some((i) => i.name === 'bias');
  return namedAs(source, library.trace('bias' in library.defaults ? { bias } : {}));
}

/** A program in which a list of one tensor, `v.0`, has the name that another program gives the tensor alone, `v`. */
function namedAs({ inputs }: Program, other: Program): Program {
  const own = new Set(inputs.map((i) => i.name));
  const renamed = new Map(
    other.inputs.flatMap((i): [Node, InputNode][] => {
      const name = i.name.replace(/\.0$/, '');
      return own.has(name) && !own.has(i.name) ? [[i, { ...i, name }]] : [];
    }),
  );
  return {
    ...other,
    inputs: other.inputs.map((i) => renamed.get(i) ?? i),
    outputs: other.outputs.map((o) => ({ ...o, node: substitute(o.node, renamed) })),
  };
}

/** Runs the check at every save of a TypeScript file beside or below the layer's file, until interrupted. */
async function watching(
  file: string,
  run: () => Promise<number>,
  io: Io,
  report: (error: unknown) => Promise<number>,
): Promise<number> {
  let exit: number = EXIT.ok;
  const attempt = async () => {
    const start = performance.now();
    exit = await run().catch(report);
    print(io, `watching ${basename(file)} (${(performance.now() - start).toFixed(0)} ms)`);
  };
  return new Promise((done) => {
    let running = Promise.resolve();
    const next = () => {
      running = running.then(attempt).then(() => {
        if (!io.stdout.closed) return;
        stop();
        done(exit);
      });
    };
    // Watch before the first check starts, so that a save during it is seen too.
    const stop = onSave(dirname(resolve(file)), next);
    next();
    process.once('SIGINT', () => {
      stop();
      void running.then(() => done(EXIT.ok));
    });
  });
}
