/** A tokenizer that runs in a thread: the time that it is given there, and what is said of the errors. */
import { afterEach, expect, it } from 'vitest';
import { isObject, type Json } from '../../../../src/formats/json.ts';
import type { Request } from '../../../../src/formats/patterns/answer.ts';
import { PatternWorker } from '../../../../src/formats/patterns/ask.ts';
import { type Deadline, DeadlinePassed, WorkerEnded } from '../../../../src/formats/patterns/deadline.ts';
import { checked } from '../../../../src/formats/schema.ts';
import { openRun } from '../../../../src/formats/tokenizer/confined.ts';
import { tokenizerFile } from '../../../../src/formats/tokenizer/file.ts';
import { tokenizerJson } from '../chat/tokenizer.ts';
import { refused } from '../models.ts';

const { prototype } = PatternWorker;
const own = Object.getOwnPropertyDescriptors(prototype);
afterEach(() => void Object.defineProperties(prototype, own));

const base = tokenizerJson();
const split = (Regex: string): Json => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated' });
const file = checked(
  tokenizerFile,
  {
    ...(isObject(base) ? base : {}),
    pre_tokenizer: { type: 'Sequence', pretokenizers: [split('n'), split('d+')] },
  },
  { file: 't.json' },
  'InvalidTokenizer',
  '',
);

/** Opens a tokenizer with two patterns, whose thread only notes what it is asked, and the seconds that it has for it. */
function opened(json = file) {
  const asked: [kind: string, seconds: number][] = [];
  const thread = { isRunning: false, answer: (): unknown => true };
  const ask = ({ kind }: Request, { left }: Deadline) => {
    asked.push([kind, left]);
    thread.isRunning = true;
    return thread.answer();
  };
  Object.defineProperty(prototype, 'isRunning', { configurable: true, get: () => thread.isRunning });
  Object.defineProperty(prototype, 'ask', { configurable: true, writable: true, value: ask });
  const run = openRun(json, { clean_up_tokenization_spaces: false }, 't.json');
  return { run, asked, thread };
}

it('a text has two seconds, and as many again for every 200,000 characters or 25,000 tokens', () => {
  const { run, asked } = opened();
  run.encode('', true);
  run.encode('a'.repeat(200_000), true);
  run.decode(Array<number>(25_000).fill(0), true);
  expect(asked).toEqual([
    ['open', 2],
    ['encode', 2],
    ['encode', 4],
    ['decode', 4],
  ]);
});

it('a tokenizer without patterns has a thread only where it may lengthen a text much', () => {
  const prepend = (length: number) => ({
    ...{ ...file, pre_tokenizer: null, decoder: null },
    normalizer: { type: 'Prepend', prepend: 'a'.repeat(length) },
  });
  expect(opened(prepend(15)).asked).toEqual([]);
  expect(opened(prepend(16)).asked).toEqual([['open', 2]]);
});

it('a tokenizer whose thread ended is opened again before the next text', () => {
  const { run, asked, thread } = opened();
  const kinds = () => asked.splice(0).map(([kind]) => kind);
  expect(kinds()).toEqual(['open']);
  run.encode('the', true);
  expect(kinds()).toEqual(['encode']);
  thread.isRunning = false;
  run.decode([0], true);
  expect(kinds()).toEqual(['open', 'decode']);
  thread.isRunning = false;
  run.encode('the', true);
  expect(kinds()).toEqual(['open', 'encode']);
});

it.each([
  [
    new DeadlinePassed(1),
    'UnsupportedOption',
    '"pre_tokenizer": the pattern "n" takes too long on this text.',
  ],
  [
    new DeadlinePassed(2),
    'UnsupportedOption',
    '"pre_tokenizer": the pattern "d+" takes too long on this text.',
  ],
  [new DeadlinePassed(0), 'InvalidTokenizer', 'it cannot encode the text: step 0 takes too long.'],
  [
    new WorkerEnded('so'),
    'InvalidTokenizer',
    'it cannot encode the text: the thread that runs it ended, probably for want of memory.',
  ],
  [new Error('no'), 'InvalidTokenizer', 'it cannot encode the text: no.'],
  ['no', 'InvalidTokenizer', 'it cannot encode the text: no.'],
  [null, 'InvalidTokenizer', 'it cannot encode the text: null.'],
] as const)('the text is refused where %o is thrown', async (thrown, code, problem) => {
  const { run, thread } = opened();
  thread.answer = () => {
    throw thrown;
  };
  await refused(() => run.encode('the', true), code, `t.json: ${problem}`);
});
