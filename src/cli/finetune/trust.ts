/** The trust in an author's code that --trust-code states. */
import { fromFile } from '../../finetune/methods.ts';
import type { Trust } from '../../finetune/own-files.ts';
import { type Io, say } from '../io.ts';

export interface TrustArguments {
  /** Whether to run the author's code that defines the adapter, if only that code defines it. */
  readonly trustCode?: boolean;
}

/** With --trust-code, the front end that runs the author's code, and announces it before. */
export const trustOf = ({ trustCode }: TrustArguments, io: Io): Trust | undefined =>
  trustCode ? { announce: (what) => say(io, what), load: fromFile } : undefined;
