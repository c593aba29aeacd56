/**
 * Files of JSON whose fields an attacker chose: each known field with values of other kinds, fields that
 * contradict each other, names of the prototype, keys twice.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Family } from './cases.ts';
import { onModel } from './cases.ts';
import type { Pick } from './draw.ts';
import { CPU } from './good-lines.ts';
import { HOSTILE } from './hostile-lines.ts';
import { JUNK } from './mutate.ts';

const CONFIGS = fileURLToPath(new URL('../../../fixtures/configs', import.meta.url));

type Fields = Record<string, unknown>;
const read = (path: string): Fields => JSON.parse(readFileSync(path, 'utf8'));

/** The texts of JSON values that JSON.stringify does not write. */
const RAW = [
  ...['1e999', '-1e999', '1E-400', '-0', '0.1e1', '123456789012345678901234567890', '9007199254740993'],
  ...[
    '"\\ud800"',
    '"\\u0000"',
    '"\\u001b[31m"',
    '"\u2028"',
    '{"__proto__":{"x":1}}',
    '{"a":1,"a":2}',
    '[[[[[[]]]]]]',
  ],
  ...[
    'NaN',
    'Infinity',
    "'x'",
    '01',
    '0x1',
    '+1',
    '.5',
    '5.',
    'undefined',
    '/**/1',
    '[1,]',
    '{"a":1,}',
    '"\t"',
  ],
];

/** Writes fields with one of them as raw text, so that it may be any JSON, or none. */
function writeRaw(path: string, fields: Fields, key: string, raw: string): void {
  const rest = Object.entries(fields).filter(([k]) => k !== key);
  const all = [
    ...rest.map(([k, x]) => `${JSON.stringify(k)}:${JSON.stringify(x)}`),
    `${JSON.stringify(key)}:${raw}`,
  ];
  writeFileSync(path, `{${all.join(',')}}`);
}

/** Writes fields with junk in one of those named, or with a key twice, or of the prototype. */
function spoilField(path: string, fields: Fields, names: readonly string[], pick: Pick): string {
  const key = pick([...names, '__proto__', 'constructor']);
  const how = pick(['junk', 'junk', 'junk', 'raw', 'twice', 'hostile'] as const);
  const raw =
    how === 'raw'
      ? pick(RAW)
      : how === 'hostile'
        ? JSON.stringify(pick(HOSTILE))
        : how === 'twice'
          ? `${JSON.stringify(pick(JUNK))},${JSON.stringify(key)}:${JSON.stringify(fields[key] ?? 1)}`
          : JSON.stringify(pick(JUNK));
  writeRaw(path, fields, key, raw);
  return `"${key}": ${raw.slice(0, 60)}`;
}

/** Fields of config.json that families read, refuse or leave. */
const OF_CONFIG = [
  ...['architectures', 'model_type', 'vocab_size', 'hidden_size', 'intermediate_size', 'num_hidden_layers'],
  ...['num_attention_heads', 'num_key_value_heads', 'head_dim', 'max_position_embeddings', 'rms_norm_eps'],
  ...[
    'hidden_act',
    'hidden_activation',
    'rope_theta',
    'rope_scaling',
    'rope_parameters',
    'tie_word_embeddings',
  ],
  ...[
    'attention_bias',
    'mlp_bias',
    'sliding_window',
    'use_sliding_window',
    'max_window_layers',
    'layer_types',
  ],
  ...[
    'pretraining_tp',
    'partial_rotary_factor',
    'torch_dtype',
    'dtype',
    'bos_token_id',
    'eos_token_id',
    'pad_token_id',
  ],
  ...[
    'quantization_config',
    '_name_or_path',
    'auto_map',
    'num_local_experts',
    'num_experts_per_tok',
    'text_config',
  ],
  ...['attn_logit_softcapping', 'final_logit_softcapping', 'query_pre_attn_scalar', 'norm_topk_prob'],
];

const ROPE = (pick: Pick) => ({
  rope_type: pick<unknown>([
    'llama3',
    'linear',
    'dynamic',
    'yarn',
    'longrope',
    'default',
    '__proto__',
    7,
    null,
  ]),
  factor: pick<unknown>([8, 0, -1, 1e308, '8', [8]]),
  low_freq_factor: pick<unknown>([1, 0, 4, null]),
  high_freq_factor: pick<unknown>([4, 1, 0, Number.MIN_VALUE]),
  original_max_position_embeddings: pick<unknown>([8, 0, 1e15, -8, '8']),
  short_factor: pick<unknown>([[1], [1, 1], 'x', Array.from({ length: 1e5 }, () => 1)]),
  long_factor: pick<unknown>([[1], [0, 0], null]),
});
const QUANTIZATION = (pick: Pick) => ({
  quant_method: pick<unknown>(['bitsandbytes', 'gptq', 'awq', 'fp8', '__proto__', 4, null]),
  load_in_4bit: pick<unknown>([true, false, 'yes']),
  bits: pick<unknown>([4, 0, 3, 1e9, '4']),
  group_size: pick<unknown>([128, 0, -1, 1e9, 3.5]),
  bnb_4bit_quant_type: pick<unknown>(['nf4', 'fp4', '../x']),
  bnb_4bit_use_double_quant: pick<unknown>([true, null, 1]),
});

