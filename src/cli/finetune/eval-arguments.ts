/** The options of `oftc eval`. */
import type { BeamArguments } from './beams.ts';
import type { AnswerArguments } from './exam.ts';
import type { ModelArguments } from './with-model.ts';

export interface EvalArguments extends ModelArguments, AnswerArguments, BeamArguments {
  readonly data: readonly string[];
  readonly length: number;
  readonly batch: number;
  readonly chatTemplate?: string;
  /** Whether to continue the prompts too. */
  readonly generate?: boolean;
  /** The .jsonl file to write the generated responses to. */
  readonly answers?: string;
  /** The file to write the logits of the first batch to. */
  readonly logits?: string;
  /** Whether to measure all adapters together too. */
  readonly compose?: boolean;
  /** Whether to measure the angles between neurons; by default, those of methods that rotate. */
  readonly angles?: boolean;
  /** The most tokens that an encoder reads. */
  readonly sourceLength?: number;
  /** Whether to measure what the generated responses have in common with the data's. */
  readonly rouge?: boolean;
}
