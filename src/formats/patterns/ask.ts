/** The worker's answers, typed by what is asked. */
import { ConfinedWorker, type Deadline } from './deadline.ts';
import type { Reply, Request, Requests } from './worker.ts';

export class PatternWorker {
  readonly #worker = new ConfinedWorker('worker');

  get isRunning(): boolean {
    return this.#worker.isRunning;
  }

  /** Throws what ConfinedWorker throws, and an Error with the message of what the worker's work threw. */
  ask<K extends keyof Requests>(
    request: Extract<Request, { readonly kind: K }>,
    deadline: Deadline,
  ): Requests[K]['answers'] {
    const reply = this.#worker.ask(request, deadline) as Reply;
    if ('thrown' in reply) throw new Error(reply.thrown);
    return reply.value as Requests[K]['answers'];
  }
}
