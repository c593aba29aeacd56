/** Advice for slices in Python's form, `x[:, :32]`, which TypeScript cannot parse. */
import { type Dim, dimConst, subDim } from '../../dims/dims.ts';
import { quotedDim, resolveDim } from '../../dims/scope.ts';
import { OftcError } from '../../errors/error.ts';
import { ts } from '../ts-host.ts';
import { shapeAt } from './products.ts';

/** A name, perhaps with members, and what stands in brackets after it with a colon at its outermost level. */
const SLICE =
  /(?<![\w$.])([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)\[((?:[^[\]{}?'"`\n]*,)?[^[\]{}?'"`,\n]*:[^[\]{}?'"`\n]*)\]/g;

/** The errors for the slices among the places of syntax errors; empty where there are none. */
export function foreignSlices(
  file: ts.SourceFile,
  syntax: readonly ts.Diagnostic[],
  checker: ts.TypeChecker,
): OftcError[] {
  return [...file.text.matchAll(SLICE)].flatMap((found) => {
    const [start, end] = [found.index, found.index + found[0].length];
    if (!syntax.some((d) => d.start !== undefined && d.start > start && d.start <= end)) return [];
    const [whole, tensor, inside] = found as unknown as [string, string, string];
    const receiver = lastTyped(file, checker, tensor, start + tensor.length);
    const shape = receiver && shapeAt(checker, receiver);
    const scope = receiver ? checker.getSymbolsInScope(receiver, ts.SymbolFlags.Value) : [];
    const variables = (inside.match(/[A-Za-z_]\w*/g) ?? []).filter((n) => scope.some((s) => s.name === n));
    const write =
      shape &&
      variables.length === 0 &&
      sliced(
        tensor,
        inside.split(',').map((p) => p.trim()),
        shape,
      );
    const message = `brackets do not slice a tensor: ${write ? `write ${write} for ${whole}` : `write ${tensor}.slice(axis, start, length), once for each axis that is cut`}`;
    return [new OftcError('OFT1004', message, [{ file: file.fileName, start, end }])];
  });
}

/** The last place up to a position where a tensor's name has its type. After a syntax error, a later one may have none. */
function lastTyped(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  name: string,
  end: number,
): ts.Node | undefined {
  let last: ts.Node | undefined;
  const visit = (n: ts.Node): void => {
    if (n.pos > end) return;
    const named = ts.isIdentifier(n) || ts.isPropertyAccessExpression(n);
    if (named && n.getEnd() <= end && n.getText(file) === name && shapeAt(checker, n)) last = n;
    ts.forEachChild(n, visit);
  };
  visit(file);
  return last;
}

/** The expression for the parts in brackets; undefined for a part with a step, and for more parts than axes. */
function sliced(tensor: string, parts: readonly string[], shape: readonly Dim[]): string | undefined {
  const gap = parts.indexOf('...');
  const rest = Array<string>(Math.max(shape.length - parts.length + (gap < 0 ? 0 : 1), 0)).fill(':');
  const all = gap < 0 ? [...parts, ...rest] : [...parts.slice(0, gap), ...rest, ...parts.slice(gap + 1)];
  if (all.length !== shape.length) return undefined;
  let text = tensor;
  const kept: Dim[] = [];
  for (const [axis, part] of all.entries()) {
    const size = shape[axis]!;
    const range = rangeOf(part, size);
    if (!range) return undefined;
    const { start, length } = range;
    if (part !== ':') text += `.slice(${axis}, ${quotedDim(start)}, ${quotedDim(length)})`;
    if (part.includes(':')) kept.push(length);
  }
  return kept.length === shape.length ? text : `${text}.reshape(${kept.map(quotedDim).join(', ')})`;
}

/** The first element and the number of elements that a part takes of an axis; undefined for a step or a calculation. */
function rangeOf(part: string, size: Dim): { readonly start: Dim; readonly length: Dim } | undefined {
  const [from = '', to, ...step] = part.split(':').map((p) => p.trim());
  const start = from === '' ? dimConst(0) : position(from, size);
  if (to === undefined) return start && { start, length: dimConst(1) };
  const end = to === '' ? size : position(to, size);
  return start && end && step.length === 0 ? { start, length: subDim(end, start) } : undefined;
}

/** A position on an axis: a number, which counts from the end if it is negative, or the name of a size. */
function position(text: string, size: Dim): Dim | undefined {
  if (/^-\s*\d+$/.test(text)) return subDim(size, dimConst(Number(text.slice(1))));
  return /^(\d+|[A-Za-z_]\w*)$/.test(text) ? resolveDim(text) : undefined;
}
