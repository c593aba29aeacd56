/** The layers that the playground offers to start from: every method of the library, and the strange ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bindProgram, programDims, solveDims, toGive } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import type { LibraryExample } from '../../src/web/protocol.ts';
import { ADAPTERS, STRANGE } from './places.ts';

interface Traced {
  readonly defaults: Readonly<Record<string, unknown>>;
  trace(config?: object): Program;
}

/** Sizes by the names that methods give them. Those that a layer lacks are left out. */
const USUAL: Readonly<Record<string, number>> = {
  ...{ in: 1024, out: 1024, b: 32, a: 32, r: 16, k: 32, g: 64, l: 32, m: 32, n: 1000, h: 128 },
  ...{ vocabulary: 32_000, d: 1024, c: 32, rank: 16, queries: 1024, keys: 256 },
};

/** The settings and sizes of layers for which the usual sizes do not fit. */
const OWN: Readonly<Record<string, Partial<Pick<LibraryExample, 'config' | 'dims'>>>> = {
  goft: { config: { levels: 10 } },
  qgoft: { config: { levels: 10 } },
  boft: { config: { factors: 2 } },
  lycorisBoft: { config: { factors: 2 } },
  oftConv: { config: { height: 8, width: 8, kernel: 3 }, dims: { r: 36, b: 32, out: 1024 } },
};

/** The text of a file of the library as an author writes it: the language is imported by its name. */
const asAuthored = (text: string): string => text.replaceAll("'../language/dsl/index.ts'", "'oftc'");

const isLayer = (value: unknown): value is Traced =>
  typeof value === 'function' && typeof (value as Partial<Traced>).trace === 'function';

/** A layer's file and the files that it imports, by the paths that a page gives them. */
function filesOf(folder: string, name: string): Record<string, string> {
  const text = asAuthored(readFileSync(join(folder, name), 'utf8'));
  const beside = [...text.matchAll(/from '\.\/([\w-]+\.ts)'/g)].map(([, file]) => filesOf(folder, file!));
  return Object.assign({ [`/${name}`]: text }, ...beside);
}

/** The usual sizes, as far as a layer needs them. Throws where some stay unknown. */
function usualSizes(name: string, program: Program): Record<string, number> {
  const names = programDims(program);
  let sizes: Record<string, number> = {};
  for (const [size, value] of Object.entries(USUAL)) {
    const known = solveDims(program, sizes);
    if (names.includes(size) && !Object.hasOwn(known, size)) sizes = { ...sizes, [size]: value };
  }
  const open = toGive(program, solveDims(program, sizes));
  if (open.length > 0)
    throw new Error(`scripts/web/library.ts has no size for ${open.join(', ')} of '${name}'`);
  return sizes;
}

async function examplesOf(folder: string, kind: LibraryExample['kind']): Promise<LibraryExample[]> {
  const names = readdirSync(folder).filter((f) => f.endsWith('.ts'));
  const examples: LibraryExample[] = [];
  for (const name of names.sort()) {
    const exports: Readonly<Record<string, unknown>> = await import(join(folder, name));
    for (const [layer, value] of Object.entries(exports)) {
      if (!isLayer(value)) continue;
      const { config = {}, dims } = OWN[layer] ?? {};
      const program = value.trace(config);
      const sizes = dims ?? usualSizes(layer, program);
      bindProgram(program, solveDims(program, sizes));
      examples.push({
        ...{ name: layer, title: titleOf(program.name), kind, layer, config },
        ...{ files: filesOf(folder, name), file: `/${basename(name)}` },
        dims: sizes,
      });
    }
  }
  return examples;
}

/** A name in camel case as words: `bothSides` → `both sides`. Names of methods are written as their papers write them. */
const titleOf = (name: string): string => name.replaceAll(/(?<=[a-z])([A-Z])/g, (c) => ` ${c.toLowerCase()}`);

export const libraryExamples = async (): Promise<LibraryExample[]> => [
  ...(await examplesOf(ADAPTERS, 'method')),
  ...(await examplesOf(STRANGE, 'strange')),
];
