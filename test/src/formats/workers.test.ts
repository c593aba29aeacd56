/** The modules of worker threads, run in the thread of the test: each answers a message, and is in no step after it. */
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import threads, { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';

const { workerData } = threads;
const setWorkerData = (data: unknown): void => {
  Object.assign(threads, { workerData: data });
  syncBuiltinESMExports();
};
afterEach(() => setWorkerData(workerData));

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
])('the worker of %s answers', async (_, start, request, answer) => {
  const { port1, port2 } = new MessageChannel();
  const state = new Int32Array(new SharedArrayBuffer(8));
  setWorkerData({ port: port2, state });
  await start();
  port1.postMessage(request);
  const [reply] = await once(port1, 'message');
  port1.close();
  expect(reply).toEqual(answer);
  // The state says that there is a reply, and the step that there is none.
  expect([...state]).toEqual([1, 0]);
});
