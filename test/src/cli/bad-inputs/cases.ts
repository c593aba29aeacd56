/**
 * Random bad inputs of every kind. A case spoils the good files of a folder, and names the command line to run there.
 * The command may change only what lies below `out`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pick } from './draw.ts';
import { CPU, FINETUNE, GOOD, LORA, RESUME, TRAIN_LAYER } from './good-lines.ts';
import { JUNK, KEYS, spoilBytes, spoilHeader, spoilJson } from './mutate.ts';

export interface Case {
  readonly title: string;
  readonly argv: readonly string[];
  /**
   * The output that the command line names: a file, or a folder. The command may write that file, or new files in
   * that folder.
   */
  readonly into?: string;
  /** Variables of the environment, beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** A change of an input while the command runs: after its n-th operation on the file (change.mjs). */
  readonly during?: { readonly path: string; readonly how: string; readonly n: number };
  /** Whether the command may not succeed: the input is one that must be refused. */
  readonly isRefused?: boolean;
  /** The bad files, or tensors of them. Where the command refuses its input, it names one of them. */
  readonly names?: readonly string[];
}

export type Family = (folder: string, pick: Pick) => Case;

/** Picks a command line that reads a model, and an adapter where one is named. */
export const onModel = (adapter: string | undefined, pick: Pick): string[] => {
  const use = adapter === undefined ? [] : ['--adapter', adapter];
  return pick([
    ['inspect', adapter ?? 'model', ...(adapter === undefined ? [] : ['--model', 'model'])],
    ['eval', '--model', 'model', ...use, '--data', 'text.txt', '--length', '7', ...CPU],
    ['generate', '--model', 'model', ...use, '--prompt', 'ab', '--tokens', '2', ...CPU],
    ['merge', '--model', 'model', '--adapter', adapter ?? 'lora/adapter', '--out', 'out/merged', ...CPU],
    [
      ...['finetune', '--model', 'model', '--data', 'text.txt', '--out', 'out/run', ...FINETUNE, ...CPU],
      ...(adapter === undefined ? LORA : ['--init', adapter]),
    ],
  ]);
};

const spoil = (path: string, pick: Pick): void => {
  const bytes = readFileSync(path);
  const asJson = path.endsWith('.json') && pick([true, true, true, false]);
  const how = path.endsWith('.safetensors') ? pick([spoilBytes, spoilHeader, spoilHeader]) : spoilBytes;
  writeFileSync(path, asJson ? spoilJson(bytes.toString(), pick) : how(bytes, pick));
};

const model: Family = (folder, pick) => {
  const file = pick(['config.json', 'config.json', 'tokenizer.json', 'tokenizer.json', 'model.safetensors']);
  spoil(join(folder, 'model', file), pick);
  return { title: `a spoilt ${file}`, argv: onModel(pick([undefined, 'peft/adapter']), pick), names: [file] };
};

const adapter: Family = (folder, pick) => {
  const [name, file] = pick([
    ['peft', 'adapter_config.json'],
    ['peft', 'adapter_model.safetensors'],
    ['lora', 'adapter_config.json'],
    ['lora', 'adapter_model.safetensors'],
    ['own', 'adapter.json'],
    ['own', 'adapter.json'],
    ['own', 'adapter.safetensors'],
    ['library', 'adapter.json'],
  ] as const);
  spoil(join(folder, name, 'adapter', file), pick);
  return { title: `a spoilt ${file} of ${name}`, argv: onModel(`${name}/adapter`, pick), names: [file] };
};

