/** Every method gives the same Program, metadata included, when it is lowered, traced, or printed and read again. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import { Identity } from '../../../compiler/ir/build.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { smallSizes } from '../../../src/identity/sizes.ts';
import type { Traceable } from '../../../src/language/load.ts';
import { loadProgram, newFrontEnd } from '../../../src/language/load.ts';
import { printLayer } from '../../../src/language/print-layer.ts';

const ADAPTERS = fileURLToPath(new URL('../../../src/adapters/', import.meta.url));
const PRINTED = fileURLToPath(new URL('./printed.ts', import.meta.url));

const isLayer = (v: unknown): v is Traceable => typeof v === 'function' && 'trace' in v;

const files = readdirSync(ADAPTERS).filter((f) => f.endsWith('.ts'));
const LIBRARY = (
  await Promise.all(
    files.map(async (file) => {
      const exports: Record<string, unknown> = await import(ADAPTERS + file);
      return Object.entries(exports).flatMap(([name, layer]) =>
        isLayer(layer) ? [{ name, file, layer }] : [],
      );
    }),
  )
).flat();

const overlay = new Map<string, string>();
const frontEnd = newFrontEnd({ overlay });

const saidOf = (p: Program) => ({
  source: p.source,
  inputs: p.inputs.map(({ name, role, stored, init }) => ({ name, role, stored, init })),
});

/** Methods without a declared stored form: their authors publish no tensor that is the parameter itself. */
const UNSTORED = ['doubleGsoft', 'goft', 'hoft', 'loft', 'qgoft', 'shoft', 'ssvd', 'svft', 'walsh'];

describe.each(LIBRARY)('$name', ({ name, file, layer }) => {
  const traced = layer.trace();

  it('says where it comes from, how it starts and what it is stored as', () => {
    expect(traced.source).toMatch(/^https:\/\//);
    for (const i of traced.inputs.filter((p) => p.role === 'trainable')) {
      expect(i.init, i.name).toBeDefined();
      expect(i.stored !== undefined, i.name).toBe(!UNSTORED.includes(name));
    }
  });

  it('is the same Program lowered and traced, claims included', () => {
    const { program } = loadProgram(ADAPTERS + file, { layer: name }, frontEnd);
    const identity = new Identity();
    const ids = ({ outputs, claims }: Program) =>
      [...outputs.map((o) => o.node), claims?.weight, claims?.bias, ...(claims?.orthogonal ?? [])].map(
        (n) => n && identity.of(n),
      );
    expect(ids(program)).toEqual(ids(traced));
    expect(saidOf(program)).toEqual(saidOf(traced));
  });

  it('says the same when its sizes are bound, and when it is printed and read again', () => {
    expect(saidOf(bindProgram(traced, smallSizes(traced)[0]!))).toEqual(saidOf(traced));
    overlay.set(PRINTED, printLayer(traced));
    const { program } = loadProgram(PRINTED, {}, frontEnd);
    expect(saidOf(program)).toEqual(saidOf(traced));
  });
});
