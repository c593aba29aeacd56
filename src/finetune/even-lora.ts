/**
 * Makes LoRA modules of different ranks and scales, or on some blocks only, the same on all blocks, as a model computes
 * them: rows of A and columns of B that are zero add nothing.
 */
import type { ModelConfig } from '../formats/config/model-config.ts';
import type { Adapter } from '../formats/peft/adapter.ts';
import type { AdapterModule } from '../formats/peft/parse.ts';
import type { HostTensor } from '../session/tensors.ts';
import { pathsOf, shapeOf, type Target, targetsOf } from './models/linear-layers.ts';

export interface EvenLora {
  readonly targets: readonly Target[];
  readonly rank: number;
  readonly scale: number;
  /** The tensors of every module of the targets, by path. */
  readonly values: ReadonlyMap<string, HostTensor>;
  /** The difference from the file, for the user; empty if there is none. */
  readonly notes: readonly string[];
}

const scaleOf = ({ config }: AdapterModule): number => Number(config.scale);

/**
 * The adapter with one rank and one scale. Every module keeps its numbers, B times its scale over that of the first
 * module. A module that the adapter leaves out gets zeros.
 */
export async function evenLora(adapter: Adapter, model: ModelConfig): Promise<EvenLora> {
  const modules = [...adapter.modules.values()];
  const targets = targetsOf(model).filter((t) => pathsOf(model, t).some((path) => adapter.modules.has(path)));
  const ranks = modules.map((m) => m.dims.r!);
  const rank = Math.max(...ranks);
  const scale = scaleOf(modules[0]!);
  const values = new Map<string, HostTensor>();
  const paths = targets.flatMap((target) => pathsOf(model, target).map((path) => ({ target, path })));
  for (const { target, path } of paths) {
    const [out, inner] = shapeOf(model, target);
    const [A, B] = [new Float32Array(rank * inner), new Float32Array(out * rank)];
    const module = adapter.modules.get(path);
    if (module) {
      const own = await adapter.values(path);
      A.set(own.A!);
      const [r, by] = [module.dims.r!, scaleOf(module) / scale];
      for (const [k, b] of own.B!.entries()) B[Math.floor(k / r) * rank + (k % r)] = b * by;
    }
    values.set(`${path}.lora_A.weight`, { data: A, shape: [rank, inner] });
    values.set(`${path}.lora_B.weight`, { data: B, shape: [out, rank] });
  }
  const least = Math.min(...ranks);
  const missing = paths.length - modules.length;
  const notes = [
    ...(least < rank ? [`its modules have ranks ${least} to ${rank}: each is computed at rank ${rank}`] : []),
    ...(modules.some((m) => scaleOf(m) !== scale)
      ? [
          `its modules have several scales: B includes them, and the scale is ${scale}; trained on, B takes other steps than in PEFT`,
        ]
      : []),
    ...(missing > 0
      ? [`it leaves ${missing} of the ${paths.length} modules out that have its names: there it is zero`]
      : []),
  ];
  return { targets, rank, scale, values, notes };
}

/** Whether a model computes the adapter's modules as they are. */
export function isEven(modules: readonly AdapterModule[], model: ModelConfig): boolean {
  const [first] = modules;
  const paths = new Set(modules.map((m) => m.path));
  const same = (m: AdapterModule) => m.dims.r === first?.dims.r && scaleOf(m) === scaleOf(first!);
  return (
    modules.every(same) &&
    targetsOf(model).every((t) => {
      const found = pathsOf(model, t).filter((path) => paths.has(path)).length;
      return found === 0 || found === pathsOf(model, t).length;
    })
  );
}