/** A tokenizer whose first pattern is replaced with one that is slow to match, or is none. */
const pattern: Family = (folder, pick) => {
  const bad = pick([
    '(a+)+$',
    '(a|a)*b',
    '(?=(a+)+b)a',
    '([a-z]+)*\\d',
    '(?:a?){30}a{30}',
    '(.*)*x',
    '[',
    '(?<n>a)\\k<n>',
  ]);
  const where = pick([
    'pre_tokenizer',
    'normalizer',
    'target_modules',
    'exclude_modules',
    'rank_pattern',
  ] as const);
  const text = `${'a'.repeat(60)}!\n`;
  if (where === 'pre_tokenizer' || where === 'normalizer') {
    const path = join(folder, 'model/tokenizer.json');
    const json = JSON.parse(readFileSync(path, 'utf8'));
    json[where] =
      where === 'normalizer'
        ? { type: 'Replace', pattern: { Regex: bad }, content: 'b' }
        : { type: 'Split', pattern: { Regex: bad }, behavior: 'Isolated', invert: false };
    writeFileSync(path, JSON.stringify(json));
    writeFileSync(join(folder, 'text.txt'), text.repeat(50));
    return { title: `${bad} in ${where}`, argv: onModel(undefined, pick), names: ['tokenizer.json'] };
  }
  const path = join(folder, 'lora/adapter/adapter_config.json');
  const json = JSON.parse(readFileSync(path, 'utf8'));
  json[where] = where === 'rank_pattern' ? { [bad]: 4 } : bad;
  json.target_modules = where === 'target_modules' ? bad.replaceAll('a', '[a-z_.0-9]') : json.target_modules;
  writeFileSync(path, JSON.stringify(json));
  return {
    title: `${bad} in ${where}`,
    argv: onModel('lora/adapter', pick),
    names: ['adapter_config.json'],
  };
};

const tensors: Family = (folder, pick) => {
  spoil(join(folder, 'tensors.safetensors'), pick);
  const more = pick([[], ['--grad'], ['--json'], ['--quantize', 'W=nf4']]);
  const argv = ['run', 'layer.ts', '--input', 'tensors.safetensors', '--output', 'out/y.safetensors'];
  return { title: 'spoilt tensors', argv: [...argv, ...more, ...CPU], names: ['tensors.safetensors'] };
};

const data: Family = (folder, pick) => {
  const file = pick(['text.txt', 'lines.jsonl', 'lines.jsonl', 'ids.safetensors']);
  const path = join(folder, file);
  if (file === 'lines.jsonl' && pick([true, false])) {
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, lines.map((l) => (l && pick([true, false]) ? spoilJson(l, pick) : l)).join('\n'));
  } else spoil(path, pick);
  const train = ['finetune', '--model', 'model', '--out', 'out/run', ...LORA, ...FINETUNE];
  const argv = pick([train, ['eval', '--model', 'model', '--length', '7']]);
  return { title: `a spoilt ${file}`, argv: [...argv, '--data', file, ...CPU], names: [file] };
};

/** Wrong, hostile or too large declarations of a layer's tensors; below, such bodies. */
const LAYERS: readonly (readonly [string, (pick: Pick) => string])[] = [
  ['a huge list', (p) => `s: list(${p([1e9, 1e7, -1, 0.5, Number.NaN])}, trainable('in'))`],
  ['a strange name', (p) => `[${JSON.stringify(p(KEYS))}]: trainable('in')`],
  ['a name of the prototype', (p) => `${p(['__proto__', 'constructor', 'toString'])}: trainable('in')`],
  [
    'a strange dimension',
    (p) =>
      `s: trainable(${JSON.stringify(p(['__proto__', 'in/0', 'a^9', '('.repeat(999), '9'.repeat(99), '']))})`,
  ],
  ['a strange start', (p) => `s: trainable('in', { init: ${JSON.stringify(p(JUNK))} })`],
];
const BODIES: readonly ((pick: Pick) => string)[] = [
  () => 'x.matmul(W.T)',
  () => '{ let y = x; for (;;) y = y.add(y); return y; }',
  () => '{ let y = x; while (true) { y = y.mul(2); } return y; }',
  () => `{ const f = (n: number): any => f(n + 1); return f(0); }`,
  (p) => `x.mul(${p(['1e999', '0/0', '1e39', '-1e-46', '1e400'])}).matmul(W.T)`,
  (p) => `x${'.add(x)'.repeat(p([10, 2000]))}.matmul(W.T)`,
  (p) => `${'('.repeat(p([50, 5000]))}x${')'.repeat(p([50, 5000]))}.matmul(W.T)`,
  () => `{ const a = Array.from({ length: 1e9 }, () => x); return a[0]!.matmul(W.T); }`,
  () => `{ process.exit(7); return x.matmul(W.T); }`,
  () => `x.matmul(W.T).reshape('tokens', '${'1'.repeat(30)}')`,
];
const source: Family = (folder, pick) => {
  const [title, declared] = pick(LAYERS);
  const name = pick(['l', 'l', 'l', 'default', '"../../../esc"', '"a-b c"', '"con"', '"__proto__"']);
  const text = `import { frozen, input, layer, list, trainable } from 'oftc';
const l = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), ${pick([declared(pick), ''])} },
  ({ x, W }) => ${pick(BODIES)(pick)},
);
export { l as ${name} };
`;
  writeFileSync(
    join(folder, 'layer.ts'),
    pick([text, text, text, spoilBytes(Buffer.from(text), pick).toString('latin1')]),
  );
  const argv = pick([
    ['explain', 'layer.ts', '--dims', 'in=8,out=8'],
    ['rewrite', 'layer.ts', '--dims', 'in=8,out=8'],
    ['build', 'layer.ts', '--dims', 'in=8,out=8', '-o', 'out/built'],
    ['check', 'layer.ts', '--trials', '1', ...CPU],
    ['run', 'layer.ts', '--input', 'tensors.safetensors', '--output', 'out/y.safetensors', ...CPU],
    TRAIN_LAYER,
  ]);
  return {
    title: `a layer with ${title}, exported as ${name}`,
    argv,
    names: ['layer.ts', "'l'", 'tensors.safetensors'],
  };
};

