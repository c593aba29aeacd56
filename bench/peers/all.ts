/** The peers of one run: started once, and remembered with the reason where they are missing. */
import { contender, type PeerContender, PeerProcess } from './client.ts';
import { installPeers } from './modules.ts';
import { PEERS, type PeerName, type Task } from './protocol.ts';

export class Peers {
  readonly #running = new Map<PeerName, PeerProcess>();
  readonly #status: Record<string, string> = {};
  #started = false;

  /** Versions and reasons, by peer. */
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

  /** A task in each of the named peers that can do it, warm; `reasons` says of the others why not. */
  async contenders(
    task: Task,
    names: readonly PeerName[],
    suffix = '',
  ): Promise<{ contenders: PeerContender[]; reasons: Record<string, string> }> {
    await this.#start();
    const contenders: PeerContender[] = [];
    const reasons: Record<string, string> = {};
    for (const name of names) {
      // A task that ended the process does not stand for those after it.
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
