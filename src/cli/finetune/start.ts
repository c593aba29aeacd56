/** The start of `oftc finetune`: a method on some modules, or an existing adapter. */
import { createHash } from 'node:crypto';
import { OftcError } from '../../../compiler/errors/error.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { unusedNotes } from '../../../compiler/ir/notes.ts';
import { withWeight } from '../../check/weight.ts';
import { readTrained, whyNotPeft } from '../../finetune/adapter-files.ts';
import type { Data } from '../../finetune/data/read.ts';
import type { Adaptation, Trust } from '../../finetune/own-files.ts';
import { sitesOf, startFrom, startOf, type TargetModule } from '../../finetune/start.ts';
import { baseNotes } from '../../finetune/stated-base.ts';
import type { Weights } from '../../finetune/uploads.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { noStart, withoutStart } from '../../start/missing.ts';
import { type Io, printNotes } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { dropoutOf } from './dropout.ts';
import { targetsNamed } from './targets.ts';
import type { TrustArguments } from './trust.ts';

export interface StartArguments extends TrustArguments {
  readonly adapter?: string;
  readonly layer?: string;
  readonly set?: Readonly<Record<string, string>>;
  /** The words of --targets. */
  readonly targets?: readonly string[];
  /** The folder of the adapter that training goes on with. */
  readonly init?: string;
  /** The part that is dropped in training. */
  readonly dropout?: number;
}

export interface StartingPoint extends Adaptation {
  readonly sites: readonly TargetModule[];
  /** The part that is dropped in training. */
  readonly dropout: number;
  /** The adapter's tensors at the start, by path. */
  tensors(weights: Weights): Promise<ReadonlyMap<string, HostTensor>>;
}

/** The start that the options ask for, before any file of the model is read. */
export type Asked =
  | { readonly init: string }
  | (Pick<Adaptation, 'name' | 'method'> & {
      readonly modules: readonly string[];
      /** The option that names the modules, for messages. */
      readonly option: string;
    });

/** The start on an open model. Throws UsageError for targets it lacks, what `readTrained` throws, and OFT6001. */
export async function startOn(
  asked: Asked,
  args: Pick<StartArguments, 'dropout'> & { readonly seed: number },
  files: OpenModel,
  io: Io,
  trust?: Trust,
): Promise<StartingPoint> {
  const config = files.config;
  if ('init' in asked) {
    const read = await readTrained(asked.init, files, trust);
    const { name, method, targets, choice } = read;
    if (choice.targetDims)
      throw new UsageError(
        `--init ${asked.init}: its sizes differ between ${Object.keys(choice.targetDims).join(', ')}, and a run trains adapters of one size: merge it, or train on the targets of one size`,
      );
    printNotes(io, [...read.notes, ...(await baseNotes(asked.init, files))]);
    const sites = sitesOf(config, { ...method, targets });
    const dropout = dropoutOf(method, args.dropout, read.dropout);
    return { name, method, targets, sites, dropout, tensors: () => startFrom(sites, choice.tensors) };
  }
  const { name, method, modules, option } = asked;
  const targets = targetsNamed(config, modules, option);
  const dropout = dropoutOf(method, args.dropout);
  const sites = sitesOf(config, { ...method, targets });
  await checkStarted(method);
  const tensors: StartingPoint['tensors'] = (weights) => startOf(config, sites, weights, args.seed);
  return { name, method, targets, sites, dropout, tensors };
}

/**
 * Throws OFT1036 for trainables that state no start, if there are starts with which training changes them all. The
 * message has these.
 */
async function checkStarted({ program }: Adaptation['method']): Promise<void> {
  const lacking = withoutStart(program);
  if (lacking.length === 0) return;
  // These checks load the compiler.
  const { startText } = await import('../../check/candidates.ts');
  const { startsFor } = await import('../../check/stuck.ts');
  const starts = atSmallSizes(() => startsFor(program, lacking));
  if (!starts) return;
  const write = [...starts].map(([name, init]) => `${name}: trainable(…, ${startText(init)})`).join(', ');
  const where = lacking[0]!.spans;
  throw new OftcError('OFT1036', `${noStart(lacking, ` of '${program.name}'`)}: write ${write}`, where);
}

/** The result of a search at small sizes; undefined for a layer that fits none, or that has no gradients. */
function atSmallSizes<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (e) {
    if (e instanceof OftcError) return undefined;
    throw e;
  }
}

/**
 * Notes on an author's layer: tensors that a new run would leave unchanged or does not use, and a start that
 * changes the model.
 */
export async function atStart({ own, program }: Adaptation['method']): Promise<string[]> {
  if (!own) return [];
  const { reflectionNotes } = await import('../../check/reflections.ts');
  const { startNotes } = await import('../../check/start-notes.ts');
  const { stuckNotes } = await import('../../check/stuck.ts');
  const found = (notes: (program: Program) => string[]) => atSmallSizes(() => notes(program)) ?? [];
  return [...unusedNotes(program), ...[stuckNotes, startNotes, reflectionNotes].flatMap(found)];
}

/** Notes on what later commands will need of the adapter, printed before training. */
export function later({ method, sites }: StartingPoint): string[] {
  const { own, program } = method;
  const unread = whyNotPeft(method, sites);
  const notes = unread === undefined ? [] : [unread];
  if (!withWeight(program))
    notes.push(
      `'${program.name}' is not affine in x, or changes its bias, and does not say what its weight becomes, so that merge will refuse the adapter: stop and state it, claims: ({ W, … }) => ({ weight: … }), if it is to be merged`,
    );
  if (own && own.operators.length > 0)
    notes.push(
      `'${program.name}' has operators defined in code (${own.operators.join(', ')}), so that the adapter brings its source, and generate, eval, merge and finetune --init will take it with --trust-code only`,
    );
  return notes;
}

/** A digest of the tensors, which tells starts apart. */
export function digest(tensors: ReadonlyMap<string, HostTensor>): string {
  const hash = createHash('sha256');
  for (const { data } of tensors.values()) hash.update(data);
  return hash.digest('hex');
}

/** A digest of the sequences. It tells tokenizers apart too, since each makes other sequences of the same text. */
export function digestOfTokens({ train, heldOut }: Pick<Data, 'train' | 'heldOut'>): string {
  const hash = createHash('sha256');
  for (const { ids, labels, source } of [...train, ...heldOut])
    for (const numbers of [ids, labels, ...(source ? [source.ids] : [])])
      hash.update(Int32Array.from(numbers));
  return hash.digest('hex');
}
