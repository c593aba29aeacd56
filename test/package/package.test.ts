/** The package that `npm pack` makes of a fresh clone: its files, its types and its programs in an empty project. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { publintProblems, typesProblems } from '../../scripts/check-package.ts';
import { direct, lockedPackages } from '../../scripts/shipped.mjs';
import { NIGHTLY } from '../support/sample.ts';
import { cleanCopy, emptyProject, fresh, install, manifest, pack, root, start } from './packed.ts';
import { errorsIn, errorsOf, LIBRARIES, MODULES } from './types.ts';

const copy = cleanCopy();
// Files that an older build may have left in dist.
mkdirSync(join(copy, 'dist/src'), { recursive: true });
for (const old of ['dist/src/renamed.js', 'dist/src/renamed.js.map', 'dist/.tsbuildinfo'])
  writeFileSync(join(copy, old), '{}');
// Without type checks, which `npm run check` does, the compiler writes the same files in half the time.
const build = JSON.parse(readFileSync(join(copy, 'tsconfig.build.json'), 'utf8'));
build.compilerOptions.noCheck = true;
writeFileSync(join(copy, 'tsconfig.build.json'), JSON.stringify(build));
const packed = pack(copy);
/** Two projects for all tests, so that TypeScript parses their files only once. */
const bare = emptyProject(packed);
const withTypes = emptyProject(packed, 'vitest', 'fast-check', '@types/node');
const paths = packed.files.map((f) => f.path);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
console.log(
  `${basename(packed.tarball)}: ${paths.length} files, ${megabytes(packed.size)}, ` +
    `${megabytes(packed.unpackedSize)} unpacked`,
);

/** The names of the library's methods, for which `*` in the exports of package.json stands. */
const ADAPTERS = readdirSync(join(root, 'src/adapters'))
  .filter((f) => f.endsWith('.ts'))
  .map((f) => f.slice(0, -'.ts'.length));
const targets = Object.entries(manifest.exports).flatMap(([path, target]) => {
  const files = typeof target === 'string' ? [target] : Object.values(target);
  return path.includes('*')
    ? ADAPTERS.map((a) => [path.replace('*', a), files.map((f) => f.replace('*', a))] as const)
    : [[path, files] as const];
});
const specifiers = targets
  .map(([path]) => `oftc${path.slice(1)}`)
  .filter((specifier) => !specifier.endsWith('.json'));

