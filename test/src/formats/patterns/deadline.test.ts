/** A confined worker, with stand-ins for threads, for waiting and for clocks: when it is asked, and when it is ended. */
import { syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';
import threads from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfinedWorker, DeadlinePassed, WorkerEnded } from '../../../../src/formats/patterns/deadline.ts';

const [REPLIED, ENDED] = [1, 2];
interface Data {
  readonly state: Int32Array;
  readonly file: string;
  readonly megabytes: number | undefined;
}

/** The threads that were started, with what was asked of each. */
let started: Thread[];
let posted: unknown[];
/** The owners and the threads of a registry of objects that are collected. */
let registered: unknown[];
/** The index and the value of the state that a slice waits for, and the most milliseconds. */
let waited: number[];
/** The number of slices of waiting, the microseconds of both kinds of processor time, and the milliseconds of the wall clock. */
let waits: number;
let [user, system, wall]: number[] = [];
/** These run when a message is posted, and in each slice. */
let onPost: (state: Int32Array) => void;
let onWait: (state: Int32Array) => void;
const sets = (index: number, value: number) => (state: Int32Array) => {
  state[index] = value;
};
/** Each slice takes the given times, and the state becomes REPLIED in the slice of the given number. */
const slices = (times: readonly [user: number, system: number, wall: number], replied = 0) => {
  onWait = (state) => {
    [user, system, wall] = [user! + times[0], system! + times[1], wall! + times[2]];
    if (waits === replied) state[0] = REPLIED;
  };
};

class Thread {
  readonly calls: string[] = [];
  readonly script: string;
  readonly data: Data;
  constructor(script: string, { workerData }: { readonly workerData: Data }) {
    [this.script, this.data] = [script, workerData];
    started.push(this);
  }
  unref(): void {
    this.calls.push('unref');
  }
  on(event: string): void {
    this.calls.push(event);
  }
  terminate(): void {
    this.calls.push('terminate');
  }
}
const STARTED = ['unref', 'error'];
class Channel {
  readonly port1 = {
    postMessage(message: unknown) {
      posted.push(message);
      onPost(started.at(-1)!.data.state);
    },
    close() {},
  };
  readonly port2 = {};
}

const { Worker, MessageChannel, receiveMessageOnPort } = threads;
const { wait } = Atomics;
const { cpuUsage } = process;
const { register } = FinalizationRegistry.prototype;
beforeEach(() => {
  [started, posted, waited, registered, waits, user, system, wall] = [[], [], [], [], 0, 0, 0, 0];
  onPost = sets(0, REPLIED);
  slices([0, 0, 0]);
  const receive = () => ({ message: `reply ${posted.length}` });
  Object.assign(threads, { Worker: Thread, MessageChannel: Channel, receiveMessageOnPort: receive });
  syncBuiltinESMExports();
  Object.assign(Atomics, {
    wait: (state: Int32Array, ...of: number[]) => {
      if (++waits > 5000) throw new Error('it waits without an end');
      waited = of;
      onWait(state);
    },
  });
  Object.assign(process, { cpuUsage: () => ({ user, system }) });
  Object.assign(performance, { now: () => wall });
  Object.assign(FinalizationRegistry.prototype, { register: (...of: unknown[]) => registered.push(of) });
});
afterEach(() => {
  Object.assign(threads, { Worker, MessageChannel, receiveMessageOnPort });
  syncBuiltinESMExports();
  Object.assign(Atomics, { wait });
  Object.assign(process, { cpuUsage });
  Reflect.deleteProperty(performance, 'now');
  Object.assign(FinalizationRegistry.prototype, { register });
});

const asked = (left: number) => new ConfinedWorker('worker').ask('a', { left });

describe('a worker is started', () => {
  it('once, from a file beside this one, and keeps no process alive', () => {
    const worker = new ConfinedWorker('../chat/worker');
    expect([worker.ask('a', { left: 1 }), worker.ask('b', { left: 1 })]).toEqual(['reply 1', 'reply 2']);
    expect([posted, started.map(({ calls }) => calls)]).toEqual([['a', 'b'], [STARTED]]);
    expect(started[0]!.data.file).toBe(
      new URL('../../../../src/formats/chat/worker.ts', import.meta.url).href,
    );
    expect(registered).toEqual([[worker, started[0]]]);
  });

  it('by a thread that limits its memory, where there is a limit', () => {
    new ConfinedWorker('worker', 64).ask('a', { left: 1 });
    asked(1);
    // A worker may pass its limit by 16 MB, and 8 MB of new values stay below them.
    const young = /maxYoungGenerationSizeMb: (\d+)/;
    expect(started.map(({ data, script }) => [data.megabytes, young.exec(script)?.[1]])).toEqual([
      [64, '8'],
      [undefined, undefined],
    ]);
  });
});

describe('a worker that ends by itself', () => {
  it('is not asked again, and another one is started after', () => {
    const worker = new ConfinedWorker('worker');
    worker.ask('a', { left: 1 });
    started[0]!.data.state[0] = ENDED;
    expect(() => worker.ask('b', { left: 1 })).toThrow(WorkerEnded);
    expect([worker.isRunning, posted, started[0]!.calls]).toEqual([false, ['a'], [...STARTED, 'terminate']]);
    expect(worker.ask('c', { left: 1 })).toBe('reply 2');
    expect(started).toHaveLength(2);
  });

  it('at a message gives no reply', () => {
    const worker = new ConfinedWorker('worker');
    onPost = sets(0, ENDED);
    expect(() => worker.ask('a', { left: 1 })).toThrow(WorkerEnded);
    expect([worker.isRunning, waits, started[0]!.calls]).toEqual([false, 1, [...STARTED, 'terminate']]);
  });
});

describe('a worker that goes on', () => {
  it('is stuck after 1200 slices of less than a millisecond', () => {
    onPost = () => {};
    slices([300, 200, 0.5]);
    expect(() => asked(1)).toThrow(WorkerEnded);
    expect([waits, waited, started[0]!.calls]).toEqual([1200, [0, 0, 50], [...STARTED, 'terminate']]);
  });

  it('is not stuck at a slice of a millisecond, from which slices are counted anew', () => {
    onPost = () => {};
    onWait = () => {
      if (waits === 1) [user, system, wall] = [600, 400, 1];
    };
    expect(() => asked(1)).toThrow(WorkerEnded);
    expect(waits).toBe(1201);
  });

  it('may take many slices', () => {
    onPost = () => {};
    slices([1000, 1000, 2], 2000);
    expect(asked(1)).toBe('reply 1');
  });

  it.each<readonly [clock: string, user: number, system: number, wall: number]>([
    ['the processor', 300_000, 200_000, 9000],
    ['the wall', 9_000_000, 0, 500],
  ])('uses the time of the slower clock, that of %s', (_, ...times) => {
    onPost = sets(1, 3);
    slices(times, 2);
    const deadline = { left: 3 };
    new ConfinedWorker('worker').ask('a', deadline);
    expect(deadline.left).toBe(2);
  });

  it('uses no time where it is in no step', () => {
    onPost = () => {};
    slices([9_000_000, 0, 9000], 2);
    const deadline = { left: 3 };
    new ConfinedWorker('worker').ask('a', deadline);
    expect(deadline.left).toBe(3);
  });

  it('is ended in the slice in which no time is left', () => {
    onPost = sets(1, 3);
    slices([500_000, 0, 500]);
    expect(() => asked(1)).toThrow(new DeadlinePassed(3));
    expect([waits, started[0]!.calls]).toEqual([2, [...STARTED, 'terminate']]);
  });
});
