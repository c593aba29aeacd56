/** The modules of worker threads, run in the thread of the test: each answers a message, and is in no step after it. */
import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { answering } from '../../../src/formats/patterns/answer.ts';

const { workerData } = threads;
const { notify } = Atomics;
const setWorkerData = (data: unknown): void => {
  Object.assign(threads, { workerData: data });
  syncBuiltinESMExports();
};
afterEach(() => {
  setWorkerData(workerData);
  Object.assign(Atomics, { notify });
});

describe('the worker of', () => {
  it.each([
    [
      'chat templates',
      () => import('../../../src/formats/chat/worker.ts'),
      { source: '{{ x }}!', renderings: [{ x: 'a' }, { x: 'b' }] },
      { texts: ['a!', 'b!'] },
    ],
    [
      'patterns',
      () => import('../../../src/formats/patterns/worker.ts'),
      { kind: 'search', source: 'b(c)', flags: 'u', text: 'abc' },
      { value: ['bc', 'c'] },
    ],
  ])('%s answers, and then wakes who waits', async (_, start, request, answer) => {
    const state = new Int32Array(new SharedArrayBuffer(8));
    const events: unknown[] = [];
    const port = Object.assign(new EventEmitter(), {
      postMessage: (m: unknown) => events.push(['posts', m]),
    });
    setWorkerData({ port, state });
    await start();
    Object.assign(Atomics, {
      notify: (of: Int32Array, index: number) => events.push([of === state, index, ...of]),
    });
    port.emit('message', request);
    // The first number of the state says that there is a reply, and the second that there is no step.
    expect(events).toEqual([
      ['posts', answer],
      [true, 0, 1, 0],
    ]);
  });
});

it('an error is answered by its message, and what else is thrown by its text', () => {
  const thrown = (what: unknown) =>
    answering((step) => {
      if (step === 1) throw what;
    })({ kind: 'search', source: 'b', flags: 'u', text: 'b' });
  expect([thrown(new Error('not now')), thrown('not ever')]).toEqual([
    { thrown: 'not now' },
    { thrown: 'not ever' },
  ]);
});
