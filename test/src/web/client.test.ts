/** The client replaces a worker that computes for long what nobody waits for. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OftcCompiler, SupersededError, type WorkerLike } from '../../../src/web/client.ts';
import type { Answer, Checked, Request } from '../../../src/web/protocol.ts';
import { layerFile } from './harness.ts';

/** A worker that answers when it is told to. */
class Slow implements WorkerLike {
  readonly got: Request[] = [];
  ended = false;
  readonly #listeners = new Map<string, (event: never) => void>();

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }

  postMessage(message: unknown): void {
    this.got.push(message as Request);
  }

  terminate(): void {
    this.ended = true;
  }

  send(type: 'message' | 'error', event: object): void {
    this.#listeners.get(type)?.(event as never);
  }

  answer(output: Partial<Checked>): void {
    const data: Answer = { id: this.got.at(-1)!.id, output: output as Checked };
    this.send('message', { data });
  }
}

const input = layerFile('');
let made: Slow[] = [];
const newWorker = (): Slow => {
  const worker = new Slow();
  made.push(worker);
  return worker;
};

beforeEach(() => {
  made = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a request that is superseded, or matters less, does not hold up the next for long', async () => {
  const client = new OftcCompiler(newWorker);
  const explained = client.explain(input);
  const running = client.run({ ...input, tokens: 1 });
  void running.catch(() => undefined);
  const first = client.check(input);
  const superseded = expect(first).rejects.toBeInstanceOf(SupersededError);
  const second = client.check(input);
  await superseded;
  expect(made[0]!.got.map((r) => r.kind)).toEqual(['explain', 'run']);
  vi.runAllTimers();
  expect(made.map((w) => w.ended)).toEqual([true, false]);
  // The new worker has what matters most, and the run; the explanation is asked again after that.
  expect(made[1]!.got.map((r) => r.kind)).toEqual(['check', 'run']);
  made[0]!.answer({ problems: [] });
  made[1]!.send('message', { data: { id: made[1]!.got[0]!.id, output: { layers: [], problems: [] } } });
  expect(await second).toEqual({ layers: [], problems: [] });
  expect(made[1]!.got.map((r) => r.kind)).toEqual(['check', 'run', 'explain']);
  made[1]!.answer({ layers: [] });
  expect(await explained).toEqual({ layers: [] });
  client.dispose();
  expect(made[1]!.ended).toBe(true);
  await expect(running).rejects.toThrow('disposed');
});

test('a request that nothing waits behind, or only what matters less, goes on', () => {
  const client = new OftcCompiler(newWorker);
  void client.check(input).catch(() => undefined);
  void client.torch(input).catch(() => undefined);
  vi.runAllTimers();
  expect(made).toHaveLength(1);
  client.dispose();
});

test('a worker that was given is not replaced, and one that stops rejects all', async () => {
  const worker = newWorker();
  const client = new OftcCompiler(worker);
  const older = client.explain(input);
  const newer = client.explain(input);
  await expect(older).rejects.toBeInstanceOf(SupersededError);
  vi.runAllTimers();
  expect(worker.ended).toBe(false);
  worker.send('error', { message: 'out of memory' });
  await expect(newer).rejects.toThrow('the compiler’s worker stopped: out of memory'.replace('’', "'"));
  await expect(client.hello()).rejects.toThrow('out of memory');
});