const NUMBERS = [
  '0',
  '-1',
  '1e9',
  '999999999',
  '1e400',
  'NaN',
  'Infinity',
  '0x10',
  '',
  ' ',
  '1.5',
  '٣',
  '1,2',
  '9'.repeat(40),
];
const option: Family = (_, pick) => {
  const value = pick(NUMBERS);
  const [command, name] = pick([
    ...[
      'steps',
      'batch',
      'length',
      'lr',
      'warmup',
      'clip',
      'accumulate',
      'weight-decay',
      'betas',
      'seed',
      'eval-every',
      'save-every',
      'hold-out',
    ].map((o) => ['finetune', o] as const),
    ...['tokens', 'temperature', 'top-k', 'seed'].map((o) => ['generate', o] as const),
    ...['length', 'batch'].map((o) => ['eval', o] as const),
    ...['trials', 'seed', 'dims', 'set'].map((o) => ['check', o] as const),
    ...['tokens', 'dims', 'set', 'objective'].map((o) => ['explain', o] as const),
    ...['variant', 'tokens', 'dims'].map((o) => ['rewrite', o] as const),
  ]);
  const given =
    name === 'dims' || name === 'set'
      ? pick([`b=${value}`, `terms=${value}`, `${pick(KEYS)}=3`, value])
      : value;
  const base = {
    finetune: GOOD.finetune!,
    generate: ['generate', '--model', 'model', '--prompt', 'ab', ...CPU],
    eval: ['eval', '--model', 'model', '--data', 'text.txt', ...CPU],
    check: GOOD.check!,
    explain: GOOD.explain!,
    rewrite: GOOD.rewrite!,
  }[command];
  return { title: `--${name} ${JSON.stringify(given)} of ${command}`, argv: [...base, `--${name}=${given}`] };
};

