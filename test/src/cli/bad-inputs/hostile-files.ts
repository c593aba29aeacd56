/**
 * Folders of models, adapters and runs in which a file is none, lies elsewhere, is far too large, or changes while it
 * is read.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { Case, Family } from './cases.ts';
import { onModel } from './cases.ts';
import { CHANGES } from './change.mjs';
import type { Pick } from './draw.ts';
import { CPU, FINETUNE, GOOD } from './good-lines.ts';

/** The files that commands read, each with the adapter that it belongs to. */
const READ: readonly (readonly [file: string, adapter?: string])[] = [
  ...([['model/config.json'], ['model/tokenizer.json'], ['model/model.safetensors'], ['text.txt']] as const),
  ...['adapter_config.json', 'adapter_model.safetensors'].map(
    (f) => [`peft/adapter/${f}`, 'peft/adapter'] as const,
  ),
  ...['adapter.json', 'adapter.safetensors'].map((f) => [`own/adapter/${f}`, 'own/adapter'] as const),
];

/** Files that need not be there, which commands read where they are. */
const EXTRA = [
  ...['model/tokenizer_config.json', 'model/chat_template.jinja', 'model/generation_config.json'],
  ...['model/special_tokens_map.json', 'model/model.safetensors.index.json', 'model/added_tokens.json'],
  ...['model/adapter_config.json', 'tsconfig.json', 'package.json', 'peft/adapter/README.md', 'node_modules'],
];

/** Makes something at a path that is no file, or no good one. */
const MAKE: Readonly<Record<string, (path: string) => void>> = {
  'a folder': (path) => mkdirSync(path),
  'a pipe': (path) => void execFileSync('mkfifo', [path]),
  'a link to itself': (path) => symlinkSync(path, path),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a link to memory': (path) => symlinkSync('/proc/self/mem', path),
  'a link to nothing': (path) => symlinkSync('no-such-file', path),
  'a link to a folder': (path) => symlinkSync('/', path),
  'a link to another kind of file': (path) => symlinkSync('/etc/passwd', path),
  'a file of 6 GB': (path) => sized(path, 6e9),
  'a file of 8 TB': (path) => sized(path, 2 ** 43),
  'an empty file': (path) => writeFileSync(path, ''),
  'broken UTF-8': (path) =>
    writeFileSync(path, Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  'UTF-16': (path) => writeFileSync(path, Buffer.from('\ufeff{"a": 1}', 'utf16le')),
  'a byte order mark': (path) => writeFileSync(path, '\ufeff{}'),
  'NUL bytes': (path) => writeFileSync(path, Buffer.alloc(4096)),
  'a secret file without rights': (path) => writeFileSync(path, '{}', { mode: 0o000 }),
};

function sized(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  try {
    ftruncateSync(file, bytes);
  } finally {
    closeSync(file);
  }
}

const place: Family = (folder, pick) => {
  const [file, adapter] = pick([...READ, ...EXTRA.map((f) => [f] as const)]);
  const how = pick(Object.keys(MAKE));
  rmSync(join(folder, file), { recursive: true, force: true });
  MAKE[how]!(join(folder, file));
  const argv =
    adapter === undefined ? pick([onModel(undefined, pick), GOOD.run!, GOOD.plan!]) : onModel(adapter, pick);
  return { title: `${how} at ${file}`, argv, names: [basename(file)] };
};

/** Names that an index may give to a shard. */
const SHARDS: readonly string[] = [
  ...['../../secret/model.safetensors', '../secret.safetensors', '..', '.', '', '/etc/passwd', '/dev/zero'],
  ...['model.safetensors/', './model.safetensors', 'a/../model.safetensors', '..\\secret.safetensors'],
  ...[
    'model.safetensors\u0000.txt',
    'C:\\x.safetensors',
    '\u202emodel.safetensors',
    '..%2fsecret.safetensors',
  ],
  ...[
    'config.json',
    `${'n'.repeat(300)}.safetensors`,
    'pipe.safetensors',
    'folder.safetensors',
    'loop.safetensors',
  ],
  ...[
    'no-such.safetensors',
    'MODEL.SAFETENSORS',
    '__proto__',
    '__proto__.safetensors',
    'file:model.safetensors',
  ],
  ...[
    '..safetensors',
    '...safetensors',
    ' .safetensors',
    '-.safetensors',
    '*.safetensors',
    'cut.safetensors',
  ],
];

/** An index that names shards elsewhere, twice, in part, or in a strange form. */
const index: Family = (folder, pick) => {
  const at = (name: string): string => join(folder, 'model', name);
  mkdirSync(join(folder, '../secret'));
  copyFileSync(at('model.safetensors'), join(folder, '../secret/model.safetensors'));
  copyFileSync(at('model.safetensors'), join(folder, '../secret.safetensors'));
  execFileSync('mkfifo', [at('pipe.safetensors')]);
  mkdirSync(at('folder.safetensors'));
  symlinkSync('loop.safetensors', at('loop.safetensors'));
  const bytes = readFileSync(at('model.safetensors'));
  writeFileSync(at('cut.safetensors'), bytes.subarray(0, bytes.length - 10));
  const names = Object.keys(JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()));
  const shard = pick(SHARDS);
  const good = names
    .filter((n) => n !== '__metadata__')
    .map((n): [string, unknown] => [n, 'model.safetensors']);
  const map = pick<[string, unknown][]>([
    good.map(([n]) => [n, shard]),
    good.map(([n, f], i) => [n, i === 3 ? shard : f]),
    [...good, [pick(['__proto__', 'constructor', '', 'extra\u0000', '../x']), shard]],
    good.map(([n]) => [n, pick<unknown>([[shard], { shard }, null, 1, true])]),
  ]);
  const fields = map.map(([n, f]) => `${JSON.stringify(n)}:${JSON.stringify(f)}`).join(',');
  const twice = pick([
    '',
    '',
    `,"weight_map":{"a":${JSON.stringify(shard)}}`,
    ',"__proto__":{"weight_map":{}}',
  ]);
  const metadata = pick([
    '',
    '"metadata":{"total_size":1e999},',
    '"metadata":{"__proto__":null},',
    '"metadata":[],',
  ]);
  writeFileSync(at('model.safetensors.index.json'), `{${metadata}"weight_map":{${fields}}${twice}}`);
  if (pick([true, true, false])) renameSync(at('model.safetensors'), at('moved.safetensors'));
  const argv = pick([
    onModel(undefined, pick),
    ['inspect', 'model/model.safetensors.index.json'],
    ['inspect', 'model'],
  ]);
  return {
    title: `an index with the shard ${JSON.stringify(shard)}`,
    argv,
    names: ['model.safetensors.index.json', ...(shard === '' ? [] : [shard])],
  };
};

