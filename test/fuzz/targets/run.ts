/** The run.json of `oftc finetune`: what is read is written and read again without a change. */
import { parseRunFile, runText } from '../../../src/cli/finetune/run-file.ts';
import { type Json, parseJson } from '../../../src/formats/json.ts';
import { type Case, same, type Target } from '../target.ts';

const FOLDER = '/runs/one';

const NEEDED = { model: 'models/m', data: ['a.txt', 'b.jsonl'], out: 'out' };
const FULL = {
  ...NEEDED,
  ...{
    oftc: '0.1.0',
    $schema: './run.schema.json',
    adapter: 'oft',
    layer: null,
    set: { b: 4, cayley: 'exact', coft: false },
  },
  ...{
    targets: ['q_proj', 'v_proj'],
    init: null,
    quantize: 'nf4',
    steps: 10,
    batch: 2,
    length: 16,
    lr: 0.001,
  },
  ...{
    schedule: 'linear',
    lr_min: 0.0001,
    warmup: 2,
    clip: 1,
    accumulate: 2,
    weight_decay: 0.1,
    betas: [0.9, 0.95],
  },
  ...{
    dropout: 0.1,
    seed: 3,
    in_order: true,
    eval_every: 5,
    eval_generate: false,
    save_every: 5,
    hold_out: '1/20',
  },
  ...{ validation: null, chat_template: 't.jinja', device: 'cpu', activations: 'f32', engine: 'webgpu' },
};

function run(input: Case): string {
  const json = parseJson(input['run.json']!, 'run.json');
  const read = parseRunFile(json, 'run.json', FOLDER);
  const values = (file: typeof read) =>
    file.held.map(({ entry, value }) => [entry.option.attributeName(), value]);
  const text = runText(Object.fromEntries(values(read)), '0.1.0', FOLDER);
  const again = parseRunFile(parseJson(text, 'run.json') as Json, 'run.json', FOLDER);
  same(
    'written and read again',
    values(read),
    values(again).filter(([name]) => values(read).some(([n]) => n === name)),
  );
  return `read ${read.held.length > 5 ? 'many' : 'few'} options`;
}

export const target: Target = {
  name: 'run',
  parts: { 'run.json': 'json' },
  seeds: () => [NEEDED, FULL, {}].map((json) => ({ 'run.json': JSON.stringify(json) })),
  words: [
    '../x',
    '/abs/x',
    'x.ts',
    './oft.ts',
    'all-linear',
    '1/20',
    '0',
    'b=4',
    'cosine',
    'constant',
    'torch',
    'gpu',
    'resume',
    'json',
    'trust_code',
  ],
  run,
  everyTest: 60,
  faults: [
    {
      what: 'an option’s own refusal is not one of the file',
      file: 'src/cli/finetune/run-file.ts',
      from: 'if (!(error instanceof InvalidArgumentError)) throw error;',
      to: 'throw error;',
      within: 2000,
    },
    {
      what: 'the file may be no object',
      file: 'src/cli/finetune/run-file.ts',
      from: 'if (!isObject(json)) throw',
      to: 'if (json === 7) throw',
      within: 5000,
    },
    {
      what: 'a list of one path is written as a list of its letters',
      file: 'src/cli/finetune/forms.ts',
      from: '(texts.length === 1 ? texts[0]! : texts);',
      to: '(texts.length === 1 ? [...texts[0]!] : texts);',
      within: 5000,
    },
  ],
};
