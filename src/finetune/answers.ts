/**
 * Measures how often a model's own response has the answer of the data's. The model continues each prompt greedily, and
 * the marked answers of both responses are compared as text.
 */

import { type Find, linear } from '../formats/patterns/linear.ts';
import { eachMatch } from '../formats/patterns/text-pattern.ts';
import type { Tokenizer } from '../formats/tokenizer/index.ts';
import { IGNORED, type Sequence, type SourceText } from './batch.ts';
import type { ContinueOptions, Prompt } from './greedy.ts';
import { spelt } from './spelt.ts';

/** A prompt, with the response that the data have for it. */
export interface Question extends Prompt {
  readonly response: string;
  /** The number of tokens of the response, its end included. */
  readonly tokens: number;
}

/** An answer of the model beside the data's; undefined where a response marks none. */
export interface Answered {
  readonly prompt: string;
  readonly response: string;
  readonly generated: string;
  readonly correct: boolean;
}

export interface Score {
  readonly correct: number;
  readonly asked: number;
}

/** An engine or a model that continues prompts. */
export interface Continues {
  continued(prompts: readonly Prompt[], options: ContinueOptions): Promise<readonly (readonly number[])[]>;
}

type Decodes = Pick<Tokenizer, 'decode' | 'token'>;

/**
 * The responses in sequences whose prompts do not count in the loss: each run of labels that count, with all tokens of
 * its text before it as the prompt. A text whose first label counts has no prompt, and asks nothing.
 */
export function questionsOf(
  sequences: readonly Sequence[],
  tokenizer: Decodes,
  ends: readonly number[],
): Question[] {
  return sequences.flatMap(({ ids, labels, source, starts = [0] }) => {
    if (source) return [questionOn(source, ids[0]!, Array.from(labels), tokenizer, ends)];
    return starts.flatMap((first, n) => {
      const end = starts[n + 1] ?? ids.length;
      const text = { ids: Array.from(ids).slice(first, end), labels: Array.from(labels).slice(first, end) };
      return questionsIn(text, tokenizer, ends);
    });
  });
}

/** The question of a text that an encoder reads: the decoder starts with its own token, and its text is the response. */
function questionOn(
  source: SourceText,
  start: number,
  labels: readonly number[],
  tokenizer: Decodes,
  ends: readonly number[],
): Question {
  const response = labels.filter((id) => id !== IGNORED);
  return { ids: [start], source, end: ends, response: spelt(tokenizer, response), tokens: response.length };
}

function questionsIn(
  { ids, labels }: { readonly ids: readonly number[]; readonly labels: readonly number[] },
  tokenizer: Decodes,
  ends: readonly number[],
): Question[] {
  const questions: Question[] = [];
  for (let at = 1; at < labels.length; at++) {
    if (labels[at] === IGNORED || labels[at - 1] !== IGNORED) continue;
    const after = labels.indexOf(IGNORED, at);
    const response = labels.slice(at, after < 0 ? labels.length : after);
    // A chat's turn may end with another special token than its model's text.
    const last = response.at(-1)!;
    const end = spelt(tokenizer, [last]) === '' ? [...ends, last] : ends;
    const until = response.findIndex((id) => end.includes(id));
    questions.push({
      ids: ids.slice(0, at + 1),
      end,
      response: spelt(tokenizer, until < 0 ? response : response.slice(0, until)),
      tokens: response.length,
    });
  }
  return questions;
}

/** The mark before an answer in GSM8K, and in data like it. */
const MARK = '####';

/**
 * The search for a regular expression that marks answers. It takes linear time, since the expression may come from a
 * file of somebody else. Undefined for an expression that it cannot search for, such as one with back references or
 * lookarounds. Throws SyntaxError for an expression that is none.
 */
export const searchFor = (source: string): Find | undefined => linear(new RegExp(source, 'gu'), 'groups');

/**
 * The answer that a text marks, without space around it: the first group, or else the whole, of the last match of
 * `find`. Without a search it is what follows the last `####`, in data that have this mark, and else the whole text.
 * It is undefined where a text has no mark.
 */
export function answerIn(text: string, find: Find | undefined, marked: boolean): string | undefined {
  if (find) {
    const last = [...eachMatch(find, text)].at(-1);
    return last && (last.groups[0] ?? text.slice(last.start, last.end)).trim();
  }
  if (!marked) return text.trim();
  const at = text.lastIndexOf(MARK);
  return at < 0 ? undefined : text.slice(at + MARK.length).trim();
}

/** The options of an examination of a model. */
export interface ExamOptions {
  readonly batch: number;
  /** The most tokens of a generated response; by default twice those of the longest in the data. */
  readonly most: number | undefined;
  /** The search for what marks an answer in a response. */
  readonly find: Find | undefined;
}

/** Asks a model all questions, and tells of each whether the answer is the data's. */
export async function examined(
  model: Continues,
  questions: readonly Question[],
  tokenizer: Decodes,
  { batch, most, find }: ExamOptions,
): Promise<Answered[]> {
  const tokens = most ?? 2 * Math.max(0, ...questions.map((q) => q.tokens));
  const texts = await model.continued(questions, { most: tokens, batch });
  return questions.map(({ ids, source, response }, n) => {
    const generated = spelt(tokenizer, texts[n]!);
    const marked = response.includes(MARK);
    const wanted = answerIn(response, find, marked);
    const correct = wanted !== undefined && answerIn(generated, find, marked) === wanted;
    const prompt = spelt(tokenizer, source ? Array.from(source.ids).slice(0, source.count) : ids);
    return { prompt, response, generated, correct };
  });
}

/** The first question whose response marks no answer. */
export const unmarked = (questions: readonly Question[], find: Find | undefined): Question | undefined =>
  find && questions.find(({ response }) => answerIn(response, find, false) === undefined);

export const scoreOf = (answers: readonly Answered[]): Score => ({
  correct: answers.filter((a) => a.correct).length,
  asked: answers.length,
});
