/** Processor time that a piece of work may take, and a worker thread that is ended when it has taken it. */
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';

/** Processor time that is left, in seconds. */
export interface Deadline {
  left: number;
}

/** The state that both threads see. */
const STATE = 0;
const STEP = 1;
/** Values of `STATE`. */
const WORKING = 0;
const REPLIED = 1;
const ENDED = 2;

/** How long the caller sleeps before it looks at the time again, in ms. */
const SLICE = 50;
/** So many slices in a row without processor time: nothing works any more. */
const STALLED = 1200;

/** What a worker's module gets as its data. */
export interface WorkerSide {
  readonly port: MessagePort;
  /** Tells that the worker is in this step, a number from 1 on, which counts against the deadline; 0 for none. */
  readonly step: (step: number) => void;
  readonly reply: (message: unknown) => void;
}

interface Data {
  readonly port: MessagePort;
  readonly state: Int32Array;
}

export const workerSide = ({ port, state }: Data): WorkerSide => ({
  port,
  step: (step) => Atomics.store(state, STEP, step),
  reply(message) {
    port.postMessage(message);
    Atomics.store(state, STATE, REPLIED);
    Atomics.notify(state, STATE);
  },
});

/**
 * Starts the module and tells of its end. TypeScript as it stands, in tests, goes through jiti. It is text, because a
 * worker that starts from a file needs that file's loader.
 */
const START = `
const { workerData } = require('node:worker_threads');
const { state, jiti, file } = workerData;
process.on('exit', () => { Atomics.store(state, ${STATE}, ${ENDED}); Atomics.notify(state, ${STATE}); });
if (jiti) require(jiti).createJiti(file)(require('node:url').fileURLToPath(file)); else import(file);
`;

interface Running {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly state: Int32Array;
}

/** Ends the workers of those who are no longer there. */
const abandoned = new FinalizationRegistry<Worker>((worker) => void worker.terminate());

export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';
}

/** The time is over; `step` is the one that took it. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly step: number;

  constructor(step: number) {
    super(`step ${step} takes too long`);
    this.step = step;
  }
}

/**
 * A worker thread that answers one message at a time while the caller waits. It starts with the first message, starts
 * again after it was ended, and keeps no process alive.
 */
export class ConfinedWorker {
  readonly #module: string;
  #running: Running | undefined;

  /** The module's name, beside this one, without an ending. It calls `workerSide(workerData)`. */
  constructor(module: string) {
    this.#module = module;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /**
   * The worker's reply. Throws DeadlinePassed, or WorkerEnded where it stopped of itself, for want of memory for
   * example. Processor time is that of this process, which waits meanwhile, so that other processes cannot use it up.
   */
  ask(message: unknown, deadline: Deadline): unknown {
    this.#running ??= this.#start();
    const { port, state } = this.#running;
    if (Atomics.load(state, STATE) === ENDED) this.#end();
    else {
      Atomics.store(state, STATE, WORKING);
      port.postMessage(message);
      this.#wait(state, deadline);
    }
    if (this.#running === undefined) throw new WorkerEnded('the worker thread ended');
    return receiveMessageOnPort(port)?.message;
  }

  #wait(state: Int32Array, deadline: Deadline): void {
    let before = times();
    let idle = 0;
    for (;;) {
      Atomics.wait(state, STATE, WORKING, SLICE);
      const now = times();
      const used = Math.min(now.processor - before.processor, now.clock - before.clock);
      before = now;
      idle = used < 0.001 ? idle + 1 : 0;
      const step = Atomics.load(state, STEP);
      if (step !== 0) deadline.left -= used;
      const is = Atomics.load(state, STATE);
      if (is === REPLIED) return;
      if (is === WORKING && idle < STALLED && deadline.left > 0) continue;
      this.#end();
      if (deadline.left <= 0) throw new DeadlinePassed(step);
      return;
    }
  }

  #end(): void {
    void this.#running?.worker.terminate();
    this.#running?.port.close();
    this.#running = undefined;
  }

  #start(): Running {
    const here = import.meta.url;
    const source = here.endsWith('.ts');
    const { port1: port, port2 } = new MessageChannel();
    const state = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(START, {
      eval: true,
      execArgv: [],
      transferList: [port2],
      workerData: {
        port: port2,
        state,
        file: new URL(`./${this.#module}.${source ? 'ts' : 'js'}`, here).href,
        jiti: source ? createRequire(here).resolve('jiti') : undefined,
      },
    });
    worker.unref();
    // `ask` finds out by the state that it ended.
    worker.on('error', () => {});
    abandoned.register(this, worker);
    return { worker, port, state };
  }
}

const times = () => {
  const { user, system } = process.cpuUsage();
  return { processor: (user + system) / 1e6, clock: performance.now() / 1e3 };
};
