/** The catalogue of refusals: what each means and what to do. docs/errors and `oftc explain OFT1003` print it. */
import type { Code } from './code.ts';
import { algebra } from './codes/algebra.ts';
import { commands } from './codes/commands.ts';
import { declarations } from './codes/declarations.ts';
import { evaluation } from './codes/evaluation.ts';
import { extension } from './codes/extension.ts';
import { files } from './codes/files.ts';
import { finetune } from './codes/finetune.ts';
import { internal } from './codes/internal.ts';
import { models } from './codes/models.ts';
import { quantized } from './codes/quantized.ts';
import { runtime } from './codes/runtime.ts';
import { sizes } from './codes/sizes.ts';
import { tuning } from './codes/tuning.ts';

export const catalogue: Readonly<Record<string, Code>> = {
  ...evaluation,
  ...declarations,
  ...algebra,
  ...sizes,
  ...extension,
  ...finetune,
  ...internal,
  ...commands,
  ...runtime,
  ...files,
  ...models,
  ...quantized,
  ...tuning,
};