/** A command line whose output path is an input, a folder, a device or a pipe. */
const output: Family = (folder, pick) => {
  execFileSync('mkfifo', [join(folder, 'out/fifo')]);
  symlinkSync('../text.txt', join(folder, 'out/link'));
  symlinkSync('loop', join(folder, 'out/loop'));
  mkdirSync(join(folder, 'out/folder'));
  const to = pick([
    ...['out/fifo', 'out/link', 'out/loop', 'out/folder', '/dev/full', '/dev/zero', '', 'model', 'model/new'],
    ...[
      'model/model.safetensors',
      'text.txt',
      'layer.ts',
      'tensors.safetensors',
      'lora/adapter',
      'lora',
      '.',
      '..',
    ],
    ...['out/no/such/folder/file', 'text.txt/below', `out/${'n'.repeat(300)}`],
  ]);
  const argv = pick([
    ['run', 'layer.ts', '--input', 'tensors.safetensors', '--output', to, ...CPU],
    ['run', 'layer.ts', '--input', 'tensors.safetensors', '--output', 'out/y.st', '--trace', to],
    ['eval', '--model', 'model', '--data', 'text.txt', '--length', '7', '--logits', to, ...CPU],
    ['merge', '--model', 'model', '--adapter', 'lora/adapter', '--out', to, ...CPU],
    ['finetune', '--model', 'model', ...LORA, '--data', 'text.txt', '--out', to, ...FINETUNE, ...CPU],
    ['build', 'layer.ts', '--dims', 'in=8,out=8,b=4', '-o', to],
    ['tune', 'layer.ts', '--dims', 'in=8,out=8,b=4', '--budget', '1', '--table', to],
    ['init', 'mine', '--dir', to],
  ]);
  return { title: `an output at ${JSON.stringify(to)}`, argv, into: to };
};

/** A command line whose input path is missing or no regular file. */
const input: Family = (folder, pick) => {
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  symlinkSync('loop', join(folder, 'loop'));
  const from = pick([
    'fifo',
    '/dev/zero',
    '/dev/full',
    '/dev/null',
    'loop',
    '.',
    'model',
    'no-such',
    '',
    'text.txt',
    '/proc/self/mem',
  ]);
  const argv = pick([
    ['run', 'layer.ts', '--input', from, '--output', 'out/y.st', ...CPU],
    ['run', from, '--input', 'tensors.safetensors', '--output', 'out/y.st', ...CPU],
    ['explain', from],
    ['inspect', from],
    ['inspect', 'lora/adapter', '--model', from],
    ['eval', '--model', 'model', '--data', from, '--length', '7', ...CPU],
    ['eval', '--model', from, '--data', 'text.txt', '--length', '7', ...CPU],
    ['generate', '--model', 'model', '--adapter', from, '--prompt', 'ab', ...CPU],
    ['check', 'layer.ts', '--trials', '1', '--golden', from, ...CPU],
    ['check', 'layer.ts', '--trials', '1', '--against', from, ...CPU],
    [
      'tune',
      'layer.ts',
      '--dims',
      'in=8,out=8,b=4',
      '--budget',
      '1',
      '--table',
      'out/t.json',
      '--import',
      from,
    ],
    ['tune', 'layer.ts', '--dims', 'in=8,out=8,b=4', '--budget', '1', '--table', from],
    [
      'finetune',
      '--model',
      'model',
      '--init',
      from,
      '--data',
      'text.txt',
      '--out',
      'out/run',
      ...FINETUNE,
      ...CPU,
    ],
  ]);
  return { title: `an input at ${JSON.stringify(from)}`, argv, names: [from] };
};

/** A run with a spoilt file, which the command resumes: a copy of `peft`, below `out`, where files may change. */
const resumed: Family = (folder, pick) => {
  execFileSync('cp', ['-r', join(folder, 'peft'), join(folder, 'out/run')]);
  const file = pick([
    'checkpoint.safetensors',
    'checkpoint.safetensors',
    'checkpoint.safetensors',
    'metrics.jsonl',
  ]);
  const path = join(folder, 'out/run', file);
  const how = pick(['spoil', 'spoil', 'spoil', 'remove', 'link'] as const);
  if (how === 'remove') execFileSync('rm', [path]);
  else if (how === 'link') {
    execFileSync('rm', [path]);
    symlinkSync('../../text.txt', path);
  } else spoil(path, pick);
  const steps = pick(['2', '3']);
  const argv = [
    ...RESUME,
    ...['--adapter', 'oft', '--set', 'b=4', '--targets', 'q_proj,v_proj', `--steps=${steps}`],
  ];
  return { title: `a run to go on with, its ${file}: ${how}`, argv, names: [file] };
};

export const SPOILT: Readonly<Record<string, Family>> = {
  ...{ model, adapter, pattern, tensors, data, source, option, output, input, resumed },
};
