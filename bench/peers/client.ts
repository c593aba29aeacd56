/** The benchmark's side of a peer: starts it on demand, and gives it up with a reason when it fails. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Contender, repeatsFor } from '../interleave.ts';
import type { Answer, Answers, PeerName, Request, Rows, Task, Values } from './protocol.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
/** The milliseconds to wait for an answer. A first run may compile for a minute. */
const PATIENCE = 300_000;

export class PeerProcess {
  readonly name: PeerName;
  version = '';
  readonly #child: ChildProcess;
  #errors = '';

  private constructor(name: PeerName) {
    this.name = name;
    this.#child = fork(CHILD, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-2000);
    });
  }

  /** Starts a peer's process. Rejects with the reason if the library does not load. */
  static async start(name: PeerName): Promise<PeerProcess> {
    const peer = new PeerProcess(name);
    try {
      peer.version = await peer.ask<'start'>({ do: 'start', peer: name });
    } catch (e) {
      peer.stop();
      throw e;
    }
    return peer;
  }

  async ask<K extends Request['do']>(request: Extract<Request, { do: K }>): Promise<Answers[K]> {
    const child = this.#child;
    const answer = await new Promise<Answer>((resolve) => {
      const settle = (a: Answer) => {
        clearTimeout(late);
        child.off('message', settle).off('exit', ended);
        resolve(a);
      };
      const ended = (code: number | null, signal: string | null) =>
        settle({ error: `its process ended (${signal ?? code}): ${this.#errors.trim().split('\n').at(-1)}` });
      const late = setTimeout(() => {
        child.kill('SIGKILL');
        settle({ error: `no answer to '${request.do}' within ${PATIENCE / 1000} s` });
      }, PATIENCE);
      if (!child.connected) return ended(child.exitCode, child.signalCode);
      child.once('message', settle).once('exit', ended).send(request);
    });
    if ('error' in answer) throw new Error(answer.error);
    return answer.value as Answers[K];
  }

  get alive(): boolean {
    return this.#child.connected;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

export interface PeerContender extends Contender {
  read(rows: Rows): Promise<Values>;
  close(): Promise<void>;
}

/**
 * Makes a contender of a peer's task, and warms it up. Rejects with the reason if the peer cannot do the
 * task.
 */
export async function contender(peer: PeerProcess, name: string, task: Task): Promise<PeerContender> {
  const job = await peer.ask<'open'>({ do: 'open', task });
  const run = (repeats: number) => peer.ask<'run'>({ do: 'run', job, repeats });
  return {
    name,
    repeats: await repeatsFor(run),
    run,
    optional: true,
    read: (rows) => peer.ask<'read'>({ do: 'read', job, rows }),
    close: async () => {
      if (peer.alive) await peer.ask<'close'>({ do: 'close', job });
    },
  };
}
