/**
 * Reports on training as it goes: a line that a terminal overwrites, or now and then a line of a log, and a line for
 * each evaluation.
 */
import { duration } from '../../explain/units.ts';
import type { Score } from '../../finetune/answers.ts';
import type { Evaluation, StepMetric } from '../../finetune/loop/metrics.ts';
import type { Model } from '../../finetune/model-run.ts';
import { ERASE_LINE, type Io, say } from '../io.ts';

/** The bytes of a model's tensors, by the form that they are held in: `f32 3.21 MB, nf4:64 0.42 MB`. */
export const heldAs = (bytes: Model['bytes']): string =>
  Object.entries(bytes)
    .map(([form, n]) => `${form} ${(n / 1e6).toFixed(2)} MB`)
    .join(', ');

/** Answers as a part and as numbers: `85.0 % (17 of 20)`. */
export const shownScore = ({ correct, asked }: Score): string =>
  `${((100 * correct) / asked).toFixed(1)} % (${correct} of ${asked})`;

/** The weight of the newest step in the running mean of the step time. */
const NEWEST = 0.1;

/** The number of parts of a run. Without a terminal, its first step and the start of each part have a line. */
const PARTS = 10;
/** The most seconds of steps without a line, where there is no terminal. */
const PATIENCE = 60;

export class TrainingLine {
  readonly #io: Io;
  readonly #steps: number;
  readonly #first: number;
  readonly #score: string | undefined;
  /** The running mean of the seconds of a step. */
  #mean = 0;
  /** The seconds of steps since the last line. */
  #silent = 0;

  /** `first` is the step that the run goes on from, and `score` what evaluations call theirs. */
  constructor(
    io: Io,
    steps: number,
    { first, score }: { readonly first: number; readonly score: string | undefined },
  ) {
    this.#io = io;
    this.#steps = steps;
    this.#first = first;
    this.#score = score;
    if (first > 0) this.say(`resumed after step ${first}`);
  }

  step({ step, loss, tokens, seconds }: StepMetric): void {
    this.#mean = step === this.#first + 1 ? seconds : this.#mean * (1 - NEWEST) + seconds * NEWEST;
    const { stderr } = this.#io;
    this.#silent += seconds;
    if (!stderr.isTTY && !this.#isDue(step)) return;
    this.#silent = 0;
    const left = step < this.#steps ? `  ${duration(this.#mean * (this.#steps - step))} left` : '';
    const rate = (tokens / this.#mean).toFixed(0);
    const text = `step ${step}/${this.#steps}  loss ${loss.toFixed(4)}  ${rate} tokens/s${left}`;
    if (stderr.isTTY) stderr.write(`${ERASE_LINE}${text}`);
    else say(this.#io, text);
  }

  #isDue(step: number): boolean {
    const part = (n: number) => Math.floor((n * PARTS) / this.#steps);
    return step === this.#first + 1 || part(step) > part(step - 1) || this.#silent >= PATIENCE;
  }

  evaluated(evaluation: Evaluation): void {
    const { step, heldOut } = evaluation;
    const score = 'correct' in evaluation ? `, ${this.#score} ${shownScore(evaluation)}` : '';
    this.say(`step ${step}: held-out loss ${heldOut.toFixed(4)}${score}`);
  }

  say(line: string): void {
    this.clear();
    say(this.#io, line);
  }

  clear(): void {
    if (this.#io.stderr.isTTY) this.#io.stderr.write(ERASE_LINE);
  }
}
