/** Sizes of a PEFT adapter that differ between the targets of a model, such as PEFT's half of each weight's rank. */
import type { Binding } from '../../compiler/dims/dims.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import { pathsOf, type Target } from './models/linear-layers.ts';

interface Sized {
  readonly path: string;
  readonly dims: Binding;
}

/**
 * The size `name` by target, where it is not the same for all modules; undefined where it is, or where modules of one
 * target differ.
 */
export function targetDims(
  config: ModelShape,
  targets: readonly Target[],
  modules: readonly Sized[],
  name: string,
): Partial<Record<Target, Binding>> | undefined {
  const all: Partial<Record<Target, Binding>> = {};
  for (const target of targets) {
    const paths = new Set(pathsOf(config, target));
    const sizes = new Set(modules.filter((m) => paths.has(m.path)).map((m) => m.dims[name]));
    const [size] = sizes;
    if (size === undefined || sizes.size > 1) return undefined;
    all[target] = { [name]: size };
  }
  return new Set(Object.values(all).map((of) => of?.[name])).size > 1 ? all : undefined;
}
