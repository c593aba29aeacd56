/** Every code that a failure can have, numbered or named. */

import { LINEAR } from '../../compiler/errors/codes/code.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import { type Code, codes } from '../../compiler/frontend/index.ts';
import { fileCodes } from './codes-files.ts';
import { modelCodes } from './codes-models.ts';
import { quantizedCodes } from './codes-quantized.ts';
import { runtimeCodes } from './codes-runtime.ts';
import { tuningCodes } from './codes-tuning.ts';
import { UsageError } from './usage.ts';

const commandCodes: Readonly<Record<string, Code>> = {
  Usage: {
    title: 'wrong use of a command',
    explanation: 'The command line has no such command, option or value.',
    fix: 'See oftc --help, or --help of the command.',
    example: {
      source: LINEAR,
      run: 'oftc explain layer.ts --dims in=0',
      mended: { run: 'oftc explain layer.ts --dims in=8' },
    },
  },
  KernelError: {
    title: 'no kernel can be made',
    explanation:
      'The program is above what a kernel can do: a constant beyond f32, an index beyond i32, too many tensors at once.',
    fix: 'Change what the message names.',
    example: {
      source: `import { input, layer } from 'oftc';

export const scaled = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(1e39));
`,
      run: `import { compile } from 'oftc';

const session = await compile('layer.ts', { device: 'cpu', dims: { in: 8 } });
session.plan('forward');
`,
      mended: {
        source: `import { input, layer } from 'oftc';

export const scaled = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(1e38));
`,
      },
    },
  },
  Internal: {
    title: 'an error in oftc itself',
    explanation: 'Something that cannot happen did.',
    fix: 'Please report it, with the command and its files.',
  },
};

export const catalogue: Readonly<Record<string, Code>> = {
  ...codes,
  ...commandCodes,
  ...runtimeCodes,
  ...fileCodes,
  ...modelCodes,
  ...quantizedCodes,
  ...tuningCodes,
};

/** Whether a word is meant as a code, rather than as the path of a file. */
export const isCode = (word: string): boolean => /^(oft|ts)\d+$/i.test(word) || find(word) !== undefined;

const find = (word: string): string | undefined =>
  Object.keys(catalogue).find((code) => code.toLowerCase() === word.toLowerCase());

/** A code as it is written, with what it means. Throws UsageError for one that there is not. */
export function lookUp(word: string): { readonly code: string; readonly meaning: Code } {
  const code = find(word);
  if (code !== undefined) return { code, meaning: catalogue[code]! };
  if (/^ts\d+$/i.test(word))
    throw new UsageError(
      `${word.toUpperCase()} is TypeScript's own code, whose message explains it; oftc's are OFT1001 and so on`,
    );
  throw new UsageError(`there is no code ${word}${didYouMean(word, Object.keys(catalogue))}`);
}
