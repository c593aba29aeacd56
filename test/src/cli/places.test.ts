/** No command overwrites a file that it reads, by whatever path or link the output names that file. */
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { checkPaths, PathOption } from '../../../src/cli/path-options.ts';
import { at, f32, OFT, oftc, SHAPES, tensorFile } from './harness.ts';
import { allCommands, pathsOf } from './program.ts';

const MODEL = fileURLToPath(new URL('../../../examples/shakespeare-llama-nf4', import.meta.url));

/** The test's folder, with a model, an adapter, texts and layers, and links to some of them. */
const home = at('places');
const here = (name: string): string => join(home, name);
mkdirSync(home);
mkdirSync(here('snapshot'));
mkdirSync(here('blobs'));
mkdirSync(here('data'));
mkdirSync(here('adapter'));
mkdirSync(here('empty'));
cpSync(MODEL, here('model'), { recursive: true });
// The model is laid out as in the Hugging Face cache: its files are links to blobs.
for (const name of readdirSync(here('model'))) {
  cpSync(here(`model/${name}`), here(`blobs/${name}`));
  symlinkSync(`../blobs/${name}`, here(`snapshot/${name}`));
}
symlinkSync('model', here('alias'));
linkSync(here('model/model.safetensors'), here('hard.safetensors'));
writeFileSync(here('data/text.txt'), 'to be or not to be '.repeat(400));
writeFileSync(here('text.txt'), 'to be or not to be '.repeat(400));
symlinkSync('data/text.txt', here('link.txt'));
writeFileSync(here('layer.ts'), OFT);
writeFileSync(here('sizes.ts'), 'export const terms = 5;\n');
writeFileSync(
  here('importing.ts'),
  OFT.replace("from 'oftc';", "from 'oftc';\nimport { terms } from './sizes.ts';").replace(
    'terms: 5',
    'terms',
  ),
);
writeFileSync(here('adapter/adapter.json'), '{}');
writeFileSync(here('table.json'), '{"format":"oftc-tuning","version":1,"entries":[]}\n');
const inputs = tensorFile('places-in.st', f32('x', SHAPES.x), f32('W', SHAPES.W), f32('v', SHAPES.v));
mkdirSync(here('nowhere'));
symlinkSync('gone', here('nowhere/dangling'));

/** The contents of all files below the folder, by path. */
function everything(): Record<string, string> {
  const files = readdirSync(home, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .map((f) => join(f.parentPath, f.name))
      .sort()
      .map((path) => [path, existsSync(path) && !readdir(path) ? readFileSync(path, 'base64') : 'folder']),
  );
}
function readdir(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}
const before = everything();

const evaluate = (model: string, logits: string, ...more: string[]) => [
  ...['eval', '--model', here(model), '--data', here('text.txt'), '--device', 'cpu', '--length', '4'],
  ...['--batch', '1', '--logits', here(logits), ...more],
];
const train = (out: string, ...more: string[]) => [
  ...[
    'finetune',
    '--model',
    here('model'),
    '--device',
    'cpu',
    '--steps',
    '1',
    '--length',
    '4',
    '--batch',
    '1',
  ],
  ...['--data', here('text.txt'), '--out', here(out)],
  ...(more.includes('--init') ? more : ['--adapter', 'oft', '--set', 'b=4', '--targets', 'q_proj', ...more]),
];
const merge = (out: string) => [
  ...['merge', '--model', here('model'), '--adapter', here('adapter'), '--device', 'cpu', '--out', here(out)],
];
const run = (layer: string, ...more: string[]) => [
  'run',
  here(layer),
  '--device',
  'cpu',
  '--input',
  inputs,
  ...more,
];
const tune = (...more: string[]) => ['tune', here('layer.ts'), '--dims', 'in=8,out=5,b=4', ...more];
const build = (...more: string[]) => ['build', here('layer.ts'), '--dims', 'in=8,out=5,b=4', ...more];

