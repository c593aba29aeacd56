/** The derivations of all methods of the library, at the sizes of a small model. They are kept until a source changes. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Binding } from '../../compiler/dims/dims.ts';
import { freeDims, solveDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { explain } from '../../src/explain/index.ts';
import { renderExplanation } from '../../src/explain/text.ts';
import { CACHE, root } from './places.ts';

/** A method as `oftc explain` prints it. */
export interface Derivation {
  /** The command that prints the text. */
  readonly command: string;
  readonly text: string;
  /** The method's name among the playground's examples. */
  readonly example: string;
}

/** The rooms whose sources decide a derivation. */
const ROOMS = ['compiler', 'kernels-gen', 'runtime', 'src'];

function digest(names: readonly string[]): string {
  const hash = createHash('sha256').update(names.join());
  for (const room of ROOMS)
    for (const file of readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).sort())
      if (file.endsWith('.ts')) hash.update(file).update(readFileSync(join(root, room, file)));
  return hash.digest('hex');
}

/** Sizes by the names that the library's methods use. Those that come first are given first, and may determine others. */
const SIZES: Binding = {
  in: 1024,
  out: 1024,
  d: 1024,
  vocabulary: 32_000,
  b: 32,
  a: 32,
  r: 16,
  g: 64,
  k: 64,
  l: 32,
  m: 32,
  n: 1000,
};

/** Sizes of layers that others do not fit: a 3×3 convolution has 9 columns for each channel. */
const OWN: Readonly<Record<string, Binding>> = { oftConv: { b: 32, r: 18 } };

/** Sizes to give for a layer; of a name without one, none. */
export function sizesFor(program: Program): Binding {
  let given: Binding = OWN[program.name] ?? {};
  for (const [name, size] of Object.entries(SIZES)) {
    const known = solveDims(program, given);
    if (freeDims(program).includes(name) || Object.hasOwn(program.where, name))
      if (!Object.hasOwn(known, name)) given = { ...given, [name]: size };
  }
  return given;
}

interface Layer {
  trace(): Program;
}

const isLayer = (v: unknown): v is Layer => typeof v === 'function' && 'trace' in v;
const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

function derivationOf(file: string, name: string, program: Program, only: boolean): Derivation {
  const dims = sizesFor(program);
  const sizes = Object.entries(dims).map(([n, size]) => `${n}=${size}`);
  const layer = only ? '' : ` --layer ${name}`;
  return {
    command: `oftc explain src/adapters/${file}${layer} --dims ${sizes.join(',')}`,
    text: renderExplanation(explain(program, { dims })),
    example: kebab(name),
  };
}

/** Derives every method of the library, or those of the given pages, into a file by page, and gives its path. */
export async function writeDerivations(pages?: readonly string[]): Promise<string> {
  const file = join(CACHE, `derivations-${digest(pages ?? [])}.json`);
  if (existsSync(file)) return file;
  const found: Record<string, Derivation> = {};
  const folder = join(root, 'src/adapters');
  for (const name of readdirSync(folder).filter((f) => f.endsWith('.ts'))) {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(join(folder, name)).href);
    const layers = Object.entries(module).filter((e): e is [string, Layer] => isLayer(e[1]));
    for (const [exported, layer] of layers)
      if (pages?.includes(kebab(exported)) ?? true)
        found[kebab(exported)] = derivationOf(name, exported, layer.trace(), layers.length === 1);
  }
  // Those of other sources are of no use.
  rmSync(CACHE, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(file, JSON.stringify(found));
  return file;
}
