/** Advice for a product whose factors do not fit, written with the author's own factors. */
import { constantOf, type Dim, equalDim, mulDim, ofTokens, printDim } from '../../dims/dims.ts';
import { isName, quotedDim, resolveDim, sameSize } from '../../dims/scope.ts';
import { OftcError } from '../../errors/error.ts';
import { printShape } from '../../ir/build.ts';
import { UnfitProduct } from '../../ops/matmul.ts';
import { ts } from '../ts-host.ts';
import { sizesOfItsOwn } from './own-sizes.ts';
import { importing } from './variables.ts';
import { isTensorType, languageFunction } from './vocabulary.ts';

type Shape = readonly Dim[];

/** A call `left.matmul(right)`. */
interface Product {
  readonly call: ts.CallExpression;
  readonly left: ts.Expression;
  readonly right: ts.Expression;
}

/** A matrix as it is written, and its shape. */
interface Factor {
  readonly text: string;
  readonly rows: Dim;
  readonly cols: Dim;
}

/** Evaluates a call by `f`. If its factors do not fit, the error of the product says what to write instead. */
export function advisingProducts<T>(checker: ts.TypeChecker, call: ts.Node, f: () => T): T {
  try {
    return f();
  } catch (e) {
    const product = e instanceof UnfitProduct ? productOf(call) : undefined;
    if (!(e instanceof UnfitProduct) || !product) throw e;
    throw new OftcError(e.code, adviceFor(checker, product, e) ?? e.message, e.spans);
  }
}

/** Advice for a reflection by the row (1, in), of which `householder` makes a matrix of one element. */
function reflecting(
  checker: ts.TypeChecker,
  at: ts.Expression,
  matrix: Factor | undefined,
  left: Factor | undefined,
): string | undefined {
  const row = ts.isCallExpression(at) ? at.arguments[0] : undefined;
  if (!row || !ts.isCallExpression(at) || !matrix || !left) return undefined;
  const name = languageFunction(checker, at) ?? '';
  if (!/^(householder|reflectSpan)$/.test(name) || constantOf(matrix.rows) === undefined) return undefined;
  const flipped = row.getText().endsWith('.T') ? row.getText().slice(0, -2) : `${row.getText()}.T`;
  return `${name} reflects by the columns of a matrix (${printDim(left.cols)}, k): write ${name}(${flipped})`;
}

/** Advice for a slice x.slice(axis, start, end) whose third argument, a length, is read as an end. */
function lengthOf(left: ts.Expression, { rows }: Factor): string | undefined {
  if (!ts.isCallExpression(left) || !/\.slice$/.test(left.expression.getText())) return undefined;
  const [axis, start, end] = left.arguments.map((a) => Number(a.getText()));
  if (end === undefined || constantOf(rows) !== end - start!) return undefined;
  return `slice takes a start and a length, so ${start}:${end} is ${left.expression.getText()}(${axis}, ${start}, ${end - start!})`;
}

function productOf(call: ts.Node | undefined): Product | undefined {
  if (!call || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression))
    return undefined;
  const [right, ...more] = call.arguments;
  if (call.expression.name.text !== 'matmul' || !right || more.length > 0) return undefined;
  return ts.isSpreadElement(right) ? undefined : { call, left: call.expression.expression, right };
}

/** The shape that a type states; undefined unless it states every dimension. */
export function shapeAt(checker: ts.TypeChecker, e: ts.Node): Shape | undefined {
  return shapeOf(checker, checker.getTypeAtLocation(e));
}

/** The shape that a tensor's type states. */
export function shapeOf(checker: ts.TypeChecker, type: ts.Type): Shape | undefined {
  const shape = isTensorType(type) ? checker.getTypeArguments(type as ts.TypeReference)[0] : undefined;
  if (!shape || !checker.isTupleType(shape)) return undefined;
  const dims = checker.getTypeArguments(shape as ts.TypeReference);
  return dims.every((d) => d.isStringLiteral()) ? dims.map((d) => resolveDim(d.value)) : undefined;
}

