/**
 * Advice for a square factor on the side of another size than its own: sizes of its own for the tensor that it is made of.
 * In x·Wᵀ·R with R of (r·b, r·b) and in = r·b, a rotation of the output side has other blocks than one of the input side.
 */
import { type Dim, dimNames, equalDim, printDim } from '../../dims/dims.ts';
import { resolveDim } from '../../dims/scope.ts';
import { ts } from '../ts-host.ts';
import { firstValue } from './complaint.ts';
import { declarationsOf, layerAround, namesIn, whereOf } from './stated.ts';

/** The advice for a factor of `size` rows and columns where `wanted` is needed; undefined where no one tensor makes it. */
export function sizesOfItsOwn(
  checker: ts.TypeChecker,
  factor: ts.Expression,
  size: Dim,
  wanted: Dim,
): string | undefined {
  const layer = layerAround(checker, factor);
  const body = layer?.arguments[1];
  const names = dimNames(size);
  if (!layer || !body || names.length < 2) return undefined;
  const declared = declarationsOf(layer.arguments[0]!);
  const made = declared.filter((d) => mentions(checker, factor, d.name) && uses(d.call, names));
  const [tensor] = made;
  if (!tensor || made.length > 1 || timesUsed(body, tensor.name) > 1) return undefined;
  const stated = Object.entries(whereOf(layer));
  const sizes = declared.flatMap((d) => textsOf(d.call).flatMap(namesIn));
  // Where no tensor has the stated name, `where` names the wrong one, and nothing else is amiss.
  if (!stated.some(([name, value]) => sizes.includes(name) && equalDim(resolveDim(value), size)))
    return undefined;
  const taken = new Set([...sizes, ...stated.flatMap(([name, value]) => [name, ...namesIn(value)])]);
  const free = [...'semnpqtuvwxyzcdfghijkl'].filter((n) => !taken.has(n));
  const inOrder = [...new Set(textsOf(tensor.call).flatMap(namesIn))].filter((n) => names.includes(n));
  const renamed = new Map(inOrder.map((n, i) => [n, free[i]!]));
  const rename = (text: string) => text.replaceAll(/[A-Za-z_]\w*/g, (n) => renamed.get(n) ?? n);
  const still = declared.some((d) => d !== tensor && uses(d.call, names));
  const kept = stated.filter(([, v]) => still || !equalDim(resolveDim(v), size));
  const where = [...kept, [printDim(wanted), rename(inOrder.join('*'))]]
    .map(([n, v]) => `${n}: '${v}'`)
    .join(', ');
  const helper = helperOf(checker, factor, names);
  const type = helper ? `, ${rename(helper.type)} in ${helper.name}` : '';
  return `for a factor on the side of '${printDim(wanted)}', give '${tensor.name}' sizes of its own: ${tensor.name}: ${renameDims(tensor.call, rename)}${type}, and { where: { ${where} } }`;
}

const textsOf = (call: ts.CallExpression): string[] =>
  call.arguments.flatMap((a) =>
    ts.isStringLiteralLike(a) ? [a.text] : ts.isCallExpression(a) ? textsOf(a) : [],
  );

const uses = (call: ts.CallExpression, names: readonly string[]): boolean =>
  textsOf(call).some((text) => namesIn(text).some((n) => names.includes(n)));

/** The text of a declaration with its dimensions renamed, and its options as they are. */
const renameDims = (call: ts.CallExpression, rename: (text: string) => string): string =>
  `${call.expression.getText()}(${call.arguments
    .map((a) =>
      ts.isStringLiteralLike(a)
        ? `'${rename(a.text)}'`
        : ts.isCallExpression(a)
          ? renameDims(a, rename)
          : a.getText(),
    )
    .join(', ')})`;

/** The places in a function's body at which a tensor is used. */
function timesUsed(body: ts.Expression, name: string): number {
  const block = ts.isFunctionLike(body) && 'body' in body ? body.body : undefined;
  let times = 0;
  const visit = (n: ts.Node): void => {
    if (ts.isIdentifier(n) && n.text === name) times++;
    ts.forEachChild(n, visit);
  };
  if (block) visit(block as ts.Node);
  return times;
}

/** Whether an expression is made of a tensor, perhaps through constants that are named before. */
function mentions(checker: ts.TypeChecker, e: ts.Node, name: string, depth = 8): boolean {
  if (depth === 0) return false;
  if (ts.isIdentifier(e)) {
    if (e.text === name) return true;
    const value = firstValue(checker, e);
    return value !== undefined && !ts.isFunctionLike(value) && mentions(checker, value, name, depth - 1);
  }
  return ts.forEachChild(e, (n) => mentions(checker, n, name, depth) || undefined) ?? false;
}

/** The author's function that makes the factor, and the type of its parameter with those sizes. */
function helperOf(
  checker: ts.TypeChecker,
  e: ts.Node,
  names: readonly string[],
  depth = 8,
): { readonly name: string; readonly type: string } | undefined {
  if (depth === 0) return undefined;
  if (ts.isIdentifier(e)) {
    const value = firstValue(checker, e) ?? checker.getSymbolAtLocation(e)?.valueDeclaration;
    if (!value || value === e) return undefined;
    if (!ts.isFunctionLike(value))
      return ts.isExpression(value) ? helperOf(checker, value, names, depth - 1) : undefined;
    const typed = value.parameters.find(
      (p) => p.type && (p.type.getText().match(/[A-Za-z_]\w*/g) ?? []).some((n) => names.includes(n)),
    );
    return typed?.type && { name: `'${e.text}'`, type: typed.type.getText() };
  }
  return ts.forEachChild(e, (n) => helperOf(checker, n, names, depth));
}
