/** The note on an einsum that sums axes of two operands each by itself, as if they were one axis. */
import { dimConst, equalDim, productDim } from '../dims/dims.ts';
import { quotedDim } from '../dims/scope.ts';
import type { Labelled, Labels } from './contraction.ts';
import type { Contraction } from './einsum-equation.ts';

/** The note on a contraction; undefined where at most one operand has axes that only it has, and that are summed. */
export function summedAlone(contraction: Contraction): string | undefined {
  const { operands, sizes, output } = contraction;
  const isAlone = (l: string, n: number) =>
    !output.includes(l) &&
    !operands.some((o, k) => k !== n && o.labels.includes(l)) &&
    !equalDim(sizes.get(l)!, dimConst(1));
  const alone = operands.map(({ labels }, n) => labels.filter((l) => isAlone(l, n)));
  const [a, b] = alone.flatMap((labels, n) => (labels.length > 0 ? [n] : []));
  if (a === undefined || b === undefined) return undefined;
  const letters = (n: number) => `${alone[n]!.map((l) => `'${l}'`).join(', ')} of ${named(operands[n]!, n)}`;
  const remedy = together(contraction, alone, b, a) ?? together(contraction, alone, a, b);
  const over =
    remedy === undefined ? 'one axis, give it one letter in both' : `both together, write ${remedy}`;
  const text = equation(
    operands.map((o) => o.labels),
    output,
  );
  return `einsum '${text}' sums ${letters(a)} and ${letters(b)} each by itself: to sum over ${over}`;
}

const named = ({ node }: Labelled, n: number): string =>
  node.kind === 'input' ? `'${node.name}'` : `operand ${n + 1}`;

const equation = (terms: readonly Labels[], output: Labels): string => {
  const written = (labels: Labels) => labels.join('').replace(/\d+/, '...');
  return `${terms.map(written).join(',')}->${written(output)}`;
};

/** The einsum in which a letter that only operand `a` has is one of `b`, or is made up of consecutive letters of `b`. */
function together(
  { operands, sizes, output }: Contraction,
  alone: readonly Labels[],
  a: number,
  b: number,
): string | undefined {
  const [own, others] = [operands[a]!.labels, operands[b]!.labels];
  const runs = others.flatMap((_, start) => others.slice(start).map((_, n, rest) => rest.slice(0, n + 1)));
  for (const letter of alone[a]!)
    for (const parts of runs) {
      if (!parts.some((l) => alone[b]!.includes(l)) || parts.some((l) => own.includes(l))) continue;
      if (!equalDim(productDim(parts.map((l) => sizes.get(l)!)), sizes.get(letter)!)) continue;
      const labels = own.flatMap((l) => (l === letter ? parts : [l]));
      const terms = operands.map((o, n) => (n === a ? labels : o.labels));
      const view = `.reshape(${labels.map((l) => quotedDim(sizes.get(l)!)).join(', ')})`;
      const args = operands.map(
        ({ node }, n) =>
          `${node.kind === 'input' ? node.name : '…'}${n === a && parts.length > 1 ? view : ''}`,
      );
      return `einsum('${equation(terms, output)}', ${args.join(', ')})`;
    }
  return undefined;
}