function adviceFor(checker: ts.TypeChecker, product: Product, e: UnfitProduct): string | undefined {
  const [left, right] = [product.left, product.right].map((at, i) => factor(at, e.factors[i]!.shape));
  const reflected = reflecting(checker, product.right, right, left);
  if (reflected !== undefined) return `${e.unfit}: ${reflected}`;
  if (!left || !right) return flattening(product, e) ?? diagonal(product, e);
  const ranged = lengthOf(product.left, right);
  if (ranged !== undefined) return `${e.unfit}: ${ranged}`;
  const transposed = transposing(checker, left, right, product.call);
  if (transposed.length > 0) return `${e.unfit}: write ${transposed.join(', or ')}`;
  const same = sameSize(left.cols, right.rows);
  const moved = moving(checker, product, left, right);
  const own =
    same.includes('by where') && isName(left.cols) && equalDim(right.rows, right.cols)
      ? sizesOfItsOwn(checker, product.right, right.rows, left.cols)
      : undefined;
  if (own !== undefined) return `${e.unfit}: ${moved === undefined ? '' : `write ${moved}; or, `}${own}`;
  if (moved !== undefined) return `${e.unfit}: write ${moved}${same.includes('by where') ? `; ${same}` : ''}`;
  const fit = isName(left.cols) && isName(right.rows) ? fitting(checker, product.call, left.cols) : [];
  if (fit.length === 0) return undefined;
  return `${e.unfit}: ${fit.join(' and ')} ${fit.length === 1 ? 'has' : 'have'} '${printDim(left.cols)}' rows`;
}

/** An expression of a matrix; undefined for a batch of them. */
function factor(at: ts.Expression, shape: Shape | undefined): Factor | undefined {
  const [rows, cols, ...more] = shape ?? [];
  if (!rows || !cols || more.length > 0) return undefined;
  return { text: written(at), rows, cols };
}

function written(at: ts.Expression): string {
  const text = at.getText().replaceAll(/\s+/g, ' ');
  return text.length > 60 ? '…' : text;
}

const flipped = ({ text, rows, cols }: Factor): Factor => ({
  text: text.endsWith('.T') ? text.slice(0, -2) : `${text}.T`,
  rows: cols,
  cols: rows,
});

const product = (a: Factor, b: Factor): Factor | undefined =>
  equalDim(a.cols, b.rows) ? { text: `${a.text}.matmul(${b.text})`, rows: a.rows, cols: b.cols } : undefined;

/** The factor that multiplies a product from the left: its columns, and whether it takes the product's transpose. */
interface User {
  readonly cols: Dim;
  readonly transpose: boolean;
}

function userOf(checker: ts.TypeChecker, call: ts.CallExpression): User | undefined {
  const access = call.parent;
  const transpose = ts.isPropertyAccessExpression(access) && access.name.text === 'T';
  const argument = transpose ? access : call;
  const user = productOf(argument.parent);
  const cols = user?.right === argument ? shapeAt(checker, user.left)?.at(-1) : undefined;
  return cols && { cols, transpose };
}

/**
 * The products of two factors that fit if one is transposed, or both are exchanged. If `user` can multiply some of
 * them, these alone.
 */
function transposing(
  checker: ts.TypeChecker,
  left: Factor,
  right: Factor,
  call: ts.CallExpression,
): string[] {
  const user = userOf(checker, call);
  if ([left.cols, right.rows, right.cols].some(ofTokens)) return [];
  const exchanged = ofTokens(left.rows) ? [] : [product(flipped(left), right), product(right, left)];
  const fit = [product(left, flipped(right)), ...exchanged].filter((p) => p !== undefined);
  const used = fit.flatMap((p) => {
    const [own, other] = user?.transpose ? [p.cols, p.rows] : [p.rows, p.cols];
    const shape = `${p.text}, which is ${printShape([p.rows, p.cols])}`;
    if (!user || equalDim(own, user.cols)) return [{ text: p.text, shape }];
    if (!equalDim(other, user.cols)) return [];
    const without = `${shape}, without the .T after it`;
    return user.transpose ? [{ text: without, shape: without }] : [];
  });
  if (used.length === 0) return fit.map((p) => p.text);
  if (used.length > 1) return used.map((u) => u.shape);
  return user ? [used[0]!.text] : [continued(checker, fit[0]!, call)];
}

