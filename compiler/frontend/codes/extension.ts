/** Operators and rules that authors define: OFT5001 to OFT5004. */
import type { Code } from './code.ts';

export const extension = {
  OFT5001: {
    title: 'a definition that is not complete',
    explanation:
      'An operator or a rule lacks a part that checking and compiling it need, or its name is not one.',
    fix: 'Add the part that the message names.',
  },
  OFT5002: {
    title: 'a name that is taken',
    explanation: 'Another operator or rule has this name: one of oftc’s own, or one of another file.',
    fix: 'Rename one of them.',
  },
  OFT5003: {
    title: 'a definition without a valid instance',
    explanation:
      'A rule must fire on its own instance, and end there; an operator’s sample must be an application of it.',
    fix: 'Correct the pattern, the condition or the sample that the message names.',
  },
  OFT5004: {
    title: 'definitions that could not be run',
    explanation: 'A file that defines an operator or a rule is run for it, and that failed.',
    fix: 'Correct what the message says went wrong there.',
  },
} as const satisfies Readonly<Record<string, Code>>;
