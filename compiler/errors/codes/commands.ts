/** The refusals of the command line, by the names of their codes. */
import { type Code, LINEAR, mending } from '../code.ts';

export const commands = {
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
      'The program exceeds what a kernel can do: a constant beyond f32, an index beyond i32, too many tensors at once.',
    fix: 'Change what the message names.',
    example: mending(
      { '1e39': '1e38' },
      `import { input, layer } from 'oftc';

export const scaled = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(1e39));
`,
      `import { compile } from 'oftc';

const session = await compile('layer.ts', { device: 'cpu', dims: { in: 8 } });
session.plan('forward');
`,
    ),
  },
  Internal: {
    title: 'an error in oftc itself',
    explanation: 'oftc itself failed where it should not.',
    fix: 'Please report it, with the command and its files.',
  },
} as const satisfies Readonly<Record<string, Code>>;
