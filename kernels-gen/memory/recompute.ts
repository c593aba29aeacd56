/**
 * Computes some tensors again for launches that read them late, so that they take no memory until then. These tensors
 * depend on parameters alone, and computing them is little work. In OFT's backward, Q² and R are computed again from
 * the packed triangles. Otherwise their blocks would stay in memory during both products with W.
 *
 * 1. Each such tensor is computed again for every launch but the first that reads it.
 * 2. A repetition is given up where the plan takes no more memory without it. The costliest is tried first.
 * 3. A repetition moves into another launch where all that the tensor is computed from is computed again there, as R
 *    beside its gradient.
 * 4. More repetitions are given up until those left are worth their time.
 */
import { TRAINING_TOLERANCE } from '../../compiler/associate/select.ts';
import type { DeviceClass } from '../../compiler/devices/index.ts';
import type { Prim } from '../../compiler/primitives/prim.ts';
import { fits, GroupTable, groupBlocks } from '../fuse/grouping.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { accessOf, bytesOf, type Launch, membersOf, sum, type Work, workOf } from './launch.ts';
import { leastBytes } from './order.ts';
import { moves, type Repetition, repetitionsOf, withRepetitions } from './repetitions.ts';

/** The least share of all allocated bytes to save. A smaller one is not worth the search. */
const LEAST_SAVED = 1e-4;
/** The shares of a plan's operations and of its time that repetitions may add. */
const MOST = { operations: 0.01, time: TRAINING_TOLERANCE } as const;

/**
 * The largest number of repetitions that are tried one by one, because each try takes a millisecond. Where there are
 * more, those of the smallest tensors are first given up untried, although some of them might save more memory than
 * others that stay.
 */
const MANY = 32;
/**
 * The largest number of launches of a program for which MANY repetitions are tried. The time of a try grows with the
 * square of the launches. For longer programs, fewer are tried: those of the largest tensors. Beyond 336
 * launches there is time for none.
 */
const LONG = 100;
/** The plans that are made beside the tries: with no repetition, and with all. */
const BESIDE = 2;

/**
 * The launches of `kernels`, which come in a valid order, with tensors computed again where that pays. `outputs` are
 * needed after the last launch. `untried` is the number of repetitions that the limits MANY and LONG leave out.
 */
