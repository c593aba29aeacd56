/** Golden tensors by the names of a layer's inputs, and the merged weight of a layer. */
import type { Binding } from '../../compiler/dims/dims.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';
import { compile, type HostTensor, type SessionOptions } from '../../src/index.ts';
import type { GoldenCase } from '../support/golden.ts';
import { forced } from '../support/strategy.ts';

/** Golden names, by input, of tensors that have no stored name or that the golden layer names differently. */
export type Otherwise = Readonly<Record<string, string>>;

/** The golden name of a layer's input. */
export function goldenName(i: InputNode, otherwise: Otherwise): string {
  const other = otherwise[i.name];
  if (other !== undefined) return other;
  if (i.role === 'input') return 'input';
  return `${i.role === 'frozen' ? 'base' : 'param'}.${i.stored}`;
}

const integers = (t: HostTensor): HostTensor => ({ ...t, data: Int32Array.from(t.data, Number) });

export const goldenInputs = (
  program: Program,
  { tensors }: GoldenCase,
  otherwise: Otherwise,
): Record<string, HostTensor> =>
  Object.fromEntries(
    program.inputs.map((i) => {
      const t = tensors[goldenName(i, otherwise)]!;
      return [i.name, i.type.dtype === 'i32' ? integers(t) : t];
    }),
  );

/** The golden outputs and gradients, by the names that a session gives them. */
export function goldenResults(
  program: Program,
  { tensors }: GoldenCase,
  otherwise: Otherwise,
): Record<string, HostTensor> {
  const gradients = program.inputs.flatMap((i) => {
    const name = goldenName(i, otherwise);
    const gradient = i.role === 'input' ? tensors.grad_input : tensors[name.replace('param.', 'grad.')];
    return gradient && i.role !== 'frozen' ? [[`grad.${i.name}`, gradient] as const] : [];
  });
  return { y: tensors.output!, ...Object.fromEntries(gradients) };
}

/** Computes the merged weight that a layer claims, as a program of its own. */
export async function mergedWeight(
  { claims, ...program }: Program,
  tensors: Readonly<Record<string, HostTensor>>,
  options: { readonly dims?: Binding; readonly device: NonNullable<SessionOptions['device']> },
): Promise<HostTensor> {
  const weight = claims!.weight!;
  const inputs = topological([weight]).filter((n): n is InputNode => n.kind === 'input');
  const given = Object.fromEntries(inputs.map((i) => [i.name, tensors[i.name]!]));
  const shapes = Object.fromEntries(Object.entries(given).map(([n, t]) => [n, t.shape]));
  const session = await compile(
    { ...program, inputs, outputs: [{ name: 'weight', node: weight }] },
    { ...options, ...forced, shapes },
  );
  const { weight: merged } = await (await session.run(given)).readAll();
  await session.dispose();
  return merged!;
}
