/** The refusals of operators and rules that authors define: OFT5001 to OFT5006. */
import type { Code } from '../code.ts';

const twice = (name = "'twice'", law = "'2·a'"): string => `defineOperator<(a: Tensor) => Tensor>({
  name: ${name},
  law: ${law},
  type: ([a]) => a!,
  vjp: (_, g) => [scaled(2, g)],
  lower: (node, ctx) => ctx.lower(scaled(2, node.args[0]!)),
  sample: (draw) => apply(${name}, [draw.tensor(draw.int(1, 3))]),
})`;

const withOperator = (
  definition: string,
  use = 'twice(x)',
): string => `import { defineOperator, input, layer, type Tensor } from 'oftc';
import { apply, scaled } from 'oftc/extend';

${definition};

export const doubled = layer({ x: input('tokens', 'in') }, ({ x }) => ${use});
`;

const withRule = (instance: string): string => `import { defineRule, input, layer } from 'oftc';
import { apply, scaled, transposed } from 'oftc/extend';

defineRule({
  name: 'tanh-odd',
  law: 'tanh(−a) = −tanh(a)',
  numerics: 'exact',
  pattern: { op: 'tanh', args: [{ op: 'scale' }] },
  build: (node) => scaled(-1, apply('tanh', [scaled(-1, node.args[0]!)])),
  instance: (draw) => ${instance},
});

export const main = layer({ x: input('tokens', 'in') }, ({ x }) => x);
`;

export const extension = {
  OFT5001: {
    title: 'a definition that is not complete',
    explanation:
      'An operator or a rule lacks a part that checking and compiling it need, or its name is not one.',
    fix: 'Add the part that the message names.',
    example: {
      source: withOperator(`const twice = ${twice(undefined, "''")}`),
      mended: { source: withOperator(`const twice = ${twice()}`) },
    },
  },
  OFT5002: {
    title: 'a name that is taken',
    explanation: 'Another operator or rule has this name: one of oftc’s own, or one of another file.',
    fix: 'Rename one of them.',
    example: {
      source: withOperator(`const twice = ${twice("'scale'")}`),
      mended: { source: withOperator(`const twice = ${twice()}`) },
    },
  },
  OFT5003: {
    title: 'a definition without a valid instance',
    explanation:
      'A rule must fire on its own instance, keep its type, and end there; an operator’s sample must be an application of it.',
    fix: 'Correct the pattern, the condition or the sample that the message names.',
    example: {
      source: withRule("apply('tanh', [transposed(draw.tensor(2, 3))])"),
      mended: { source: withRule("apply('tanh', [scaled(-1, draw.tensor(2, 3))])") },
    },
  },
  OFT5004: {
    title: 'definitions that could not be run',
    explanation: 'A file that defines an operator or a rule is run for it, and that failed.',
    fix: 'Correct what the message says went wrong there.',
    example: {
      source: withOperator(
        `const laws: string[] = [];\nconst twice = ${twice(undefined, 'laws[0]!.trim()')}`,
      ),
      mended: {
        source: withOperator(`const laws = ['2·a'];\nconst twice = ${twice(undefined, 'laws[0]!.trim()')}`),
      },
    },
  },
  OFT5005: {
    title: 'a definition out of place',
    explanation:
      'Definitions are found in the source and run once: each is the value of a constant of a module, and states its name.',
    fix: 'Write const f = defineOperator({ name: …, … }) outside functions.',
    example: {
      source: withOperator(`const make = () => ${twice()}`, 'make()(x)'),
      mended: { source: withOperator(`const twice = ${twice()}`) },
    },
  },
  OFT5006: {
    title: 'a derived layer that cannot be printed',
    explanation:
      'oftc rewrite prints a file that imports from oftc alone, which does not have the author’s own operators.',
    fix: 'Read the derivation with oftc explain, or leave the operator out of the layer that is printed.',
    example: {
      source: withOperator(`const twice = ${twice()}`),
      run: 'oftc rewrite layer.ts --dims in=8',
      mended: { run: 'oftc explain layer.ts --dims in=8' },
    },
  },
} as const satisfies Readonly<Record<string, Code>>;
