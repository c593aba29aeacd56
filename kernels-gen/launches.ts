/** Decides the launches of a program on a class of devices. */
import type { DeviceClass } from '../compiler/devices/index.ts';
import type { IntExpr } from '../compiler/primitives/expr.ts';
import type { MapPrim, Prim, PrimProgram } from '../compiler/primitives/prim.ts';
import type { FusedBlocks } from './fuse/blocks.ts';
import { fuse } from './fuse/index.ts';
import type { Kernel } from './fuse/kernel.ts';
import { launched } from './memory/recompute.ts';
import { typicalTokens, type VariantProgram } from './variants.ts';

/** The launches of a variant, and the names of the outputs that they write. */
export interface Launches {
  readonly kernels: readonly (Kernel | FusedBlocks)[];
  readonly written: ReadonlyMap<Prim, string>;
}

const fusedFor = (v: VariantProgram): number => v.fusedFor ?? typicalTokens(v);

/** A cache of launches by program, and by all else that they depend on: classes that agree on it share launches. */
const known = new WeakMap<PrimProgram, Map<string, Launches>>();

export function launchesOf(v: VariantProgram, device: DeviceClass): Launches {
  const { flops, bandwidth, launch } = device.chosenBy;
  const key = JSON.stringify([fusedFor(v), flops, bandwidth, launch, device.fusion]);
  const own = known.get(v.program) ?? new Map<string, Launches>();
  known.set(v.program, own);
  const launches = own.get(key) ?? chooseLaunches(v, device);
  own.set(key, launches);
  return launches;
}

function chooseLaunches(v: VariantProgram, device: DeviceClass): Launches {
  const { program } = v;
  const kernels = fuse(program, fusedFor(v), device);
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
  return { kernels: launched(kernels, written, fusedFor(v), device), written };
}

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
