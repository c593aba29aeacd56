/**
 * The peers of one run: other libraries to compare with. Each starts once. If one is missing, `status` has
 * the reason.
 */
import { contender, type PeerContender, PeerProcess } from './client.ts';
import { installPeers } from './modules.ts';
import { PEERS, type PeerName, type Task } from './protocol.ts';

export class Peers {
  readonly #running = new Map<PeerName, PeerProcess>();
  readonly #status: Record<string, string> = {};
  #started = false;

  /** The version of each peer, or the reason why it is missing. */
  get status(): Readonly<Record<string, string>> {
    return this.#status;
  }

  async #start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    const failure = installPeers();
    for (const name of PEERS) await this.#open(name, failure);
  }

  async #open(name: PeerName, failure?: string): Promise<void> {
    try {
      const peer = await PeerProcess.start(name);
      this.#running.set(name, peer);
      this.#status[name] = peer.version;
    } catch (e) {
      this.#status[name] = `missing: ${failure ?? (e as Error).message}`;
      console.warn(`${name} is ${this.#status[name]}`);
    }
  }

  /**
   * Opens a task in each named peer that can do it, and warms it up. `reasons` says why the others cannot.
   */
  async contenders(
    task: Task,
    names: readonly PeerName[],
    suffix = '',
  ): Promise<{ contenders: PeerContender[]; reasons: Record<string, string> }> {
    await this.#start();
    const contenders: PeerContender[] = [];
    const reasons: Record<string, string> = {};
    for (const name of names) {
      // If a task ended the process, restart it for the next ones.
      if (this.#running.get(name)?.alive === false) {
        this.#running.delete(name);
        await this.#open(name);
      }
      const peer = this.#running.get(name);
      if (peer === undefined) {
        reasons[name + suffix] = this.#status[name]!;
        continue;
      }
      try {
        contenders.push(await contender(peer, name + suffix, task));
      } catch (e) {
        reasons[name + suffix] = (e as Error).message;
      }
    }
    return { contenders, reasons };
  }

  stop(): void {
    for (const peer of this.#running.values()) peer.stop();
  }
}
