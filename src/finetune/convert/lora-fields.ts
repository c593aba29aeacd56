/** Writes the `adapter_config.json` of a LoRA whose modules differ in rank. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { JsonObject } from '../../formats/json.ts';
import { adapterFields, taskOf } from '../../formats/peft/create.ts';
import { linearModules } from '../models/weights.ts';

export interface RankedModule {
  readonly module: string;
  readonly rank: number;
}

/**
 * The fields of a LoRA whose scale is 1 on every module. `r` is the largest rank, for servers that make room for it,
 * and patterns name the modules of other ranks.
 */
export function loraFields(
  modules: readonly RankedModule[],
  model: ModelShape,
  baseModel: string,
): JsonObject {
  const size = Math.max(...modules.map((m) => m.rank));
  const all = [...linearModules(model).keys()];
  const patterns = patternsOf(modules, size);
  return {
    ...adapterFields({
      layer: 'lora',
      config: { scale: 1 },
      size,
      targets: targetsOf(modules, all),
      baseModel,
      task: taskOf(model),
    }),
    rank_pattern: patterns,
    alpha_pattern: patterns,
  };
}

/** The last word of a path: `q_proj`. PEFT takes it for all modules whose paths end so. */
const lastWord = (module: string): string => module.split('.').at(-1)!;

const byWord = <T>(of: readonly T[], path: (one: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of of) groups.set(lastWord(path(one)), [...(groups.get(lastWord(path(one))) ?? []), one]);
  return groups;
};

/** The last words of modules that are all there, and the whole paths of the others. */
function targetsOf(modules: readonly RankedModule[], all: readonly string[]): string[] {
  const adapted = new Set(modules.map((m) => m.module));
  return [...byWord(all, (path) => path)].flatMap(([word, group]) => {
    const found = group.filter((path) => adapted.has(path));
    return found.length === group.length ? [word] : found;
  });
}

/** The ranks other than `size`, by the last word of modules that share one, else by the whole path. */
function patternsOf(modules: readonly RankedModule[], size: number): Record<string, number> {
  const patterns: Record<string, number> = {};
  for (const [word, group] of byWord(modules, (m) => m.module)) {
    const [first] = group;
    const isShared = group.every((m) => m.rank === first!.rank);
    if (isShared && first!.rank !== size) patterns[word] = first!.rank;
    if (!isShared) for (const m of group) if (m.rank !== size) patterns[m.module] = m.rank;
  }
  return patterns;
}
