/** The compiler in a worker, for a page: each method asks one question, and a newer one of a kind replaces an older. */
import type {
  Answer,
  Checked,
  CompileInput,
  Completed,
  Explained,
  Failure,
  Hello,
  Hovered,
  InputOf,
  Kernels,
  Kind,
  LibraryExample,
  OutputOf,
  PositionInput,
  Problem,
  Ran,
  RunInput,
  SourceInput,
  StoredLayer,
  Torch,
  TorchInput,
} from './protocol.ts';

/** The part of a Worker that the client uses; a MessagePort has it too. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'error' | 'messageerror', listener: (event: object) => void): void;
  start?(): void;
  terminate?(): void;
  close?(): void;
}

/** The error for a source that is refused, or for what failed in the worker. */
export class CompilerError extends Error {
  override readonly name = 'CompilerError';
  readonly code: string | undefined;
  /** The problems of the source; empty where the failure is no fault of it. */
  readonly problems: readonly Problem[];

  constructor({ message, code, problems }: Failure) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}

/** The error for a request that a newer one of its kind replaced. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';

  constructor(kind: Kind) {
    super(`a newer request replaced this one: ${kind}`);
  }
}

/** The order in which waiting requests are sent: what a person who types waits for comes first. */
export const ORDER: readonly Kind[] = [
  'hello',
  'complete',
  'hover',
  'check',
  'explain',
  'kernels',
  'torch',
  'program',
  'library',
  'run',
];

/** How long a request may keep others waiting before its worker is replaced, in milliseconds. */
const PATIENCE = 3_000;

