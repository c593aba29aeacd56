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
}

/** The milliseconds in which processes end once one of them has, or once they are asked to. */
const GRACE = 10_000;
/** The characters of standard error that are kept. */
const KEPT = 4000;

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
  #waiting: ((answer: Answer) => void) | undefined;
  #early: Answer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
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
  readonly #peers: Peer[] = [];
  /** The processes that stopped, in their order, with the exceptions that they raised. */
  readonly #ends = new Map<number, string | undefined>();
  #stderr = '';
  /** Whether each process has its model. */
  #isReady = false;
  #undone: () => void = () => {};
  #ending = false;
  /** Rejects once a process ended by itself. */
  readonly #failed: Promise<never>;
  #fail!: (error: Error) => void;

  private constructor(child: ChildProcess, server: Server) {
    this.#child = child;
    this.#server = server;
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
    writeFileSync(join(folder, 'job.json'), JSON.stringify({ ...started.job, port, key }), { mode: 0o600 });
    const program = started.torchrun
      ? ['oftc_torch.finetune.launch', folder, `${count}`]
      : ['oftc_torch.finetune', folder];
    const env = environment(started);
    // Python imports from the folder that it runs in, which holds modules of the job alone.
    const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
    const child = spawn(python, ['-m', ...program], { env, cwd: folder, stdio });
    const all = new Processes(child, server);
    all.#undone = undoAtEnd(() => child.kill('SIGKILL'));
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
            peer = new Peer(socket);
            this.#peers[rank] = peer;
            if (Object.keys(this.#peers).length === count) resolve();
            return;
          }
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

  #cause(): string {
    const count = Math.max(this.#peers.length, 1);
    const name = (rank: number) => (count === 1 ? 'the process of PyTorch' : `process ${rank} of ${count}`);
    // A process that loses another one raises an exception, which is no cause.
    const ends = [...this.#ends];
    const [rank, error] = ends.find(([, e]) => !/connection (closed|reset)/i.test(e ?? '')) ?? ends[0] ?? [];
    if (rank !== undefined)
      return error === undefined
        ? `${name(rank)} was killed, or ran out of memory`
        : `${name(rank)} stopped: ${error}`;
    const { exitCode, signalCode } = this.#child;
    const last = this.#stderr.trimEnd().split('\n').slice(-3).join('\n');
    const said = last === '' ? `it ended with ${signalCode ?? exitCode}` : last;
    return `${this.#isReady ? 'the launcher of PyTorch stopped' : 'PyTorch did not start'}: ${said}`;
  }

  /** Resolves when no process runs any more: they end by themselves, or are ended. */
  async dispose(): Promise<void> {
    const orderly = !this.#ending;
    this.#ending = true;
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
