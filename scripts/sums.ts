/**
 * Writes sums of two numbers of two digits as prompts and completions: `npx tsx scripts/sums.ts FOLDER`.
 *
 * Digits are ten letters, the ones first, with a space before each: 42 + 57 = 099 is " c e and h f is l l a.". The text
 * that shakespeare-llama learnt from has no digits but a 3, so that the vectors of its tokens 0 to 9 are alike. Each
 * letter with its space is one token of that model, which is why i and j are left out.
 * FOLDER/test.jsonl has every pair of numbers that FOLDER/train.jsonl lacks: no tested pair is trained.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { random, shuffle } from '../src/start/random.ts';

const LETTERS = 'abcdefghkl';
const NUMBERS = 100;
const [TESTED, SEED] = [200, 1];

const spelt = (n: number, digits: number): string =>
  [...String(n).padStart(digits, '0')]
    .reverse()
    .map((digit) => ` ${LETTERS[Number(digit)]!}`)
    .join('');

const line = (pair: number): string => {
  const [a, b] = [Math.floor(pair / NUMBERS), pair % NUMBERS];
  const prompt = `${spelt(a, 2)} and${spelt(b, 2)} is`;
  return `${JSON.stringify({ prompt, completion: `${spelt(a + b, 3)}.` })}\n`;
};

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder: npx tsx scripts/sums.ts FOLDER');
const pairs = shuffle(
  Int32Array.from({ length: NUMBERS * NUMBERS }, (_, pair) => pair),
  random(SEED),
);
mkdirSync(folder, { recursive: true });
const write = (name: string, some: Int32Array) =>
  writeFileSync(join(folder, name), [...some].map(line).join(''));
write('test.jsonl', pairs.subarray(0, TESTED));
write('train.jsonl', pairs.subarray(TESTED));
