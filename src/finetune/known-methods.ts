/** The layers that replace linear layers, and their settings: methods of the library, and programs of authors' layers. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readDecimal } from '../../compiler/dims/decimal.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import { checkSizeNames, programDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { storeProgram, unstorable } from '../../compiler/ir/stored.ts';
import { aboveLimit, limits } from '../../compiler/limits.ts';
import { emptyRecord } from '../../compiler/records.ts';
import { boft } from '../adapters/boft.ts';
import { c3a } from '../adapters/c3a.ts';
import { deft } from '../adapters/deft.ts';
import { delora } from '../adapters/delora.ts';
import { diagOft } from '../adapters/diag-oft.ts';
import { ether, etherPlus } from '../adapters/ether.ts';
import { fourierft } from '../adapters/fourierft.ts';
import { frod } from '../adapters/frod.ts';
import { goft, qgoft } from '../adapters/goft.ts';
import { gralora } from '../adapters/gralora.ts';
import { doubleGsoft, gsoft } from '../adapters/gsoft.ts';
import { hira } from '../adapters/hira.ts';
import { hoft, shoft } from '../adapters/hoft.ts';
import { hra } from '../adapters/hra.ts';
import { ia3 } from '../adapters/ia3.ts';
import { loft } from '../adapters/loft.ts';
import { loha } from '../adapters/loha.ts';
import { lokr } from '../adapters/lokr.ts';
import { dora, lora } from '../adapters/lora.ts';
import { lycorisBoft } from '../adapters/lycoris-boft.ts';
import { miss } from '../adapters/miss.ts';
import { oft } from '../adapters/oft.ts';
import { osf } from '../adapters/osf.ts';
import { poet } from '../adapters/poet.ts';
import { psoft } from '../adapters/psoft.ts';
import { randlora } from '../adapters/randlora.ts';
import { road } from '../adapters/road.ts';
import { scaledOft } from '../adapters/scaled-oft.ts';
import { shira } from '../adapters/shira.ts';
import { ssvd } from '../adapters/ssvd.ts';
import { svft } from '../adapters/svft.ts';
import { vera } from '../adapters/vera.ts';
import { walsh } from '../adapters/walsh.ts';
import { waveft } from '../adapters/waveft.ts';
import { LAYERS, type LayerName } from '../formats/peft/layers.ts';
import type { Source, Traceable } from '../language/load.ts';
import { isFile } from './method-path.ts';
import { namesModules, settingsOn } from './module-settings.ts';
import { inPlaceOfPeft } from './peft-names.ts';

export interface LibraryLayer extends Traceable {
  readonly defaults: object;
}

/** The library's methods on linear layers, by their exported names. */
export const METHODS: Readonly<Record<string, LibraryLayer>> = {
  ...{ oft, boft, hra, road, lora, dora, psoft, diagOft, ether, etherPlus },
  ...{ lycorisBoft },
  ...{ goft, qgoft, gsoft, doubleGsoft, hoft, shoft, loft, poet, scaledOft, walsh },
  ...{ miss, gralora, svft, ssvd, c3a, frod },
  ...{ ia3, loha, lokr, hira, delora, vera, randlora },
  ...{ osf, deft },
  ...{ shira, fourierft, waveft },
};

/** The allowed values of settings that are words. */
export const WORDS: Readonly<Record<string, readonly string[]>> = {
  cayley: ['neumann', 'exact'],
  series: ['peft-0.18', 'peft-0.17'],
  method: ['cayley', 'exp'],
  shard: ['standard', 'mini', 'bat'],
};

export interface Method {
  readonly source: Source;
  readonly program: Program;
  readonly config: Readonly<Record<string, string | number | boolean>>;
  /** Sizes that the weights do not determine. */
  readonly dims: Binding;
  /** The method's name in PEFT's formats, if PEFT has it. */
  readonly peft?: LayerName;
  /** The source of an author's own layer; its program includes the configuration. */
  readonly own?: OwnLayer;
}

/** The source that an author's own layer was read from. */
export interface OwnLayer {
  /** The files of the source: the one with the layer, and its imports. Empty if the source is not there. */
  readonly files: readonly string[];
  /** The operators that the files define; if there are any, only running the files gives the layer. */
  readonly operators: readonly string[];
  /** A digest that tells layers apart: of the program, or of the files if they define operators. */
  readonly sha256: string;
}

