/** Imports compile, or are refused: queries, options, files with several layers, written types. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { LayerCompiler } from '../../../src/bundlers/compile.ts';
import type { Options } from '../../../src/bundlers/options.ts';
import { Refused } from '../../../src/bundlers/problems.ts';
import { Project } from '../../../src/bundlers/project.ts';
import type { PlanStore } from '../../../src/plans/store.ts';
import { errorsOf, LIBRARIES, MODULES } from '../../package/types.ts';
import { OFT, project } from './harness.ts';

const SMALL = { gradients: false, devices: ['portable'], cache: false } as const;

/** Two layers, of which one has a name that no module can declare, and a helper of another file. */
const TWO = `import { frozen, input, layer } from 'oftc';
import { twice } from './twice.ts';
const scaled = layer({ x: input('tokens', 'in'), s: frozen('in') }, ({ x, s }) => twice(x.mul(s)));
export default scaled;
export const plain = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T));
`;
const TWICE = `import type { Tensor } from 'oftc';
export const twice = <S extends readonly string[]>(x: Tensor<S>) => x.mul(2);
`;

/** Compiles an import as a bundler does. */
async function load(folder: string, specifier: string, options: Options = {}, importer = 'use.ts') {
  const of = new Project({ ...SMALL, ...options }, folder);
  const id = await of.resolve(specifier, join(folder, importer), async () => undefined);
  return { ...(await of.load(id)), id, of };
}

const refusal = async (folder: string, specifier: string, options: Options = {}): Promise<string> => {
  try {
    await load(folder, specifier, options);
  } catch (error) {
    if (error instanceof Refused)
      return error.problems.map((p) => `${p.code ?? ''} ${p.text}`.trim()).join('\n');
    throw error;
  }
  return 'nothing is refused';
};

/** The exports of a module's code, with a stand-in for the runtime. */
async function run(code: string): Promise<Record<string, { dims: object; config: object; create: unknown }>> {
  const text = code.replace(
    "import { LayerModule } from 'oftc/runtime';",
    'const LayerModule = { create: (_, plans) => plans };',
  );
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}

