/** Finds the trainables of a layer that do not say how they start. */
import type { InputNode, Program } from '../../compiler/ir/node.ts';

export const withoutStart = ({ inputs }: Program): readonly InputNode[] =>
  inputs.filter((i) => i.role === 'trainable' && i.init === undefined);

/** The message for parameters without a start; `of` says whose they are. */
export function noStart(lacking: readonly InputNode[], of = ''): string {
  const how = lacking.length === 1 ? 'does not say how it starts' : 'do not say how they start';
  return `${lacking.map((i) => `'${i.name}'`).join(', ')}${of} ${how}`;
}
