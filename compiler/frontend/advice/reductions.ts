/** Advice for another library's functions, with the tensor and the axis of the author's call. */
import { type Dim, printDim, productDim } from '../../dims/dims.ts';
import { quotedDim } from '../../dims/scope.ts';
import { aboutTensor } from '../foreign.ts';
import { ts } from '../ts-host.ts';
import { shapeAt } from './products.ts';

/**
 * Advice about `x` and its axis -1, of size 'in', for a call `x.mean(0)` or `mean(x, 0)`: `write sum(x,
 * 0).div(size('tokens'))`.
 */
export function aboutCall(
  checker: ts.TypeChecker,
  advice: string,
  callee: ts.Expression,
  receiver?: ts.Expression,
): string {
  const call = ts.isCallExpression(callee.parent) && callee.parent.expression === callee && callee.parent;
  const [tensor, ...args] = [...(receiver ? [receiver] : []), ...(call ? call.arguments : [])];
  if (!tensor || ts.isSpreadElement(tensor)) return advice;
  const along = call ? alongAxes(advice, shapeAt(checker, tensor), args) : advice;
  const others = args.map((a) => `, ${a.getText()}`).join('');
  const given = along.replace(/(is a function of oftc: write \w+\(x)\)$/, (_, start) => `${start}${others})`);
  const [lo = 'lo', hi = 'hi'] = args.filter((a) => !ts.isObjectLiteralExpression(a)).map((a) => a.getText());
  const bounded = given.replace(/\blo\b/, () => lo).replace(/\bhi\b/, () => hi);
  const sized = bounded.replace("'out', 1", (text) => withNewAxis(shapeAt(checker, tensor), args[0]) ?? text);
  return aboutTensor(sized, tensor.getText());
}

/** Advice for axis -1 as it is for the axes of a call; without any, a sum is over all axes, as in PyTorch. */
function alongAxes(
  advice: string,
  shape: readonly Dim[] | undefined,
  args: readonly ts.Expression[],
): string {
  if (!/\bsum\(.*-1\)/.test(advice)) return advice;
  const rank = shape?.length;
  const isAxis = (n: number) => Number.isInteger(n) && (!rank || (n < rank && n >= -rank));
  const given = args.map(axesOf).filter((a) => a?.every(isAxis));
  const all = advice.includes('e.div') || rank === undefined ? [-1] : [...Array(rank).keys()];
  const axes = given.at(-1) ?? all;
  const dims = shape && axes.map((n) => shape.at(n)!);
  const size = dims ? printDim(productDim(dims)) : '…';
  const axis = axes.length === 1 ? String(axes[0]) : `[${axes.join(', ')}]`;
  return advice.replaceAll('-1)', `${axis})`).replaceAll("size('in')", `size('${size}')`);
}

/** A shape with a new axis of size 1 at the place that an argument states. */
function withNewAxis(shape: readonly Dim[] | undefined, at: ts.Expression | undefined): string | undefined {
  const [axis] = (at && axesOf(at)) ?? [];
  if (!shape || axis === undefined) return undefined;
  const place = axis < 0 ? axis + shape.length + 1 : axis;
  return shape.map(quotedDim).toSpliced(place, 0, '1').join(', ');
}

/** The axes that an argument states: `0`, `-1`, `[0, 1]`, `dim = 0` or `{ dim: 0 }`. */
function axesOf(e: ts.Expression): readonly number[] | undefined {
  if (ts.isNumericLiteral(e)) return [Number(e.text)];
  if (ts.isPrefixUnaryExpression(e) && e.operator === ts.SyntaxKind.MinusToken)
    return axesOf(e.operand)?.map((n) => -n);
  if (ts.isArrayLiteralExpression(e)) {
    const all = e.elements.map(axesOf);
    return all.every((a) => a !== undefined) ? all.flat() : undefined;
  }
  const named = ts.isObjectLiteralExpression(e)
    ? e.properties.filter(ts.isPropertyAssignment).map((p) => [p.name, p.initializer] as const)
    : ts.isBinaryExpression(e)
      ? [[e.left, e.right] as const]
      : [];
  const axis = named.find(([name]) => /^(dim|axis)$/.test(name.getText()));
  return axis && axesOf(axis[1]);
}
