/** `oftc explain`: prints what was derived and decided, or what an error code means. */
import { DEVICES } from '../../../compiler/devices/index.ts';
import { renderCode } from '../../../compiler/errors/document.ts';
import { didYouMean } from '../../../compiler/errors/nearest.ts';
import { programNotes } from '../../../compiler/ir/notes.ts';
import { defined } from '../../../compiler/records.ts';
import { type Explanation, explain } from '../../explain/index.ts';
import { renderStory } from '../../explain/story-text.ts';
import { renderExplanation } from '../../explain/text.ts';
import { loadProgram, newFrontEnd } from '../../language/load.ts';
import { type Io, print, printJson, printNotes } from '../io.ts';
import { isCode, lookUp } from '../look-up.ts';
import { checkDims, derived, type SharedOptions, type SourceArguments } from '../options.ts';
import { place } from '../place.ts';
import { tuningOf } from '../tuned.ts';
import { UsageError } from '../usage-error.ts';

export interface ExplainArguments
  extends SourceArguments,
    Pick<
      SharedOptions,
      'activations' | 'quantize' | 'objective' | 'allowApproximate' | 'asWritten' | 'tuned' | 'table'
    > {
  readonly device: string;
  readonly tokens?: number;
  readonly full?: boolean;
  readonly kernel?: string;
}

export function explainCommand(subject: string, args: ExplainArguments, io: Io): void {
  if (isCode(subject)) {
    // The parser always sets --device, --objective and --activations, so they do not count as given.
    if (Object.keys(args).some((option) => !['json', 'objective', 'device', 'activations'].includes(option)))
      throw new UsageError(`'${subject}' is a code, and only --json is for one: give the others with a file`);
    explainCode(subject, io);
  } else explainFile(subject, args, io);
}

function explainFile(file: string, args: ExplainArguments, io: Io): void {
  checkDims(args, 'compiling: give --tokens for what to show');
  const tuning = tuningOf(args);
  const frontEnd = newFrontEnd();
  const { program } = loadProgram(
    file,
    { layer: args.layer, config: args.set ?? {}, dims: args.dims },
    frontEnd,
  );
  printNotes(io, programNotes(program));
  const explanation = explain(program, {
    dims: args.dims ?? {},
    objective: args.objective,
    device: DEVICES[args.device]!,
    activations: args.activations,
    ...derived(args),
    ...defined({ tuning, tokens: args.tokens, kernel: args.kernel, quantized: args.quantize }),
    locate: (span) => place(frontEnd.locate(span)),
  });
  if (args.kernel !== undefined) tellStory(args.kernel, explanation, io);
  else if (io.json) printJson(io, explanation);
  else print(io, renderExplanation(explanation, { full: args.full ?? false }));
}

function tellStory(name: string, { story, names = [], unbound, toGive }: Explanation, io: Io): void {
  if (unbound.length > 0)
    throw new UsageError(
      `--kernel needs all sizes, because kernels are made for them: give --dims ${toGive.map((names) => `${names[0]}=…`).join()}`,
    );
  if (!story) {
    throw new UsageError(
      `no kernel is named '${name}'${didYouMean(name, names) || `. The kernels are ${names.join(', ')}`}`,
    );
  }
  if (io.json) printJson(io, story);
  else print(io, renderStory(story));
}

function explainCode(word: string, io: Io): void {
  const { code, meaning } = lookUp(word);
  if (io.json) printJson(io, { code, ...meaning });
  else print(io, renderCode(code, meaning));
}
