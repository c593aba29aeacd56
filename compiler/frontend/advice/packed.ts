/** Advice for a map of square matrices that is given their packed triangle. */
import { triangleSide } from '../../dims/triangle.ts';
import { OftcError } from '../../errors/error.ts';
import { registered } from '../../ir/operator.ts';
import { NotSquare } from '../../ops/shapes.ts';
import { ts } from '../ts-host.ts';
import { importing } from './variables.ts';
import { languageFunction } from './vocabulary.ts';

/** Runs what a call means. A map from generators to rotations is refused for a packed triangle with `skew` to write. */
export function advisingPacked<T>(checker: ts.TypeChecker, call: ts.Node, f: () => T): T {
  try {
    return f();
  } catch (e) {
    if (!(e instanceof NotSquare) || !ts.isCallExpression(call)) throw e;
    const [packed, ...rest] = call.arguments.map((a) => a.getText());
    const last = e.shape.at(-1);
    if (packed === undefined || !last || !triangleSide(last) || !registered(e.operator)?.rotates) throw e;
    const callee = call.expression.getText();
    const write =
      languageFunction(checker, call) === undefined
        ? `${callee}((one) => ${packed}(skew(one)))`
        : `${callee}(${[`skew(${packed})`, ...rest].join(', ')})`;
    const message = `${e.message}, a packed triangle: write ${write}${importing(call, ['skew'])}`;
    throw new OftcError(e.code, message, e.spans);
  }
}

/** Evaluates a call by `f`. If it is `diag` of a matrix, the error says which einsum takes the diagonal. */
export function advisingDiagonal<T>(checker: ts.TypeChecker, call: ts.Node, f: () => T): T {
  try {
    return f();
  } catch (e) {
    const matrix =
      ts.isCallExpression(call) && languageFunction(checker, call) === 'diag' && call.arguments[0];
    if (
      !(e instanceof OftcError) ||
      e.code !== 'OFT2003' ||
      !matrix ||
      !/got shape \([^,]+, [^,]+\)$/.test(e.message)
    )
      throw e;
    const write = `einsum('ii->i', ${matrix.getText()})${importing(call, ['einsum'])}`;
    throw new OftcError(e.code, `${e.message}: for the diagonal of a matrix write ${write}`, e.spans);
  }
}
