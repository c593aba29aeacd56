/**
 * Tuning goes kernel by kernel. It records each decision at once, keeps it when interrupted, and never measures it
 * again.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { gpu } from '../../../compiler/devices/index.ts';
import { describe as described } from '../../../kernels-gen/schedule/choices.ts';
import { tunablesOf } from '../../../kernels-gen/tune/candidates.ts';
import type { DeviceTraits } from '../../../runtime/plan.ts';
import { type TuneOptions, tuneKernels } from '../../../src/tune/index.ts';
import { EMPTY, merge, parseTuning, printTuning, type TuningTable } from '../../../src/tune/table.ts';
import { contraction, input, load, program } from '../../kernels-gen/build.ts';

const traits: DeviceTraits = {
  adapter: 'A',
  vendor: 'A',
  features: new Set(['subgroups']),
  smallest: 32,
  largest: 32,
  software: false,
  workgroupBytes: 16_384,
  matrices: [],
};
const GPU = { traits, class: gpu };

const product = (label: string, columns: number) =>
  contraction(
    label,
    [input('x', ['tokens', 64]), input(`w_${label}`, [64, columns])],
    [
      ['m', 'tokens'],
      ['n', columns],
    ],
    [['k', 64]],
    load(0, 'm', 'k'),
    load(1, 'k', 'n'),
  );
const p = program({
  small: product('small', 64),
  large: product('large', 256),
  middle: product('middle', 128),
});
const kernels = tunablesOf([{ minTokens: 0, maxTokens: null, program: p }], 512, GPU);

let table: TuningTable;
let clock: number;
let opened: string[];
let disposed: number;

beforeEach(() => {
  [table, clock, opened, disposed] = [EMPTY, 0, [], 0];
});

/**
 * Options with simulated times: the third candidate of every kernel is the fastest, but those of `tied` are alike.
 */
const options = (more: Partial<TuneOptions> = {}, tied = ''): TuneOptions => ({
  adapter: 'A',
  tokens: 512,
  clock: 'wall',
  version: '1.2.3',
  budget: 1e6,
  now: () => clock,
  open: async (kernel) => {
    opened.push(kernel.label);
    const all = kernel.candidates().map((c) => (c.choice ? described(c.choice) : ''));
    return {
      sample: async (candidates) =>
        candidates.map(({ choice }) => {
          const fastest = described(choice!) === all[2] && kernel.label !== tied;
          clock += fastest ? 1 : 2;
          // Candidates of `tied` take the same time on average, but differ in every round.
          return (fastest ? 1 : 2) * (kernel.label === tied ? 1 + 0.2 * ((clock * 0.618) % 1) : 1);
        }),
      dispose: () => {
        disposed++;
      },
    };
  },
  table: () => table,
  record: async (entry) => {
    table = parseTuning(printTuning(merge(table, { entries: [entry] })));
  },
  ...more,
});

const outcomes = () => Object.fromEntries(table.entries.map((e) => [e.kernel, e.outcome]));

describe('tuning', () => {
  it('decides every kernel, the most work first, and says what it took and found', async () => {
    const said: [string, number, number][] = [];
    const tuned = await tuneKernels(
      kernels,
      options({ progress: (k, at, of) => said.push([k.label, at, of]) }),
    );
    expect(said).toEqual([
      ['large', 1, 3],
      ['middle', 2, 3],
      ['small', 3, 3],
    ]);
    expect(disposed).toBe(3);
    expect(tuned.map((t) => t.kernel)).toEqual(kernels);
    for (const { kernel, entry, known } of tuned) {
      expect(known).toBe(false);
      const names = kernel.candidates().map((c) => described(c.choice!));
      expect(entry).toMatchObject({
        adapter: 'A',
        key: kernel.key,
        bucket: 512,
        outcome: 'faster',
        schedule: names[2],
        default: names[0],
        gain: { median: 2 },
        clock: 'wall',
        tokens: 512,
        oftc: '1.2.3',
      });
      expect(entry!.times.map((t) => t.schedule)).toEqual(names);
    }
  });

  it('measures nothing again that is decided', async () => {
    await tuneKernels(kernels, options());
    const before = table;
    opened = [];
    const tuned = await tuneKernels(kernels, options());
    expect(opened).toEqual([]);
    expect(tuned.every((t) => t.known && t.entry !== undefined)).toBe(true);
    expect(table).toBe(before);
  });

  it('measures again what another version, another device or another number of tokens decided', async () => {
    await tuneKernels(kernels, options());
    for (const more of [{ version: '1.2.4' }, { adapter: 'B' }]) {
      opened = [];
      await tuneKernels(kernels, options(more));
      expect(opened).toHaveLength(3);
    }
    opened = [];
    await tuneKernels(
      tunablesOf([{ minTokens: 0, maxTokens: null, program: p }], 64, GPU),
      options({ tokens: 64 }),
    );
    expect(opened).toHaveLength(3);
    // Entries of the second version have replaced those of the first.
    expect(table.entries).toHaveLength(3 + 3 + 3);
  });

  it('interrupted, loses the kernel that was being measured, and goes on with it', async () => {
    const whole = options();
    const interrupted = options({
      open: async (kernel, first) => {
        const own = await whole.open(kernel, first);
        let samples = 0;
        return {
          ...own!,
          sample: (c) =>
            kernel.label === 'middle' && ++samples > 9 ? Promise.reject(new Error('lost')) : own!.sample(c),
        };
      },
    });
    await expect(tuneKernels(kernels, interrupted)).rejects.toThrow('lost');
    expect(outcomes()).toEqual({ large: 'faster' });
    expect(disposed).toBe(2);
    opened = [];
    await tuneKernels(kernels, whole);
    expect(opened).toEqual(['middle', 'small']);
    expect(outcomes()).toEqual({ large: 'faster', middle: 'faster', small: 'faster' });
  });

  it('stops at its budget; kernels that were not reached are reported and left for the next time', async () => {
    const tuned = await tuneKernels(kernels, options({ budget: 0 }));
    expect(tuned.map((t) => t.entry)).toEqual([undefined, undefined, undefined]);
    expect(opened).toEqual([]);
    await tuneKernels(kernels, options({ budget: 100 }));
    expect(clock).toBeLessThan(100 + 3 * 2 * 8);
    await tuneKernels(kernels, options());
    expect(Object.values(outcomes())).toEqual(['faster', 'faster', 'faster']);
  });

  it('keeps the default of what is undecided, and measures it again', async () => {
    const budget = { budget: 90 };
    await tuneKernels(
      kernels.filter((k) => k.label === 'small'),
      options(budget, 'small'),
    );
    expect(table.entries[0]).toMatchObject({ kernel: 'small', outcome: 'undecided', schedule: null });
    opened = [];
    await tuneKernels(
      kernels.filter((k) => k.label === 'small'),
      options(budget, 'small'),
    );
    expect(opened).toEqual(['small']);
  });

  it('leaves out what the device has no room for', async () => {
    const tuned = await tuneKernels(
      kernels,
      options({ open: async (k, first) => (k.label === 'large' ? undefined : options().open(k, first)) }),
    );
    expect(tuned.map((t) => [t.kernel.label, t.entry?.outcome])).toEqual([
      ['small', 'faster'],
      ['large', undefined],
      ['middle', 'faster'],
    ]);
  });
});
