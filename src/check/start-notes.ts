/** Notes on what a new adapter computes before anything is trained. */
import { type Binding, evalDim, printDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram, freeDims } from '../../compiler/ir/bind.ts';
import { singularOf } from '../../compiler/ir/init.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { Singular } from '../../compiler/semantics/domains/domain.ts';
import { fits, printSizes, smallSizes } from '../identity/sizes.ts';
import { checkStarts } from '../start/initialise.ts';
import { withoutStart } from '../start/missing.ts';
import { startText } from './candidates.ts';
import { NewAdapter } from './frozen-start.ts';
import { AtStart } from './stuck.ts';

/** A remark on how a new adapter starts. */
export interface StartNote {
  readonly text: string;
  /** Whether it is a failure: a start that has no value or is not finite. */
  readonly fails: boolean;
}

/** The notes on a new adapter that does not start as the frozen layer. */
export const startNotes = (source: Program, sizes = smallSizes(source)): string[] =>
  startNote(source, sizes).map((n) => n.text);

/**
 * The note on a new adapter that does not start as the frozen layer; empty for one that does, for other layers, and where
 * the starts fit none of the sizes. `bound` has the author's sizes.
 */
export function startNote(source: Program, sizes: readonly Binding[], bound: Binding = {}): StartNote[] {
  const impossible = impossibleStart(source, bound);
  if (impossible !== undefined)
    return [{ text: `a new adapter has no start at ${printSizes(bound)}: ${impossible}`, fails: true }];
  const adapter = NewAdapter.of(source, sizes);
  if (!adapter) return [];
  const y = `'${source.outputs[0]!.name}'`;
  const at = `at the start of a new adapter, ${y}`;
  try {
    const changed = adapter.changed();
    if (!changed) return [];
    if (changed.notFinite) return [{ text: `${at} ${changed.what}`, fails: true }];
    const whole = wholeRank(source, adapter.sizes);
    if (whole && NewAdapter.of(source, [whole.sizes])?.isFrozen()) {
      if (whole.names.every((n) => bound[n] !== undefined && bound[n] >= leastSide(source, bound))) return [];
      const ranks = whole.names.map((n) => `${n}=${whole.sizes[n]}`).join(', ');
      const text = `${at} ${changed.what} at ${printSizes(adapter.sizes)}, and not at ${ranks}, which is the whole rank: a smaller one leaves out what the singular vectors do not span`;
      return [{ text, fails: false }];
    }
    const advice = otherStart(source, sizes, adapter) ?? changed.advice;
    return [{ text: `${at} ${changed.what}${advice === undefined ? '' : `: ${advice}`}`, fails: false }];
  } catch (e) {
    if (e instanceof Singular)
      return [
        {
          text: `${at} has no value, because an inverse in it does not exist: ${e.message}`,
          fails: true,
        },
      ];
    throw e;
  }
}

/** The reason why starts are impossible at the author's sizes; undefined where they are possible, or not all are given. */
function impossibleStart(source: Program, bound: Binding): string | undefined {
  if (withoutStart(source).length > 0 || freeDims(source).some((n) => !Object.hasOwn(bound, n)))
    return undefined;
  try {
    checkStarts(bindProgram(source, bound), {});
    return undefined;
  } catch (e) {
    if (e instanceof OftcError && e.code === 'OFT1036') return e.message;
    throw e;
  }
}

/** The matrices whose singular vectors are starts, each with the sizes of the starts. */
const singularStarts = (source: Program) =>
  source.inputs.flatMap((i) => {
    const singular = i.init && singularOf(i.init);
    const of = singular && source.inputs.find((w) => w.name === singular.of);
    const axis = singular?.factor === 'left' ? 1 : 0;
    return of ? [{ rank: i.type.shape[axis]!, of: of.type.shape }] : [];
  });

/** The sizes with every rank of singular vectors as large as its matrix has; undefined where none is free or smaller. */
function wholeRank(source: Program, sizes: Binding) {
  const names = [...new Set(singularStarts(source).map((s) => printDim(s.rank)))];
  const free = names.filter((n) => Object.hasOwn(sizes, n));
  const least = leastSide(source, sizes);
  if (free.length === 0 || free.length < names.length || free.every((n) => sizes[n] === least))
    return undefined;
  const whole = { ...sizes, ...Object.fromEntries(free.map((n) => [n, least])) };
  return fits(source, whole) ? { names: free, sizes: whole } : undefined;
}

/** The least side of a matrix whose singular vectors are starts. */
const leastSide = (source: Program, sizes: Binding): number =>
  Math.min(...singularStarts(source).flatMap((s) => s.of.map((d) => evalDim(d, sizes))));

/** Advice to declare the start of one tensor otherwise, where the layer then starts as the frozen one and is trained. */
function otherStart(source: Program, sizes: readonly Binding[], adapter: NewAdapter): string | undefined {
  const layer = new AtStart(source, sizes);
  for (const starts of adapter.others())
    for (const [name, init] of starts)
      if (layer.stuck(starts)?.length === 0) return `declare '${name}' with ${startText(init)}`;
  return undefined;
}
