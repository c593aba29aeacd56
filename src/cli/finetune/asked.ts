/** Reads the options of `oftc finetune` that say what is trained, before any file of the model is read. */

import { isFile } from '../../finetune/method-path.ts';
import { methodOf } from '../../finetune/methods.ts';
import { UsageError } from '../usage-error.ts';
import type { Named } from './named.ts';
import type { Asked, StartArguments } from './start.ts';

/** Reads the options. Throws UsageError without an adapter or a method with targets, and what `methodOf` throws. */
export function askedFor({ init, adapter, targets, layer, set: given }: StartArguments, named: Named): Asked {
  if (init !== undefined) {
    const others = Object.entries({ adapter, layer, set: given, targets }).filter(([, v]) => v !== undefined);
    if (others.length === 0) return { init };
    const options = others.map(([name]) => named(name)).join(', ');
    throw new UsageError(
      `${named('init')} takes method, settings and targets from the adapter in ${init}: leave out ${options}, or ${named('init')} for a new adapter`,
    );
  }
  if (adapter !== undefined && layer !== undefined && !isFile(adapter))
    throw new UsageError(
      `${named('layer')} is of a TypeScript file, and '${adapter}' is a method of the library`,
    );
  if (adapter !== undefined && targets !== undefined)
    return {
      name: adapter,
      method: methodOf(adapter, given ?? {}, layer),
      modules: targets,
      option: named('targets'),
    };
  throw new UsageError(
    `required option '${adapter === undefined ? '--adapter <method>' : '--targets <modules>'}' not specified: give it, or the folder of an adapter that is trained on, --init <folder>`,
  );
}
