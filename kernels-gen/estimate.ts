/** Estimates the time of a program from its launches on a class of devices, without printing a kernel. */
import { atTokens, type Poly } from '../compiler/associate/cost.ts';
import { addPoly } from '../compiler/associate/pareto.ts';
import type { Estimate } from '../compiler/compete.ts';
import type { DeviceClass, DeviceProfile } from '../compiler/devices/index.ts';
import type { Dim } from '../compiler/dims/dims.ts';
import { once } from '../compiler/once.ts';
import type { Prim, PrimProgram } from '../compiler/primitives/prim.ts';
import { dtypeBytes, type Extent, evalExtent } from '../runtime/plan.ts';
import { KernelError } from './error.ts';
import type { ScheduleOptions } from './families/family.ts';
import type { FusedBlocks } from './fuse/blocks.ts';
import { flopsOf, sizeAt } from './fuse/cost.ts';
import { topological } from './fuse/graph.ts';
import type { Kernel } from './fuse/kernel.ts';
import { earlyLaunchesOf, launchesOf } from './launches.ts';
import { stepOf } from './step.ts';
import { typicalTokens, type VariantProgram } from './variants.ts';

/** The largest factor by which fusion lowers the operations of a program, as far as random programs show. */
const SAVED_OPERATIONS = 1.25;
/** The largest number of sums that share a launch, on average over a program. */
const SAVED_LAUNCHES = 3;
/**
 * The largest number of primitives for which no lower bound is computed. Fusing so few takes no longer than
 * the bound.
 */
const SMALL = 24;

/** The operations and bytes of a launch. */
interface Work {
  readonly flops: Extent;
  readonly bytes: Extent;
}

/**
 * Estimates the cost of a program. Operations, bytes and launches are those of its Plan (`planCost`), and `rates` turn
 * them into seconds. Costs are infinite where kernels cannot compute the program.
 */
export function estimate(v: VariantProgram, device: DeviceClass, rates: DeviceProfile): Estimate {
  const options: ScheduleOptions = {
    device,
    tokens: typicalTokens(v),
    one: false,
    strategy: undefined,
    printed: new Map(),
    tuned: [],
  };
  const early = costsOf(() => earlyLaunchesOf(v, device), options, rates);
  const costs = costsOf(() => launchesOf(v, device).kernels, options, rates);
  const prims = once(() =>
    topological<Prim>(
      v.program.outputs.map((o) => o.prim),
      (p) => p.args,
    ),
  );
  return {
    ...costs,
    early,
    least: (tokens) => (prims().length <= SMALL ? 0 : leastSeconds(prims(), v.program, tokens, rates)),
    fusedFor: options.tokens,
  };
}

/** The costs of launches, which are infinite where kernels cannot compute the program. */
function costsOf(
  launches: () => readonly (Kernel | FusedBlocks)[],
  options: ScheduleOptions,
  rates: DeviceProfile,
) {
  const works = once((): Work[] | undefined => {
    try {
      return launches().map((k) => stepOf(k, options).code);
    } catch (e) {
      if (e instanceof KernelError) return undefined;
      throw e;
    }
  });
  const operations = once(() => sumOf(works()?.map((w) => w.flops)));
  const bytes = once(() => sumOf(works()?.map((w) => w.bytes)));
  const work = (tokens: number) => operations()(tokens) / rates.flops + bytes()(tokens) / rates.bandwidth;
  const count = () => works()?.length ?? 0;
  return {
    launches: count,
    operations: (tokens: number) => operations()(tokens),
    bytes: (tokens: number) => bytes()(tokens),
    work,
    seconds: (tokens: number) => work(tokens) + count() * rates.launch,
  };
}

/** A lower bound of a program's seconds, from its primitives. The bytes of intermediates are left out. */
function leastSeconds(
  prims: readonly Prim[],
  { inputs, outputs }: PrimProgram,
  tokens: number,
  { flops, bandwidth, launch }: DeviceProfile,
): number {
  const size = (dims: readonly Dim[]) => sizeAt(dims, tokens);
  const operations = prims.reduce((sum, p) => {
    if (p.kind === 'input') return sum;
    if (p.kind === 'map') return sum + size(p.shape) * flopsOf(p.body);
    // An attention sums over the last dimension of an operand for each element of its result.
    const depth = 'over' in p ? size(p.over.map((a) => a.extent)) : size(p.args[0]!.shape.slice(-1));
    return sum + 2 * size(p.shape) * depth;
  }, 0);
  const moved = [...inputs, ...new Set(outputs.map((o) => o.prim))].reduce(
    (n, t) => n + dtypeBytes(t.dtype) * size(t.shape),
    0,
  );
  const sums = prims.filter((p) => p.kind !== 'input' && p.kind !== 'map').length;
  return (
    operations / SAVED_OPERATIONS / flops + moved / bandwidth + Math.max(1, sums / SAVED_LAUNCHES) * launch
  );
}

/**
 * The sum of Extents as a function of tokens; infinite without Extents. Polynomials are added once, because the sum is
 * evaluated for many token counts.
 */
function sumOf(extents: readonly Extent[] | undefined): (tokens: number) => number {
  if (extents === undefined) return () => Infinity;
  const polys = extents.map(polyOf);
  const poly = polys.flatMap((p) => (p ? [p] : [])).reduce(addPoly, [0]);
  const others = extents.filter((_, i) => polys[i] === undefined);
  return (tokens) => others.reduce<number>((sum, e) => sum + evalExtent(e, tokens), atTokens(poly, tokens));
}

/** An Extent as a polynomial in `tokens`; undefined where it rounds or compares. */
function polyOf(e: Extent): Poly | undefined {
  if (typeof e === 'number') return [e];
  if (e === 'tokens') return [0, 1];
  const [a, b] = [polyOf(e.a), polyOf(e.b)];
  if (!a || !b || e.op === 'ceildiv' || e.op === 'max') return undefined;
  if (e.op === 'add') return addPoly(a, b);
  return a.map((c, i): Poly => [...Array<number>(i).fill(0), ...b.map((d) => c * d)]).reduce(addPoly);
}
