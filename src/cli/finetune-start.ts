/** What `oftc finetune` starts from: a method on some modules, or an adapter that is there already. */
import { createHash } from 'node:crypto';
import { readTrained } from '../finetune/adapter-files.ts';
import { isFile, type Method, methodOf } from '../finetune/methods.ts';
import type { ModelConfig, Target } from '../finetune/models/config.ts';
import { type Site, sitesOf, startFrom, startOf } from '../finetune/start.ts';
import type { Weights } from '../finetune/uploads.ts';
import type { OpenModel } from '../formats/index.ts';
import type { HostTensor } from '../tensors.ts';
import { UsageError } from './usage.ts';

export interface StartArguments {
  readonly adapter?: string;
  readonly layer?: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly targets?: readonly Target[];
  /** The folder of an adapter. */
  readonly init?: string;
}

export interface Start {
  readonly name: string;
  readonly method: Method;
  readonly targets: readonly Target[];
  readonly sites: readonly Site[];
  /** The adapter's tensors by path. */
  tensors(weights: Weights): Promise<ReadonlyMap<string, HostTensor>>;
}

/** What the options say, before any file of the model is read. */
type Asked = { readonly init: string } | Pick<Start, 'name' | 'method' | 'targets'>;

/** Throws UsageError for neither an adapter nor a method with its targets, and what `methodOf` throws. */
export function askedFor({ init, adapter, targets, layer, set = {} }: StartArguments): Asked {
  if (init !== undefined) return { init };
  if (adapter !== undefined && layer !== undefined && !isFile(adapter))
    throw new UsageError(`--layer is of a TypeScript file, and '${adapter}' is a method of the library`);
  if (adapter !== undefined && targets !== undefined)
    return { name: adapter, method: methodOf(adapter, set, layer), targets };
  throw new UsageError(
    `required option '${adapter === undefined ? '--adapter <method>' : '--targets <modules>'}' not specified: give it, or the folder of an adapter that is trained on, --init <folder>`,
  );
}

/** Throws what `readTrained` throws, and OFT6001. */
export async function startOn(
  asked: Asked,
  seed: number,
  files: OpenModel,
  config: ModelConfig,
): Promise<Start> {
  if ('init' in asked) {
    const { name, method, targets, choice } = await readTrained(asked.init, files);
    const sites = sitesOf(config, { ...method, targets });
    return { name, method, targets, sites, tensors: () => startFrom(sites, choice.tensors) };
  }
  const sites = sitesOf(config, { ...asked.method, targets: asked.targets });
  return { ...asked, sites, tensors: (weights) => startOf(config, sites, weights, seed) };
}

/** Tells starts apart. */
export function digest(tensors: ReadonlyMap<string, HostTensor>): string {
  const hash = createHash('sha256');
  for (const { data } of tensors.values()) hash.update(data);
  return hash.digest('hex');
}
