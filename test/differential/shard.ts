/** Runs a shard: programs drawn from one seed, each in several ways. A disagreement is shrunk. */
import fc from 'fast-check';
import { type Call, calls } from './calls.ts';
import { type Hosts, isSkipped, type Way } from './way.ts';

/** The number of programs of a shard. */
export const SHARD = 100;
/** The most programs that are tried to make a disagreement smaller. */
const MOST_SHRINKS = 400;

export interface Counts {
  programs: number;
  taken: number;
  /** The number of programs that the way does not take, by reason. */
  skipped: Record<string, number>;
  disagreements: number;
  milliseconds: number;
  processorMs: number;
  slowestMs: number;
}

export const noCounts = (): Counts => ({
  ...{ programs: 0, taken: 0, skipped: {}, disagreements: 0 },
  ...{ milliseconds: 0, processorMs: 0, slowestMs: 0 },
});

export interface Found {
  readonly way: string;
  readonly call: Call;
  readonly message: string;
}

const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};

/** Runs a call in one way, and counts. Rejects where the ways disagree. */
async function counted(way: Way, call: Call, hosts: Hosts, counts: Counts): Promise<void> {
  const [begin, own] = [performance.now(), processorMs()];
  try {
    const result = await way.check(call, hosts);
    if (isSkipped(result)) counts.skipped[result.skipped] = (counts.skipped[result.skipped] ?? 0) + 1;
    else counts.taken++;
  } finally {
    counts.programs++;
    const took = performance.now() - begin;
    counts.milliseconds += took;
    counts.processorMs += processorMs() - own;
    counts.slowestMs = Math.max(counts.slowestMs, took);
  }
}

/**
 * Runs a shard in each way. A way that disagrees is shrunk by itself and left out, and the shard begins again for the
 * others.
 */
export async function runShard(
  ways: readonly Way[],
  seed: number,
  programs: number,
  hosts: Hosts,
): Promise<{ readonly counts: ReadonlyMap<Way, Counts>; readonly found: readonly Found[] }> {
  const found: Found[] = [];
  const counts = new Map<Way, Counts>();
  for (let left = ways; left.length > 0; ) {
    const own = new Map(left.map((way) => [way, noCounts()]));
    let failing: Way | undefined;
    let tries = 0;
    const property = fc.asyncProperty(calls, async (call) => {
      if (failing) {
        // The counts leave out the smaller programs that shrinking tries.
        if (tries++ < MOST_SHRINKS) await failing.check(call, hosts);
        return;
      }
      for (const way of left) {
        failing = way;
        await counted(way, call, hosts, own.get(way)!);
      }
      failing = undefined;
    });
    const result = await fc.check(property, { seed, numRuns: programs });
    if (!result.failed || !failing) {
      for (const [way, c] of own) counts.set(way, c);
      break;
    }
    const { message } = result.errorInstance as Error;
    found.push({ way: failing.name, call: result.counterexample![0], message });
    counts.set(failing, { ...own.get(failing)!, disagreements: 1 });
    left = left.filter((way) => way !== failing);
  }
  return { counts, found };
}
