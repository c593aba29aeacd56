/** Finds the linear layers of a model that `--targets` names. It reads families, which options do not load. */
import { didYouMean } from '../../../compiler/errors/nearest.ts';
import {
  HEAD,
  targetsNamed as named,
  projectionsOf,
  shortName,
  shortNames,
  type Target,
  targetsOf,
} from '../../finetune/models/linear-layers.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import { UsageError } from '../usage-error.ts';

/** The name of all linear layers of a block, as in PEFT. */
const ALL_LINEAR = 'all-linear';

/**
 * The targets of a model that an option names, in the order of the model. Throws UsageError for
 * another name.
 */
export function targetsNamed(c: ModelShape, words: readonly string[], option: string): Target[] {
  const projections = projectionsOf(c);
  const found = words.flatMap((word): Target[] => {
    if (word.toLowerCase() === ALL_LINEAR) return projections;
    const targets = named(c, word);
    if (targets.length > 0) return targets;
    const [blocks, head] = [shortNames(c, projections), shortName(c, HEAD)];
    throw new UsageError(
      `the model has no linear layer '${word}' for ${option}; it has ${blocks.join(', ')} in a block, ${ALL_LINEAR} for all of these, and ${head} after the blocks${didYouMean(word, [...blocks, ALL_LINEAR, head])}`,
    );
  });
  return targetsOf(c).filter((t) => found.includes(t));
}
