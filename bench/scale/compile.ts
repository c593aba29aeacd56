/** Compiles the points of a sweep with the built compiler, and times that. */
import { isDeepStrictEqual } from 'node:util';
import type { Plan } from '../../runtime/index.ts';
import { bindProgram, CLASSES, compileOn, planOf, solveDims } from '../built.ts';
import { classInUse } from '../compiled.ts';
import type { LayerPoint } from './sweeps.ts';

/** The most samples of each compilation. */
const SAMPLES = 5;

export interface CompiledPoint {
  readonly size: number;
  readonly point: LayerPoint;
  readonly plan: Plan;
  /** The milliseconds of the processor for each compilation, from a Program to its Plan. */
  readonly milliseconds: number[];
}

/** Compiles for a class for which the process has printed no kernel, so that it prints every kernel anew. */
function compiledPoint({ program, dims, stored = {} }: LayerPoint): { plan: Plan; milliseconds: number } {
  const device = { ...(CLASSES.find((c) => c.name === classInUse().name) ?? classInUse()) };
  const before = process.cpuUsage();
  const bound = bindProgram(program, solveDims(program, dims));
  const plan = planOf(compileOn(device, bound, { gradients: true, stored }), { devices: [device] });
  const { user, system } = process.cpuUsage(before);
  return { plan, milliseconds: (user + system) / 1000 };
}

/** Whether two points have one Plan: only their tokens differ. */
const isSame = (a: LayerPoint, b: LayerPoint): boolean =>
  a.program === b.program && isDeepStrictEqual([a.dims, a.stored], [b.dims, b.stored]);

/**
 * Compiles a training step at each size, in turns. The first compilation of each size warms the engine up and is not a
 * sample. Sizes for which two rounds do not fit into `seconds`, by the clock `now`, are left out, and so are further samples.
 */
export function compiledPoints(
  sizes: readonly number[],
  at: (size: number) => LayerPoint,
  seconds: number,
  now: () => number,
): CompiledPoint[] {
  const start = now();
  const elapsed = () => now() - start;
  const compiled: CompiledPoint[] = [];
  for (const size of sizes) {
    if (elapsed() > seconds / 2) break;
    const point = at(size);
    const same = compiled.find((c) => isSame(c.point, point));
    const { plan, milliseconds } = same ?? { plan: compiledPoint(point).plan, milliseconds: [] };
    compiled.push({ size, point, plan, milliseconds });
  }
  const different = compiled.filter((c, i) => compiled.findIndex((d) => d.plan === c.plan) === i);
  const round = elapsed();
  for (let n = 0; n < SAMPLES && (n === 0 || elapsed() + round < seconds); n++)
    for (const c of different) c.milliseconds.push(compiledPoint(c.point).milliseconds);
  return compiled;
}
