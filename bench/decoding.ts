/**
 * `npx tsx bench/decoding.ts MODEL TEXT`: measures the processor time of a token by the number of tokens before it,
 * with and without cached keys and values. OFT with b = 32 is on all projections. Prints docs/finetune.md's table.
 */
import '../src/node.ts';
import { readFileSync } from 'node:fs';
import { oft } from '../src/adapters/oft.ts';
import { packed } from '../src/finetune/batch.ts';
import { Model } from '../src/finetune/model-run.ts';
import { weightsFrom } from '../src/finetune/models/from-files.ts';
import { openModel } from '../src/finetune/models/open.ts';
import { sitesOf, startOf } from '../src/finetune/start.ts';
import { openDevice } from '../src/session/backends/gpu.ts';
import { relativeError } from './statistics.ts';

const RANGES = [17, 49, 113, 177, 219].map((from) => [from, from + 31] as const);
const LAST = RANGES.at(-1)![1];

const [folder, text] = process.argv.slice(2);
if (folder === undefined || text === undefined)
  throw new Error('usage: npx tsx bench/decoding.ts MODEL TEXT');

const files = await openModel(folder);
const [config, weights] = [files.config, weightsFrom(files)];
const ids = [...(await files.tokenizer()).encode(readFileSync(text, 'utf8').slice(0, 10 * LAST))];
if (ids.length <= LAST) throw new Error(`${text} has ${ids.length} tokens, and ${LAST + 1} are read`);

const adapter = { source: oft, dims: { b: 32 } };
const start = await startOf(config, sitesOf(config, adapter), weights, 1);
const device = await openDevice();
const tensors = { read: async (path: string) => start.get(path)! };
const model = await Model.open({ config, weights, device, adapter: { ...adapter, tensors } });
const decoder = await model.decoder(LAST + 1);

const timed = async <T>(run: () => Promise<T>): Promise<readonly [T, number]> => {
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1e3];
};
const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1]!;

const times = { again: [] as number[], kept: [] as number[] };
let error = 0;
for (let n = 0; n <= LAST; n++) {
  const read = ids.slice(0, n + 1);
  const [{ data }, again] = await timed(() => model.logits(packed([{ ids: read, labels: read }], config)));
  const [logits, kept] = await timed(() => decoder.read(read.slice(-1)));
  times.again[n] = again;
  times.kept[n] = kept;
  error = Math.max(error, relativeError(logits, data.subarray(n * config.vocabSize)));
}
decoder.dispose();
model.dispose();
device.destroy();

const row = (name: string, cells: readonly string[]) => console.log(`| ${[name, ...cells].join(' | ')} |`);
row(
  'ms a token, of so many before it',
  RANGES.map(([from, to]) => `${from}–${to}`),
);
row(
  '---',
  RANGES.map(() => '--:'),
);
for (const [name, of] of [
  ['all computed again', times.again],
  ['kept', times.kept],
] as const)
  row(
    name,
    RANGES.map(([from, to]) => median(of.slice(from, to + 1)).toFixed(0)),
  );
console.log(`\nlogits differ by ${error.toExponential(1)} of their norm at most`);