export function launched(
  kernels: readonly Kernel[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
  device: DeviceClass,
  groups = new GroupTable(device),
): { readonly launches: readonly Launch[]; readonly untried: number } {
  const search = new Search({ kernels, outputs, tokens, device, groups });
  const { tried, untried } = search.repetitions();
  const plan = tried.length > 0 ? search.worthwhile(search.moved(search.needed(tried))) : search;
  return { launches: plan.launches, untried };
}

interface Given {
  readonly kernels: readonly Kernel[];
  readonly outputs: ReadonlyMap<Prim, string>;
  readonly tokens: number;
  readonly device: DeviceClass;
  readonly groups: GroupTable;
}

/** Launches in which some tensors are computed again. */
interface Attempt {
  readonly repeated: readonly Repetition[];
  readonly launches: readonly Launch[];
  /** The bytes of temporaries. */
  readonly bytes: number;
}

/** The search for the repetitions that pay, step by step. */
class Search {
  readonly #given: Given;
  readonly #kept: ReadonlySet<Prim>;
  /** The launches where no tensor is computed again. */
  readonly launches: readonly Launch[];
  /** The work of these launches, and the operations that repetitions may add to it. */
  readonly #least: Work;
  readonly #most: number;
  #once: Attempt | undefined;

  constructor(given: Given) {
    this.#given = given;
    this.#kept = new Set(given.outputs.keys());
    this.launches = this.#launchesOf([]);
    this.#least = this.#workOf(this.launches);
    this.#most = MOST.operations * this.#least.operations;
  }

  /** The repetitions to try, costliest first, and the number of those that there is no time to try. */
  repetitions(): { readonly tried: readonly Repetition[]; readonly untried: number } {
    const { kernels, outputs, tokens } = this.#given;
    const all = repetitionsOf(kernels, this.launches, outputs, tokens, this.#most);
    const some = largest(all, this.launches.length, tokens);
    const isLittle = (few: readonly Repetition[]) => this.#isLittle(this.#workOf(this.#launchesOf(few)));
    const tried = all.length <= MANY ? some : affordable(some, tokens, isLittle);
    return { tried, untried: all.length - tried.length };
  }

  /** Gives up repetitions, costliest first, where the plan takes no more memory without them. */
  needed(tried: readonly Repetition[]): Attempt {
    const once = this.#attempt([]);
    let best = this.#attempt(tried, once.bytes);
    if (best.bytes >= once.bytes) return once;
    for (const r of tried) {
      const fewer = best.repeated.filter((o) => o !== r);
      const plan = this.#attempt(fewer, best.bytes + 1);
      if (plan.bytes <= best.bytes) best = plan;
    }
    return this.#share(once.bytes - best.bytes) < LEAST_SAVED ? once : best;
  }

  /** Moves repetitions into launches where all that they need is computed again, if that saves a launch. */
  moved(plan: Attempt): Attempt {
    const { kernels, groups } = this.#given;
    let best = plan;
    for (const [r, elsewhere] of moves(plan.repeated, kernels)) {
      // The move saves a launch only where that launch computes nothing but the repetition.
      const own = best.launches.find((l) => membersOf(l).includes(r.again.at(-1)!));
      if (!own || !membersOf(own).every((k) => r.again.includes(k))) continue;
      const other = best.launches.find((l) => membersOf(l).some((k) => elsewhere.launch.includes(k.tensor)));
      if (!other || !fits([...membersOf(other), elsewhere.again.at(-1)!], groups)) continue;
      const repeated = best.repeated.map((o) => (o === r ? elsewhere : o));
      const launches = this.#launchesOf(repeated);
      if (launches.length >= best.launches.length) continue;
      const bytes = this.#bytesIn(launches, best.bytes + 1);
      if (bytes <= best.bytes) best = { repeated, launches, bytes };
    }
    return best;
  }

  /** Gives up repetitions, those that save least first, until the others are worth their time. */
  worthwhile(plan: Attempt): Attempt {
    const inTurn = leastSavingFirst(plan.repeated, this.#given.tokens);
    let best = plan;
    for (let given = 1; !this.#isWorthIt(best); given++) best = this.#attempt(inTurn.slice(given));
    return best;
  }

  /** The plan with some repetitions. Its bytes are infinite where they are no fewer than `below`. */
  #attempt(repeated: readonly Repetition[], below?: number): Attempt {
    if (repeated.length === 0) {
      this.#once ??= { repeated, launches: this.launches, bytes: this.#bytesIn(this.launches) };
      return this.#once;
    }
    const launches = this.#launchesOf(repeated);
    return { repeated, launches, bytes: this.#bytesIn(launches, below) };
  }

  #launchesOf(repeated: readonly Repetition[]): readonly Launch[] {
    const { kernels, groups } = this.#given;
    return groupBlocks(withRepetitions(kernels, repeated), this.#kept, groups);
  }

  #bytesIn(launches: readonly Launch[], below?: number): number {
    const { outputs, tokens } = this.#given;
    return leastBytes(launches.map(accessOf), outputs, tokens, below);
  }

  #workOf(launches: readonly Launch[]): Work {
    return workOf(launches, this.#given.tokens, this.#given.device.chosenBy);
  }

  #isLittle({ operations, seconds }: Work): boolean {
    const least = this.#least;
    return operations - least.operations <= this.#most && seconds <= (1 + MOST.time) * least.seconds;
  }

  /** Whether a plan is little work, and saves a larger share of memory than it adds to the time. */
  #isWorthIt({ repeated, launches, bytes }: Attempt): boolean {
    if (repeated.length === 0) return true;
    const work = this.#workOf(launches);
    const saved = this.#share(this.#attempt([]).bytes - bytes);
    return this.#isLittle(work) && work.seconds <= (1 + saved) * this.#least.seconds;
  }

  /** Bytes as a share of all that the first launches allocate: temporaries and outputs. */
  #share(bytes: number): number {
    const { outputs, tokens } = this.#given;
    return bytes / (this.#attempt([]).bytes + sum([...outputs.keys()], (p) => bytesOf(p, tokens)));
  }
}

/** Repetitions of the smallest tensors come first: they save the least memory. */
const leastSavingFirst = (some: readonly Repetition[], tokens: number): Repetition[] =>
  [...some].sort((a, b) => bytesOf(a.tensor, tokens) - bytesOf(b.tensor, tokens));

/** The number of repetitions that a program of so many launches has time to try. */
export const triesOf = (launches: number): number =>
  launches <= LONG ? Infinity : Math.max(0, Math.floor((MANY + BESIDE) * (LONG / launches) ** 2) - BESIDE);

/** The repetitions of the largest tensors: as many as a program of so many launches has time to try. */
function largest(all: readonly Repetition[], launches: number, tokens: number): readonly Repetition[] {
  const smallest = leastSavingFirst(all, tokens).slice(0, Math.max(0, all.length - triesOf(launches)));
  const left = new Set(smallest);
  return all.filter((r) => !left.has(r));
}

/** Drops the repetitions that save the least memory, as few as possible, until the rest is little work. */
function affordable(
  all: readonly Repetition[],
  tokens: number,
  isLittle: (some: readonly Repetition[]) => boolean,
): readonly Repetition[] {
  const inTurn = leastSavingFirst(all, tokens);
  let [few, enough] = [-1, inTurn.length];
  while (enough - few > 1) {
    const given = (few + enough) >> 1;
    if (isLittle(inTurn.slice(given))) enough = given;
    else few = given;
  }
  const left = new Set(inTurn.slice(enough));
  return all.filter((r) => left.has(r));
}
