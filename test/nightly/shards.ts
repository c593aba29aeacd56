/** Divides the nightly run into shards of less than an hour. A shard that is interrupted begins anew. */
import { isDeepStrictEqual } from 'node:util';
import { STRATEGIES, type Strategy } from '../../kernels-gen/index.ts';

export interface Shard {
  readonly name: string;
  /** The test files, or the strategy that all kernels use (test/strategies.config.ts). */
  readonly of: readonly string[] | Strategy;
  /**
   * The seed of the shard's random cases, which then are as many as in an ordinary run. If absent, the seed is the
   * run's, and the cases are as many as a nightly run has.
   */
  readonly seed?: string;
}

/** A shard with the outcome of its last run. */
export interface Ran extends Shard {
  outcome?: 'passed' | 'failed';
  /** The commit that ran. */
  commit?: string;
  milliseconds?: number;
  processorSeconds?: number;
}

/** The shards of another commit. Those of the same tests that passed before keep their outcome. */
export const keptFrom = (
  held: { readonly commit: string; readonly shards: readonly Ran[] },
  shards: readonly Shard[],
): Ran[] =>
  shards.map((s) => {
    const isSame = (h: Ran) => h.name === s.name && isDeepStrictEqual(h.of, s.of);
    const before = held.shards.find((h) => isSame(h) && h.outcome === 'passed');
    return before ? { ...before, commit: before.commit ?? held.commit } : s;
  });

/** The minutes of processor time that a shard may take. */
const MINUTES = 40;

/** Estimated minutes of slow test files, for a machine on which no nightly run has measured them. */
const EXPECTED: Readonly<Record<string, number>> = {
  'test/properties/device.test.ts': 30,
  'test/properties/pipeline.test.ts': 8,
  'test/properties/rules.test.ts': 6,
  'test/properties/operators.test.ts': 4,
  'test/properties/associate.test.ts': 3,
  'test/kernels-gen/memory/overwrite.test.ts': 3,
  'test/kernels-gen/families/attention.test.ts': 5,
  'test/kernels-gen/random.test.ts': 5,
  'test/src/finetune/killed.test.ts': 5,
  'test/golden/methods.test.ts': 3,
  'test/runtime/library.test.ts': 5,
};
const OTHERS = 0.15;

/** Puts every file into one shard, the longest first. A file that takes longer than a shard may has one to itself. */
export function shardsOf(files: readonly string[], seconds: Readonly<Record<string, number>>): Shard[] {
  const minutes = (f: string) => (seconds[f] === undefined ? (EXPECTED[f] ?? OTHERS) : seconds[f] / 60);
  const sorted = [...files].sort((a, b) => minutes(b) - minutes(a) || (a < b ? -1 : 1));
  const bins: { files: string[]; minutes: number }[] = [];
  for (const file of sorted) {
    const room = bins.find((bin) => bin.minutes + minutes(file) <= MINUTES);
    const bin = room ?? { files: [], minutes: 0 };
    if (!room) bins.push(bin);
    bin.files.push(file);
    bin.minutes += minutes(file);
  }
  return [
    ...bins.map((bin, n) => ({ name: `tests ${n + 1} of ${bins.length}`, of: bin.files })),
    ...STRATEGIES.map((strategy) => ({ name: `strategy ${strategy}`, of: strategy })),
  ];
}

/** One shard for each seed from 1 to `seeds`. */
export const seedShards = (files: readonly string[], seeds: number): Shard[] =>
  Array.from({ length: seeds }, (_, n) => ({ name: `seed ${n + 1}`, of: files, seed: `${n + 1}` }));
