/** Advice for a matrix that an author's function takes transposed. */
import { equalDim } from '../../dims/dims.ts';
import { OftcError } from '../../errors/error.ts';
import { printShape } from '../../ir/build.ts';
import { spanOf } from '../diagnostics.ts';
import { ts } from '../ts-host.ts';
import { type Complaint, callAround } from './complaint.ts';
import { shapeAt, shapeOf } from './products.ts';

export function adviseTransposed({ code, node, checker }: Complaint): OftcError | undefined {
  const call = callAround(node);
  if (code !== 2345 || !call || node.parent !== call || !ts.isIdentifier(call.expression)) return undefined;
  const position = call.arguments.indexOf(node as ts.Expression);
  const parameter = checker.getResolvedSignature(call)?.parameters[position];
  const takes = parameter && shapeOf(checker, checker.getTypeOfSymbol(parameter));
  const has = shapeAt(checker, node);
  if (!takes || !has || has.length !== 2 || takes.length !== 2) return undefined;
  if (!has.every((d, axis) => equalDim(d, takes[1 - axis]!))) return undefined;
  const [name, text] = [call.expression.text, node.getText()];
  const args = call.arguments.map((a) =>
    a !== node ? a.getText() : text.endsWith('.T') ? text.slice(0, -2) : `${text}.T`,
  );
  const message = `${text} is ${printShape(has)}, and ${name} takes ${printShape(takes)}: write ${name}(${args.join(', ')})`;
  return new OftcError('OFT2001', message, [spanOf(node)]);
}
