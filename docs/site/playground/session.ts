/**
 * The layer on the page and what the compiler says of it. The worker gets one request after another: what a person who
 * types waits for comes first, then what the shown pane needs, then the version that it is compared with.
 */
import { CompilerError, type OftcCompiler, SupersededError } from '../../../src/web/client.ts';
import type {
  Checked,
  CompileInput,
  Explained,
  Kernels,
  Problem,
  Ran,
  Torch,
} from '../../../src/web/protocol.ts';
import type { Tab, Version } from './state.ts';

/** The results that are made without being asked for. */
interface Results {
  readonly check: Checked;
  readonly explain: Explained;
  readonly kernels: Kernels;
  readonly torch: Torch;
}
type Kind = keyof Results;

export interface Refusal {
  readonly message: string;
  readonly code?: string | undefined;
  readonly problems: readonly Problem[];
}

/** The last answer to a question, the version that it is for, and why there is none for a newer version. */
interface Slot<T> {
  value?: T;
  /** The version of `value`. */
  of?: Version;
  /** The version that was last answered, with `value` or with `refusal`. */
  answered?: Version;
  refusal?: Refusal | undefined;
}

/** A version and the answers about it. */
export class Side {
  version: Version;
  readonly slots: { readonly [K in Kind]: Slot<Results[K]> } = {
    check: {},
    explain: {},
    kernels: {},
    torch: {},
  };
  ran?: { readonly of: Version; readonly ran: Ran } | undefined;

  constructor(version: Version, from?: Side) {
    this.version = version;
    if (!from) return;
    for (const kind of ['check', 'explain', 'kernels', 'torch'] as const)
      Object.assign(this.slots[kind], from.slots[kind]);
    this.ran = from.ran;
  }

  /** Whether the answer to a question is for the present version. */
  isFresh(kind: Kind): boolean {
    return this.slots[kind].answered === this.version;
  }

  /** Every problem of the present version, each once: of the check, and of what was asked after it. */
  get problems(): readonly Problem[] {
    const { check, ...rest } = this.slots;
    const later = Object.values(rest).flatMap((s) =>
      this.version === s.answered ? (s.refusal?.problems ?? []) : [],
    );
    const all = [...(check.value?.problems ?? []), ...later];
    const keys = all.map((p) => JSON.stringify([p.code, p.message, p.place]));
    return all.filter((_, i) => keys.indexOf(keys[i]!) === i);
  }

  get hasErrors(): boolean {
    return this.slots.check.refusal !== undefined || this.problems.some((p) => p.severity === 'error');
  }
}

/** A question that the worker has, and the version that it is about. */
interface Job {
  readonly side: Side;
  readonly kind: Kind;
  readonly version: Version;
}

/** The question whose answer a pane shows. */
const SHOWS: Readonly<Partial<Record<Tab, Kind>>> = {
  derivation: 'explain',
  candidates: 'explain',
  kernels: 'kernels',
  torch: 'torch',
};

/** The milliseconds without a key press after which the source is checked. */
const PAUSE = 120;

export class Session {
  readonly #compiler: () => OftcCompiler;
  readonly #listeners = new Set<() => void>();
  current: Side;
  before: Side | undefined;
  tab: Tab = 'derivation';
  compare = false;
  /** Whether anything is compiled. A version from a link is not, until the visitor says so. */
  armed: boolean;
  #job: Job | undefined;
  #running = false;
  /** Why the worker stopped. */
  stopped: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(compiler: () => OftcCompiler, version: Version, armed: boolean) {
    this.#compiler = compiler;
    this.current = new Side(version);
    this.armed = armed;
  }

  /** The request that the worker answers now, for the status line; undefined where it is idle. */
  get working(): Kind | 'run' | undefined {
    return this.#running ? 'run' : this.#job?.kind;
  }

