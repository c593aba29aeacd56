/** Tensors that are no numbers, files of two models or adapters exchanged, and runs whose files an attacker wrote. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Family } from './cases.ts';
import { onModel } from './cases.ts';
import { convertLine, GOOD, RESUME } from './good-lines.ts';

/** Values of tensors that no training leaves: NaN, infinities, the largest and the smallest numbers. */
const VALUES: readonly number[] = [Number.NaN, Infinity, -Infinity, 3.4e38, 1e-45, -0, 1e20];

const numbers: Family = (folder, pick) => {
  const [file, adapter] = pick([
    ['model/model.safetensors', undefined],
    ['peft/adapter/adapter_model.safetensors', 'peft/adapter'],
    ['own/adapter/adapter.safetensors', 'own/adapter'],
    ['library/adapter/adapter.safetensors', 'library/adapter'],
    ['tensors.safetensors', undefined],
  ] as const);
  const path = join(folder, file);
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const value = pick(VALUES);
  const every = pick([1, 7, 1000]);
  for (let at = start, n = 0; at + 4 <= bytes.length; at += 4, n++)
    if (n % every === 0) bytes.writeFloatLE(value, at);
  writeFileSync(path, bytes);
  const convert = convertLine(adapter ?? 'peft/adapter', 'out/l');
  const run = pick([GOOD.run!, [...GOOD.run!, '--grad']]);
  const argv = file === 'tensors.safetensors' ? run : pick([onModel(adapter, pick), convert]);
  return {
    title: `${value} in ${file}`,
    argv,
    names: Number.isFinite(value) ? [] : [basename(file), 'model.layers'],
  };
};

/** Tensors and configuration that contradict each other: files of two models or adapters exchanged. */
const mixed: Family = (folder, pick) => {
  const at = (path: string) => join(folder, path);
  const [from, to] = pick([
    ['lora/adapter/adapter_model.safetensors', 'peft/adapter/adapter_model.safetensors'],
    ['peft/adapter/adapter_config.json', 'lora/adapter/adapter_config.json'],
    ['own/adapter/adapter.safetensors', 'library/adapter/adapter.safetensors'],
    ['library/adapter/adapter.json', 'own/adapter/adapter.json'],
    ['model/model.safetensors', 'lora/adapter/adapter_model.safetensors'],
    ['lora/adapter/adapter_model.safetensors', 'model/model.safetensors'],
    ['tensors.safetensors', 'model/model.safetensors'],
    ['model/config.json', 'model/tokenizer.json'],
    ['model/tokenizer.json', 'model/config.json'],
    ['model/config.json', 'peft/adapter/adapter_config.json'],
    ['lora/run.json', 'lora/adapter/adapter_config.json'],
    ['peft/checkpoint.safetensors', 'peft/adapter/adapter_model.safetensors'],
  ] as const);
  cpSync(at(from), at(to));
  const adapter = /^\w+\/adapter/.exec(to)?.[0] ?? pick([undefined, 'lora/adapter']);
  return { title: `${from} as ${to}`, argv: onModel(adapter, pick), names: [basename(to), dirname(to)] };
};

/** A run to resume whose run.json, metrics, lock or adapter an attacker wrote. */
const left: Family = (folder, pick) => {
  cpSync(join(folder, 'lora'), join(folder, 'out/run'), { recursive: true });
  const file = pick([
    'run.json',
    'metrics.jsonl',
    'loss.svg',
    '.lock',
    'lock',
    'adapter/adapter_config.json',
  ]);
  const path = join(folder, 'out/run', file);
  const text = pick([
    '{}',
    '[]',
    'null',
    '',
    '\u0000'.repeat(1000),
    '{"step":1e308}\n',
    '{"step":-1,"loss":null}\n{"step":',
    '1\n'.repeat(1e5),
    '{"__proto__":{"step":5}}',
    `{"step":2,"loss":"${'x'.repeat(1e6)}"}`,
    '{"pid":1}',
    '{"pid":-1}',
    '../../..',
  ]);
  writeFileSync(path, text);
  return {
    title: `a run to go on with, ${file}: ${JSON.stringify(text.slice(0, 40))}`,
    argv: [
      ...RESUME,
      '--adapter',
      'lora',
      '--set',
      'r=2',
      '--targets',
      'all-linear',
      `--steps=${pick(['2', '3'])}`,
    ],
    names: [file, 'checkpoint.safetensors'],
  };
};

export const TENSORS: Readonly<Record<string, Family>> = { numbers, mixed, left };
