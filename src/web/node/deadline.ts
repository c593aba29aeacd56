/**
 * In the place of src/formats/patterns/deadline.ts. A tab has no thread that it may wait for, unless its server isolates it.
 * So the work is done at once, in the worker that asks for it: the page stays as it is meanwhile, and ends that worker if
 * the visitor does not want to wait any longer. The limits of a template's sizes hold here too.
 */
import { answer, type RenderRequest } from '../../formats/chat/answer.ts';
import { answering, type Request } from '../../formats/patterns/answer.ts';

export { DeadlinePassed, WorkerEnded } from '../../formats/patterns/deadline-errors.ts';

/** The processor time that is left, in seconds; here it is not counted. */
export interface Deadline {
  left: number;
}

/** The functions that answer, by the names of their modules in Node. */
const ANSWERS: Readonly<Record<string, () => (message: unknown) => unknown>> = {
  worker: () => {
    const answers = answering(() => {});
    return (message) => answers(message as Request);
  },
  '../chat/worker': () => (message) => answer(message as RenderRequest, () => {}),
};

export class ConfinedWorker {
  readonly #module: string;
  #answer: ((message: unknown) => unknown) | undefined;

  constructor(module: string) {
    this.#module = module;
  }

  get isRunning(): boolean {
    return this.#answer !== undefined;
  }

  ask(message: unknown): unknown {
    this.#answer ??= ANSWERS[this.#module]!();
    return this.#answer(message);
  }
}
