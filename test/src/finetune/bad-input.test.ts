/** Bad models, adapters and texts: every command that takes them names the bad file, and writes or loses nothing. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, oftc } from '../cli/harness.ts';
import { type Shape, writeRandomLlama } from './random-llama.ts';
import { argumentsOf, at, finetune, MODEL } from './tiny.ts';

const SHAPE: Shape = {
  ...{ vocabulary: 512, hidden: 8, intermediate: 12, layers: 2, heads: 2, keyHeads: 1, headWidth: 4 },
};
const GOOD = at('good');
const TEXT = at('prose.txt');
const BASE = ['--set', 'b=4', '--steps', '2', '--hold-out', '0', '--save-every', '1'];

/** The bytes of all files below a folder, by path. */
function contents(folder: string): Map<string, string> {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    all
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path, readFileSync(path, 'latin1')]),
  );
}

const change = (file: string, fields: object): void =>
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...fields }));

const shards = (folder: string): string[] =>
  readdirSync(folder)
    .filter((f) => f.endsWith('.safetensors'))
    .map((f) => join(folder, f));

beforeAll(async () => {
  writeRandomLlama(GOOD, SHAPE, { shardBytes: 3000 });
  writeFileSync(TEXT, 'It was the best of times, it was the worst of times. '.repeat(6));
  for (const [name, ...more] of [
    ['run', '--model', GOOD, '--data', TEXT],
    // Adapters of a model with wider layers than `good`, in PEFT's format and in oftc's own.
    ['peft', '--targets', 'q_proj', '--set', 'b=2'],
    ['own', '--targets', 'q_proj', '--adapter', 'gsoft', '--set', 'b=2'],
    // An adapter of a model with one layer more than `good`.
    [
      'deep',
      '--targets',
      'q_proj',
      '--adapter',
      'gsoft',
      '--set',
      'b=2',
      '--model',
      at('deep-model'),
      '--data',
      TEXT,
    ],
  ] as const) {
    if (name === 'deep') writeRandomLlama(at('deep-model'), { ...SHAPE, layers: 3 });
    const { exit, stderr } = await finetune(name, ...BASE, ...more);
    expect(exit, stderr).toBe(0);
  }
  writeRandomLlama(at('wide'), { ...SHAPE, hidden: 16, heads: 4 });
});

/** The error that a command prints as JSON, or the first problem that `inspect` lists. */
const errorOf = ({ stdout }: Outcome): { code: string; message: string } => {
  const json = JSON.parse(stdout);
  return json.error ?? json.problems[0];
};

const never = at('never');
const ADAPTER = at('run/adapter');
/** Command lines by command, for a model. All their other inputs are good. */
const COMMANDS: Readonly<Record<string, (model: string, more?: readonly string[]) => string[]>> = {
  finetune: (model, more = []) => argumentsOf('never', ...BASE, '--model', model, '--data', TEXT, ...more),
  generate: (model, more = ['--adapter', ADAPTER]) => [
    ...['generate', '--model', model, '--prompt', 'It', '--tokens', '2', '--device', 'cpu', '--json'],
    ...more,
  ],
  eval: (model, more = ['--adapter', ADAPTER]) => [
    ...['eval', '--model', model, '--data', TEXT, '--length', '7', '--device', 'cpu', '--json'],
    ...more,
  ],
  merge: (model, more = ['--adapter', ADAPTER]) => [
    ...['merge', '--model', model, '--out', never, '--device', 'cpu', '--json'],
    ...more,
  ],
  inspect: (model) => ['inspect', model, '--json'],
};

/** Runs a command that must be refused. The message names the file and says what to do, and no file changes. */
async function refused(
  argv: readonly string[],
  code: string,
  file: string,
  remedy: RegExp,
  watched: readonly string[],
): Promise<void> {
  const before = watched.map(contents);
  const outcome = await oftc(...argv);
  expect(outcome.exit, outcome.stdout + outcome.stderr).toBe(1);
  const { code: found, message } = errorOf(outcome);
  expect(found, message).toBe(code);
  expect(message).toContain(file);
  expect(message).toMatch(remedy);
  expect(existsSync(never)).toBe(false);
  expect(watched.map(contents)).toEqual(before);
  if (process.env.SHOW_MESSAGES) console.log(argv[0], message);
}

interface BadModel {
  readonly name: string;
  /** Spoils the model in a folder, and returns the path of the spoilt file. */
  readonly spoil: (folder: string) => string;
  readonly code: string;
  readonly remedy: RegExp;
  /** Commands that succeed, because they do not read the spoilt part. */
  readonly except?: readonly string[];
}

