/** The broken invariants of the compiler itself, which users are asked to report: OFT9xxx. */
import type { Code } from '../code.ts';

const REPORT = 'This is a defect of oftc: please report it, with the command and its files.';

export const internal = {
  OFT9001: {
    title: 'operator registered twice',
    explanation: 'Operator names are unique.',
    fix: `Rename the operator, if it is one that you define. Otherwise: ${REPORT}`,
  },
  OFT9002: {
    title: 'unknown operator',
    explanation: 'A node names an operator that is not registered.',
    fix: `Import the module that defines it, if it is one that you define. Otherwise: ${REPORT}`,
  },
  OFT9004: {
    title: 'rule registered twice',
    explanation: 'Rule names are unique.',
    fix: `Rename the rule, if it is one that you define. Otherwise: ${REPORT}`,
  },
  OFT9005: {
    title: 'rewriting did not end',
    explanation: 'The rules undo one another on this program.',
    fix: REPORT,
  },
  OFT9010: {
    title: 'a pass broke its promise',
    explanation: 'After every pass the program is checked against what the pass states.',
    fix: REPORT,
  },
  OFT9020: {
    title: 'cannot be printed as a layer',
    explanation: 'A derived program holds a node that the language has no way of writing.',
    fix: REPORT,
  },
  OFT9021: {
    title: 'a gradient of a gradient',
    explanation:
      'Attention is differentiated once: the operators of its gradient have no gradient of their own.',
    fix: REPORT,
  },
} as const satisfies Readonly<Record<string, Code>>;
