/** The random matrices that all modules of a PEFT adapter share: each module's part of them, and the whole of the parts. */
import { evalDim } from '../../compiler/dims/dims.ts';
import { isSeeded } from '../../compiler/ir/init.ts';
import type { InputNode } from '../../compiler/ir/node.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import { type Adapter, readShared } from '../formats/peft/adapter.ts';
import type { ModuleValue } from '../formats/peft/create.ts';
import { inFile } from '../formats/peft/in-file.ts';
import type { LayerName } from '../formats/peft/layers.ts';
import { copyPart, type Part } from '../formats/peft/projections.ts';
import type { TensorData } from '../formats/safetensors/index.ts';
import type { HostTensor } from '../session/tensors.ts';
import { share } from './seeded.ts';
import type { TargetModule } from './start.ts';

/** Makes a reader of parts, which modules of one size share. */
export function sharedReader({ tensors }: Adapter): (part: Part) => Promise<HostTensor> {
  const read = new Map<string, Promise<HostTensor>>();
  return (part) => {
    const key = JSON.stringify(part);
    return getOrMake(read, key, () => readShared(part, tensors).then(share));
  };
}

const shapeOf = (i: InputNode) => i.type.shape.map((d) => evalDim(d, {}));
const sizesOf = ({ adapted }: TargetModule): readonly [out: number, inner: number] => {
  const [out, inner] = shapeOf(adapted.program.inputs.find((i) => i.name === 'W')!);
  return [out!, inner!];
};

/**
 * The shapes of PEFT's A and B over all modules. RandLoRA's are those of a layer with the most outputs and the most
 * inputs of all.
 */
function wholeShapes(peft: LayerName, r: number, sites: readonly TargetModule[]) {
  const out = Math.max(...sites.map((s) => sizesOf(s)[0]));
  const inner = Math.max(...sites.map((s) => sizesOf(s)[1]));
  if (peft === 'vera') return { A: [r, inner], B: [out, r] };
  const [small, large] = [Math.min(out, inner), Math.max(out, inner)];
  return { A: [r, small], B: [large, Math.ceil(small / r), r] };
}

/** The shared tensors of an adapter's modules in PEFT's file; none for other methods. Elements that no module has are 0. */
export function sharedTensors(
  peft: LayerName,
  r: number,
  sites: readonly TargetModule[],
  value: (site: TargetModule, i: InputNode) => ModuleValue,
): TensorData[] {
  const shapes: Readonly<Record<string, readonly number[]>> = wholeShapes(peft, r, sites);
  return Object.entries(inFile(peft).shared?.names ?? {}).map(([param, name]) => {
    const shape = shapes[param]!;
    const whole = { data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape };
    const parts = sites.map((site) => value(site, site.adapted.own.find((i) => i.name === param)!));
    // The bound of VeRA's A follows from its width; the widest part counts, and d takes the ratio for the others.
    for (const part of parts.toSorted((a, b) => a.data.length - b.data.length)) copyPart(part, whole);
    const isBetween = peft === 'randlora' && param === 'A';
    return { name, dtype: 'F32', shape: isBetween ? [shape[0]!, 1, shape[1]!] : shape, data: whole.data };
  });
}

/**
 * A module's trained tensors as they multiply the shared ones. VeRA's A from a seed has a bound that follows from the
 * layer's inputs, and PEFT's one from the most inputs of all.
 */
export function besideShared(
  peft: LayerName,
  site: TargetModule,
  sites: readonly TargetModule[],
  values: Readonly<Record<string, ModuleValue>>,
): Readonly<Record<string, ModuleValue>> {
  const { d } = values;
  const A = site.adapted.own.find((i) => i.name === 'A');
  if (peft !== 'vera' || !d || !isSeeded(A?.init)) return values;
  const ratio = Math.sqrt(Math.max(...sites.map((s) => sizesOf(s)[1])) / sizesOf(site)[1]);
  return { ...values, d: { ...d, data: d.data.map((x) => x * ratio) } };
}
