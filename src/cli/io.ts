/** The streams of a command: results go to stdout, everything else to stderr. */
import { secondsSince } from '../finetune/loop/seconds.ts';
import { visible, visibleColored, visibleJson, visibleLine } from './visible.ts';

export interface Writer {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Whether the stream shows colours, as in Node's tty streams: NO_COLOR and FORCE_COLOR count. */
  hasColors?(): boolean;
  /** Whether the reader has closed the stream. A command that never ends by itself ends then. */
  readonly closed?: boolean;
}

export interface Io {
  readonly stdout: Writer;
  readonly stderr: Writer;
  /** Whether colours are allowed: false with --no-color. */
  readonly color: boolean;
  /** Whether stdout carries one JSON object and nothing else. */
  readonly json: boolean;
}

export const colored = (io: Io, stream: Writer): boolean => io.color && (stream.hasColors?.() ?? false);

export const print = (io: Io, text: string): void => {
  io.stdout.write(`${visible(text)}\n`);
};

export const printJson = (io: Io, value: object): void => {
  io.stdout.write(`${visibleJson(value)}\n`);
};

/** Writes lines to stderr, which may be coloured. */
export const say = (io: Pick<Io, 'stderr'>, text: string): void => {
  io.stderr.write(`${visibleColored(text)}\n`);
};

/** Makes a function that writes warnings to stderr, a line each. */
export const warnTo =
  (io: Pick<Io, 'stderr'>) =>
  (warning: string): void =>
    say(io, `warning: ${warning}`);

/** Prints the notes on files, a line each: contents that are not read and might matter. */
export const printNotes = (io: Io, notes: readonly string[]): void => {
  for (const note of new Set(notes)) say(io, `note: ${visibleLine(note)}`);
};

export const ERASE_LINE = '\r\u001b[2K';

/**
 * Does the work while a line on a terminal's stderr says what is going on and for how long. The line is written
 * before the work starts, since a synchronous part would hold up a timer, and is erased afterwards. The work may
 * change the text of the line.
 */
export async function withProgress<T>(
  { stderr }: Io,
  label: string,
  work: (say: (now: string) => void) => T | Promise<T>,
): Promise<T> {
  if (!stderr.isTTY) return work(() => {});
  const start = performance.now();
  let said = label;
  stderr.write(`${visibleLine(label)} …`);
  const show = () => {
    const seconds = Math.round(secondsSince(start));
    stderr.write(`${ERASE_LINE}${visibleLine(said)} … ${seconds} s`);
  };
  const timer = setInterval(show, 1000);
  try {
    return await work((now) => {
      said = now;
      show();
    });
  } finally {
    clearInterval(timer);
    stderr.write(ERASE_LINE);
  }
}

/** Seconds until the first line of a log, and between later ones: a short command leaves none. */
const LOG = { first: 1, later: 10 } as const;

/**
 * Does work that prints lines as they come, while stderr says what is going on and for how long. A terminal has one
 * line for that. A log has lines at the intervals of LOG; with --json, it has none.
 */
export async function withLines<T>(
  io: Io,
  label: string,
  work: (doing: (what: string) => void, line: (text: string) => void) => Promise<T>,
): Promise<T> {
  if (io.stderr.isTTY)
    return withProgress(io, label, (now) =>
      work(
        (what) => now(`${label} ${what}`),
        (text) => {
          io.stderr.write(ERASE_LINE);
          print(io, text);
        },
      ),
    );
  const start = performance.now();
  const seconds = () => secondsSince(start);
  let next: number = LOG.first;
  const doing = (what: string) => {
    if (io.json || seconds() < next) return;
    next = seconds() + LOG.later;
    say(io, `${visibleLine(`${label} ${what}`)} … ${seconds().toFixed(0)} s`);
  };
  return work(doing, (text) => print(io, text));
}
