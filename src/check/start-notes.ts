/** Notes on what a new adapter computes before anything is trained. */
import type { Binding } from '../../compiler/dims/dims.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { Singular } from '../../compiler/semantics/domains/domain.ts';
import { smallSizes } from '../identity/sizes.ts';
import { startText } from './candidates.ts';
import { NewAdapter } from './frozen-start.ts';
import { AtStart } from './stuck.ts';

/**
 * The note on a new adapter that does not start as the frozen layer; empty for one that does, for other layers, and where
 * the starts fit none of the sizes.
 */
export function startNotes(source: Program, sizes = smallSizes(source)): string[] {
  const adapter = NewAdapter.of(source, sizes);
  if (!adapter) return [];
  const at = `at the start of a new adapter, '${source.outputs[0]!.name}'`;
  try {
    const changed = adapter.changed();
    if (!changed) return [];
    const advice = otherStart(source, sizes, adapter) ?? changed.advice;
    return [`${at} ${changed.what}${advice === undefined ? '' : `: ${advice}`}`];
  } catch (e) {
    if (e instanceof Singular)
      return [`${at} has no value, because an inverse in it does not exist: ${e.message}`];
    throw e;
  }
}

/** Advice to declare the start of one tensor otherwise, where the layer then starts as the frozen one and is trained. */
function otherStart(source: Program, sizes: readonly Binding[], adapter: NewAdapter): string | undefined {
  const layer = new AtStart(source, sizes);
  for (const starts of adapter.others())
    for (const [name, init] of starts)
      if (layer.stuck(starts)?.length === 0) return `declare '${name}' with ${startText(init)}`;
  return undefined;
}