/** A product with the factors that multiply it next, up to the last of these that must be transposed. */
function continued(checker: ts.TypeChecker, first: Factor, call: ts.CallExpression): string {
  let [whole, text, at] = [first, first.text, call];
  for (;;) {
    const outer = ts.isPropertyAccessExpression(at.parent) ? productOf(at.parent.parent) : undefined;
    const next = outer?.left === at ? factor(outer.right, shapeAt(checker, outer.right)) : undefined;
    const asWritten = next && product(whole, next);
    const longer = asWritten ?? (next && product(whole, flipped(next)));
    if (!outer || !longer) return text;
    if (!asWritten) text = longer.text;
    [whole, at] = [longer, outer.call];
  }
}

/** The product in which the last axes of the left tensor are one: `y.reshape('tokens', 'in').matmul(W.T)`. */
function flattening({ left, right }: Product, { unfit, factors }: UnfitProduct): string | undefined {
  const { shape } = factors[0];
  const matrix = factor(right, factors[1].shape);
  if (!matrix) return undefined;
  for (const by of [matrix, flipped(matrix)])
    for (let n = 2; n < shape.length; n++) {
      if (!equalDim(shape.slice(-n).reduce(mulDim), by.rows)) continue;
      const sizes = [...shape.slice(0, -n), by.rows].map(quotedDim);
      return `${unfit}: write ${written(left)}.reshape(${sizes.join(', ')}).matmul(${by.text})`;
    }
  return undefined;
}

/** The product in which the blocks of one factor are one matrix: `blockDiag(R).matmul(W.T)`. */
function diagonal({ call, left, right }: Product, { unfit, factors }: UnfitProduct): string | undefined {
  const [a, b] = factors.map((f) => f.shape) as [Shape, Shape];
  const isLeft = a.length === 3 && b.length === 2;
  const [[count, rows, cols], inner] = isLeft ? [a, b[0]!] : [b, a.at(-1)!];
  if (!count || !rows || !cols || a.length + b.length !== 5 || ofTokens(count)) return undefined;
  const size = mulDim(count, isLeft ? cols : rows);
  if (!equalDim(size, inner) && !isName(inner)) return undefined;
  const [one, other] = isLeft ? [blocksOf(left), written(right)] : [written(left), blocksOf(right)];
  const has = `blockDiag(…) makes one matrix with ${printDim(size)} ${isLeft ? 'columns' : 'rows'} of these ${printDim(count)} blocks`;
  return `${unfit}: ${has}: write ${one}.matmul(${other})${importing(call, ['blockDiag'])}`;
}

const blocksOf = (e: ts.Expression): string => `blockDiag(${written(e)})`;

/** The product of three in which the last two are exchanged, where it fits: `x.matmul(R).matmul(W.T)`. */
function moving(
  checker: ts.TypeChecker,
  { call, left: at }: Product,
  left: Factor,
  right: Factor,
): string | undefined {
  const inner = productOf(at);
  const outer = ts.isPropertyAccessExpression(call.parent) ? productOf(call.parent.parent) : undefined;
  const factorAt = (e: ts.Expression) => factor(e, shapeAt(checker, e));
  const orders: (readonly (Factor | undefined)[])[] = [];
  if (inner) orders.push([factorAt(inner.left), right, factorAt(inner.right)]);
  if (outer) orders.push([left, factorAt(outer.right), right]);
  for (const [a, b, c] of orders) {
    const first = a && b && product(a, b);
    const all = first && c && product(first, c);
    if (all) return all.text;
  }
  return undefined;
}

/** The layer's matrices and transposes of matrices that have this number of rows. */
function fitting(checker: ts.TypeChecker, call: ts.CallExpression, rows: Dim): string[] {
  const body = ts.findAncestor(
    call,
    (n): n is ts.ArrowFunction =>
      ts.isArrowFunction(n) && n.parameters.some((p) => ts.isObjectBindingPattern(p.name)),
  );
  const pattern = body?.parameters[0]?.name;
  if (!pattern || !ts.isObjectBindingPattern(pattern)) return [];
  return pattern.elements.flatMap(({ name }) => {
    const shape = shapeAt(checker, name) ?? [];
    if (shape.length !== 2 || shape.some(ofTokens)) return [];
    return [name.getText(), `${name.getText()}.T`].filter((_, axis) => equalDim(shape[axis]!, rows));
  });
}