const MODELS: readonly BadModel[] = [
  {
    name: 'a model of another type',
    spoil: (folder) => {
      change(join(folder, 'config.json'), { architectures: ['GPT2LMHeadModel'], model_type: 'gpt2' });
      return join(folder, 'config.json');
    },
    code: 'UnsupportedModel',
    remedy:
      /"GPT2LMHeadModel" of type "gpt2" is not read\. Use a model whose architecture is one of "LlamaFor/,
  },
  {
    name: 'a missing shard',
    spoil: (folder) => {
      const [, second] = shards(folder);
      rmSync(second!);
      return second!;
    },
    code: 'MissingFile',
    remedy:
      /there is no such shard, and .*index\.json puts \d+ tensors into it\. Download the missing shard\./,
  },
  {
    name: 'a shard that is cut short',
    spoil: (folder) => {
      const file = shards(folder).at(-1)!;
      writeFileSync(file, readFileSync(file).subarray(0, -100));
      return file;
    },
    code: 'MetadataIncompleteBuffer',
    remedy: /it is cut short\. The file is damaged or not safetensors: download or write it again\./,
  },
  {
    name: 'a shard that is cut short in its header',
    spoil: (folder) => {
      const file = shards(folder)[0]!;
      writeFileSync(file, readFileSync(file).subarray(0, 50));
      return file;
    },
    code: 'InvalidHeaderLength',
    remedy: /download or write it again\./,
  },
  {
    name: 'a configuration that is cut short',
    spoil: (folder) => {
      const file = join(folder, 'config.json');
      writeFileSync(file, readFileSync(file).subarray(0, 200));
      return file;
    },
    code: 'InvalidJson',
    remedy: /Mend the file, or download it again\./,
  },
  {
    name: 'a tokenizer of another model',
    spoil: (folder) => {
      const file = join(folder, 'tokenizer.json');
      change(file, { added_tokens: [{ id: 999, content: '<end>', special: true }] });
      return file;
    },
    code: 'VocabularyMismatch',
    remedy:
      /largest token is 999 \("<end>"\), and .*config\.json has vocab_size 512\. Take the tokenizer and the model/,
    // Merging reads weights only.
    except: ['merge'],
  },
];

describe.each(MODELS)('$name', ({ name, spoil, code, remedy, except = [] }) => {
  const folder = at(name);
  let file: string;
  beforeAll(() => {
    cpSync(GOOD, folder, { recursive: true });
    file = spoil(folder);
  });
  const watched = () => [folder, at('run')];

  it.each(Object.keys(COMMANDS).filter((c) => !except.includes(c)))('is refused by %s', (command) =>
    refused(COMMANDS[command]!(folder), code, file, remedy, watched()),
  );

  it('is refused by finetune --resume, and the run stays as it is', () =>
    refused(
      argumentsOf('run', ...BASE, '--model', folder, '--data', TEXT, '--resume'),
      ...([code, file, remedy, watched()] as const),
    ));
});

