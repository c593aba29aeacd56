/**
 * Writes sums of two numbers of two digits, to finetune a model on: `npx tsx scripts/sums.ts MODEL FOLDER`.
 *
 * Digits are ten letters, the ones first, with a space before each: 42 + 57 = 099 is " c e and h f is l l a.". The text
 * that shakespeare-llama learnt from has no digits but a 3, and it has no end of text, so that the vectors of these
 * tokens are alike, and training other tensors does not tell them apart. Each letter with its space is one token of that
 * model, which is why i and j are left out.
 *
 * FOLDER/test.safetensors has every pair of numbers that FOLDER/train.safetensors lacks: no tested pair is trained. Both
 * hold `input_ids`, a sum a row, and `labels`, of which those of the result and its full stop count.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { IGNORED } from '../src/finetune/batch.ts';
import { writeSafetensors } from '../src/formats/safetensors/index.ts';
import { openTokenizer } from '../src/formats/tokenizer/index.ts';
import { random, shuffle } from '../src/start/random.ts';

const LETTERS = 'abcdefghkl';
const NUMBERS = 100;
const [TESTED, SEED] = [200, 1];

const [model, folder] = process.argv.slice(2);
if (model === undefined || folder === undefined)
  throw new Error('name a model and a folder: npx tsx scripts/sums.ts MODEL FOLDER');
const tokenizer = await openTokenizer(model);
const tokens = (text: string): number[] => [...tokenizer.encode(text, { special: false })];

const spelt = (n: number, digits: number): string =>
  [...String(n).padStart(digits, '0')]
    .reverse()
    .map((digit) => ` ${LETTERS[Number(digit)]!}`)
    .join('');

/** The tokens of a pair's sum, and their labels. */
function row(pair: number): { readonly ids: readonly number[]; readonly labels: readonly number[] } {
  const [a, b] = [Math.floor(pair / NUMBERS), pair % NUMBERS];
  const prompt = tokens(`${spelt(a, 2)} and${spelt(b, 2)} is`);
  const response = tokens(`${spelt(a + b, 3)}.`);
  return { ids: [...prompt, ...response], labels: [...prompt.map(() => IGNORED), ...response] };
}

async function write(name: string, pairs: Int32Array): Promise<void> {
  const rows = [...pairs].map(row);
  const width = rows[0]!.ids.length;
  if (rows.some(({ ids }) => ids.length !== width))
    throw new Error(`the tokenizer of ${model} has no token of its own for each letter`);
  const tensor = (of: string, all: readonly number[]) =>
    ({ name: of, dtype: 'I32', shape: [rows.length, width], data: Int32Array.from(all) }) as const;
  await writeSafetensors(join(folder!, name), [
    tensor(
      'input_ids',
      rows.flatMap((r) => r.ids),
    ),
    tensor(
      'labels',
      rows.flatMap((r) => r.labels),
    ),
  ]);
}

const pairs = shuffle(
  Int32Array.from({ length: NUMBERS * NUMBERS }, (_, pair) => pair),
  random(SEED),
);
mkdirSync(folder, { recursive: true });
await write('test.safetensors', pairs.subarray(0, TESTED));
await write('train.safetensors', pairs.subarray(TESTED));
