/** Starts the processes of PyTorch, and asks them for losses and steps over sockets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { OftcError } from '../../../compiler/errors/error.ts';
import { undoAtEnd } from '../../formats/undo.ts';

/** A request to a process, sent as a line of JSON. */
export type Request = { readonly do: 'loss' | 'step' | 'continue' | 'save' | 'restore' | 'end' } & Readonly<
  Record<string, unknown>
>;
export type Answer = Readonly<Record<string, unknown>>;

export interface Started {
  readonly python: string;
  /** The folder of the job, with its tensors and printed modules. job.json is written there. */
  readonly folder: string;
  /** The folder of the package oftc_torch. */
  readonly library: string;
  readonly processes: number;
  /** Whether torchrun starts them, as several processes and FSDP need. */
  readonly torchrun: boolean;
  readonly job: Readonly<Record<string, unknown>>;
  /** The milliseconds between two signs of life of a process. Default: BEAT. */
  readonly beat?: number;
}

/** The milliseconds between two signs of life of a process. */
const BEAT = 5000;
/** The number of signs of life that may be missing: those of two minutes. */
const MISSED = 24;
/** The number of beats in which all processes connect: those of ten minutes, in which Python loads PyTorch. */
const STARTING = 120;

/** The milliseconds in which processes end once one of them has, or once they are asked to. */
const GRACE = 10_000;
/** The characters of standard error that are kept. */
const KEPT = 4000;

/** A duration in words. */
const spoken = (milliseconds: number): string =>
  milliseconds >= 120_000 ? `${milliseconds / 60_000} minutes` : `${milliseconds / 1000} seconds`;

/** The answer of a line; undefined for a line of no process. */
function parsed(line: string): Answer | undefined {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return undefined;
  }
}

/** One process, as seen over its socket. */
class Peer {
  readonly socket: Socket;
  /** The beats since the last sign of life. */
  missed = 0;
  readonly #pid: number;
  #waiting: ((answer: Answer) => void) | undefined;
  #early: Answer[] = [];

  constructor(socket: Socket, pid: number) {
    this.socket = socket;
    this.#pid = pid;
  }

