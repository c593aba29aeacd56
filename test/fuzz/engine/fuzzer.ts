/**
 * The engine of all fuzzers: changes good cases and draws new ones, keeps those that reach new code or come out in a new
 * way, and tells refusals from bugs. All that it does depends on the seed alone.
 */
import { performance } from 'node:perf_hooks';
import { CodedError } from '../../../compiler/errors/coded.ts';
import type { Case, Kind, Target } from '../target.ts';
import { Draw } from './draw.ts';
import { JsonChanges } from './json.ts';
import { shrunk } from './shrink.ts';
import { SourceChanges } from './source.ts';
import { changeBytes, changeText } from './text.ts';

/** A case that failed, and how. */
export interface Failure {
  readonly input: Case;
  /** The error with its stack. */
  readonly error: string;
  /** A name that failures of one cause share. */
  readonly signature: string;
}

export interface Watch {
  /** Counts the blocks of code that any case has reached. */
  readonly reached?: () => number;
  /** Is told of each case before it runs. */
  readonly before?: (input: Case) => void;
}

/** The most cases that are kept to be changed further. */
const POOL = 2000;
/** The longest case that is kept, in characters. */
const LONGEST = 20_000;
/** A longer case than this many milliseconds is timed again, since another process may have taken the time. */
const NOTABLE = 30;

export class Fuzzer {
  readonly target: Target;
  readonly outcomes = new Map<string, number>();
  cases = 0;
  slowest: { ms: number; input: Case | undefined } = { ms: 0, input: undefined };
  /** Cases that reached new code or came out in a new way. */
  readonly pool: Case[];
  readonly #draw: Draw;
  readonly #changes: Readonly<Record<string, (text: string, draw: Draw) => string>>;
  readonly #reached: () => number;
  readonly #before: (input: Case) => void;
  readonly #seen = new Set<string>();

  private constructor(
    target: Target,
    seeds: readonly Case[],
    seed: number,
    { reached = () => 0, before = () => {} }: Watch,
  ) {
    this.target = target;
    this.#draw = new Draw(seed);
    this.#reached = reached;
    this.#before = before;
    this.pool = [...seeds];
    this.#changes = Object.fromEntries(
      Object.entries(target.parts).map(([name, kind]) => [
        name,
        changesOf(
          kind,
          this.pool.map((c) => c[name]!),
          target.words ?? [],
        ),
      ]),
    );
  }

  static async of(target: Target, seed: number, watch: Watch = {}): Promise<Fuzzer> {
    return new Fuzzer(target, await target.seeds(), seed, watch);
  }

  /** The next case. */
  next(): Case {
    const { target, pool } = this;
    const draw = this.#draw;
    if (target.draw && (target.drawsAll || pool.length === 0 || draw.oneIn(4))) return target.draw(draw);
    // Half of the cases come from those that were kept last.
    const from = draw.oneIn(2)
      ? pool.length - 1 - draw.below(Math.min(pool.length, 100))
      : draw.below(pool.length);
    const base = pool[from]!;
    const names = Object.keys(target.parts);
    const name = draw.pick(names);
    const changed = { ...base, [name]: this.#changes[name]!(base[name]!, draw) };
    if (names.length === 1 || !draw.oneIn(4)) return changed;
    const other = draw.pick(names);
    return {
      ...changed,
      [other]: draw.oneIn(2) ? draw.pick(pool)[other]! : this.#changes[other]!(changed[other]!, draw),
    };
  }

  /** Draws and runs a case. Returns its failure, if it fails. */
  async step(): Promise<Failure | undefined> {
    const input = this.next();
    const known = this.#reached();
    const start = performance.now();
    const { outcome, failure } = await this.attempt(input);
    const ms = performance.now() - start;
    this.cases++;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (ms > this.slowest.ms) await this.#time(input, ms);
    if (failure) return failure;
    if (this.#reached() > known || this.#isNew(outcome)) this.#keep(input);
    return undefined;
  }

  /** Runs a case. */
  async attempt(input: Case): Promise<{ readonly outcome: string; readonly failure?: Failure }> {
    this.#before(input);
    const { run, isRefusal = isCoded } = this.target;
    try {
      const came = run(input);
      return { outcome: typeof came === 'string' ? came : await came };
    } catch (error) {
      if (isRefusal(error))
        return { outcome: `refused ${(error as { code?: string }).code ?? nameOf(error)}` };
      const signature = signatureOf(error);
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { outcome: `failed ${signature}`, failure: { input, error: text, signature } };
    }
  }

  /** A smaller case that fails in the same way. */
  shrunk({ input, signature }: Failure): Promise<Case> {
    return shrunk(this.target, input, async (c) => (await this.attempt(c)).failure?.signature === signature);
  }

  /** The slowest case, by the quickest of several times, as other processes share the machine. */
  async #time(input: Case, first: number): Promise<void> {
    let ms = first;
    for (let n = 0; n < 3 && ms > NOTABLE && ms > this.slowest.ms; n++) {
      const start = performance.now();
      await this.attempt(input);
      ms = Math.min(ms, performance.now() - start);
    }
    if (ms > this.slowest.ms) this.slowest = { ms, input };
  }

  #isNew(outcome: string): boolean {
    const isNew = !this.#seen.has(outcome);
    this.#seen.add(outcome);
    return isNew;
  }

  #keep(input: Case): void {
    if (Object.values(input).reduce((sum, text) => sum + text.length, 0) > LONGEST) return;
    if (this.pool.length >= POOL) this.pool[this.#draw.below(POOL)] = input;
    else this.pool.push(input);
  }
}

function changesOf(
  kind: Kind,
  seeds: readonly string[],
  words: readonly string[],
): (text: string, draw: Draw) => string {
  if (kind === 'bytes') return (text, draw) => changeBytes(text, draw, seeds);
  if (kind === 'text') return (text, draw) => changeText(text, draw, words, seeds);
  if (kind === 'layer') {
    const source = new SourceChanges(seeds, words);
    return (text, draw) => source.change(text, draw);
  }
  const json = new JsonChanges(
    seeds
      .flatMap((text) => (kind === 'jsonl' ? text.split('\n') : [text]))
      .flatMap((text) => parsed(text) ?? []),
    words,
  );
  const change = (text: string, draw: Draw): string => {
    const value = draw.oneIn(12) ? undefined : parsed(text);
    return value === undefined
      ? changeText(text, draw, words, seeds)
      : (JSON.stringify(json.change(value, draw)) ?? 'null');
  };
  if (kind === 'json') return change;
  return (text, draw) => {
    const lines = text.split('\n');
    if (draw.oneIn(6)) return changeText(text, draw, words, seeds);
    if (draw.oneIn(8)) return [...lines, ...draw.pick(seeds).split('\n')].join('\n');
    const at = draw.below(lines.length);
    return lines.with(at, change(lines[at]!, draw)).join('\n');
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether an error has a code of the catalogue that is not one of the compiler's own invariants. */
const isCoded = (error: unknown): boolean => error instanceof CodedError && !error.code.startsWith('OFT9');

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/** The error's name, its words without what is quoted or counted, and the place in this project that threw it. */
function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown ${typeof error}`;
  const words = error.message.replaceAll(/'[^']*'|"[^"]*"|`[^`]*`|\d+/g, '…').slice(0, 80);
  const place =
    error.stack?.split('\n').find((line) => /^\s+at /.test(line) && !/node_modules|node:/.test(line)) ?? '';
  return `${error.name}: ${words} ${/at (?:async )?(\S+)/.exec(place)?.[1] ?? ''}`;
}