interface Pending {
  readonly id: number;
  readonly kind: Kind;
  readonly input: InputOf<Kind>;
  readonly resolve: (output: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The client of a worker. The worker gets one request at a time, and a run beside it, so that no work queues there while
 * a person types: of each kind, only the newest request waits. A client that can make workers replaces one that computes
 * for long what nobody waits for any more, or what matters less than a request that waits.
 */
export class OftcCompiler {
  readonly #make: (() => WorkerLike) | undefined;
  #worker: WorkerLike;
  #impatience: ReturnType<typeof setTimeout> | undefined;
  #next = 1;
  #closed: Error | undefined;
  /** Of each kind, the newest request, if it was not sent yet. */
  readonly #waiting = new Map<Kind, Pending>();
  /** The requests that the worker has. */
  readonly #sent = new Map<number, Pending>();
  #hello: Promise<Hello> | undefined;
  #library: Promise<readonly LibraryExample[]> | undefined;

  /**
   * `worker` runs `oftc/browser/worker`, or is a function that makes such a worker, which may be called again. A
   * MessagePort to such a worker does as well.
   */
  constructor(worker: WorkerLike | (() => WorkerLike)) {
    this.#make = typeof worker === 'function' ? worker : undefined;
    this.#worker = this.#connected(typeof worker === 'function' ? worker() : worker);
  }

  #connected(worker: WorkerLike): WorkerLike {
    const isCurrent = () => worker === this.#worker;
    worker.addEventListener('message', ({ data }) => {
      if (isCurrent()) this.#receive(data as Answer);
    });
    const lost = (event: { readonly message?: string }) => {
      if (!isCurrent()) return;
      this.#close(new Error(`the compiler's worker stopped: ${event.message ?? 'it could not be loaded'}`));
    };
    worker.addEventListener('error', lost);
    worker.addEventListener('messageerror', lost);
    worker.start?.();
    return worker;
  }

  /** The versions in the worker. It resolves when the worker has loaded. */
  hello(): Promise<Hello> {
    this.#hello ??= this.#ask('hello', {});
    return this.#hello;
  }

  /** The problems of a source, and what there is to choose: layers, configurations, sizes. */
  check(input: SourceInput): Promise<Checked> {
    return this.#ask('check', input);
  }

  /** The derivation, its candidates and its costs. Rejects with CompilerError where the source is refused. */
  explain(input: CompileInput): Promise<Explained> {
    return this.#ask('explain', input);
  }

  /** Every kernel of a training step, from its naive loops to WGSL. All sizes have to be given. */
  kernels(input: CompileInput): Promise<Kernels> {
    return this.#ask('kernels', input);
  }

  /** The layer in Python, for PyTorch. All sizes have to be given. */
  torch(input: TorchInput): Promise<Torch> {
    return this.#ask('torch', input);
  }

  /** The layer as data, to train it elsewhere. Rejects for one with operators that its author defined in code. */
  program(input: SourceInput): Promise<StoredLayer> {
    return this.#ask('program', input);
  }

  /** Runs the layer on the worker's own device, as derived beside as written. All sizes have to be given. */
  run(input: RunInput): Promise<Ran> {
    return this.#ask('run', input);
  }

  /** The methods of the library, and other layers to start from. */
  library(): Promise<readonly LibraryExample[]> {
    this.#library ??= this.#ask('library', {});
    return this.#library;
  }

  /** The type of what stands at a position, and its documentation. */
  hover(input: PositionInput): Promise<Hovered> {
    return this.#ask('hover', input);
  }

  /** The names that fit at a position. */
  complete(input: PositionInput): Promise<Completed> {
    return this.#ask('complete', input);
  }

  /** Ends the worker. Requests without an answer reject. */
  dispose(): void {
    this.#close(new Error('the compiler is disposed'));
    end(this.#worker);
  }

  #ask<K extends Kind>(kind: K, input: InputOf<K>): Promise<OutputOf<K>> {
    if (this.#closed) return Promise.reject(this.#closed);
    const older = [this.#waiting.get(kind), ...[...this.#sent.values()].filter((p) => p.kind === kind)];
    return new Promise((resolve, reject) => {
      this.#waiting.set(kind, { id: this.#next++, kind, input, resolve, reject });
      for (const p of older) p?.reject(new SupersededError(kind));
      this.#send();
    });
  }

  /** Sends the first waiting request if the worker is free for it. */
  #send(): void {
    for (const kind of ORDER) {
      const pending = this.#waiting.get(kind);
      const busy = [...this.#sent.values()].some((p) => (p.kind === 'run') === (kind === 'run'));
      if (!pending || busy) continue;
      this.#waiting.delete(kind);
      this.#sent.set(pending.id, pending);
      this.#worker.postMessage({ id: pending.id, kind, input: pending.input });
    }
    clearTimeout(this.#impatience);
    if (this.#make && this.#blocking()) this.#impatience = setTimeout(() => this.#replace(), PATIENCE);
  }

  /** The request that the worker computes while one waits that is its successor, or matters more; none where none does. */
  #blocking(): Pending | undefined {
    const computing = [...this.#sent.values()].find((p) => p.kind !== 'run');
    const first = ORDER.findIndex((kind) => this.#waiting.has(kind));
    return computing && first >= 0 && first <= ORDER.indexOf(computing.kind) ? computing : undefined;
  }

  /** Goes on with a new worker. What the old one had is asked again, unless a newer request of its kind waits. */
  #replace(): void {
    if (!this.#make || this.#closed) return;
    end(this.#worker);
    for (const p of this.#sent.values()) if (!this.#waiting.has(p.kind)) this.#waiting.set(p.kind, p);
    this.#sent.clear();
    this.#worker = this.#connected(this.#make());
    this.#send();
  }

  #receive(answer: Answer): void {
    const pending = this.#sent.get(answer.id);
    if (!pending) return;
    this.#sent.delete(answer.id);
    if ('failure' in answer) pending.reject(new CompilerError(answer.failure));
    else pending.resolve(answer.output as never);
    this.#send();
  }

  #close(error: Error): void {
    this.#closed ??= error;
    clearTimeout(this.#impatience);
    for (const p of [...this.#waiting.values(), ...this.#sent.values()]) p.reject(error);
    this.#waiting.clear();
    this.#sent.clear();
  }
}

function end(worker: WorkerLike): void {
  worker.terminate?.();
  worker.close?.();
}
