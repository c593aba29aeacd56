/** Every bundler compiles an import of a layer, and shows a refusal at its place in the layer's file. */
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, context, formatMessages, type Plugin } from 'esbuild';
import { describe, expect, test } from 'vitest';
import oftc from '../../../src/bundlers/esbuild.ts';
import { BUNDLERS, OFT, project } from './harness.ts';

const USE = (file = './oft.ts') => `import { oft } from '${file}?oftc&dims=in=3,out=3,b=3';
console.log(oft.dims, oft.create);
`;
const options = { dts: false as const, gradients: false, devices: ['portable'], cache: false };

/** Layers that are refused: TypeScript's type error, and the language's own. */
const WRONG = {
  TS2345: OFT.replace('skew(v)', "skew('v')"),
  OFT1001: OFT.replace('    return', '    for (;;) {}\n    return'),
};

/** The place of a text in another, as `line:column`. */
const placeIn = (text: string, of: string): string => {
  const before = text.slice(0, text.indexOf(of)).split('\n');
  return `${before.length}:${before.at(-1)!.length}`;
};

describe.each(Object.entries(BUNDLERS))('%s', (_, bundle) => {
  test('compiles a layer to a module that needs the runtime alone', async () => {
    const folder = project({ 'use.js': USE(), 'oft.ts': OFT });
    const { code, message } = await bundle(folder, 'use.js', options);
    expect(message).toBeUndefined();
    expect(code).toContain('LayerModule.create(device, { forward })');
    expect(code).toMatch(/@compute @workgroup_size/);
    expect(code).not.toContain('cayleyNeumann(');
  });

  test.each([
    ['TS2345', "'v'"],
    ['OFT1001', 'for (;;) {}'],
  ] as const)('shows %s with its place and its lines', async (code, at) => {
    const folder = realpathSync(project({ 'use.js': USE(), 'oft.ts': WRONG[code] }));
    const { message, at: place, printed } = await bundle(folder, 'use.js', options);
    expect(message).toMatch(new RegExp(`^${code}: `));
    expect(place).toBe(`${join(folder, 'oft.ts')}:${placeIn(WRONG[code], at)}`);
    if (printed?.includes('^')) expect(printed).toContain('^'.repeat(at.length));
  });

  test('finds a layer of a package by the bundler’s own rules', async () => {
    const folder = project({ 'use.js': USE('oftc/adapters/oft') });
    const { code, message } = await bundle(folder, 'use.js', options);
    expect(message).toBeUndefined();
    expect(code).toContain('LayerModule.create(device, { forward })');
  });
});

/** A layer that takes a number from another file. */
const IMPORTING = OFT.replace('import', "import { terms } from './terms.ts';\nimport").replace(
  'terms: 5',
  'terms',
);

test.each(['rollup', 'rolldown', 'webpack'])(
  '%s watches the files that a layer imports, also of one that is refused',
  async (bundler) => {
    const files = { 'use.js': USE(), 'oft.ts': IMPORTING, 'terms.ts': 'export const terms = 5;\n' };
    const folder = realpathSync(project(files));
    const own = [join(folder, 'oft.ts'), join(folder, 'terms.ts')];
    const { watched } = await BUNDLERS[bundler]!(folder, 'use.js', options);
    expect(watched).toEqual(expect.arrayContaining(own));
    writeFileSync(own[1]!, "export const terms = 'five';\n");
    const refused = await BUNDLERS[bundler]!(folder, 'use.js', options);
    expect(refused.message).toMatch(/^TS2322: /);
    // Rolldown tells what it watches of a finished build alone.
    if (bundler !== 'rolldown') expect(refused.watched).toEqual(expect.arrayContaining(own));
  },
);

test('esbuild builds again after a change of a file that the layer imports, also of one that is refused', async () => {
  const files = { 'use.js': USE(), 'oft.ts': IMPORTING, 'terms.ts': 'export const terms = 5;\n' };
  const folder = project(files);
  let next: (codes: string[]) => void = () => {};
  const built = () =>
    new Promise<string[]>((resolve) => {
      next = resolve;
    });
  const end: Plugin = {
    name: 'end',
    setup: (build) => build.onEnd(({ errors }) => next(errors.map((e) => e.text.slice(0, 6)))),
  };
  const watching = await context({
    ...{ absWorkingDir: folder, entryPoints: ['use.js'], bundle: true, write: false, logLevel: 'silent' },
    plugins: [oftc(options), end],
  });
  try {
    const first = built();
    await watching.watch();
    expect(await first).toEqual([]);
    const steps = [
      ["export const terms = 'five';\n", ['TS2322']],
      ['export const terms = 4;\n', []],
    ] as const;
    for (const [text, codes] of steps) {
      const again = built();
      writeFileSync(join(folder, 'terms.ts'), text);
      expect(await again).toEqual(codes);
    }
  } finally {
    await watching.dispose();
  }
});

test('esbuild prints the lines of a refusal, with the layer’s own below its mark', async () => {
  const folder = project({ 'use.js': USE(), 'oft.ts': WRONG.TS2345 });
  const thrown = await build({
    ...{ absWorkingDir: folder, entryPoints: ['use.js'], bundle: true, write: false, logLevel: 'silent' },
    plugins: [oftc(options)],
  }).catch((error: unknown) => error);
  const [text] = await formatMessages((thrown as { errors: [] }).errors, { kind: 'error' });
  expect(text).toMatch(/oft\.ts:7:\d+:\n.*skew\('v'\)/);
  expect(text).toMatch(/~~~/);
});
