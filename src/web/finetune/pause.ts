/** A pause of a run: asked for at any time, it begins after the checkpoint of a step. */
export class Pause {
  #asked = false;
  #waiting: { resolve(): void; reject(error: Error): void } | undefined;

  get isAsked(): boolean {
    return this.#asked;
  }

  /** Whether the run waits now. */
  get isOn(): boolean {
    return this.#waiting !== undefined;
  }

  ask(): void {
    this.#asked = true;
  }

  /** Waits for the end of the pause. Rejects if the pause ends with an error. */
  over(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Ends the pause. An error ends a run that waits, and does nothing to one that goes on. */
  end(error?: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (error && !waiting) return;
    this.#asked = false;
    if (error) waiting?.reject(error);
    else waiting?.resolve();
  }
}
