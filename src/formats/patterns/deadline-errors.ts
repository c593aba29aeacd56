/** The errors of work in a confined worker. Node and a browser confine it in different ways, and throw the same ones. */

export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';
}

/** The error for work that took too long; `step` is the step at which the time was over. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly step: number;

  constructor(step: number) {
    super(`step ${step} takes too long`);
    this.step = step;
  }
}
