/** Advice for the types of an author's functions: a parameter without one, and a shape that is no list. */
import { OftcError } from '../../errors/error.ts';
import { spanOf } from '../diagnostics.ts';
import { ts } from '../ts-host.ts';
import type { Complaint } from './complaint.ts';
import { importing } from './variables.ts';
import { isTensorType } from './vocabulary.ts';

/** TypeScript's error for a parameter without a type. */
const UNTYPED = 7006;
/** TypeScript's errors for a wrong number of type arguments, or one that does not fit. */
const TYPE_ARGUMENTS: ReadonlySet<number> = new Set([2707, 2314, 2344]);

export function adviseType({ code, node, checker }: Complaint): OftcError | undefined {
  if (code === UNTYPED) return adviseUntyped(node);
  const type = ts.findAncestor(node, ts.isTypeReferenceNode);
  if (!TYPE_ARGUMENTS.has(code) || !type?.typeArguments) return undefined;
  if (type.typeName.getText() !== 'Tensor' && !isTensorType(checker.getTypeFromTypeNode(type)))
    return undefined;
  const dims = type.typeArguments;
  const [only] = dims;
  if (only && ts.isTupleTypeNode(only) && only.elements.some(isNumber)) {
    const sizes = only.elements.map((e) => (isNumber(e) ? `'${e.getText()}'` : e.getText()));
    const written = `${type.typeName.getText()}<[${sizes.join(', ')}]>`;
    return new OftcError('OFT1017', `a size in a type is text: write ${written}`, [spanOf(type)]);
  }
  if (!dims.every(ts.isLiteralTypeNode)) return undefined;
  const shape = dims.map((d) => d.getText()).join(', ');
  return new OftcError('OFT1017', `a shape is one list: write ${type.typeName.getText()}<[${shape}]>`, [
    spanOf(type),
  ]);
}

const isNumber = (type: ts.Node): boolean => ts.isLiteralTypeNode(type) && ts.isNumericLiteral(type.literal);

/** The error for a parameter of an author's own function, which is a constant or a declaration of the file. */
function adviseUntyped(node: ts.Node): OftcError | undefined {
  const parameter = ts.findAncestor(node, ts.isParameter);
  const f = parameter?.parent;
  if (!parameter || !f || !(ts.isFunctionDeclaration(f) || ts.isVariableDeclaration(f.parent)))
    return undefined;
  const name = parameter.name.getText();
  return new OftcError(
    'OFT1017',
    `a parameter of a function states its type: write ${name}: Tensor for a tensor, or ${name}: number${importing(node, ['type Tensor'])}`,
    [spanOf(parameter)],
  );
}
