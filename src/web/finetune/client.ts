/** The page's side of the worker that finetunes. */
import type { Answer, Failure, Kind, Report, Requests } from './protocol.ts';

export interface WorkerLike {
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: (event: never) => void): void;
  terminate(): void;
}

/** The error for a request that the worker refused. */
export class FinetuneError extends Error {
  override readonly name = 'FinetuneError';
  readonly code: string | undefined;

  constructor({ message, code }: Failure) {
    super(message);
    this.code = code;
  }
}

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

export class Finetuner {
  readonly #worker: WorkerLike;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  /** `heard` gets the reports. */
  constructor(worker: WorkerLike, heard: (report: Report) => void) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: { readonly data: Answer | Report }) => {
      if ('report' in data) return heard(data);
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ('failure' in data) waiting?.reject(new FinetuneError(data.failure));
      else waiting?.resolve(data.gets as never);
    });
    worker.addEventListener('error', ({ message }: { readonly message?: string }) => {
      const error = new FinetuneError({ message: message || 'the worker did not start: reload the page' });
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  ask<K extends Kind>(
    kind: K,
    ...given: Requests[K]['gives'] extends undefined ? [] : [gives: Requests[K]['gives']]
  ): Promise<Requests[K]['gets']> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, kind, gives: given[0] });
    });
  }

  /** Ends the worker at once, with the run that goes on: its last checkpoint is whole. */
  end(): void {
    this.#worker.terminate();
    const error = new FinetuneError({ message: 'it was stopped' });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
