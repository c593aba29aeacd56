/** Prints a program of primitives without gradients as one Python function, which PyTorch can differentiate. */
import type { Dim } from '../../../compiler/dims/dims.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import type { Annotated } from './annotated.ts';
import { assignmentsOf } from './graph.ts';
import { Indices } from './indices.ts';
import { line, Names, tensorName } from './python-text.ts';
import { sizeLines } from './sizes.ts';
import { addmmText, expressionOf } from './statement.ts';

/** The lines of a function of the program's inputs, which returns a tuple of its outputs. */
export function functionText({ primitives: program, isWhole, form }: Annotated, name: string): string[] {
  const taken = new Names();
  const names = new Map<Prim, string>(program.inputs.map((i) => [i, taken.take(tensorName(i.name))]));
  const floats = program.inputs.find((i) => i.dtype !== 'i32');
  const like = floats ? names.get(floats)! : taken.take('like');
  const statements: string[] = [];
  const indices = new Indices(taken, like);
  const frame = {
    like,
    name: (p: Prim) => names.get(p)!,
    range: (extent: Dim, after: number) => indices.of(extent, after),
  };
  for (const { tensor, computes, added } of assignmentsOf(program, isWhole)) {
    const args = tensor.args.map((a) => names.get(a)!);
    const text = isWhole(tensor)
      ? form(tensor, args)
      : added
        ? addmmText(added, frame)
        : expressionOf(computes, frame);
    const own = taken.take('t');
    names.set(tensor, own);
    statements.push(`${own} = ${text}`);
  }
  const lines = [...(floats ? [] : [`${like} = torch.zeros(())`]), ...indices.lines, ...statements];
  const sizes = sizeLines(program.inputs, lines);
  // Where no argument has a dimension of tokens, their number is an argument of its own.
  const isAsked = lines.some((l) => /\btokens\b/.test(l)) && !sizes.some((l) => l.startsWith('tokens '));
  const parameters = program.inputs.map((i) => `${names.get(i)!}: Tensor`);
  const returned = program.outputs.map((o) => names.get(o.prim)!);
  return [
    ...line(
      '',
      `def ${name}(${[...parameters, ...(isAsked ? ['tokens: int'] : [])].join(', ')}) -> tuple[Tensor, ...]:`,
    ),
    ...[...sizes, ...lines].flatMap((l) => line('    ', l)),
    ...line('    ', returned.length === 1 ? `return (${returned[0]},)` : `return ${returned.join(', ')}`),
  ];
}
