/** Records which Plans run, so that a row of many Plans can be held to the work of them all. */
import { Executable } from '../runtime/index.ts';
import type { PlanRun } from './limit.ts';

/** The runs of all Executables while `work` runs, in order. */
export async function runsDuring(work: () => Promise<unknown>): Promise<PlanRun[]> {
  const runs: PlanRun[] = [];
  const { run } = Executable.prototype;
  Executable.prototype.run = function (this: Executable, tokens, ...tensors) {
    runs.push({ plan: this.plan, tokens });
    return run.call(this, tokens, ...tensors);
  };
  try {
    await work();
  } finally {
    Executable.prototype.run = run;
  }
  return runs;
}