describe('the tarball of a fresh clone', () => {
  test('has the file behind every export and program', () => {
    const named = [...targets.flatMap(([, files]) => files), ...Object.values(manifest.bin)];
    expect(named.map((f) => f.replace(/^\.\//, '')).filter((f) => !paths.includes(f))).toEqual([]);
  });

  test('has README, licences, changes, program, guides and examples, and of the rest JavaScript with its declarations and maps, and a Python package', () => {
    const python = paths.filter((p) => p.startsWith('src/targets/torch/python/'));
    expect(python.filter((p) => !/(\/oftc_torch\/.*\.py|\/pyproject\.toml|\/LICENSE)$/.test(p))).toEqual([]);
    expect(python.length).toBeGreaterThan(20);
    const app = readdirSync(join(root, 'examples/app'), { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile() && e.name !== '.gitignore')
      .map((e) => relative(root, join(e.parentPath, e.name)).replaceAll('\\', '/'));
    const guides = paths.filter((p) => /^(docs\/((errors|operators)\/)?[^/]+\.md|examples\/.*\.ts)$/.test(p));
    expect(guides).toContain('docs/authoring.md');
    expect(paths).toEqual(expect.arrayContaining(app));
    const known = new Set([...python, ...guides, ...app]);
    const others = paths.filter((p) => !/^dist\/.*\.(js|js\.map|d\.ts)$/.test(p) && !known.has(p));
    expect(others.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin/oftc.mjs',
      'dist/sbom.cdx.json',
      'dist/src/web/files.json',
      'package.json',
    ]);
    const endingIn = (ending: string) =>
      paths.filter((p) => p.endsWith(ending) && p.startsWith('dist/')).map((p) => p.slice(0, -ending.length));
    expect(endingIn('.js')).toEqual(endingIn('.d.ts'));
    expect(endingIn('.js')).toEqual(endingIn('.js.map'));
  });

  test('has the licence in the Python package, too', () => {
    expect(readFileSync(join(bare, 'node_modules/oftc/src/targets/torch/python/LICENSE'), 'utf8')).toBe(
      readFileSync(join(root, 'LICENSE'), 'utf8'),
    );
  });

  test('is published as publint wants it, and attw where every test runs', async () => {
    expect(await publintProblems(packed.tarball)).toEqual([]);
    if (NIGHTLY) expect(await typesProblems(packed.tarball)).toEqual([]);
  });

  test('has a bill of materials of what npm installs with it, the same for the same lock file', () => {
    const text = readFileSync(join(bare, 'node_modules/oftc/dist/sbom.cdx.json'), 'utf8');
    const { bomFormat, components, dependencies, metadata } = JSON.parse(text);
    expect(bomFormat).toBe('CycloneDX');
    const shipped = lockedPackages().filter((p) => p.isShipped);
    const named = (c: { name: string; version: string }) => `${c.name} ${c.version}`;
    expect(components.map(named).sort()).toEqual(shipped.map(named).sort());
    for (const c of components) expect([c.licenses, c.hashes].flat(), c.name).toHaveLength(2);
    const own = dependencies.find((d: { ref: string }) => d.ref === metadata.component['bom-ref']);
    expect(own.dependsOn).toHaveLength(direct().length);
    start(root, process.execPath, 'scripts/sbom.mjs');
    expect(readFileSync(join(root, 'dist/sbom.cdx.json'), 'utf8')).toBe(text);
  });

  test('has nothing that an older build left', () => {
    expect(paths.filter((p) => p.includes('renamed'))).toEqual([]);
  });

  test('has a source map beside each file of JavaScript, which holds the text of the source', () => {
    const wrong = paths.flatMap((p) => {
      if (!/^dist\/.*\.js$/.test(p)) return [];
      const file = join(bare, 'node_modules/oftc', p);
      if (!readFileSync(file, 'utf8').endsWith(`//# sourceMappingURL=${basename(p)}.map`)) return [p];
      const { sources, sourcesContent } = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
      return sources.length === 1 && sourcesContent.length === 1 && sourcesContent[0].length > 0 ? [] : [p];
    });
    expect(wrong).toEqual([]);
  });
});

describe.each(Object.keys(MODULES) as (keyof typeof MODULES)[])('type-checks under %s', (module) => {
  test.each(Object.keys(LIBRARIES) as (keyof typeof LIBRARIES)[])('%s', (library) => {
    const options = { ...MODULES[module], ...LIBRARIES[library] };
    // The declarations of vitest, and of a browser's devices, need more than the language's own library.
    const alone = library === 'with the language alone';
    const project = alone ? bare : withTypes;
    const from = specifiers.filter((s) => !(alone && s === 'oftc/testing'));
    writeFileSync(
      join(project, 'all.ts'),
      from.map((s, i) => `import * as m${i} from '${s}';\nm${i};\n`).join(''),
    );
    writeFileSync(join(project, 'layer.ts'), LAYER);
    writeFileSync(join(project, 'use.ts'), USE);
    writeFileSync(join(project, 'page.ts'), PAGE);
    const files = [
      'all.ts',
      'layer.ts',
      'use.ts',
      ...(library === 'with the DOM library' ? ['page.ts'] : []),
    ];
    expect(
      errorsOf(
        files.map((f) => join(project, f)),
        options,
      ),
    ).toEqual([]);
  });
});

test.each(specifiers.filter((s) => s !== 'oftc/testing'))(
  '%s type-checks without the others',
  (specifier) => {
    const file = join(bare, 'one.ts');
    writeFileSync(file, `export * from '${specifier}';\n`);
    // The test above checks TypeScript's own library.
    const options = { ...LIBRARIES['with the language alone'], skipDefaultLibCheck: true };
    expect(errorsOf([file], { ...MODULES.nodenext, ...options })).toEqual([]);
  },
);

/** For browsers and their bundlers, which load JSON as a module. */
const WORKER = 'oftc/browser/worker';

test('every path loads in Node with the dependencies that package.json declares', () => {
  const loaded = specifiers.filter((s) => s !== WORKER);
  const script = `for (const s of ${JSON.stringify(loaded)}) console.log(s, Object.keys(await import(s)).length > 0);`;
  const lines = start(bare, process.execPath, '--input-type=module', '-e', script).trim().split('\n');
  expect(lines).toEqual(loaded.map((s) => `${s} true`));
});

test('examples/app type-checks by its own tsconfig.json', () => {
  const app = join(withTypes, 'app');
  cpSync(join(root, 'examples/app'), app, { recursive: true });
  expect(errorsIn(app)).toEqual([]);
});

test('every such path but oftc/testing, which awaits vitest, loads in Node by require(), too', () => {
  const synchronous = specifiers.filter((s) => s !== 'oftc/testing' && s !== WORKER);
  const script = `for (const s of ${JSON.stringify(synchronous)}) console.log(s, Object.keys(require(s)).length > 0);`;
  const lines = start(bare, process.execPath, '--no-warnings', '--input-type=commonjs', '-e', script);
  expect(lines.trim().split('\n')).toEqual(synchronous.map((s) => `${s} true`));
});

test('a CommonJS file type-checks under nodenext, whose require() takes ES modules, and not under node16', () => {
  const file = join(bare, 'use.cts');
  writeFileSync(file, `import { layer } from 'oftc';\nexport const use = layer;\n`);
  const options = { ...LIBRARIES['with the language alone'], skipDefaultLibCheck: true };
  expect(errorsOf([file], { ...MODULES.nodenext, ...options })).toEqual([]);
  expect(errorsOf([file], { ...MODULES.node16, ...options })).toEqual([
    expect.stringContaining('The current file is a CommonJS module'),
  ]);
});

test('oftc/testing loads where vitest runs', () => {
  const project = emptyProject(packed, 'vitest', 'fast-check');
  writeFileSync(join(project, 'layer.ts'), LAYER);
  writeFileSync(join(project, 'own.test.ts'), TESTING);
  // A machine under load may take longer than the 5 s that vitest gives a test.
  expect(start(project, 'vitest', 'run', '--no-color', '--testTimeout=0')).toMatch(/1 passed/);
});

/** README's first layer. */
const [, HALF] = /^```ts\n(\/\/ half\.ts:.*?)^```/ms.exec(readFileSync(join(root, 'README.md'), 'utf8'))!;

test('the program explains and checks README’s first layer, and builds a module of it', () => {
  const oftc = (...argv: string[]) => start(bare, join(bare, 'node_modules/.bin/oftc'), ...argv);
  expect(oftc('--version')).toBe(`${manifest.version}\n`);
  expect(oftc('--help')).toMatch(/^Usage: oftc .*explain/s);
  writeFileSync(join(bare, 'half.ts'), HALF!);
  expect(oftc('explain', 'half.ts', '--dims', 'in=1024,out=1024,b=32')).toMatch(/\(\(x·R\)·Wᵀ\) ⊙ s/);
  expect(oftc('check', 'half.ts', '--device', 'cpu', '--trials', '1')).toMatch(/6 properties hold/);
  expect(oftc('build', 'half.ts', '--dims', 'in=8,out=6,b=4', '--no-grad', '-o', 'built')).toMatch(
    /half\.js/,
  );
  const script = `import { create, dims } from './built/half.js'; console.log(typeof create, dims.out);`;
  expect(start(bare, process.execPath, '--input-type=module', '-e', script)).toBe('function 6\n');
});

test('a project that the installed program starts refers to the same tarball, type-checks, passes its tests and builds', () => {
  const project = emptyProject(packed);
  const tarball = join(fresh(), 'oftc.tgz');
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ type: 'module', dependencies: { oftc: `file:${tarball}` } }),
  );
  start(project, join(project, 'node_modules/.bin/oftc'), 'init', 'my-adapter');
  const started = join(project, 'my-adapter');
  const { dependencies } = JSON.parse(readFileSync(join(started, 'package.json'), 'utf8'));
  expect(join(started, dependencies.oftc.replace(/^file:/, ''))).toBe(tarball);
  install(started, packed, 'vitest');
  expect(errorsIn(started)).toEqual([]);
  expect(start(started, 'npm', 'test')).toMatch(/2 passed/);
  start(started, process.execPath, 'node_modules/oftc/dist/src/cli/main.js', ...BUILD);
  expect(readdirSync(join(started, 'dist'))).toEqual(['myAdapter.d.ts', 'myAdapter.js']);
});

