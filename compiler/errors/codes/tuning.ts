/** The refusals in reading tuning tables, by the names of their codes. */
import { type Code, LINEAR } from '../code.ts';

const parsing = (table: string): string =>
  `import { parseTuning } from 'oftc';\n\nparseTuning('${table}', 'tuning.json');\n`;

const parsed = (table: string) =>
  ({
    source: LINEAR,
    run: parsing(table),
    mended: { run: parsing('{"format":"oftc-tuning","version":1,"entries":[]}') },
  }) as const;

export const tuning = {
  InvalidTuning: {
    title: 'not a tuning table',
    explanation:
      'The file is damaged, was edited, or is something else. Nothing was measured or changed; a table that oftc writes is whole at any moment.',
    fix: 'Delete it or name another, and tune again.',
    example: parsed('{"format":"oftc-tuning","version":1,"entries":[{}]}'),
  },
  TuningVersion: {
    title: 'tuning table of another version',
    explanation: 'Another version of oftc wrote it, and its fields mean something else.',
    fix: 'Delete it or name another, and tune again.',
    example: parsed('{"format":"oftc-tuning","version":2,"entries":[]}'),
  },
  NoTuning: {
    title: 'no tuning table',
    explanation: 'The file that was asked for does not exist, or cannot be read.',
    fix: 'Make it with oftc tune, or leave out --tuned and --table.',
    example: {
      source: LINEAR,
      run: 'oftc explain layer.ts --dims in=8,out=5 --table tuning.json',
      mended: { run: 'oftc explain layer.ts --dims in=8,out=5' },
    },
  },
} as const satisfies Readonly<Record<string, Code>>;
