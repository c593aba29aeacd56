/** Limits the processor time of work by running it in a worker thread, which is ended when the time is over. */
import { extname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { DeadlinePassed, WorkerEnded } from './deadline-errors.ts';

export { DeadlinePassed, WorkerEnded };

/** The processor time that is left, in seconds. */
export interface Deadline {
  left: number;
}

/** Indices into the state that both threads share. */
const STATE = 0;
const STEP = 1;
/** The values of `STATE`. */
const WORKING = 0;
const REPLIED = 1;
const ENDED = 2;

/** The milliseconds that the caller sleeps between looks at the time. */
const SLICE = 50;
/** The number of successive slices without processor time after which the worker counts as stuck. */
const STALLED = 1200;

/** The worker's side of the connection, made from its `workerData`. */
export interface WorkerSide {
  readonly port: MessagePort;
  /**
   * Records the step that the worker is in. Steps count from 1, and their time counts against the deadline. 0 means
   * that it is in no step.
   */
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
 * The worker's script, which starts the module and records its end. In tests, jiti loads the TypeScript source. The
 * script is text, because a worker that starts from a file needs that file's loader.
 */
const START = `
const { workerData } = require('node:worker_threads');
const { state, file } = workerData;
process.on('exit', () => { Atomics.store(state, ${STATE}, ${ENDED}); Atomics.notify(state, ${STATE}); });
if (file.endsWith('.ts'))
  require('node:module').createRequire(file)('jiti').createJiti(file)(require('node:url').fileURLToPath(file));
else import(file);
`;

/**
 * The megabytes of new values that a worker keeps apart. V8 lets a worker pass its limit by 16 MB before it ends the
 * whole process, and new values move beyond the limit all at once.
 */
const YOUNG = 8;

/**
 * The script of a thread that starts the worker within limits of memory and records its end. A worker that is out of
 * memory stops without a word, and the thread that started it would have to leave `ask` to hear of it.
 */
const WATCH = `
const { Worker, workerData } = require('node:worker_threads');
const { script, megabytes, ...data } = workerData;
const ended = () => { Atomics.store(data.state, ${STATE}, ${ENDED}); Atomics.notify(data.state, ${STATE}); };
new Worker(script, {
  eval: true, execArgv: [], workerData: data, transferList: [data.port],
  resourceLimits: { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: ${YOUNG} },
}).on('error', () => {}).on('exit', ended);
`;

interface Running {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly state: Int32Array;
}

/** Ends the workers of owners that were garbage-collected. */
const abandoned = new FinalizationRegistry<Worker>((worker) => void worker.terminate());

/**
 * A worker thread that answers one message at a time while the caller waits. It starts with the first message, is
 * restarted after it was ended, and keeps no process alive.
 */
export class ConfinedWorker {
  readonly #module: string;
  readonly #megabytes: number | undefined;
  #running: Running | undefined;

  /**
   * Takes the path of a module from this folder, without an ending, and the most memory that it may take. The module
   * calls `workerSide(workerData)`.
   */
  constructor(module: string, megabytes?: number) {
    this.#module = module;
    this.#megabytes = megabytes;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /**
   * The worker's reply to a message. Throws DeadlinePassed, or WorkerEnded if the worker stopped by itself, for
   * example out of memory, or is stuck. The deadline counts this process's own time, so that other processes cannot
   * use it up.
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
    const { port1: port, port2 } = new MessageChannel();
    const state = new Int32Array(new SharedArrayBuffer(8));
    const file = new URL(`./${this.#module}${extname(here)}`, here).href;
    const megabytes = this.#megabytes;
    const worker = new Worker(megabytes === undefined ? START : WATCH, {
      eval: true,
      execArgv: [],
      transferList: [port2],
      workerData: { port: port2, state, file, script: START, megabytes },
    });
    worker.unref();
    // `ask` learns from the state that the worker ended.
    worker.on('error', () => {});
    abandoned.register(this, worker);
    return { worker, port, state };
  }
}

const times = () => {
  const { user, system } = process.cpuUsage();
  return { processor: (user + system) / 1e6, clock: performance.now() / 1e3 };
};