test.each<[string, string[], RegExp]>([
  [
    'the weights',
    evaluate('model', 'model/model.safetensors'),
    /--logits .* is also .*model\.safetensors of the --model/,
  ],
  ['a file beside the weights', evaluate('model', 'model/new.safetensors'), /lies in the --model/],
  [
    'the weights by a hard link',
    evaluate('model', 'hard.safetensors'),
    /is also .*model\.safetensors of the --model/,
  ],
  [
    'the weights by another name of the folder',
    evaluate('alias', 'model/model.safetensors'),
    /of the --model/,
  ],
  ['the weights that a snapshot links to', evaluate('snapshot', 'blobs/model.safetensors'), /of the --model/],
  ['a folder below the model', evaluate('model', 'model/a/b/new.safetensors'), /lies in the --model/],
  ['the data', evaluate('model', 'text.txt'), /is also the --data/],
  ['a run in the model', train('model/run'), /--out .* lies in the --model/],
  ['a run in the model by a link', train('alias/run'), /--out .* lies in the --model/],
  ['a run in the place of the model', train('model'), /--out .* is also the --model/],
  ['a run around its data', train('data', '--data', here('data/text.txt')), /--out .* holds the --data/],
  ['a run around its linked data', train('data', '--data', here('link.txt')), /--out .* holds the --data/],
  ['a run around everything', train('.'), /--out .* holds the --/],
  ['a run in its start', train('adapter/run', '--init', here('adapter')), /--out .* lies in the --init/],
  ['a run around its method', train('.', '--adapter', here('layer.ts')), /--out .* holds the --/],
  ['a run at a link to nothing', train('nowhere/dangling'), /is a link that leads nowhere/],
  ['a merged model in the adapter', merge('adapter/merged'), /--out .* lies in the --adapter/],
  ['a merged model in the model', merge('model/merged'), /--out .* lies in the --model/],
  ['a merged model around both', merge('.'), /--out .* holds the --model/],
  [
    'an imported file',
    run('importing.ts', '--output', here('sizes.ts')),
    /is also a file that the layer’s file needs/,
  ],
  [
    'one path twice',
    run('layer.ts', '--output', here('o.st'), '--trace', here('empty/../o.st')),
    /--trace .* is also the --output/,
  ],
  ['an output in a link', run('layer.ts', '--output', here('nowhere/dangling')), /no regular file/],
  ['the layer as a table', tune('--table', here('layer.ts')), /--table .* is also the layer’s file/],
  [
    'a table that is read',
    tune('--table', here('table.json'), '--import', here('table.json')),
    /is also the --import/,
  ],
  ['a module in the place of the layer', build('-o', here('layer.ts')), /is a file: name a folder/],
])('refuses to write over %s', async (_, argv, message) => {
  const { exit, stdout, stderr } = await oftc(...argv);
  expect(stderr).toMatch(message);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
  expect(everything()).toEqual(before);
});

test('a command may write beside what it reads', async () => {
  const out = (name: string) => join(at('beside'), name);
  mkdirSync(at('beside'));
  cpSync(here('importing.ts'), out('importing.ts'));
  cpSync(here('sizes.ts'), out('sizes.ts'));
  cpSync(inputs, out('in.st'));
  const layer = out('importing.ts');
  const sizes = ['--dims', 'in=8,out=5,b=4'];
  expect(await oftc('build', layer, ...sizes, '-o', at('beside'))).toMatchObject({ exit: 0 });
  expect(await oftc('build', layer, ...sizes, '-o', at('beside'))).toMatchObject({ exit: 0 });
  const run = ['run', layer, '--device', 'cpu', '--input', out('in.st'), '--output', out('y.st')];
  expect(await oftc(...run)).toMatchObject({ exit: 0 });
  expect(await oftc(...run)).toMatchObject({ exit: 0 });
});

test('an option names a path that is both read and written in one command alone', () => {
  const commands = allCommands();
  expect(commands.length).toBeGreaterThan(12);
  const named = commands.flatMap((command) =>
    pathsOf(command).map(({ option, ...use }) => ({ option: `${command.name()} ${option}`, ...use })),
  );
  expect(named.length).toBeGreaterThan(30);
  const both = named.filter(({ reads, writes }) => reads !== undefined && writes !== undefined);
  expect(both.map(({ option }) => option)).toEqual(['tune --table']);
});

test('a folder under the name of a module has a note', async () => {
  expect(await oftc(...build('--devices', 'gpu', '-o', at('built.js')))).toMatchObject({
    exit: 0,
    stderr: expect.stringMatching(/note: --output names a folder: '.*built\.js' is the folder of 2 files/),
  });
});

test('built files replace nothing that the layer needs', async () => {
  mkdirSync(at('needs'));
  const text = '// Built by oftc, and changed since\nexport type Terms = number;\n';
  writeFileSync(at('needs/oft.d.ts'), text);
  const typed = OFT.replace('terms: number', 'terms: Terms');
  writeFileSync(at('needs/l.ts'), `import type { Terms } from './oft.js';\n${typed}`);
  const outcome = await oftc('build', at('needs/l.ts'), '--dims', 'in=8,out=5,b=4', '-o', at('needs'));
  expect(outcome).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('a file that the layer’s file needs'),
  });
  expect(readFileSync(at('needs/oft.d.ts'), 'utf8')).toBe(text);
});

test('a command does not run whose option does not say whether it reads or writes its path', async () => {
  const command = new Command('new').addOption(new PathOption('--data <file>', '', { reads: 'the --data' }));
  await expect(checkPaths(command)).resolves.toEqual([]);
  for (const flags of ['--out <folder>', '--into <dir>', '--also <file[:layer]>'])
    await expect(checkPaths(new Command('new').option(flags))).rejects.toThrow(
      /does not say whether it is read/,
    );
  await expect(checkPaths(new Command('new').argument('<path>'))).rejects.toThrow(/does not say whether/);
});
