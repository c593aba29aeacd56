/** The options of `oftc/models`, checked, because callers may have no types. All errors are OFT4016. */
import { OftcError } from '../../compiler/errors/error.ts';
import { fieldsOf, onlyNames, optionsOf, wrongArgument } from '../language/arguments.ts';
import { type PlanStore, storeOf } from '../plans/store.ts';
import type { SessionOptions } from '../session/session.ts';

export interface LoadOptions {
  /** Folders of adapters by name, from `oftc finetune` or in PEFT's format. */
  readonly adapters?: Readonly<Record<string, string>>;
  /** Names of adapters that are also used together, in this order, under their names with a plus: `a+b`. */
  readonly compose?: readonly string[];
  readonly device?: SessionOptions['device'];
  /** The form to hold the projections of a plain model in: `nf4-double`. */
  readonly quantize?: string;
  /** Where compiled Plans are kept; see `planFolder`. */
  readonly plans?: PlanStore;
}

export interface ContinueOptions {
  /** The most tokens to generate; by default 100. */
  readonly tokens?: number;
  /** The divisor of the logits; by default 0, which takes the likeliest token. */
  readonly temperature?: number;
  readonly topK?: number;
  readonly seed?: number;
}

const LOAD = Object.keys({
  adapters: true,
  compose: true,
  device: true,
  quantize: true,
  plans: true,
} satisfies Readonly<Record<keyof LoadOptions, true>>);
const CONTINUE = Object.keys({
  tokens: true,
  temperature: true,
  topK: true,
  seed: true,
} satisfies Readonly<Record<keyof ContinueOptions, true>>);

const isText = (value: unknown): value is string => typeof value === 'string';
const isWhole = (value: unknown, least: number): boolean =>
  Number.isSafeInteger(value) && Number(value) >= least;

/** A checked copy of the options of `loadModel`. */
export function checkedLoad(given: LoadOptions): LoadOptions {
  const options = optionsOf(given, 'the options of loadModel()');
  onlyNames(options, LOAD, 'loadModel()');
  const { adapters = {}, compose = [], quantize, plans } = options;
  const folders = fieldsOf(adapters, 'the option adapters', 'an object of folders by name');
  for (const [name, folder] of Object.entries(folders))
    if (!isText(folder)) throw wrongArgument(`the adapter '${name}'`, 'the path of a folder', folder);
  if (!Array.isArray(compose) || !compose.every(isText))
    throw wrongArgument('the option compose', 'a list of names of adapters', compose);
  const twice = compose.find((name, n) => compose.indexOf(name) < n);
  if (twice !== undefined)
    throw new OftcError('OFT4016', `the option compose names '${twice}' twice: name each adapter once`);
  const together = compose.join('+');
  if (compose.length > 1 && Object.hasOwn(folders, together))
    throw new OftcError(
      'OFT4016',
      `'${together}' names an adapter, and the composition of ${compose.join(' and ')} too: rename the adapter`,
    );
  if (quantize !== undefined && !isText(quantize))
    throw wrongArgument('the option quantize', 'the name of a form, such as nf4-double', quantize);
  if (plans !== undefined) storeOf(plans);
  return { ...options, adapters: folders };
}

/** A checked copy of the options of `continue`. */
export function checkedContinue(given: ContinueOptions): ContinueOptions {
  const options = optionsOf(given, 'the options of continue()');
  onlyNames(options, CONTINUE, 'continue()');
  const { tokens = 0, temperature = 0, topK = 1, seed = 0 } = options;
  if (!isWhole(tokens, 0)) throw wrongArgument('the option tokens', 'a whole number of at least 0', tokens);
  if (!(typeof temperature === 'number' && temperature >= 0 && temperature < Infinity))
    throw wrongArgument('the option temperature', 'a number of at least 0', temperature);
  if (!isWhole(topK, 1)) throw wrongArgument('the option topK', 'a whole number of at least 1', topK);
  if (!isWhole(seed, 0)) throw wrongArgument('the option seed', 'a whole number of at least 0', seed);
  return options;
}