  /** Ends the process by force. An open connection shows that it runs, so that the number is still its own. */
  kill(): void {
    if (this.socket.closed || this.socket.readableEnded) return;
    try {
      process.kill(this.#pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }

  /** Takes an answer that arrived. */
  take(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(answer);
    else this.#early.push(answer);
  }

  next(): Promise<Answer> {
    const early = this.#early.shift();
    if (early) return Promise.resolve(early);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  send(request: Request): void {
    this.socket.write(`${JSON.stringify(request)}\n`);
  }
}

export class Processes {
  readonly #child: ChildProcess;
  readonly #server: Server;
  readonly #count: number;
  readonly #peers: Peer[] = [];
  /** The processes that stopped, in their order, with the exceptions that they raised. */
  readonly #ends = new Map<number, string | undefined>();
  #stderr = '';
  /** Whether each process has its model. */
  #isReady = false;
  #undone: () => void = () => {};
  #beating: NodeJS.Timeout | undefined;
  /** The beats since the start. */
  #beats = 0;
  #ending = false;
  /** Rejects once a process ended by itself. */
  readonly #failed: Promise<never>;
  #fail!: (error: Error) => void;

  private constructor(child: ChildProcess, server: Server, count: number) {
    this.#child = child;
    this.#server = server;
    this.#count = count;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(() => {});
  }

  /** Starts the processes, and resolves when each has its model. Rejects with OFT6015. */
  static async start(started: Started): Promise<{ readonly processes: Processes; readonly ready: Answer }> {
    const { python, folder, processes: count } = started;
    const key = randomUUID();
    const server = createServer();
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening);
    });
    const { port } = server.address() as { readonly port: number };
    const beat = started.beat ?? BEAT;
    const job = JSON.stringify({ ...started.job, port, key, beat: beat / 1000 });
    writeFileSync(join(folder, 'job.json'), job, { mode: 0o600 });
    const program = started.torchrun
      ? ['oftc_torch.finetune.launch', folder, `${count}`]
      : ['oftc_torch.finetune', folder];
    const env = environment(started);
    // Python imports from the folder that it runs in, which holds modules of the job alone.
    const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
    const child = spawn(python, ['-m', ...program], { env, cwd: folder, stdio });
    const all = new Processes(child, server, count);
    all.#undone = undoAtEnd(() => {
      child.kill('SIGKILL');
      all.#kill();
    });
    all.#beating = setInterval(() => all.#beat(beat), beat).unref();
    try {
      const ready = await all.#connected(count, key);
      return { processes: all, ready: ready[0]! };
    } catch (e) {
      await all.dispose();
      throw e;
    }
  }

  async #connected(count: number, key: string): Promise<Answer[]> {
    this.#child.stderr!.on('data', (text: Buffer) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-KEPT);
    });
    this.#child.on('error', (e) => void this.#stopped(e.message));
    this.#child.on('exit', () => void this.#stopped());
    const connected = new Promise<void>((resolve) => {
      this.#server.on('connection', (socket) => {
        let peer: Peer | undefined;
        let rank = -1;
        // A process that was killed resets its connection, which then closes.
        socket.on('error', () => {});
        const lines = createInterface({ input: socket });
        lines.on('error', () => {});
        lines.on('line', (line) => {
          const answer = parsed(line);
          if (peer === undefined) {
            // Nobody but the processes can read the key.
            if (answer?.key !== key) return void socket.destroy();
            rank = Number(answer.rank);
            peer = new Peer(socket, Number(answer.pid));
            this.#peers[rank] = peer;
            if (Object.keys(this.#peers).length === count) resolve();
            return;
          }
          peer.missed = 0;
          if (answer?.beat === true) return;
          if (typeof answer?.error !== 'string') return peer.take(answer ?? {});
          this.#ends.set(rank, answer.error);
          void this.#stopped();
        });
        socket.on('close', () => {
          if (peer === undefined || this.#ends.has(rank)) return;
          this.#ends.set(rank, undefined);
          void this.#stopped();
        });
      });
    });
    await Promise.race([connected, this.#failed]);
    const ready = await this.#answers();
    this.#isReady = true;
    return ready;
  }

  /**
   * Counts a beat. A process that gives no sign of life for long enough is stopped, and is ended. One that computes without
   * end gives them: nobody knows how long a step takes. Beats are counted instead of read from a clock, so that neither a
   * clock that is set nor a machine that slept ends a run.
   */
  #beat(milliseconds: number): void {
    if (this.#ending) return;
    if (!this.#isReady && Object.keys(this.#peers).length < this.#count && ++this.#beats > STARTING)
      return void this.#stopped(`PyTorch did not start within ${spoken(STARTING * milliseconds)}`);
    for (const [rank, peer] of this.#peers.entries()) {
      if (peer === undefined || ++peer.missed <= MISSED) continue;
      peer.kill();
      return void this.#stopped(
        `${this.#name(rank)} gave no sign of life for ${spoken(MISSED * milliseconds)}, so that it was ended`,
      );
    }
  }

  /** Ends the processes that still run by force. */
  #kill(): void {
    for (const peer of this.#peers) peer?.kill();
  }

  #answers(): Promise<Answer[]> {
    return Promise.race([Promise.all(this.#peers.map((p) => p.next())), this.#failed]);
  }

  /** Asks every process, and resolves to the answers by rank. Rejects with OFT6015 once one has ended. */
  async ask(requests: (rank: number) => Request): Promise<Answer[]> {
    for (const [rank, peer] of this.#peers.entries()) peer.send(requests(rank));
    return this.#answers();
  }

  /** Fails with the cause, once all processes have ended or had time to say why. */
  async #stopped(reason?: string): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    if (reason === undefined) await this.#exits();
    const then = this.#isReady ? ': go on from its checkpoint with --resume' : '';
    this.#fail(new OftcError('OFT6015', `${reason ?? this.#cause()}. The files of the run are whole${then}`));
  }

  #name(rank: number): string {
    return this.#count === 1 ? 'the process of PyTorch' : `process ${rank} of ${this.#count}`;
  }

  #cause(): string {
    // A process that loses another one raises an exception, which is no cause.
    const ends = [...this.#ends];
    const [rank, error] = ends.find(([, e]) => !/connection (closed|reset)/i.test(e ?? '')) ?? ends[0] ?? [];
    if (rank !== undefined)
      return error === undefined
        ? `${this.#name(rank)} was killed, or ran out of memory`
        : `${this.#name(rank)} stopped: ${error}`;
    const { exitCode, signalCode } = this.#child;
    const last = this.#stderr.trimEnd().split('\n').slice(-3).join('\n');
    const said = last === '' ? `it ended with ${signalCode ?? exitCode}` : last;
    return `${this.#isReady ? 'the launcher of PyTorch stopped' : 'PyTorch did not start'}: ${said}`;
  }

  /** Resolves when no process runs any more: they end by themselves, or are ended. */
  async dispose(): Promise<void> {
    const orderly = !this.#ending;
    this.#ending = true;
    clearInterval(this.#beating);
    for (const peer of this.#peers) {
      if (orderly) peer?.send({ do: 'end' });
      peer?.socket.end();
    }
    this.#server.close();
    if (!orderly) this.#child.kill();
    if (!(await this.#exits())) {
      this.#child.kill('SIGKILL');
      await this.#exits();
    }
    this.#kill();
    this.#child.stderr?.destroy();
    this.#undone();
  }

  /** Whether the child ends within the grace. */
  async #exits(): Promise<boolean> {
    const { exitCode, signalCode, pid } = this.#child;
    if (exitCode !== null || signalCode !== null || pid === undefined) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), GRACE);
      this.#child.once('exit', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}

/** The environment of the processes. What the user has set stays. */
function environment({ folder, library, processes }: Started): NodeJS.ProcessEnv {
  const threads = Math.max(1, Math.floor(availableParallelism() / processes));
  const given = process.env.PYTHONPATH?.split(delimiter).map((at) => resolve(at)) ?? [];
  const path = [library, ...given].join(delimiter);
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary, { recursive: true });
  return {
    OMP_NUM_THREADS: `${threads}`,
    // The processes' own store works with and without libuv.
    USE_LIBUV: '0',
    TORCH_DISABLE_SHARE_RDZV_TCP_STORE: '1',
    ...process.env,
    // Those of another launcher, of which this process may be a part.
    RANK: undefined,
    WORLD_SIZE: undefined,
    LOCAL_RANK: undefined,
    PYTHONPATH: path,
    // PyTorch leaves files behind, which go with the folder.
    TMPDIR: temporary,
  };
}
