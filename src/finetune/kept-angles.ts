/** Measures what an adapter keeps of the angles between neurons, for each projection of a model. */
import type { Program } from '../../compiler/ir/node.ts';
import { exactWeight, rotates } from '../energy/exact.ts';
import { type KeptAngles, type KeptEntry, keptEntry, keptOf } from '../energy/kept.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import type { HostArray } from '../session/tensors.ts';
import type { AdapterChoice } from './blocks.ts';
import { shapeOf, shortName, shortNames, targetsOf, weightName } from './models/linear-layers.ts';
import { sitesOf, type TargetModule } from './start.ts';
import type { Weights } from './uploads.ts';

/** The angles and energies by projection (q_proj, k_proj, …), and of all together. */
export interface KeptByProjection {
  readonly all: KeptAngles;
  readonly [projection: string]: KeptAngles;
}

/** Reads the model's weight or bias at a module. */
type Reads = (part: 'weight' | 'bias') => Promise<HostArray>;

/** Computes merged weights. */
interface Merges {
  merged(
    at: Pick<TargetModule, 'module' | 'adapted'>,
    part: 'weight',
    model: Reads,
    tensors: Weights,
  ): Promise<HostArray>;
}

interface Given {
  readonly W: HostArray;
  readonly merged: HostArray;
  readonly model: Reads;
  /** The adapter's tensors. */
  readonly tensors: Weights;
}

/** Whether a layer is measured: one that rotates, unless `wanted` says otherwise. */
export const measured = (program: Program, wanted: boolean | undefined): boolean =>
  wanted ?? rotates(program);

/** Each program with exact transforms in place of truncated series; undefined for one without a series. */
const exactPrograms = new WeakMap<Program, Program | undefined>();

function exactProgram(program: Program): Program | undefined {
  if (!exactPrograms.has(program)) {
    const weight = exactWeight(program);
    exactPrograms.set(program, weight && { ...program, claims: { ...program.claims!, weight } });
  }
  return exactPrograms.get(program);
}

/** Measures one module's merged weight. A layer with a truncated series is merged once more, without truncation. */
export async function keptAt(
  merger: Merges,
  config: ModelShape,
  { module, target, adapted }: TargetModule,
  { W, merged, model, tensors }: Given,
): Promise<KeptEntry> {
  const program = exactProgram(adapted.program);
  const exact =
    program && (await merger.merged({ module, adapted: { ...adapted, program } }, 'weight', model, tensors));
  return keptEntry(shortName(config, target), shapeOf(config, target), { W, merged, exact });
}

/** Summarises entries by projection in the order of `projections`; undefined without entries. */
export function summarisedAngles(
  entries: readonly KeptEntry[],
  projections: readonly string[],
): KeptByProjection | undefined {
  if (entries.length === 0) return undefined;
  const order = projections.filter((p) => entries.some((e) => e.projection === p));
  return {
    all: keptOf(entries),
    ...Object.fromEntries(order.map((p) => [p, keptOf(entries.filter((e) => e.projection === p))])),
  };
}

/** Merges an adapter's modules one after another, and measures them; undefined where none is to be measured. */
export async function keptAngles(
  merger: Merges,
  config: ModelShape,
  weights: Weights,
  choice: AdapterChoice,
  wanted: boolean | undefined,
): Promise<KeptByProjection | undefined> {
  const entries: KeptEntry[] = [];
  for (const site of sitesOf(config, choice)) {
    if (!site.adapted.program.claims?.weight || !measured(site.adapted.program, wanted)) continue;
    const { data: W } = await weights.read(weightName(config, site.module));
    const model: Reads = async (part) =>
      part === 'weight' ? W : (await weights.read(`${site.module}.${part}`)).data;
    const { tensors } = choice;
    const merged = await merger.merged(site, 'weight', model, tensors);
    entries.push(await keptAt(merger, config, site, { W, merged, model, tensors }));
  }
  return summarisedAngles(entries, shortNames(config, targetsOf(config)));
}