/** The tiny model's configuration, or that of a real model, which `plan` and `inspect` read without weights. */
const config: Family = (folder, pick) => {
  const path = join(folder, 'model/config.json');
  const real = pick([true, false]);
  const file = pick(readdirSync(CONFIGS).filter((f) => f.endsWith('.json')));
  const fields = real ? read(join(CONFIGS, file)) : read(path);
  const more = pick<Fields>([
    {},
    {},
    { rope_scaling: ROPE(pick) },
    { quantization_config: QUANTIZATION(pick) },
  ]);
  const title = spoilField(path, { ...fields, ...more }, real ? Object.keys(fields) : OF_CONFIG, pick);
  const plan = ['plan', '--model', 'model', '--compare', 'oft:b=4,lora:r=2', '--length', '8'];
  return {
    title: `config.json with ${title}`,
    argv: real ? pick([plan, ['inspect', 'model']]) : onModel(undefined, pick),
    names: ['config.json'],
  };
};

/** Fields of adapter_config.json, of several methods. */
const OF_PEFT = [
  ...[
    'peft_type',
    'peft_version',
    'task_type',
    'base_model_name_or_path',
    'auto_mapping',
    'revision',
    'bias',
  ],
  ...[
    'target_modules',
    'exclude_modules',
    'layers_to_transform',
    'layers_pattern',
    'modules_to_save',
    'init_weights',
  ],
  ...[
    'r',
    'lora_alpha',
    'lora_dropout',
    'rank_pattern',
    'alpha_pattern',
    'use_dora',
    'use_rslora',
    'fan_in_fan_out',
  ],
  ...[
    'oft_block_size',
    'module_dropout',
    'coft',
    'eps',
    'block_share',
    'use_cayley_neumann',
    'inference_mode',
  ],
  ...[
    'num_cayley_neumann_terms',
    'target_parameters',
    'trainable_token_indices',
    'megatron_config',
    'loftq_config',
  ],
];
const TYPES = [
  'OFT',
  'BOFT',
  'HRA',
  'ROAD',
  'LORA',
  'PSOFT',
  'IA3',
  'VERA',
  'LOHA',
  'LOKR',
  'VBLORA',
  'X',
  '',
  '__proto__',
];

const peft: Family = (folder, pick) => {
  const name = pick(['peft', 'lora'] as const);
  const path = join(folder, name, 'adapter/adapter_config.json');
  const fields = read(path);
  if (pick([true, false, false])) fields.peft_type = pick(TYPES);
  const title = spoilField(path, fields, pick([OF_PEFT, Object.keys(fields)]), pick);
  return {
    title: `adapter_config.json of ${name} with ${title}`,
    argv: onModel(`${name}/adapter`, pick),
    names: ['adapter_config.json'],
  };
};

/** Code that would write a file where it ran. */
const CODE = `import { writeFileSync } from 'node:fs';\nwriteFileSync('../PWNED', '');\nexport const myAdapter = 1;\n`;

/** adapter.json of an author's layer: its source elsewhere, its program spoilt. */
const own: Family = (folder, pick) => {
  const path = join(folder, 'own/adapter/adapter.json');
  const { program, source, ...rest } = read(path) as { program: Fields; source: Fields } & Fields;
  writeFileSync(join(folder, 'evil.ts'), CODE);
  writeFileSync(join(folder, 'own/adapter/evil.ts'), CODE);
  const file = pick([
    '../../evil.ts',
    'evil.ts',
    '/etc/passwd',
    `${folder}/evil.ts`,
    'source/../../../evil.ts',
    'source',
  ]);
  const attack = pick([
    'operators',
    'version 1',
    'source',
    'program',
    'program',
    'program',
    'field',
  ] as const);
  const write = (fields: Fields) => writeFileSync(path, JSON.stringify(fields));
  const argv = onModel('own/adapter', pick);
  if (attack === 'operators') write({ ...rest, operators: ['twice'], source: { file, layer: 'myAdapter' } });
  else if (attack === 'version 1') write({ ...rest, version: 1, file, layer: 'myAdapter' });
  else if (attack === 'source') write({ ...rest, program, source: { ...source, file } });
  else if (attack === 'field') spoilField(path, { ...rest, program, source }, Object.keys(rest), pick);
  else write({ ...rest, source, program: spoilProgram(program, pick) });
  const isRefused =
    (attack === 'operators' || attack === 'version 1') &&
    argv[0] !== 'inspect' &&
    argv.includes('own/adapter');
  return { title: `adapter.json, its ${attack}, ${file}`, argv, isRefused, names: ['adapter.json'] };
};

