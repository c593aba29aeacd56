/** Lets a model answer the prompts of held-out data, for `finetune --eval-generate` and `eval --generate`. */
import { OftcError } from '../../../compiler/errors/error.ts';
import {
  type Answered,
  type Continues,
  examined,
  questionsOf,
  searchFor,
  unmarked,
} from '../../finetune/answers.ts';
import type { Sequence } from '../../finetune/batch.ts';
import type { OpenModel } from '../../formats/model.ts';
import { UsageError } from '../usage-error.ts';
import { type Named, onCommandLine } from './named.ts';

export interface AnswerArguments {
  /** The source of the regular expression that finds the answer in a response. */
  readonly answer?: string;
  /** The most tokens of a generated response. */
  readonly answerTokens?: number;
  readonly batch: number;
}

/** The questions of a run, asked of a model that may change in between. */
export type Exam = (model: Continues) => Promise<readonly Answered[]>;

/** Throws UsageError for options on answers where none are generated; `option` would have them generated. */
export function checkAnswers(
  { answer, answerTokens }: AnswerArguments,
  generates: boolean,
  option: string,
  named: Named = onCommandLine,
): void {
  const [given] = [answer && named('answer'), answerTokens && named('answer-tokens')].filter(Boolean);
  if (given && !generates)
    throw new UsageError(`${given} is of generated answers: add ${option}, or leave ${given} out`);
}

/**
 * The exam on some sequences. Throws OFT6004 for sequences without a prompt, and for a response that does not mark its
 * answer.
 */
export async function examOn(
  sequences: readonly Sequence[],
  { answer, answerTokens, batch }: AnswerArguments,
  files: OpenModel,
): Promise<Exam> {
  const tokenizer = await files.tokenizer();
  const questions = questionsOf(sequences, tokenizer, files.config.eosTokenIds);
  if (questions.length === 0)
    throw new OftcError(
      'OFT6004',
      sequences.length === 0
        ? 'no answers can be generated, for nothing is held out: give --validation, or a larger part as --hold-out'
        : 'no answers can be generated, for the held-out data have no prompts: give .jsonl with a "prompt" and a "completion" a line, or with "messages"',
    );
  const find = answer === undefined ? undefined : searchFor(answer);
  if (answer !== undefined && !find)
    throw new UsageError(
      `--answer ${answer} may take long to search for: write it without back references, lookarounds, and repetitions of what can be empty`,
    );
  const wrong = unmarked(questions, find);
  if (wrong)
    throw new OftcError(
      'OFT6004',
      `--answer ${answer} matches nothing in a response of the held-out data: ${JSON.stringify(wrong.response)}`,
    );
  return (model) => examined(model, questions, tokenizer, { batch, most: answerTokens, find });
}
