/** Other starts to try for a layer, and how an author writes them. */
import { equalDim } from '../../compiler/dims/dims.ts';
import type { Init } from '../../compiler/ir/init.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';

/** Starts by the names of their tensors. */
export type Starts = ReadonlyMap<string, Init>;

/** The program with these starts in place of its own. */
export const withStarts = (program: Program, starts: Starts): Program => ({
  ...program,
  inputs: program.inputs.map((i): InputNode => {
    const init = starts.get(i.name);
    return init === undefined ? i : { ...i, init };
  }),
});

/** The starts to try for a tensor, the commonest first. */
export function candidates({ type: { shape } }: InputNode): Init[] {
  const [rows, cols] = [shape.at(-2), shape.at(-1)];
  const identity: Init[] = rows && cols && equalDim(rows, cols) ? ['identity'] : [];
  return ['zeros', ...identity, { kaiming: Math.max(shape.length - 1, 0) }, 'ones'];
}

/** A start as an author writes it: `{ init: { kaiming: 1 } }`. */
export const startText = (init: Init): string =>
  `{ init: ${
    typeof init === 'string'
      ? `'${init}'`
      : `{ ${Object.entries(init)
          .map(([key, value]) => `${key}: ${typeof value === 'string' ? `'${value}'` : value}`)
          .join(', ')} }`
  } }`;