/** A stored program with cycles, missing nodes, strange operators, huge attributes. */
function spoilProgram(program: Fields, pick: Pick): Fields {
  const nodes = structuredClone(program.nodes) as Fields[];
  const at = pick(nodes.map((_, i) => i));
  const spoilt = pick<() => Fields>([
    () => ({ ...nodes[at], args: [at] }),
    () => ({ ...nodes[at], args: [at + 1] }),
    () => ({
      ...nodes[at],
      args: pick<unknown[]>([[-1], [1e9], ['__proto__'], ['constructor'], [null], [[0]], [0.5]]),
    }),
    () => ({
      ...nodes[at],
      op: pick(['__proto__', 'constructor', 'toString', 'eval', '', 'matmul\u0000', 'input']),
    }),
    () => ({
      ...nodes[at],
      attrs: pick<unknown>([{ __proto__: 1 }, { order: [1e9] }, { digits: ['9'.repeat(99)] }, [], 7]),
    }),
    () => ({
      op: 'shuffle',
      args: [],
      attrs: { digits: ['in/a', 'a'], order: pick([[0, 0], [5], [], [-1, 2]]) },
    }),
    () => ({ ...nodes[at], args: Array.from({ length: 1e5 }, () => 0) }),
  ])();
  const [first, ...inputs] = program.inputs as Fields[];
  return pick<() => Fields>([
    () => ({ ...program, nodes: nodes.with(at, spoilt) }),
    () => ({ ...program, nodes: nodes.with(at, spoilt) }),
    () => ({
      ...program,
      inputs: [
        { ...first, shape: pick<unknown>([['tokens', '1'.repeat(40)], [], 'in', ['in^9']]) },
        ...inputs,
      ],
    }),
    () => ({ ...program, inputs: [first, { ...first }, ...inputs] }),
    () => ({
      ...program,
      inputs: [{ ...first, name: pick(['__proto__', '../x', '', '\u001b[1m', 'a'.repeat(1e5)]) }, ...inputs],
    }),
    () => ({
      ...program,
      outputs: pick<unknown>([[], [{ name: 'y', node: -1 }], [{ name: '../../y', node: 0 }], 'y', null]),
    }),
    () => ({
      ...program,
      where: pick<unknown>([['in = in*in'], ['in = 0'], [{}], 'in=1', ['a'.repeat(1e5)]]),
    }),
    () => ({
      ...program,
      claims: pick<unknown>([{ weight: 1e9 }, { orthogonal: [-1] }, { __proto__: 1 }, []]),
    }),
    () => ({ ...program, nodes: Array.from({ length: 3e5 }, () => ({ op: 'skew', args: ['u'] })) }),
    () => ({ ...program, version: pick<unknown>([0, 2, '1', null, 1e9]) }),
  ])();
}

/** A run.json given by --config: paths elsewhere, options that it may not hold, values of other kinds. */
const runFile: Family = (folder, pick) => {
  const path = join(folder, 'run.json');
  const fields = { ...read(join(folder, 'lora/run.json')), model: 'model', data: 'text.txt', out: 'out/run' };
  writeFileSync(join(folder, 'evil.ts'), CODE.replace('myAdapter = 1', 'x = 1'));
  const attack = pick<Fields>([
    { trust_code: true },
    { 'trust-code': true, adapter: 'evil.ts' },
    { adapter: 'evil.ts', targets: 'q_proj' },
    { config: 'run.json' },
    { resume: true },
    { init: '../../../../etc' },
    { data: ['/dev/zero', '/proc/self/mem'] },
    { model: pick(HOSTILE) },
    { engine: 'torch', processes: 1e9 },
    { chat_template: '/etc/passwd' },
    {},
    {},
  ]);
  const all = { ...fields, ...attack };
  const isSpoilt = Object.keys(attack).length === 0;
  // The output's place stays, so that the run writes where the case looks.
  const names = Object.keys(fields).filter((name) => name !== 'out');
  const title = isSpoilt ? spoilField(path, all, names, pick) : JSON.stringify(attack);
  if (!isSpoilt) writeFileSync(path, JSON.stringify(all));
  const isRefused =
    Object.keys(attack).some((k) => ['trust_code', 'trust-code', 'config', 'resume'].includes(k)) ||
    attack.adapter === 'evil.ts';
  return {
    title: `run.json with ${title}`,
    argv: ['finetune', '--config', 'run.json', ...CPU],
    isRefused,
    names: isSpoilt ? ['run.json'] : [],
  };
};

export const FIELDS: Readonly<Record<string, Family>> = { config, peft, own, runFile };
