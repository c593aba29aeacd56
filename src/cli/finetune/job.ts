/**
 * A run of `oftc finetune` that is read and checked, before its engine is opened: the part that depends on the
 * model's kind.
 */
import type { AdapterFormat } from '../../finetune/adapter-files.ts';
import type { Digests, Settings } from '../../finetune/loop/checkpoint-fields.ts';
import type { Engine, TrainingEngine } from '../../finetune/loop/engine.ts';
import type { Feed } from '../../finetune/loop/feed.ts';
import type { Left } from '../../finetune/loop/run-folder.ts';
import type { Trust } from '../../finetune/own-files.ts';
import type { TargetModule } from '../../finetune/start.ts';
import type { HostArray, HostTensor } from '../../session/tensors.ts';
import type { Io } from '../io.ts';
import type { Parts } from './choice.ts';
import type { EngineArguments, Found } from './engine-arguments.ts';
import type { Given, Named } from './named.ts';
import type { Asked, StartingPoint } from './start.ts';

/** The part of a run that is known before a file of its model is read. */
export interface Beginning {
  readonly asked: Asked;
  readonly found: Found;
  /** Gives the names of options in messages. */
  readonly named: Named;
  readonly isGiven: Given;
  /** The state that a resumed run goes on from. */
  readonly left: Left | undefined;
  /** Opens the engine of a run on texts. */
  readonly openEngine: (args: EngineArguments, parts: Parts, io: Io) => Promise<Engine>;
  /** Runs code that defines an adapter, where it may run. */
  readonly trust: Trust | undefined;
}

export interface Job<B, E extends TrainingEngine<B>> {
  readonly start: Pick<StartingPoint, 'name' | 'method' | 'dropout'> & {
    readonly sites: readonly TargetModule[];
  };
  /** The tensors of the adapter, and what else is trained, at the start of the run. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly feed: Feed<B, E>;
  readonly settings: Settings;
  readonly digests: Digests;
  /** The state that a resumed run goes on from. */
  readonly left: Left | undefined;
  readonly modelParameters: number;
  /** The note of a run in which nothing is held out. */
  readonly nothingHeldOut: string | undefined;
  readonly format: AdapterFormat;
  readonly examples: Examples;
  /** The fields of the summary that this kind of model has alone. */
  readonly summary: object;
  openEngine(): Promise<E>;
  writeAdapter(folder: string, values: ReadonlyMap<string, HostArray>): Promise<void>;
}

/** How messages and the summary call the examples of a run, and their score. */
export interface Examples {
  readonly called: 'sequences' | 'images';
  readonly train: number;
  readonly heldOut: number;
  /** The score that evaluations have, if they have one. */
  readonly score: ScoreName | undefined;
}

export type ScoreName = 'exact match' | 'accuracy';