  subscribe(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Tells the page that something changed. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Replaces the version by one that differs a little; answers about the older one stay until newer ones come. */
  edit(change: Partial<Version>): void {
    this.current.version = { ...this.current.version, ...change };
    this.#later();
    this.changed();
  }

  /** Replaces everything, such as by an example. */
  open(version: Version, armed: boolean): void {
    this.current = new Side(version);
    this.armed = armed;
    this.changed();
    this.#later(0);
  }

  arm(): void {
    this.armed = true;
    this.changed();
    this.#later(0);
  }

  show(tab: Tab): void {
    this.tab = tab;
    this.changed();
    this.#later(0);
  }

  /** Keeps the present version, with its answers, to compare later ones with it. */
  pin(version?: Version): void {
    this.before = version ? new Side(version) : new Side(this.current.version, this.current);
    this.changed();
  }

  unpin(): void {
    this.before = undefined;
    this.compare = false;
    this.changed();
  }

  setCompare(on: boolean): void {
    this.compare = on;
    this.changed();
    this.#later(0);
  }

  /** Runs a version on the visitor's device. Only a click asks for it. */
  async run(side: Side, runs: number): Promise<void> {
    const { version } = side;
    this.#running = true;
    this.changed();
    try {
      side.ran = {
        of: version,
        ran: await this.#compiler().run({ ...inputOf(version), tokens: version.tokens, runs }),
      };
    } catch (e) {
      side.ran = { of: version, ran: { available: false, reason: refusalOf(e).message } };
    }
    this.#running = false;
    this.changed();
  }

  /** Starts again after the worker stopped. */
  restart(): void {
    this.stopped = undefined;
    for (const side of [this.current, this.before])
      for (const slot of Object.values(side?.slots ?? {})) delete slot.answered;
    this.#later(0);
  }

  #later(pause = PAUSE): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#pump(), pause);
  }

  /** The first answer that is missing. */
  #missing(): { readonly side: Side; readonly kind: Kind } | undefined {
    for (const side of this.compare && this.before ? [this.current, this.before] : [this.current]) {
      if (!side.isFresh('check')) return { side, kind: 'check' };
      if (side.hasErrors) continue;
      if (!side.isFresh('explain')) return { side, kind: 'explain' };
      const kind = SHOWS[this.tab] ?? 'explain';
      if (side.slots.explain.refusal || needsSizes(side) || side.isFresh(kind)) continue;
      return { side, kind };
    }
    return undefined;
  }

  /** Asks for the first answer that is missing. A question about an older version holds up none. */
  async #pump(): Promise<void> {
    const busy = this.#job && this.#job.side.version === this.#job.version;
    const next = this.#missing();
    if (busy || !next || !this.armed || this.stopped !== undefined) return;
    const job = { ...next, version: next.side.version };
    this.#job = job;
    this.changed();
    await this.#answer(job);
    if (this.#job !== job) return;
    this.#job = undefined;
    this.changed();
    this.#later(0);
  }

  async #answer({ side, kind, version }: Job): Promise<void> {
    const slot: Slot<Results[Kind]> = side.slots[kind];
    const isLate = () => slot.answered === side.version;
    try {
      const value = await this.#compiler()[kind](inputOf(version));
      if (isLate()) return;
      slot.value = value;
      slot.of = version;
      slot.refusal = undefined;
    } catch (e) {
      if (e instanceof SupersededError || isLate()) return;
      slot.refusal = refusalOf(e);
      if (!(e instanceof CompilerError)) this.stopped = slot.refusal.message;
    }
    slot.answered = version;
  }
}

/** Whether a size is still to be given before there are kernels. */
export const needsSizes = (side: Side): boolean =>
  (side.slots.explain.value?.explanation.unbound.length ?? 0) > 0;

const inputOf = ({ layer, objective, ...rest }: Version): CompileInput => ({
  ...rest,
  ...(layer === undefined ? {} : { layer }),
  ...(objective === undefined ? {} : { objective }),
});

const refusalOf = (e: unknown): Refusal =>
  e instanceof CompilerError
    ? { message: e.message, code: e.code, problems: e.problems }
    : { message: e instanceof Error ? e.message : String(e), problems: [] };
