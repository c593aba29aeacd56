/** The layers that both oftc and PEFT train a step of, on one card. */
import type { Binding } from '../../compiler/dims/dims.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { hra } from '../../src/adapters/hra.ts';
import { dora, lora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import { compiled, type Job } from '../compiled.ts';

/** The name of these rows among the tables. */
export const BESIDE_PEFT = 'beside PEFT';

const [SMALL, LARGE] = [
  [512, 1024, 1024],
  [2048, 4096, 4096],
] as const;

/** Tokens, inputs and outputs of each layer. A processor would take minutes for the large one. */
export const sizesFor = (isSoftware: boolean) => (isSoftware ? [SMALL] : [SMALL, LARGE]);

/** The methods by the names that bench/torch/methods.py has. */
const METHODS: Readonly<Record<string, readonly [() => Program, Binding]>> = {
  'OFT b=32': [() => oft.trace(), { b: 32 }],
  'LoRA r=16': [() => lora.trace(), { r: 16 }],
  'DoRA r=16': [() => dora.trace(), { r: 16 }],
  'HRA r=8': [() => hra.trace(), { r: 8 }],
};
export const METHOD_NAMES = Object.keys(METHODS);

export const caseName = (method: string, size: readonly number[]): string => `${method} (${size.join(', ')})`;

export const besidePeft = (isSoftware: boolean): Readonly<Record<string, Job>> =>
  Object.fromEntries(
    sizesFor(isSoftware).flatMap(([tokens, inputs, outputs]) =>
      Object.entries(METHODS).map(([method, [program, dims]]) => [
        caseName(method, [tokens, inputs, outputs]),
        {
          plan: compiled(program(), { dims: { ...dims, in: inputs, out: outputs }, gradients: true }),
          tokens,
        },
      ]),
    ),
  );
