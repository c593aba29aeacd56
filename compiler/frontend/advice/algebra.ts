/** Advice for tensors that do not fit: the error of the operator that is called with them. */
import { OftcError } from '../../errors/error.ts';
import { input } from '../../ir/build.ts';
import type { Node } from '../../ir/node.ts';
import type { SurfaceArg } from '../../ops/arguments.ts';
import { functions, methods } from '../../ops/surface.ts';
import { spanOf } from '../diagnostics.ts';
import { ts } from '../ts-host.ts';
import { type Complaint, callAround, firstValue } from './complaint.ts';
import { advising } from './operators.ts';
import { shapeAt } from './products.ts';
import { startAmongSizes } from './starts.ts';
import { layerAround, withinLayer } from './stated.ts';

/** The operator's own error for shapes that TypeScript finds unfit. Calling the operator with these shapes gives it. */
export function adviseAlgebra({ node, checker }: Complaint): OftcError | undefined {
  const call = callAround(node);
  const error = call && withinLayer(checker, call, () => unfit(checker, call, new Set()));
  const layer = error && layerAround(checker, call);
  return layer ? (startAmongSizes(layer) ?? error) : error;
}

/**
 * The error of the first operator, in the order of evaluation, whose tensors do not fit. TypeScript takes sizes such as
 * r*b to fit any name, so that it may complain about a later operator. Variables stand for their first values.
 */
function unfit(checker: ts.TypeChecker, e: ts.Expression, seen: Set<ts.Node>): OftcError | undefined {
  if (seen.has(e)) return undefined;
  seen.add(e);
  for (const part of partsOf(checker, e)) {
    const own = unfit(checker, part, seen);
    if (own) return own;
  }
  return ts.isCallExpression(e) ? refusal(checker, e) : undefined;
}

/** The expressions that are evaluated before an expression. */
function partsOf(checker: ts.TypeChecker, e: ts.Expression): readonly ts.Expression[] {
  if (ts.isIdentifier(e)) {
    const value = firstValue(checker, e);
    return value ? [value] : [];
  }
  if (ts.isCallExpression(e)) return [e.expression, ...e.arguments];
  return ts.isPropertyAccessExpression(e) || ts.isParenthesizedExpression(e) || ts.isNonNullExpression(e)
    ? [e.expression]
    : [];
}

/** The error that a call of the language's own function or method throws for tensors of these shapes. */
function refusal(checker: ts.TypeChecker, call: ts.CallExpression): OftcError | undefined {
  const args = call.arguments.map((a) => argumentAt(checker, a));
  const unknown = args.indexOf(UNKNOWN);
  const known = (unknown < 0 ? args : args.slice(0, unknown)) as readonly SurfaceArg[];
  const callee = call.expression;
  try {
    if (ts.isPropertyAccessExpression(callee) && Object.hasOwn(methods, callee.name.text)) {
      const self = tensorAt(checker, callee.expression);
      if (self === undefined || unknown >= 0) return undefined;
      const method = (methods as Methods)[callee.name.text]!;
      advising(checker, call, () => method(self, ...known));
    } else if (ts.isIdentifier(callee) && Object.hasOwn(functions, callee.text) && known.length > 0) {
      advising(checker, call, () => (functions as Functions)[callee.text]!(...known));
    }
  } catch (e) {
    if (e instanceof OftcError && /^OFT2/.test(e.code))
      return new OftcError(e.code, e.message, [spanOf(call)]);
    if (!(e instanceof OftcError)) throw e;
  }
  return undefined;
}

const UNKNOWN = Symbol('unknown');
type Methods = Readonly<Record<string, (a: Node, ...args: SurfaceArg[]) => Node>>;
type Functions = Readonly<Record<string, (...args: SurfaceArg[]) => Node>>;

/** An argument whose type states its value, or each dimension of its shape. */
function argumentAt(checker: ts.TypeChecker, e: ts.Expression): SurfaceArg | typeof UNKNOWN {
  const type = checker.getTypeAtLocation(e);
  return type.isStringLiteral() || type.isNumberLiteral() ? type.value : (tensorAt(checker, e) ?? UNKNOWN);
}

/** A tensor of the shape that a type states; undefined unless it states every dimension. */
function tensorAt(checker: ts.TypeChecker, e: ts.Node): Node | undefined {
  const shape = shapeAt(checker, e);
  return shape && input(e.getText(), 'input', { shape, dtype: 'f32' });
}
