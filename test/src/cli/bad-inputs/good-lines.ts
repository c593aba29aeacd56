/** Command lines that do their work on the good files, from which bad inputs are made. */

export const FINETUNE = ['--steps', '2', '--batch', '2', '--length', '7', '--save-every', '1'];
export const LORA = ['--adapter', 'lora', '--set', 'r=1', '--targets', 'q_proj'];
export const CPU = ['--device', 'cpu'];

/** A line that goes on with the run in `out/run`. */
export const RESUME = [
  'finetune',
  '--model',
  'model',
  '--data',
  'text.txt',
  '--out',
  'out/run',
  '--resume',
  ...FINETUNE,
  ...CPU,
];

/** A line that trains the layer in `layer.ts`. */
export const TRAIN_LAYER = [
  ...['finetune', '--model', 'model', '--adapter', 'layer.ts', '--targets', 'q_proj', '--data', 'text.txt'],
  ...['--out', 'out/run', ...FINETUNE, ...CPU],
];

/** A line that converts an adapter to LoRA. */
export const convertLine = (adapter: string, out: string): string[] => [
  ...['convert', '--to', 'lora', '--model', 'model', '--adapter', adapter, '--out', out],
  ...['--rank', '8', ...CPU],
];

/** A good line of each command that reads something. */
export const GOOD: Readonly<Record<string, readonly string[]>> = {
  run: ['run', 'layer.ts', '--input', 'tensors.safetensors', '--output', 'out/y.safetensors', ...CPU],
  explain: ['explain', 'layer.ts', '--dims', 'in=8,out=8,b=4'],
  check: ['check', 'layer.ts', '--trials', '1', ...CPU],
  rewrite: ['rewrite', 'layer.ts', '--dims', 'in=8,out=8,b=4'],
  build: ['build', 'layer.ts', '--dims', 'in=8,out=8,b=4', '-o', 'out/built'],
  torch: ['build', 'hra', '--target', 'torch', '--dims', 'in=8,out=8,r=2', '-o', 'out/my_torch'],
  peft: [
    ...['build', 'own.ts', '--target', 'peft', '--dims', 'in=8,out=8,a=2,b=4'],
    ...['--standalone', '-o', 'out/my_peft'],
  ],
  finetune: [
    'finetune',
    '--model',
    'model',
    ...LORA,
    '--data',
    'text.txt',
    '--out',
    'out/run',
    ...FINETUNE,
    ...CPU,
  ],
  generate: [
    'generate',
    '--model',
    'model',
    '--adapter',
    'lora/adapter',
    '--prompt',
    'ab',
    '--tokens',
    '2',
    ...CPU,
  ],
  several: [
    ...['generate', '--model', 'model', '--adapter', 'a=lora/adapter', '--adapter', 'b=peft/adapter'],
    ...['--prompt', 'ab', '--tokens', '2', ...CPU],
  ],
  eval: [
    'eval',
    '--model',
    'model',
    '--data',
    'text.txt',
    '--length',
    '7',
    '--logits',
    'out/l.safetensors',
    ...CPU,
  ],
  merge: ['merge', '--model', 'model', '--adapter', 'lora/adapter', '--out', 'out/merged', ...CPU],
  convert: convertLine('peft/adapter', 'out/lora'),
  plan: [
    ...['plan', '--model', 'model', '--compare', 'oft:b=4,lora:r=2', '--length', '8'],
    ...['--svg', 'out/plan.svg'],
  ],
  init: ['init', 'mine', '--dir', 'out/mine'],
  inspect: ['inspect', 'lora/adapter', '--model', 'model'],
  code: ['explain', 'OFT1003'],
  doctor: ['doctor'],
};