describe('an import', () => {
  test('has an export for each layer of the file, each at the sizes that it has', async () => {
    const marker = join(project({}), 'ran');
    const writes = `declare const process: { getBuiltinModule(name: string): any };
const ran = process.getBuiltinModule('node:fs').writeFileSync(${JSON.stringify(marker)}, 'ran');\n`;
    const folder = project({ 'two.ts': `${writes}${TWO}`, 'twice.ts': TWICE });
    const { code, files, id, of } = await load(folder, './two.ts?oftc&dims=in=4,out=6');
    expect(existsSync(marker)).toBe(false);
    const layers = await run(code);
    expect(Object.keys(layers).sort()).toEqual(['default', 'plain']);
    expect(layers.default!.dims).toEqual({ in: 4 });
    expect(layers.plain!.dims).toEqual({ in: 4, out: 6 });
    const helper = join(folder, 'twice.ts');
    expect(files).toEqual(expect.arrayContaining([join(folder, 'two.ts'), helper]));
    expect(of.dependents(helper, false)).toEqual([id]);
    expect(of.dependents(join(folder, 'use.ts'), true)).toEqual([]);
  });

  test('takes the options of its query before those of the file, and those before the plugin’s', async () => {
    const folder = project({ 'oft.ts': OFT });
    const layers = { './oft.ts': { dims: { in: 4, out: 6, b: 2 }, gradients: true } };
    const options = { ...SMALL, layers };
    const own = await load(folder, './oft.ts?oftc', options);
    expect((await run(own.code)).oft!.dims).toEqual({ in: 4, out: 6, b: 2, r: 2 });
    expect(own.code).toContain('{ forward, gradients }');
    const query = await load(folder, './oft.ts?oftc&dims=out=8&gradients=false', options);
    expect((await run(query.code)).oft!.dims).toEqual({ in: 4, out: 8, b: 2, r: 2 });
    expect(query.code).not.toContain('{ forward, gradients }');
  });

  test('of a package’s JavaScript runs it, and reads the configuration’s text by its defaults', async () => {
    const of = new Project({ ...SMALL, dts: false }, project({}));
    const id = await of.resolve(
      'oftc/adapters/oft?oftc&dims=in=4,out=6,b=2&config=bias=true',
      undefined,
      async () => undefined,
    );
    const { code } = await of.load(id);
    expect((await run(code)).oft!.config).toMatchObject({ bias: true });
    const wrong = id.replace('bias=true', 'bias=yes');
    await expect(of.load(wrong)).rejects.toMatchObject({
      problems: [
        { code: 'OFT1044', text: "configuration 'bias' of layer 'oft' must be true or false, got 'yes'" },
      ],
    });
  });

  test('is compiled once for each content: what a store keeps is taken as it is', async () => {
    const folder = project({ 'oft.ts': OFT });
    const kept = new Map<string, string>();
    const store: PlanStore = { read: (key) => kept.get(key), write: (key, text) => void kept.set(key, text) };
    const compiler = new LayerCompiler(store);
    const options = { ...SMALL, dims: { in: 4, out: 6, b: 2 } };
    const file = join(folder, 'oft.ts');
    const first = await compiler.compile(folder, file, options);
    expect(kept.size).toBe(1);
    for (const key of kept.keys()) kept.set(key, JSON.stringify({ code: '(kept)', types: '' }));
    expect((await compiler.compile(folder, file, options)).code).toContain('(kept)');
    const others = [
      { ...options, gradients: true },
      { ...options, dims: { in: 8, out: 6, b: 2 } },
    ];
    for (const other of others)
      expect((await compiler.compile(folder, file, other)).code).not.toContain('(kept)');
    writeFileSync(file, OFT.replace('terms: 5', 'terms: 4'));
    const edited = await compiler.compile(folder, file, options);
    expect(edited.code).not.toContain('(kept)');
    expect(edited.code).not.toBe(first.code);
  });

  test.runIf(process.platform === 'linux')('is kept in the cache folder, unless OFTC_PLANS=off', async () => {
    const folder = project({ 'oft.ts': OFT });
    const options = { ...SMALL, cache: true };
    const layer = './oft.ts?oftc&dims=in=4,out=6,b=2';
    const plans = join(folder, 'cache/oftc/plans');
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
    try {
      vi.stubEnv('OFTC_PLANS', 'off');
      await load(folder, layer, options);
      expect(existsSync(plans)).toBe(false);
      vi.stubEnv('OFTC_PLANS', 'on');
      const { code } = await load(folder, layer, options);
      // Plans are written after the answer.
      const written = () => existsSync(plans) && readdirSync(plans).find((file) => file.endsWith('.plan'));
      let name = written();
      for (; !name; name = written()) await sleep(20);
      const text = readFileSync(join(plans, name), 'utf8');
      const kept = JSON.parse(text.slice(text.indexOf('\n') + 1));
      expect(code).toContain(kept.code);
      const other = JSON.stringify({ ...kept, code: '(kept)' });
      writeFileSync(join(plans, name), `${createHash('sha256').update(other).digest('hex')}\n${other}`);
      expect((await load(folder, layer, options)).code).toContain('(kept)');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('is refused', () => {
  const folder = project({
    'oft.ts': OFT,
    'two.ts': TWO,
    'twice.ts': TWICE,
    'none.ts': 'export const n = 1;\n',
  });
  test.each([
    ['./oft.ts?oftc', /^OFT3006 .*out.*in the import, as \?oftc&dims=/],
    ['./oft.ts?oftc&dim=in=4', /^OFT4016 .*have no 'dim'.*dims/],
    ['./oft.ts?oftc&dims=in=4&dims=out=6', /^OFT4016 .*'dims' twice/],
    ['./oft.ts?oftc&dims=in', /^Expected name=value pairs/],
    ['./oft.ts?oftc&dims=in=4,out=6,b=2,k=3', /^OFT3001 .*no dimension 'k'/],
    ['./oft.ts?oftc&dims=in=4,out=6,b=2&devices=tpu', /^OFT4016 .*devices.*'tpu'/],
    ['./oft.ts?oftc&dims=in=4,out=6,b=2&gradients=no', /^OFT4016 /],
    ['./oft.ts?oftc&dims=in=4,out=6,b=2&activations=f8', /^OFT4016 .*activations/],
    ['./oft.ts?oftc&dims=in=4,out=6,b=2&quantized=W=nf3', /nf3/],
    ['./oft.ts?oftc&tuning=table.json', /^OFT4016 .*have no 'tuning'/],
    ['./two.ts?oftc&dims=in=4,out=6&config=a=1', /^OFT1041 .*layer=default/],
    ['./two.ts?oftc&dims=in=4,out=6&layer=none', /none/],
    ['./none.ts?oftc', /^OFT1040|^OFT1041/],
    ['./missing.ts?oftc', /^OFT1045 /],
    ['not-installed/oft.ts?oftc', /^OFT1045 .*use\.ts' and not found/],
  ])('%s', async (specifier, message) => {
    expect(await refusal(folder, specifier)).toMatch(message);
  });

  test('an option that the plugin does not have, and one of the wrong kind', () => {
    const plugin = (options: object) => () => new Project(options as Options, folder);
    expect(plugin({ dims: {} })).toThrow(/have no 'dims'/);
    expect(plugin({ dts: 1 })).toThrow(/dts .*must be the path of a file, or false/);
    expect(plugin({ devices: [] })).toThrow(/devices/);
    expect(plugin({ layers: { 'oft.ts': { dim: {} } } })).toThrow(
      /the options of 'oft.ts' have no 'dim'.*dims/,
    );
    expect(plugin({ layers: { 'oft.ts': { dims: [] } } })).toThrow(/dims/);
  });

  test('options for a file that is not there', async () => {
    const options = { layers: { 'src/oft.ts': {} } };
    expect(await refusal(folder, './oft.ts?oftc', options)).toMatch(
      /^OFT4016 .*'src\/oft\.ts'.*no such file/,
    );
  });

  test('a type error in a file that the layer imports, at both places; either file’s change may mend it', async () => {
    const broken = project({ 'two.ts': TWO, 'twice.ts': TWICE.replace('mul(2)', 'mul(two)') });
    const error = await load(broken, './two.ts?oftc&dims=in=4,out=6').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Refused);
    const { problems, files } = error as Refused;
    expect(problems[0]).toMatchObject({
      code: 'TS2304',
      place: { file: join(broken, 'twice.ts'), line: 2, column: 74, length: 3 },
    });
    expect(files).toEqual(expect.arrayContaining([join(broken, 'two.ts'), join(broken, 'twice.ts')]));
  });
});

describe('the written types', () => {
  const NAME = 'oftc-env.d.ts';
  const use = (specifier: string) => `import scaled, { plain } from '${specifier}';
const layer = await plain.create({} as GPUDevice);
await layer.bind({ W: new Float32Array(24) });
export const y: Float32Array = (await layer.run({ x: new Float32Array(4) }).readAll()).y;
export const dims: { readonly in: 4 } = scaled.dims;
export type Layer = plain.PlainLayer;
// @ts-expect-error: plain has no parameter v
await layer.bind({ v: new Float32Array(1) });
`;

  test('are those of each import: values, parameters, results', async () => {
    const folder = project({
      'two.ts': TWO,
      'twice.ts': TWICE,
      'use.ts': use('./two.ts?oftc&dims=in=4,out=6'),
    });
    expect((await load(folder, './two.ts?oftc&dims=in=4,out=6')).warning).toBeUndefined();
    const options = {
      ...LIBRARIES['with the language alone'],
      ...MODULES.bundler,
      skipDefaultLibCheck: true,
    };
    const files = ['use.ts', NAME].map((f) => join(folder, f));
    expect(errorsOf(files, options)).toEqual([]);
  });

  test('are declared for a path from the root of Vite’s server, but not for a server’s own requests', async () => {
    const folder = project({ 'oft.ts': OFT });
    const of = new Project(SMALL, folder);
    const query = '?oftc&dims=in=4,out=6,b=2';
    const declared = async (importer: string | undefined) => {
      await of.load(await of.resolve(`/oft.ts${query}`, importer, async (path) => join(folder, path)));
      return readFileSync(join(folder, NAME), 'utf8').includes(`declare module '*/oft.ts${query}'`);
    };
    expect(await declared(undefined)).toBe(false);
    expect(await declared(join(folder, 'use.ts'))).toBe(true);
  });

  test('keep what earlier builds wrote while its layer is there', async () => {
    const folder = project({ 'oft.ts': OFT, 'two.ts': TWO, 'twice.ts': TWICE });
    const declared = () =>
      [...readFileSync(join(folder, NAME), 'utf8').matchAll(/^declare module '(.*)'/gm)].map((m) => m[1]);
    await load(folder, './oft.ts?oftc&dims=in=4,out=6,b=2');
    await load(folder, './two.ts?oftc&dims=in=4,out=6&layer=plain');
    expect(declared().sort()).toEqual([
      '*/oft.ts?oftc&dims=in=4,out=6,b=2',
      '*/two.ts?oftc&dims=in=4,out=6&layer=plain',
    ]);
    const before = readFileSync(join(folder, NAME), 'utf8');
    await load(folder, './oft.ts?oftc&dims=in=4,out=6,b=2');
    expect(readFileSync(join(folder, NAME), 'utf8')).toBe(before);
    unlinkSync(join(folder, 'oft.ts'));
    await load(folder, './two.ts?oftc&dims=in=4,out=6&layer=plain');
    expect(declared()).toEqual(['*/two.ts?oftc&dims=in=4,out=6&layer=plain']);
  });

  test('are none for a text that means two files with other types, and the bundler warns', async () => {
    const folder = project({});
    for (const [name, text] of [
      ['a', OFT],
      ['b', TWO.replace("import { twice } from './twice.ts';\n", '').replace('twice(', '(')],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'oft.ts'), text);
    }
    const made = () =>
      new Project(
        {
          ...SMALL,
          layers: { 'a/oft.ts': { dims: { in: 4, out: 6, b: 2 } }, 'b/oft.ts': { dims: { in: 4, out: 6 } } },
        },
        folder,
      );
    const ambiguous = made();
    const loaded = async (importer: string, specifier: string, of = ambiguous) =>
      of.load(await of.resolve(specifier, join(folder, importer), async () => undefined));
    expect((await loaded('a/use.ts', './oft.ts?oftc')).warning).toBeUndefined();
    expect((await loaded('b/use.ts', './oft.ts?oftc')).warning).toMatch(
      /a\/oft\.ts and b\/oft\.ts are imported by the same text.*'\.\.\/b\/oft\.ts\?oftc'/,
    );
    expect(readFileSync(join(folder, NAME), 'utf8')).not.toContain('declare module');
    const clear = made();
    expect((await loaded('a/use.ts', './oft.ts?oftc', clear)).warning).toBeUndefined();
    expect((await loaded('b/use.ts', '../b/oft.ts?oftc', clear)).warning).toBeUndefined();
    // Both patterns match the longer path, and TypeScript takes the first.
    const text = readFileSync(join(folder, NAME), 'utf8');
    expect(text.indexOf("declare module '*/b/oft.ts?oftc'")).toBeGreaterThan(0);
    expect(text.indexOf("declare module '*/oft.ts?oftc'")).toBeGreaterThan(
      text.indexOf("declare module '*/b/oft.ts?oftc'"),
    );
  });

  test('never replace a file of someone else, and are not written with dts: false', async () => {
    const folder = project({ 'oft.ts': OFT, [NAME]: 'declare const own: 1;\n' });
    const specifier = './oft.ts?oftc&dims=in=4,out=6,b=2';
    expect((await load(folder, specifier)).warning).toMatch(/was not written by this plugin/);
    expect(readFileSync(join(folder, NAME), 'utf8')).toBe('declare const own: 1;\n');
    expect((await load(folder, specifier, { dts: 'types/layers.d.ts' })).warning).toBeUndefined();
    expect(readFileSync(join(folder, 'types/layers.d.ts'), 'utf8')).toContain('// from ../oft.ts');
    unlinkSync(join(folder, NAME));
    await load(folder, specifier, { dts: false });
    expect(existsSync(join(folder, NAME))).toBe(false);
  });
});