/** A file that changes while a command reads it, after an operation on it. */
const changing: Family = (folder, pick): Case => {
  const [file, adapter] = pick(READ);
  const during = { path: join(folder, file), how: pick(CHANGES), n: pick([1, 1, 2, 2, 3, 4]) };
  return {
    title: `${file}, ${during.how} after operation ${during.n} on it`,
    argv: onModel(adapter, pick),
    during,
  };
};

/** Folders of data: hostile names, links out of the folder, files of other kinds. */
const folderOfData: Family = (folder, pick) => {
  mkdirSync(join(folder, 'texts'));
  const name = pick([
    'a.txt',
    '-rf.txt',
    '..txt',
    '\u001b[31m.txt',
    '\u202e.txt',
    'a\nb.txt',
    '__proto__.jsonl',
    ' .txt',
  ]);
  const how = pick([...Object.keys(MAKE), 'good', 'good']);
  if (how === 'good') copyFileSync(join(folder, 'text.txt'), join(folder, 'texts', name));
  else MAKE[how]!(join(folder, 'texts', name));
  if (pick([true, false])) copyFileSync(join(folder, 'text.txt'), join(folder, 'texts/z.txt'));
  if (pick([true, false])) symlinkSync('..', join(folder, 'texts/up'));
  const train = ['finetune', '--model', 'model', '--adapter', 'lora', '--set', 'r=1', '--targets', 'q_proj'];
  const argv = pick([
    [...train, '--data', 'texts', '--out', 'out/run', ...FINETUNE, ...CPU],
    ['eval', '--model', 'model', '--data', 'texts', '--length', '7', ...CPU],
  ]);
  return { title: `a folder of data with ${how} at ${JSON.stringify(name)}`, argv, names: ['texts'] };
};

/** Whether a picked adapter is read from a folder that holds other files too, or whose own folder is a link. */
const nested: Family = (folder, pick: Pick) => {
  const how = pick(['a link', 'a chain of links', 'a model inside', 'itself inside', 'a checkpoint']);
  const from = join(folder, 'lora/adapter');
  const to = join(folder, 'other');
  if (how === 'a link') symlinkSync('lora/adapter', to);
  else if (how === 'a chain of links') {
    for (let i = 0; i < 60; i++) symlinkSync(i === 59 ? 'lora/adapter' : `l${i + 1}`, join(folder, `l${i}`));
    symlinkSync('l0', to);
  } else {
    execFileSync('cp', ['-r', from, to]);
    if (how === 'a model inside') execFileSync('cp', ['-r', join(folder, 'model/.'), to]);
    if (how === 'itself inside') symlinkSync('.', join(to, 'adapter'));
    if (how === 'a checkpoint')
      copyFileSync(join(folder, 'peft/checkpoint.safetensors'), join(to, 'checkpoint.safetensors'));
  }
  return {
    title: `an adapter's folder with ${how}`,
    argv: pick([onModel('other', pick), onModel('other/adapter', pick)]),
  };
};

export const FILES: Readonly<Record<string, Family>> = { place, index, changing, folderOfData, nested };
