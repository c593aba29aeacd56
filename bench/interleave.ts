/** Times contenders in turns on one device, so that the machine's other load falls on all alike. */
import { interval, type Samples, type Summary, takesPart } from './statistics.ts';

/** The seconds of one operation. On a software device, the device's work is in the process's CPU time. */
export interface Time {
  readonly wall: number;
  readonly cpu: number;
}

export interface Contender {
  readonly name: string;
  /** The number of operations in a sample. The sample's time is that of one operation. */
  readonly repeats: number;
  run(repeats: number): Promise<Time>;
  /** Whether the contender may fail while the others go on. Its measurements are then left out. */
  readonly optional?: boolean;
  /** The most samples to take, for a slow contender. */
  readonly atMost?: number;
}

export interface Timings {
  readonly wall: Samples;
  readonly cpu: Samples;
}

/** The least seconds that a sample should last. */
export const SAMPLE = 0.02;

/** Times `work`, which repeats an operation, in this process. Returns the time of one operation. */
export async function timed(repeats: number, work: () => Promise<void>): Promise<Time> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const wall = (performance.now() - start) / 1e3;
  const used = process.cpuUsage(cpu);
  return { wall: wall / repeats, cpu: (used.user + used.system) / 1e6 / repeats };
}

/**
 * The number of repeats with which a sample lasts at least SAMPLE seconds. The first run also compiles, so
 * the second is timed.
 */
export async function repeatsFor(run: (repeats: number) => Promise<Time>): Promise<number> {
  await run(1);
  const { wall } = await run(1);
  return Math.max(1, Math.ceil(SAMPLE / wall));
}

/**
 * Takes one sample of each contender per round; the order rotates, and every other round runs backwards. If an
 * optional contender rejects, `failed` keeps the reason.
 */
export async function takeTurns(
  contenders: readonly Contender[],
  rounds: number,
  failed: Record<string, string> = {},
): Promise<Record<string, Timings>> {
  const times = contenders.map(() => ({
    wall: [] as (number | undefined)[],
    cpu: [] as (number | undefined)[],
  }));
  const n = contenders.length;
  for (let round = 0; round < rounds; round++) {
    const turn = contenders.map((_, i) => (round + i) % n);
    for (const i of round % 2 === 0 ? turn : turn.reverse()) {
      const { name, run, repeats, optional = false, atMost = rounds } = contenders[i]!;
      if (name in failed) continue;
      const time = takesPart(round, rounds, atMost)
        ? await run(repeats).catch((e: Error) => {
            if (!optional) throw e;
            failed[name] = e.message;
          })
        : undefined;
      times[i]!.wall.push(time ? time.wall : undefined);
      times[i]!.cpu.push(time ? time.cpu : undefined);
    }
  }
  return Object.fromEntries(
    contenders.flatMap((c, i) => (c.name in failed ? [] : [[c.name, times[i]!] as const])),
  );
}

/** A ratio of wall times, and of the CPU times of the processes at work; or the like of other quantities. */
export interface Ratio {
  readonly wall: Summary | undefined;
  readonly cpu: Summary | undefined;
}

export interface Seconds {
  readonly wall: Summary;
  readonly cpu: Summary;
}

const present = (samples: Samples): number[] => samples.filter((s) => s !== undefined);

export const seconds = ({ wall, cpu }: Timings): Seconds => ({
  wall: interval(present(wall)),
  cpu: interval(present(cpu)),
});
