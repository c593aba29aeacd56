/** The worker answers every request as Node's own functions do. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { DEVICES } from '../../../compiler/devices/index.ts';
import { FrontEnd } from '../../../compiler/frontend/index.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import { pythonTexts, versionOf } from '../../../src/cli/package.ts';
import { type ExplainOptions, explain } from '../../../src/explain/index.ts';
import { renderExplanation } from '../../../src/explain/text.ts';
import { buildTorch } from '../../../src/targets/torch/index.ts';
import type { PlacedExplanation } from '../../../src/web/protocol.ts';
import { connect, layerFile } from './harness.ts';

const OFT = readFileSync(new URL('../../../examples/oft.ts', import.meta.url), 'utf8');
const DIMS = { in: 64, out: 48, b: 8 };
const input = layerFile(OFT, { dims: DIMS });

const { client } = connect();
afterAll(() => client.dispose());

/** The front end of Node, which reads this package's sources. */
const frontEnd = new FrontEnd({ rootDir: '/', overlay: new Map([['/layer.ts', OFT]]) });
const program = frontEnd.lower('/layer.ts').program!;
const locate: NonNullable<ExplainOptions['locate']> = (span) => {
  const { file, line, column } = frontEnd.locate(span);
  return `${file}:${line}:${column}`;
};

/** An explanation without the places that the worker adds. */
function withoutPlaces(e: PlacedExplanation): unknown {
  return JSON.parse(JSON.stringify(e, (key, value) => (key === 'places' ? undefined : value)));
}

test('hello says which versions there are', async () => {
  expect(await client.hello()).toMatchObject({
    oftc: versionOf('oftc'),
    devices: ['cpu-vectors', 'integrated', 'gpu', 'portable'],
  });
});

describe('check', () => {
  test('describes the layer, its sizes and its tensors', async () => {
    const { layers, layer, problems } = await client.check(layerFile(OFT));
    expect({ layers, problems }).toEqual({ layers: [{ name: 'oft', config: [] }], problems: [] });
    expect(layer).toMatchObject({
      name: 'oft',
      results: ['y (tokens, out)'],
      where: ['in = b*r'],
      sizes: {},
    });
    expect(layer?.inputs.map((i) => `${i.role} ${i.name} ${i.shape.join(', ')}`)).toEqual([
      'input x tokens, b*r',
      'frozen W out, b*r',
      'trainable v r, tri(b)',
    ]);
    expect(layer?.sizesToGive.flat()).toEqual(expect.arrayContaining(['out', 'b']));
    expect((await client.check(input)).layer?.sizes).toEqual(solveDims(program, DIMS));
  });

  test('gives the keys of the configuration, with types, choices and defaults', async () => {
    const library = await client.library();
    const oft = library.find((e) => e.name === 'oft')!;
    const { layers, layer, problems } = await client.check({ ...oft, config: { adapters: '2' } });
    expect(problems).toEqual([]);
    expect(layers[0]?.config).toEqual(
      expect.arrayContaining([
        { name: 'bias', type: 'boolean', choices: [false, true], default: false },
        { name: 'adapters', type: 'number', default: 1 },
        { name: 'cayley', type: '"neumann" | "exact"', choices: ['neumann', 'exact'], default: 'neumann' },
      ]),
    );
    expect(layer?.config).toMatchObject({ adapters: 2, terms: 5 });
    expect(layer?.inputs.map((i) => i.name)).toEqual(['x', 'W', 'v.0', 'v.1']);
  });
});

