/** Every method of the library, with the configurations and sizes that the tests of `oftc explain` use. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Program } from '../../../compiler/ir/node.ts';
import { place } from '../../../src/cli/place.ts';
import { type Explanation, explain } from '../../../src/explain/index.ts';
import { type Loaded, loadProgram, newFrontEnd } from '../../../src/language/load.ts';

export interface Case {
  readonly name: string;
  readonly file: string;
  readonly layer: string;
  readonly config: object;
  readonly dims: Readonly<Record<string, number>>;
}

const IMAGE = { height: 8, width: 8 };

const of = (file: string, layer: string, dims: Case['dims'], ...configs: readonly object[]): Case[] =>
  (configs.length > 0 ? configs : [{}]).map((config) => ({
    name: `${layer} ${JSON.stringify(config)}`,
    file: `${file}.ts`,
    layer,
    config,
    dims,
  }));

/** The cases for layers of `size` × `size`, a power of 2. */
export function libraryAt(size: number): readonly Case[] {
  const square = { in: size, out: size };
  return [
    ...of(
      'boft',
      'boft',
      { ...square, b: 32 },
      {},
      { factors: 2 },
      { factors: 4 },
      { factors: 4, bias: true },
    ),
    ...of('diag-oft', 'diagOft', { ...square, b: 32 }, {}, { rescale: true, bias: true }),
    ...of('lycoris-boft', 'lycorisBoft', { ...square, b: 32 }, { factors: 2 }, { rescale: true, bias: true }),
    ...of('ether', 'ether', { ...square, k: 32 }, {}, { bias: true }),
    ...of('ether', 'etherPlus', { ...square, k: 32 }, {}, { bias: true }),
    ...of('goft', 'goft', { out: size }, { levels: Math.log2(size) }, { levels: 3, bias: true }),
    ...of('goft', 'qgoft', { out: size }, { levels: Math.log2(size) }, { levels: 3, bias: true }),
    ...of('gsoft', 'gsoft', { ...square, b: 32 }, {}, { method: 'exp' }, { method: 'exp', bias: true }),
    ...of('gsoft', 'doubleGsoft', { ...square, a: size / 64, b: 32 }, {}, { method: 'exp' }, { bias: true }),
    ...of('walsh', 'walsh', { out: size }, { levels: Math.log2(size) }, { levels: 3, bias: true }),
    ...of('hoft', 'hoft', { ...square, r: 8 }, {}, { bias: true }),
    ...of('hoft', 'shoft', { ...square, r: 8 }, {}, { bias: true }),
    ...of('loft', 'loft', { ...square, r: 32 }, {}, { bias: true }),
    ...of('hra', 'hra', { ...square, r: 8 }, {}, { gs: true }, { bias: true }),
    ...of('gralora', 'gralora', { ...square, r: 16 }, {}, { hybrid: 8, bias: true }),
    ...of('svft', 'svft', { ...square, k: size }, {}, { bias: true }),
    ...of('ssvd', 'ssvd', { ...square, k: 64 }, {}, { bias: true }),
    ...of('c3a', 'c3a', { ...square, b: 64 }, {}, { bias: true }),
    ...of('frod', 'frod', { ...square, k: 1000 }, {}, { bias: true }),
    ...of('miss', 'miss', { ...square, r: 64 }, {}, { shard: 'bat', bias: true }),
    ...of('miss', 'miss', { ...square, r: 64, h: 128 }, { shard: 'mini', bias: true }),
    ...of('delora', 'delora', { ...square, r: 16 }, {}, { bias: true }),
    ...of('randlora', 'randlora', { ...square, r: 32 }, {}, { fewerOutputs: true, bias: true }),
    ...of('deft', 'deft', { ...square, r: 32 }, {}, { para: true, bias: true }),
    ...of('osf', 'osf', { ...square, k: size / 2 }, {}, { fewerOutputs: true, bias: true }),
    ...of('vera', 'vera', { ...square, r: 256 }, {}, { bias: true }),
    ...of('shira', 'shira', { ...square, r: 4 }, {}, { bias: true }),
    ...of('fourierft', 'fourierft', { ...square, n: 100 }, {}, { bias: true }),
    ...of('waveft', 'waveft', { ...square, n: 1000 }, {}, { wavelet: false, bias: true }),
    ...of('hira', 'hira', { ...square, r: 32 }, {}, { bias: true }),
    ...of('ia3', 'ia3', square, {}, { feedforward: true }, { bias: true }),
    ...of('loha', 'loha', { ...square, r: 8 }, {}, { bias: true }),
    ...of('lokr', 'lokr', { ...square, l: 32, m: 32, r: 8 }, {}, { both: true }, { bias: true }),
    ...of('lora', 'lora', { ...square, r: 16 }, {}, { bias: true }),
    ...of('lora', 'dora', { ...square, r: 16 }, {}, { bias: true }),
    ...of(
      'oft',
      'oft',
      { ...square, b: 32 },
      {},
      { bias: true },
      { cayley: 'exact' },
      { share: true },
      { coft: true },
      { adapters: 2 },
      { adapters: 2, coft: true, share: true, cayley: 'exact' },
    ),
    ...of('oft-conv', 'oftConv', { r: 144, b: 32, out: size }, IMAGE, {
      ...IMAGE,
      cayley: 'exact',
      share: true,
    }),
    ...of(
      'oft-embedding',
      'oftEmbedding',
      { vocabulary: 32_000, d: size, b: 32 },
      {},
      { cayley: 'exact', coft: true },
    ),
    ...of('poet', 'poet', { ...square, a: 32, b: 32 }, {}, { bias: true }, { permuted: true, bias: true }),
    ...of('psoft', 'psoft', { ...square, r: 32 }, { cayley: 'exact' }, { cayley: 'neumann' }, { bias: true }),
    ...of(
      'road',
      'road',
      { ...square, g: 64 },
      { variant: 1 },
      { variant: 2 },
      { variant: 4 },
      { bias: true },
    ),
    ...of('scaled-oft', 'scaledOft', { ...square, b: 32 }, {}, { share: true, bias: true }),
  ];
}

export const LIBRARY = libraryAt(4096);

export const ADAPTERS = fileURLToPath(new URL('../../../src/adapters/', import.meta.url));

/** One front end for all files, so that types are checked once. */
const frontEnd = newFrontEnd();

const lowered = ({ file, layer, config }: Case): Loaded =>
  loadProgram(ADAPTERS + file, { layer, config }, frontEnd);

const programs = new Map<string, Program>();

/** The program of a case. Each case is lowered once. */
export function programOfCase(c: Case): Program {
  const program = programs.get(c.name) ?? lowered(c).program;
  programs.set(c.name, program);
  return program;
}

/** The explanation of a case that `oftc explain` prints, with the case's sizes or without. */
export function explained(c: Case, sizes: 'bound' | 'unbound'): Explanation {
  // The front end locates spans of the program that it lowered last, so the case is lowered again.
  return explain(lowered(c).program, {
    dims: sizes === 'bound' ? c.dims : {},
    locate: (span) => place(frontEnd.locate(span)),
  });
}

/** Every layer that a file of the library exports, as the text `file layer`. */
export async function layersOf(): Promise<string[]> {
  const found = readdirSync(ADAPTERS).map(async (file) => {
    const exported: Record<string, unknown> = await import(ADAPTERS + file);
    const layers = Object.entries(exported).filter(([, v]) => typeof v === 'function' && 'trace' in v);
    return layers.map(([name]) => `${file} ${name}`);
  });
  return (await Promise.all(found)).flat();
}