const BUILD = ['build', 'my-adapter.ts', '--dims', 'in=8,out=6,b=4', '-o', 'dist'];

const LAYER = `\
import { blockDiag, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(blockDiag(cayleyNeumann(skew(v), { terms: 5 })).matmul(W.T)),
  { where: { in: 'r*b' } },
);
`;

const USE = `\
import { compile, initialise } from 'oftc';
import { associate } from 'oftc/associate';
import { nf4CodeBook } from 'oftc/quantized';
import { oft as library } from 'oftc/adapters/oft';
import { oft } from './layer.js';

export async function use(W: Float32Array, x: Float32Array): Promise<ArrayLike<number>> {
  const session = await compile(oft, { dims: { in: 8, out: 6, b: 4 }, device: 'cpu' });
  session.bind({ W, v: { data: new Float32Array(12), shape: [2, 6] } });
  const y = await (await session.run({ x })).read('y');
  await session.dispose();
  return y.data;
}
export const others = [library, nf4CodeBook, initialise];
export const { variants } = associate({ factors: { A: { shape: ['n', 3] }, B: { shape: [3, 4] } }, products: { y: ['A', 'B'] } });
`;

const PAGE = `\
import { Executable, type Plan, requestDevice } from 'oftc/runtime';

export async function run(plan: Plan, x: GPUBuffer): Promise<GPUDevice> {
  const device = await requestDevice(navigator.gpu, { features: ['shader-f16'] });
  const executable = await Executable.create(device, plan);
  const result = executable.run(1, { x });
  const y: GPUBuffer | undefined = result.outputs['y'];
  y?.unmap();
  return device;
}

// @ts-expect-error no such feature
export const wrong = requestDevice(navigator.gpu, { features: ['no-such-feature'] });
`;

const TESTING = `\
import { checkLayer } from 'oftc/testing';
import { expect, test } from 'vitest';
import { oft } from './layer.ts';

test('the layer holds', async () => {
  expect(await checkLayer(oft, { trials: 1 })).toBeDefined();
});
`;
