/** Advice for a declared vector that does not broadcast: the declaration that fits, with the author's names. */
import { dimConst, equalDim, ofTokens } from '../../dims/dims.ts';
import { hasName, shortDim } from '../../dims/scope.ts';
import { OftcError } from '../../errors/error.ts';
import { printShape } from '../../ir/build.ts';
import { UnfitBroadcast } from '../../ops/shapes.ts';
import { ts } from '../ts-host.ts';
import { declaredAs, redeclared } from './stated.ts';

/** Evaluates a call such as `y.mul(s)` by `f`. If s is a declared vector of another size, the error says how to declare it. */
export function advisingBroadcasts<T>(checker: ts.TypeChecker, call: ts.Node, f: () => T): T {
  try {
    return f();
  } catch (e) {
    const advice = e instanceof UnfitBroadcast ? adviceFor(checker, call, e) : undefined;
    if (!(e instanceof UnfitBroadcast) || advice === undefined) throw e;
    throw new OftcError(e.code, `${e.unfit}: ${advice}`, e.spans);
  }
}

function adviceFor(
  checker: ts.TypeChecker,
  call: ts.Node,
  { shapes: [whole, own] }: UnfitBroadcast,
): string | undefined {
  const [vector, ...more] = ts.isCallExpression(call) ? call.arguments : [];
  const declared = vector && more.length === 0 ? declaredAs(checker, vector) : undefined;
  const cols = whole?.at(-1);
  const [size, width, ...rest] = own ?? [];
  if (!declared || !vector || !cols || !size || !own || rest.length > 0 || ofTokens(cols)) return undefined;
  const wanted = redeclared(declared, [cols]);
  if (width && equalDim(width, dimConst(1)) && equalDim(size, cols))
    return `a number for each column of ${printShape(whole!)} is a vector: declare ${wanted}, or write ${vector.getText()}.T here`;
  const otherRows = whole!.length > 1 && equalDim(whole!.at(-2)!, size);
  return !width && !otherRows && hasName(cols) && hasName(size)
    ? `declare ${wanted}, or use '${declared.name}' where the columns are '${shortDim(size)}'`
    : undefined;
}
