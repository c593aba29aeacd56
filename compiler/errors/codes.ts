/** Every numbered refusal: what it means and what to do. docs/errors and `oftc explain OFT1003` are made of this. */
import { algebra } from './codes/algebra.ts';
import type { Code } from './codes/code.ts';
import { declarations } from './codes/declarations.ts';
import { evaluation } from './codes/evaluation.ts';
import { extension } from './codes/extension.ts';
import { finetune } from './codes/finetune.ts';
import { internal } from './codes/internal.ts';
import { sizes } from './codes/sizes.ts';

export type { Code, Example, Setup } from './codes/code.ts';

export const codes: Readonly<Record<string, Code>> = {
  ...evaluation,
  ...declarations,
  ...algebra,
  ...sizes,
  ...extension,
  ...finetune,
  ...internal,
};
