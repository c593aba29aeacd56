/** Measures one sweep: compiles, places and times its sizes in turns, within a budget of seconds. */
import { OftcRuntimeError } from '../../runtime/index.ts';
import { type Seconds, seconds, type Timings, takeTurns } from '../interleave.ts';
import { interval, type Summary } from '../statistics.ts';
import { type Cut, outOfMemory, outOfTime, roundsIn } from './cut.ts';
import {
  type Candidate,
  layerCandidate,
  modelCandidate,
  type Placed,
  plansOfBlocks,
  type Tools,
} from './points.ts';
import type { Rates } from './rates.ts';
import type { Sweep } from './sweeps.ts';

/** The share of the budget that compiling may take. */
const COMPILING = 0.4;

/** A quantity that Plans state, and the one that was counted. */
interface Beside {
  readonly planned: number;
  readonly counted: number;
}

export interface PointFigures {
  readonly size: number;
  readonly seconds: Seconds;
  /** The seconds of the Plans' operations or of their bytes, whichever are more, at the measured rates. */
  readonly limit: Readonly<Record<keyof Timings, number>>;
  /** The seconds of as many empty launches. */
  readonly empty: Readonly<Record<keyof Timings, number>>;
  readonly operations: number;
  readonly bytes: number;
  readonly launches: Beside;
  readonly memory: Beside;
  /** The shader modules that the device was given: those of kernels that it did not have yet. */
  readonly modules: number;
  /** The milliseconds of the processor for compiling; undefined for models, whose blocks share their Plans. */
  readonly compile?: Summary;
}

export interface Measured {
  readonly points: readonly PointFigures[];
  readonly timings: readonly Timings[];
  readonly cut: readonly Cut[];
  readonly rounds: number;
}

export interface Circumstances {
  readonly tools: Tools;
  readonly rates: Rates;
  readonly isSoftware: boolean;
  readonly rounds: number;
  /** The seconds that a sweep may take: of the processor on a software device, which other load does not lengthen. */
  readonly budget: number;
}

/** The clock of the budget, in seconds. */
const clockOf = (isSoftware: boolean) => (): number => {
  const { user, system } = process.cpuUsage();
  return isSoftware ? (user + system) / 1e6 : performance.now() / 1e3;
};

/** A candidate with the milliseconds of its compilations. */
interface Ready extends Candidate {
  readonly compile?: Summary;
}

async function candidatesOf(
  sweep: Sweep,
  tools: Tools,
  seconds: number,
  now: () => number,
): Promise<Ready[]> {
  if ('model' in sweep) {
    const plans = plansOfBlocks(sweep);
    return sweep.sizes.map((size) => modelCandidate(tools, sweep, size, plans));
  }
  const { compiledPoints } = await import('./compile.ts');
  return compiledPoints(sweep.sizes, sweep.at, seconds, now).map(({ size, point, plan, milliseconds }) => ({
    ...layerCandidate(tools, size, point, plan),
    compile: interval(milliseconds),
  }));
}

interface OnDevice extends Ready {
  readonly placed: Placed;
  /** The seconds of a run and of a sample, by the clock of the budget. */
  readonly run: number;
  readonly sample: number;
}

/** Places candidates, smallest first, until one does not fit. */
async function placedOf(
  candidates: readonly Ready[],
  { tools, rates, isSoftware }: Circumstances,
  left: () => number,
): Promise<{ placed: OnDevice[]; reason: string | undefined }> {
  const kind = isSoftware ? 'cpu' : 'wall';
  const placed: OnDevice[] = [];
  for (const c of candidates) {
    const before = placed.at(-1);
    const growth = before ? rates.limit(c.planned)[kind] / rates.limit(before.planned)[kind] : 0;
    const samples = placed.map((p) => p.sample);
    const reason =
      outOfMemory(c, { limits: tools.device.limits, isSoftware }) ??
      outOfTime((before?.run ?? 0) * growth, samples, left());
    if (reason !== undefined) return { placed, reason };
    try {
      const own = await c.place();
      const run = (await own.contender.run(1))[kind];
      placed.push({ ...c, placed: own, run, sample: own.contender.repeats * run });
    } catch (e) {
      if (!(e instanceof OftcRuntimeError) || e.code !== 'OutOfMemory') throw e;
      return { placed, reason: e.message };
    }
  }
  return { placed, reason: undefined };
}

export async function measureSweep(sweep: Sweep, by: Circumstances): Promise<Measured> {
  const now = clockOf(by.isSoftware);
  const end = now() + by.budget;
  const left = () => end - now();
  const candidates = await candidatesOf(sweep, by.tools, COMPILING * by.budget, now);
  const { placed, reason } = await placedOf(candidates, by, left);
  const samples = placed.map((p) => p.sample);
  const rounds = roundsIn(left(), samples, by.rounds);
  const timings = await takeTurns(
    placed.map((p) => p.placed.contender),
    rounds,
  );
  for (const p of placed) p.placed.dispose();
  const slow = `compiling this size and the smaller ones twice takes over ${(COMPILING * by.budget).toPrecision(2)} s, the share of compiling in the budget`;
  const cut = sweep.sizes
    .filter((size) => placed.every((p) => p.size !== size))
    .map((size) => ({ size, reason: reason ?? slow }));
  return {
    points: placed.map((p) => figuresOf(p, timings[`${p.size}`]!, by.rates)),
    timings: placed.map((p) => timings[`${p.size}`]!),
    cut,
    rounds,
  };
}

function figuresOf(
  { size, planned, placed, compile }: OnDevice,
  timings: Timings,
  rates: Rates,
): PointFigures {
  return {
    size,
    seconds: seconds(timings),
    limit: rates.limit(planned),
    empty: rates.empty(placed.launches),
    operations: planned.flops,
    bytes: planned.bytes,
    launches: { planned: planned.launches, counted: placed.launches },
    memory: { planned: placed.planned, counted: placed.allocated },
    modules: placed.modules,
    ...(compile ? { compile } : {}),
  };
}