describe('an adapter', () => {
  const INVALID = 'InvalidAdapter';
  const users = ['generate', 'eval', 'merge'];

  it.each(users)('of another shape in PEFT’s format is refused by %s', (command) =>
    refused(
      COMMANDS[command]!(at('wide'), ['--adapter', at('peft/adapter')]),
      INVALID,
      at('peft/adapter'),
      /"model\.layers\.0\.self_attn\.q_proj": .*\. Take adapter_config\.json and adapter_model\.safetensors from one adapter, of this model\./s,
      [at('wide'), at('peft')],
    ),
  );

  it('of another shape is refused by inspect --model', () =>
    refused(
      ['inspect', at('peft/adapter'), '--model', at('wide'), '--json'],
      INVALID,
      at('peft/adapter'),
      /of this model\./,
      [at('wide'), at('peft')],
    ));

  it('in this project’s format is shown by inspect, which finds nothing wrong without --model', async () => {
    const { exit, stdout } = await oftc('inspect', at('own/adapter'));
    expect(exit).toBe(0);
    expect(stdout).toMatch(/model\.layers\.\{0\.\.1\}\.self_attn\.q_proj\.gs_ort\.gsoft_R +\[4×2×2\] +f32/);
    expect(stdout).toMatch(
      /note: an adapter of oftc's own format: gsoft on q_proj\nnote: configuration: .*b=2/,
    );
  });

  it.each([...users, 'inspect'])('of another shape in this project’s format is refused by %s', (command) =>
    refused(
      command === 'inspect'
        ? ['inspect', at('own/adapter'), '--model', at('wide'), '--json']
        : COMMANDS[command]!(at('wide'), ['--adapter', at('own/adapter')]),
      INVALID,
      at('own/adapter/adapter.safetensors'),
      /q_proj\.[\w.]+": it is \[[\d,]+\], and on this model \[[\d,]+\] is meant\. Use the model that it was trained on/,
      [at('wide'), at('own')],
    ),
  );

  it.each(users)('of more layers than the model has is refused by %s', (command) =>
    refused(
      COMMANDS[command]!(GOOD, ['--adapter', at('deep/adapter')]),
      INVALID,
      at('deep/adapter/adapter.safetensors'),
      /"model\.layers\.2\.self_attn\.q_proj\.[\w.]+": the model has no such tensor to adapt\. Use the model/,
      [GOOD, at('deep')],
    ),
  );

  it.each(users)('whose blocks do not fit the model is refused by %s', async (command) => {
    writeRandomLlama(at('odd'), { ...SHAPE, hidden: 9, heads: 3, keyHeads: 3, headWidth: 4 });
    await refused(
      COMMANDS[command]!(at('odd'), ['--adapter', at('own/adapter')]),
      INVALID,
      at('own/adapter/adapter.safetensors'),
      /it does not fit the model: on q_proj: .*\. Use the model that it was trained on/,
      [at('odd'), at('own')],
    );
    rmSync(at('odd'), { recursive: true });
  });

  it.each(users)('that is cut short is refused by %s', async (command) => {
    const folder = at('cut');
    cpSync(ADAPTER, folder, { recursive: true });
    const file = join(folder, 'adapter_model.safetensors');
    writeFileSync(file, readFileSync(file).subarray(0, -8));
    await refused(
      COMMANDS[command]!(GOOD, ['--adapter', folder]),
      'MetadataIncompleteBuffer',
      file,
      /it is cut short\. .*download or write it again\./,
      [GOOD, folder],
    );
  });
});

describe('a text in another encoding', () => {
  const ENCODINGS: Readonly<Record<string, Uint8Array>> = {
    'Latin-1': Buffer.from('Gewiß, das war die beste Zeit. '.repeat(20), 'latin1'),
    'UTF-16': Buffer.from(`\ufeff${'It was the best of times. '.repeat(20)}`, 'utf16le'),
    'UTF-8 that is cut short in a letter': Buffer.from(`${'beste Zeit '.repeat(20)}ü`).subarray(0, -1),
  };

  it.each(
    Object.keys(ENCODINGS).flatMap((encoding) => ['finetune', 'eval'].map((c) => [encoding, c] as const)),
  )('%s is refused by %s', async (encoding, command) => {
    const file = at(`${encoding}.txt`);
    writeFileSync(file, ENCODINGS[encoding]!);
    await refused(
      COMMANDS[command]!(GOOD, ['--data', file]),
      'InvalidJson',
      `${file}: it is not UTF-8`,
      /Save it as UTF-8\./,
      [GOOD],
    );
  });
});

describe('a folder that cannot be written', () => {
  it.each(['finetune', 'merge'])('because a file is in its place is refused by %s', async (command) => {
    writeFileSync(at('a-file'), 'a thesis');
    for (const out of [at('a-file'), at('a-file/below/it')]) {
      const argv = COMMANDS[command]!(MODEL, command === 'merge' ? ['--adapter', at('peft/adapter')] : []);
      const outcome = await oftc(...argv, '--out', out);
      expect(outcome.exit, outcome.stdout).toBe(2);
      expect(errorOf(outcome)).toMatchObject({ code: 'Usage', message: expect.stringContaining(out) });
      expect(readFileSync(at('a-file'), 'utf8')).toBe('a thesis');
    }
  });

  it('merge writes into no folder that holds something', async () => {
    mkdirSync(at('thesis'));
    writeFileSync(at('thesis/thesis.tex'), 'a thesis');
    const outcome = await oftc(...COMMANDS.merge!(GOOD), '--out', at('thesis'));
    expect(outcome.exit).toBe(1);
    expect(errorOf(outcome)).toMatchObject({
      code: 'OFT6005',
      message: expect.stringContaining(at('thesis')),
    });
    expect([...contents(at('thesis')).values()]).toEqual(['a thesis']);
  });
});
