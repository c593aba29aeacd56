/** A worker that answers requests with the types that belong to them. */

import type { Reply, Request, Requests } from './answer.ts';
import { ConfinedWorker, type Deadline } from './deadline.ts';

export class PatternWorker {
  readonly #worker = new ConfinedWorker('worker');

  get isRunning(): boolean {
    return this.#worker.isRunning;
  }

  /** The answer to a request. Throws what ConfinedWorker throws, and an Error for an error in the worker. */
  ask<K extends keyof Requests>(
    request: Extract<Request, { readonly kind: K }>,
    deadline: Deadline,
  ): Requests[K]['answers'] {
    const reply = this.#worker.ask(request, deadline) as Reply;
    if ('thrown' in reply) throw new Error(reply.thrown);
    return reply.value as Requests[K]['answers'];
  }
}
