/** A confined worker, with stand-ins for threads, for waiting and for clocks: when it is asked, and when it is ended. */
import { syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';
import threads from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfinedWorker, DeadlinePassed, WorkerEnded } from '../../../../src/formats/patterns/deadline.ts';

const [REPLIED, ENDED] = [1, 2];
interface Data {
  readonly state: Int32Array;
  readonly megabytes?: number;
}

/** The data of the workers that were started, the messages to them, and how many were ended. */
let started: Data[];
let posted: unknown[];
let ended: number;
/** The number of slices of waiting, and the seconds of the two clocks. */
let waits: number;
let clock: { processor: number; wall: number };
/** These run when a message is posted, and in each slice. */
let onPost: (state: Int32Array) => void;
let onWait: (state: Int32Array) => void;

const sets = (index: number, value: number) => (state: Int32Array) => {
  state[index] = value;
};

class Thread {
  constructor(_: string, { workerData }: { readonly workerData: Data }) {
    started.push(workerData);
  }
  unref(): void {}
  on(): void {}
  terminate(): void {
    ended++;
  }
}
class Channel {
  readonly port1 = {
    postMessage(message: unknown) {
      posted.push(message);
      onPost(started.at(-1)!.state);
    },
    close() {},
  };
  readonly port2 = {};
}

const { Worker, MessageChannel, receiveMessageOnPort } = threads;
const { wait } = Atomics;
const { cpuUsage } = process;
beforeEach(() => {
  [started, posted, ended, waits, clock] = [[], [], 0, 0, { processor: 7, wall: 1000 }];
  onPost = sets(0, REPLIED);
  onWait = () => {};
  const receive = () => ({ message: `reply ${posted.length}` });
  Object.assign(threads, { Worker: Thread, MessageChannel: Channel, receiveMessageOnPort: receive });
  syncBuiltinESMExports();
  Object.assign(Atomics, {
    wait: (state: Int32Array) => {
      waits++;
      onWait(state);
    },
  });
  Object.assign(process, { cpuUsage: () => ({ user: clock.processor * 1e6, system: 0 }) });
  Object.assign(performance, { now: () => clock.wall * 1e3 });
});
afterEach(() => {
  Object.assign(threads, { Worker, MessageChannel, receiveMessageOnPort });
  syncBuiltinESMExports();
  Object.assign(Atomics, { wait });
  Object.assign(process, { cpuUsage });
  Reflect.deleteProperty(performance, 'now');
});

it('a worker is started once, with the limit of memory that it is given', () => {
  const limited = new ConfinedWorker('worker', 64);
  expect([limited.ask('a', { left: 1 }), limited.ask('b', { left: 1 })]).toEqual(['reply 1', 'reply 2']);
  new ConfinedWorker('worker').ask('c', { left: 1 });
  expect(started.map(({ megabytes }) => megabytes)).toEqual([64, undefined]);
  expect(posted).toEqual(['a', 'b', 'c']);
});

describe('a worker that ends by itself', () => {
  it('is not asked again, and another one is started after', () => {
    const worker = new ConfinedWorker('worker');
    worker.ask('a', { left: 1 });
    started[0]!.state[0] = ENDED;
    expect(() => worker.ask('b', { left: 1 })).toThrow(WorkerEnded);
    expect([worker.isRunning, posted, ended]).toEqual([false, ['a'], 1]);
    expect(worker.ask('c', { left: 1 })).toBe('reply 2');
    expect(started).toHaveLength(2);
  });

  it('at a message gives no reply', () => {
    const worker = new ConfinedWorker('worker');
    onPost = sets(0, ENDED);
    expect(() => worker.ask('a', { left: 1 })).toThrow(WorkerEnded);
    expect([worker.isRunning, ended]).toEqual([false, 1]);
  });
});

describe('a worker that goes on', () => {
  it('is stuck after 1200 slices in which no time is used', () => {
    onPost = () => {};
    expect(() => new ConfinedWorker('worker').ask('a', { left: 1 })).toThrow(WorkerEnded);
    expect([waits, ended]).toEqual([1200, 1]);
  });

  it('is not stuck where it uses two milliseconds in a slice', () => {
    onPost = () => {};
    onWait = (state) => {
      if (waits === 1100) clock = { processor: clock.processor + 0.002, wall: clock.wall + 0.002 };
      if (waits === 2000) state[0] = REPLIED;
    };
    expect(new ConfinedWorker('worker').ask('a', { left: 1 })).toBe('reply 1');
  });

  it('uses the time of the slower clock while it is in a step, and is ended where none is left', () => {
    onPost = sets(1, 3);
    onWait = () => {
      clock = { processor: clock.processor + 1, wall: clock.wall + 0.05 };
    };
    const deadline = { left: 0.12 };
    expect(() => new ConfinedWorker('worker').ask('a', deadline)).toThrow(new DeadlinePassed(3));
    expect([waits, ended]).toEqual([3, 1]);
    expect(deadline.left).toBeCloseTo(-0.03);
  });
});
