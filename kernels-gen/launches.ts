/** Decides the launches of a program on a class of devices. */
import type { DeviceClass } from '../compiler/devices/index.ts';
import { getOrMake } from '../compiler/keyed.ts';
import type { IntExpr } from '../compiler/primitives/expr.ts';
import type { MapPrim, Prim, PrimProgram } from '../compiler/primitives/prim.ts';
import type { FusedBlocks } from './fuse/blocks.ts';
import { GroupTable, groupBlocks } from './fuse/grouping.ts';
import { fuse } from './fuse/index.ts';
import type { Kernel } from './fuse/kernel.ts';
import type { Decision } from './fuse/record.ts';
import { launched } from './memory/recompute.ts';
import { typicalTokens, type VariantProgram } from './variants.ts';

/** The launches of a variant, and the names of the outputs that they write. */
export interface Launches {
  readonly kernels: readonly (Kernel | FusedBlocks)[];
  readonly written: ReadonlyMap<Prim, string>;
  /** The number of repetitions that might save memory and were not tried, because there were too many. */
  readonly untried: number;
}

const fusedFor = (v: VariantProgram): number => v.fusedFor ?? typicalTokens(v);

/** The kernels of a variant before any is computed again, and their launches. */
interface Fused {
  readonly kernels: readonly Kernel[];
  readonly written: Launches['written'];
  readonly groups: GroupTable;
  /** The decisions that made the kernels. */
  readonly decisions: readonly Decision[];
  readonly launches: readonly (Kernel | FusedBlocks)[];
}

/** The launches of a variant, with tensors computed again where that saves memory. */
export const launchesOf = chosenOnce((v, device): Launches => {
  const { kernels, written, groups } = fusedOf(v, device);
  const { launches, untried } = launched(kernels, written, fusedFor(v), device, groups);
  return { kernels: launches, written, untried };
});

/** The launches of a variant in which no tensor is computed again. They are found in a third of the time. */
export const earlyLaunchesOf = (v: VariantProgram, device: DeviceClass): Fused['launches'] =>
  fusedOf(v, device).launches;

/**
 * Caches a choice for each program, by all that the choice depends on. Classes of devices that agree on that
 * share launches.
 */
function chosenOnce<T>(choose: (v: VariantProgram, device: DeviceClass) => T): typeof choose {
  const known = new WeakMap<PrimProgram, Map<string, T>>();
  return (v, device) => {
    const { flops, bandwidth, launch } = device.chosenBy;
    const key = JSON.stringify([fusedFor(v), flops, bandwidth, launch, device.fusion]);
    const own = getOrMake(known, v.program, () => new Map<string, T>());
    return getOrMake(own, key, () => choose(v, device));
  };
}

/** The kernels of a variant in which no tensor is computed again, and the decisions that made them. */
export const fusedOf = chosenOnce((v, device): Fused => {
  const { program } = v;
  const decisions: Decision[] = [];
  const kernels = fuse(program, fusedFor(v), device, (d) => decisions.push(d));
  const written = new Map<Prim, string>();
  for (const { name, prim } of program.outputs) {
    if (prim.kind !== 'input' && !written.has(prim)) {
      written.set(prim, name);
      continue;
    }
    const copy = copyOf(prim);
    kernels.push(copy);
    written.set(copy.tensor, name);
  }
  const groups = new GroupTable(device);
  const launches = groupBlocks(kernels, new Set(written.keys()), groups);
  return { kernels, written, groups, decisions, launches };
});

/** A kernel that copies a tensor into an output, where the tensor is an input, or another output already. */
function copyOf(prim: Prim): Kernel {
  const axes = prim.shape.map((extent, d) => ({ name: `i${d}`, extent }));
  const index = axes.map((a): IntExpr => ({ k: 'axis', name: a.name }));
  const root: MapPrim = {
    kind: 'map',
    shape: prim.shape,
    dtype: prim.dtype,
    args: [prim],
    spans: prim.spans,
    label: `copy of ${prim.label}`,
    ...(prim.formula === undefined ? {} : { formula: prim.formula }),
    axes,
    body: { k: 'load', arg: 0, index },
  };
  return { tensor: root, root, epilogue: null, spans: prim.spans };
}
