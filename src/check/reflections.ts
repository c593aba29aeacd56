/** Finds matrices I − c·u·uᵀ of a column u that are neither reflections nor projections, because ‖u‖ is not divided out. */
import { constantOf } from '../../compiler/dims/dims.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { apply, rootsOf, topological } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { isOp, scaled, transposed } from '../../compiler/ops/nodes.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { smallSizes } from '../identity/sizes.ts';
import { realValues } from '../identity/values.ts';
import { random } from '../start/random.ts';
import { evaluator } from './evaluate.ts';
import { residual } from './orthogonality.ts';

/** The largest element that counts as rounding. */
const ROUNDING = 1e-9;

/** The u of a multiple of u·uᵀ, where u is one column. */
function columnOf(n: Node): Node | undefined {
  if (isOp(n, 'scale') || isOp(n, 'div')) return columnOf(n.args[0]!);
  if (isOp(n, 'mul')) return n.args.map(columnOf).find((u) => u !== undefined);
  const [u, other] = isOp(n, 'matmul') && n.args.length === 2 ? n.args : [];
  const isColumn = u && constantOf(u.type.shape.at(-1)!) === 1;
  return isColumn && other && printNode(transposed(other)) === printNode(u) ? u : undefined;
}

/** The notes on these matrices at small sizes and random values; a projection satisfies R·R = R. */
export function reflectionNotes(source: Program, sizes = smallSizes(source)): string[] {
  const program = bindProgram(source, sizes.at(-1)!);
  const values = realValues(program, 1, random(1));
  const notes = topological(rootsOf(program)).flatMap((r) => {
    const parts = isOp(r, 'add') && r.args.length === 2 ? r.args : [];
    const u = parts.some((n) => isOp(n, 'identity')) ? parts.map(columnOf).find((n) => n) : undefined;
    if (!u) return [];
    const projected = apply('add', [apply('matmul', [r, r]), scaled(-1, r)]);
    const results = evaluator(program, [
      { name: 'turned', node: residual(r) },
      { name: 'projected', node: projected },
    ])(float64, values, 1);
    const [turned, again] = [results.turned!, results.projected!].map(({ values: elements }) =>
      elements.reduce((most, e) => Math.max(most, Math.abs(e)), 0),
    );
    if (turned! <= ROUNDING || again! <= ROUNDING) return [];
    const text = printNode(r).length > 60 ? 'I − c·u·uᵀ' : printNode(r);
    return `R = ${text} is not orthogonal: an element of RᵀR − I is ${turned!.toPrecision(2)} at random values. A reflection divides by the length of each column, I − 2·u·uᵀ/‖u‖², and is householder(u)`;
  });
  return [...new Set(notes)];
}