describe('explain', () => {
  test('is what Node explains, and its steps have places in the source', async () => {
    const { explanation, text, full, notes } = await client.explain(input);
    const own = explain(program, { dims: DIMS, locate });
    expect(withoutPlaces(explanation)).toEqual(JSON.parse(JSON.stringify(own)));
    expect(text).toBe(renderExplanation(own));
    expect(full).toBe(renderExplanation(own, { full: true }));
    expect(notes).toEqual([]);
    const steps = explanation.training.flatMap((d) => d.steps);
    const rewritten = steps.flatMap((s) => s.places.map((p) => OFT.slice(p.start, p.end)));
    expect(rewritten).toContain('cayleyNeumann(skew(v), { terms: 5 })');
    for (const { at, places } of [...steps, ...explanation.kernels])
      expect(new Set(places.map((p) => `${p.file}:${p.line}:${p.column}`))).toEqual(new Set(at));
  });

  test('plots every candidate of a decision, and the guards are where the chosen one changes', async () => {
    const { plots, explanation } = await client.explain(input);
    expect(plots.length).toBeGreaterThan(0);
    for (const { of, derivation, group, tokens, candidates, chosen } of plots) {
      const { candidates: listed } = explanation[of][derivation]!.groups[group]!;
      expect(candidates.map((c) => c.forms)).toEqual(listed.map((c) => c.forms));
      expect([tokens[0], tokens.at(-1)]).toEqual([1, 16384]);
      const at = tokens.indexOf(512);
      candidates.forEach((c, i) => {
        expect(c.seconds[at]).toBe(listed[i]!.at!.seconds);
        expect(c.memory[at]).toBe(listed[i]!.at!.memory);
      });
      expect(chosen.every((c) => c.candidate === undefined || c.candidate < candidates.length)).toBe(true);
    }
    expect(plots.some((p) => p.chosen.some((c) => c.candidate !== undefined))).toBe(true);
  });

  test('leaves costs as formulas while sizes are open', async () => {
    const { explanation, plots } = await client.explain(layerFile(OFT));
    expect(plots).toEqual([]);
    expect(explanation.unbound.length).toBeGreaterThan(0);
    expect(explanation.training[0]!.groups[0]!.candidates[0]!.operations).toMatch(/tokens/);
  });

  test('is for the class, the token count and the objective that it is asked for', async () => {
    const asked = { device: 'cpu-vectors', tokens: 7, objective: 'memory' } as const;
    const { explanation } = await client.explain({ ...input, ...asked });
    const own = explain(program, { dims: DIMS, locate, ...asked, device: DEVICES['cpu-vectors']! });
    expect(withoutPlaces(explanation)).toEqual(JSON.parse(JSON.stringify(own)));
  });
});

test('kernels tells of each what Node tells of it, those of the token count first', async () => {
  const { kernels, device, tokens } = await client.kernels(input);
  expect({ device, tokens }).toEqual({ device: 'gpu', tokens: 512 });
  const launched = kernels.filter((k) => k.launches.length > 0);
  expect(kernels.slice(0, launched.length)).toEqual(launched);
  const own = explain(program, { dims: DIMS, locate });
  expect(launched.flatMap((k) => k.launches).length).toBe(own.kernels.length);
  for (const { launches: _, ...kernel } of [kernels[0]!, kernels.at(-1)!])
    expect(kernel).toEqual(explain(program, { dims: DIMS, locate, kernel: kernel.kernel }).story);
});

test.each([true, false])('torch prints what oftc build prints, standalone: %s', async (standalone) => {
  const { files } = await client.torch({ ...input, standalone });
  expect(files).toEqual(
    buildTorch(program, {
      ...{ name: 'oft', sizes: solveDims(program, DIMS), python: pythonTexts(), standalone },
      from: { file: 'layer.ts', version: versionOf('oftc') },
    }),
  );
});

test('every layer of the library, and every strange one, compiles with the sizes that come with it', async () => {
  const library = await client.library();
  expect(library.filter((e) => e.kind === 'strange').length).toBe(5);
  for (const example of library) {
    const { problems, layer, layers } = await client.check(example);
    expect({ name: example.name, errors: problems.filter((p) => p.severity === 'error') }).toEqual({
      name: example.name,
      errors: [],
    });
    expect({ name: example.name, open: layer?.sizesToGive }).toEqual({ name: example.name, open: [] });
    expect(layers.map((l) => l.name)).toContain(example.layer);
  }
});

describe('an editor', () => {
  const at = (name: string) => ({ files: input.files, file: '/layer.ts', offset: OFT.lastIndexOf(name) + 3 });

  test('gets the type and the documentation of a name', async () => {
    const { found } = await client.hover(at('blockDiag('));
    expect(OFT.slice(found!.start, found!.end)).toBe('blockDiag');
    expect(found?.signature).toContain('Tensor<["r*b", "r*b"]>');
    expect(found?.documentation).toMatch(/^The block-diagonal matrix/);
    expect(await client.hover({ ...at('blockDiag('), offset: 0 })).toEqual({});
    expect(await client.hover({ ...at('blockDiag('), offset: 1e9 })).toEqual({});
  });

  test('gets the names that fit, and sees edits', async () => {
    const edited = OFT.replace('x.matmul(R', 'x.ma(R');
    const offset = edited.indexOf('x.ma(') + 'x.ma'.length;
    const completed = await client.complete({ files: { '/layer.ts': edited }, file: '/layer.ts', offset });
    expect(edited.slice(completed.start, completed.end)).toBe('ma');
    expect(completed.items.map((i) => i.name)).toContain('matmul');
  });
});