export type Given = Readonly<Record<string, string>>;

/**
 * The method of the library that `hra`, `diag-oft` or `oftc/adapters/hra` names, as the library spells it. The name
 * itself where there is no such method; undefined for the path of a file.
 */
export function libraryName(given: string): string | undefined {
  const name = given.replace(/^oftc\/adapters\//, '');
  if (isFile(name)) return undefined;
  const joined = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.hasOwn(METHODS, joined) ? joined : name;
}

/** The layer of a method of the library. Throws OFT6008 for an unknown name. */
export function libraryLayer(name: string): LibraryLayer {
  const source = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  const known = Object.keys(METHODS);
  if (source) return source;
  throw new OftcError(
    'OFT6008',
    `there is no method '${name}': name one of ${known.join(', ')}, or a TypeScript file${didYouMean(name, known)}`,
  );
}

/** A method of the library. Throws OFT6008, OFT1043, OFT1044 and OFT3004. */
export function fromLibrary(name: string, given: Given): Method {
  const source = libraryLayer(name);
  // A user does not set these: the model determines biases, sides and the order of W, a run trains one adapter, and
  // only a file has imported tensors.
  const options = Object.entries(source.defaults).filter(
    ([k]) => !['bias', 'fewerOutputs', 'permuted', 'adapters', 'imported'].includes(k),
  );
  const config = emptyRecord<string | number | boolean>();
  for (const [key, standard] of options)
    config[key] = Object.hasOwn(given, key) ? settingOf(name, key, given[key]!, standard) : standard;
  const program = source.trace(settingsOn(config));
  const peft = Object.hasOwn(LAYERS, name) ? { peft: name as LayerName } : {};
  return {
    source,
    program,
    config,
    dims: dimsOf(
      program,
      given,
      options.map(([k]) => k),
    ),
    ...peft,
  };
}

function settingOf(method: string, key: string, text: string, standard: unknown): string | number | boolean {
  const refuse = (what: string) =>
    new OftcError('OFT1044', `configuration '${key}' of layer '${method}' must be ${what}, got '${text}'`);
  if (typeof standard === 'number') {
    const value = readDecimal(text.trim());
    if (value !== undefined) return value;
    throw refuse('a number');
  }
  if (typeof standard === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    if (namesModules(key, text)) return text;
    throw refuse('true or false');
  }
  const words = WORDS[key] ?? [];
  if (words.includes(text)) return text;
  throw refuse(`${words.map((w) => `'${w}'`).join(' or ')}`);
}

/** The method of an author's own layer, whose program includes the configuration. */
export function ownMethod(
  program: Program,
  config: Method['config'],
  dims: Binding,
  files: readonly string[],
): Method {
  const operators = unstorable(program);
  const hash = createHash('sha256');
  if (operators.length === 0) hash.update(JSON.stringify(storeProgram(program)));
  else for (const file of files) hash.update(readFileSync(file)).update('\0');
  return {
    source: program,
    program,
    config,
    dims,
    own: { files, operators, sha256: hash.digest('hex') },
  };
}

/** The sizes among the settings: those that are no options of the layer's configuration, which name no dimension. */
export function dimsOf(program: Program, given: Given, options: readonly string[]): Record<string, number> {
  const names = programDims(program).filter((n) => n !== 'tokens');
  checkSizeNames(program, {}, options);
  const rest = Object.entries(given).filter(([k]) => !options.includes(k));
  const known = [...options, ...names];
  const strange = rest.map(([key]) => key).filter((key) => !names.includes(key));
  if (strange.length > 0) {
    const advice = inPlaceOfPeft(strange, given, known) || didYouMean(strange[0]!, known);
    const all = strange.map((key) => `'${key}'`).join(', ');
    throw new OftcError(
      'OFT1043',
      `layer '${program.name}' has neither a configuration nor a dimension ${all}; it has ${known.join(', ')}${advice}`,
    );
  }
  return Object.fromEntries(
    rest.map(([key, text]) => {
      const size = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      if (size > limits.dimension.most)
        throw new OftcError('OFT3004', `dimension '${key}': ${aboveLimit(size, limits.dimension)}`);
      if (!(size >= 1))
        throw new OftcError(
          'OFT3004',
          `dimension '${key}' must be a whole number of at least 1, got '${text}'`,
        );
      return [key, size];
    }),
  );
}
