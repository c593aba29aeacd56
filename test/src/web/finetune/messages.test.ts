/** The worker that finetunes meets messages of any kind, and answers each: what is wrong is refused by name. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Asking, Kind, RunSettings } from '../../../../src/web/finetune/protocol.ts';
import { answered, type Handlers, NO_NUMBER } from '../../../../src/web/finetune/serve.ts';
import { Session } from '../../../../src/web/finetune/session.ts';

const SETTINGS: RunSettings = {
  ...{ adapter: 'oft', set: { b: '4' }, targets: ['q_proj'], steps: 3, batch: 2, length: 8, lr: 1e-3 },
  ...{ seed: 0, evalEvery: 1, saveEvery: 1, holdOut: 20, inOrder: false, prompt: 'a', sampleTokens: 4 },
};
const OWN = { ...SETTINGS, adapter: { name: 'mine', program: {}, config: { terms: 2, exact: true } } };
const file = new Blob(['text']);
const GOOD: { readonly [K in Kind]: readonly unknown[] } = {
  ...{ device: [undefined], pause: [undefined], continue: [undefined], runs: [undefined] },
  model: [
    { kind: 'shipped', name: 'm', base: 'https://here.test/', files: ['config.json'] },
    { kind: 'own', name: 'm', files: [{ path: 'config.json', file }] },
  ],
  text: [{ name: 't.txt', file }],
  estimate: [SETTINGS, OWN],
  start: [{ settings: SETTINGS, title: 'a run' }],
  sample: [{ prompt: 'a', tokens: 3 }],
  ...{ resume: ['a-run'], remove: ['a-run'], adapter: ['a-run'], metrics: ['a-run'] },
};
const messages = Object.entries(GOOD).flatMap(([kind, all]) => all.map((gives) => ({ id: 1, kind, gives })));

/** Handlers that only note each request, and the requests that they noted. */
function worker() {
  const done: Asking[] = [];
  const noting = (kind: Kind) => (gives: unknown) => {
    done.push({ id: 0, kind, gives } as Asking);
    return kind;
  };
  const handlers: Handlers = {
    ...{ device: noting('device'), model: noting('model'), text: noting('text') },
    ...{ estimate: noting('estimate'), start: noting('start'), resume: noting('resume') },
    ...{ pause: noting('pause'), continue: noting('continue'), sample: noting('sample') },
    ...{ runs: noting('runs'), remove: noting('remove') },
    ...{ adapter: noting('adapter'), metrics: noting('metrics') },
  };
  return { handlers, done };
}

it.each(messages)('a request of the kind $kind is done as it is asked', async (message) => {
  const { handlers, done } = worker();
  expect(await answered(message, handlers)).toEqual({ id: 1, gets: message.kind });
  expect(done).toEqual([{ id: 0, kind: message.kind, gives: message.gives }]);
});

/** The paths to all values in a message. */
const pathsIn = (value: unknown): string[][] =>
  typeof value === 'object' && value !== null && !(value instanceof Blob)
    ? [[], ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner).map((path) => [key, ...path]))]
    : [[]];

/** The message with another value at a path; a field is left out for `undefined`. */
function changed(value: unknown, [key, ...path]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.map((v, n) => (key === `${n}` ? changed(v, path, to) : v));
  const copy: Record<string, unknown> = { ...(value as object) };
  const inner = changed(copy[key], path, to);
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy;
}

const hostile = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withNullPrototype: true }),
  fc.constantFrom(
    1e300,
    -1,
    0.5,
    2 ** 31,
    2 ** 53,
    Number.NaN,
    Infinity,
    '',
    '..',
    '../x',
    'x/y',
    '__proto__',
  ),
  fc.constantFrom('constructor', 'toString', 'hasOwnProperty', 'valueOf', [], {}, null, undefined),
);

/** Whether the numbers of settings may be taken, told apart from the code that checks them. */
const areNumbers = (s: RunSettings): boolean =>
  [s.steps, s.batch, s.length, s.evalEvery, s.saveEvery, s.sampleTokens].every(
    (n) => typeof n === 'number' && n % 1 === 0 && n >= 1 && n < 2 ** 31,
  ) &&
  [s.seed, s.holdOut].every((n) => typeof n === 'number' && n % 1 === 0 && n >= 0 && n < 2 ** 31) &&
  s.lr > 0 &&
  s.lr < Infinity;

it('any message is done or refused, and the worker goes on', async () => {
  const { handlers, done } = worker();
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...messages),
      fc.nat(),
      hostile,
      fc.boolean(),
      async (good, at, value, isWhole) => {
        done.length = 0;
        const paths = pathsIn(good);
        const message = isWhole ? value : changed(good, paths[at % paths.length]!, value);
        const answer = await answered(message, handlers);
        const id = (message as { readonly id?: unknown } | null | undefined)?.id;
        expect(answer.id).toBe(Number.isSafeInteger(id) ? id : NO_NUMBER);
        if ('failure' in answer) {
          refused++;
          expect(answer.failure).toMatchObject({
            code: 'OFT4016',
            message: expect.stringMatching(/request/),
          });
          expect(done).toEqual([]);
        } else {
          const [{ kind, gives }] = done as [Asking];
          expect(done).toHaveLength(1);
          if (kind === 'estimate') expect(areNumbers(gives)).toBe(true);
          if (kind === 'start') expect(areNumbers(gives.settings)).toBe(true);
          if (['resume', 'remove', 'adapter', 'metrics'].includes(kind))
            expect(gives).not.toMatch(/[/\\]|^\.\.?$/);
        }
        expect(await answered({ id: 7, kind: 'runs' }, handlers)).toEqual({ id: 7, gets: 'runs' });
      },
    ),
    { numRuns: 1000 },
  );
  expect(refused).toBeGreaterThan(200);
});

it.each([
  [
    { id: 1, kind: 'start', gives: { settings: { ...SETTINGS, steps: 1e300 }, title: '' } },
    /settings\.steps: .*1e\+300/,
  ],
  [{ id: 1, kind: 'estimate', gives: { ...SETTINGS, targets: 'all' } }, /targets: .*'all'/],
  [{ id: 1, kind: 'estimate', gives: { ...SETTINGS, lr: undefined } }, /lr: .* missing/],
  [{ id: 1, kind: 'toString' }, /no request of the kind 'toString': there are device, model/],
  [{ id: 1, kind: 'remove', gives: '../other' }, /the name of a stored run is expected/],
  [{ kind: 'runs' }, /a whole number as its id/],
])('names what is wrong: %#', async (message, said) => {
  const answer = await answered(message, worker().handlers);
  expect('failure' in answer && answer.failure.message).toMatch(said);
});

it('requests out of order are refused, and change nothing', async () => {
  const reports: unknown[] = [];
  const session = new Session((report) => void reports.push(report));
  const refusals: readonly [Kind, unknown, RegExp][] = [
    ['text', GOOD.text[0], /no model is open/],
    ['estimate', SETTINGS, /no model is open/],
    ['start', GOOD.start[0], /no model is open/],
    ['resume', 'a-run', /no model is open/],
    ['pause', undefined, /no run goes on/],
    ['continue', undefined, /no run goes on/],
    ['sample', GOOD.sample[0], /no run goes on/],
  ];
  for (const [kind, gives, said] of [...refusals, ...refusals.toReversed()]) {
    const answer = await answered({ id: 3, kind, gives }, session);
    expect('failure' in answer && answer.failure.message, kind).toMatch(said);
  }
  expect(reports).toEqual([]);
});
