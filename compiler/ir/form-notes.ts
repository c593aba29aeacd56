/** Notes on expressions of a form that is allowed, and that an author seldom means. */
import { constantOf, dimNames, printDim, RUNTIME_DIM } from '../dims/dims.ts';
import { printShape, rootsOf, topological } from './build.ts';
import type { Node, OpNode, Program } from './node.ts';
import { factsOf } from './operator.ts';
import { printNode } from './print.ts';

/**
 * The notes on sums with an identity, on maps of matrices, on elements for products, and on results whose columns
 * are tokens.
 */
export function formNotes(program: Program): string[] {
  const nodes = topological(rootsOf(program));
  const clamped = new Set(nodes.flatMap((n) => (n.kind === 'op' && isExtremum(n.op) ? n.args : [])));
  const notes = nodes.flatMap((n) => {
    const note =
      n.kind === 'op'
        ? (ofLastAxis(n, clamped) ?? addedToIdentity(n) ?? ofNoRotation(n) ?? byElements(n) ?? cancelling(n))
        : undefined;
    return note ?? [];
  });
  const turned = program.outputs.flatMap(({ name, node }) => columnsOfTokens(program, name, node) ?? []);
  return [...new Set([...notes, ...turned])];
}

const short = (n: Node): string => {
  const text = printNode(n);
  return text.length > 40 ? '…' : text;
};

/** The note on a sum of an identity and one number, which broadcasting adds to every element. */
function addedToIdentity({ op, args }: OpNode): string | undefined {
  if (op !== 'add') return undefined;
  const identity = args.find((a) => a.kind === 'op' && a.op === 'identity' && a.type.shape.length === 2);
  const number = args.find((a) => a.type.shape.every((d) => constantOf(d) === 1));
  const [rows] = identity?.type.shape ?? [];
  if (!identity || !rows || !number || constantOf(rows) === 1) return undefined;
  const eye = `identity('${printDim(rows)}')`;
  return `${eye} is ${printShape(identity.type.shape)}, and ${short(number)}, which is ${printShape(number.type.shape)}, is added to each of its elements: the number on the diagonal alone is ${eye}.mul(…), and the matrix of a column u is u.matmul(u.T)`;
}

/** The note on an exponential, a product or a quotient of elements where that of matrices, or by a maximum, is known. */
function byElements({ op, args }: OpNode): string | undefined {
  const [a, b] = args;
  const isMatrix = (n: Node | undefined) => n !== undefined && n.type.shape.length > 1;
  if (op === 'exp' && factsOf(a!).skewSymmetric)
    return `exp(…) of ${short(a!)} is of each element: the exponential of a skew-symmetric matrix, which is a rotation, is expm(…)`;
  const rotation = [a, b].find((n) => n && factsOf(n).orthogonal && isMatrix(n));
  if (op === 'mul' && rotation && isMatrix(a) && isMatrix(b))
    return `.mul(…) of ${short(rotation)} is element by element: the product of matrices is .matmul(…)`;
  if (op === 'div' && b && isOp(b, 'add') && b.args.some(isIdentity) && isMatrix(b))
    return `.div(…) by ${short(b)} is element by element: the product with an inverse is .matmul(inverse(…))`;
  if (op === 'div' && b && isOp(b, 'min') && b.args.some((n) => printNode(n) === '1'))
    return `a division by ${short(b)} enlarges what is small, and gives 0/0 for zeros: to keep a norm at most 1, divide by max(1, norm)`;
  return undefined;
}

/** The note on a larger or smaller one of a tensor and −1, which is an axis elsewhere; none where the result is clamped too. */
function ofLastAxis(node: OpNode, clamped: ReadonlySet<Node>): string | undefined {
  const { op, args } = node;
  if (!isExtremum(op) || clamped.has(node) || !args.some((n) => printNode(n) === '-1')) return undefined;
  const most = op === 'max' ? ['larger', 'largest'] : ['smaller', 'smallest'];
  return `${op}(…, -1) is the ${most[0]} of each element and the number -1, and no function takes the ${most[1]} along an axis: leave it out of a softmax, exp(s).div(sum(exp(s), -1))`;
}

const isExtremum = (op: string): boolean => op === 'max' || op === 'min';

/** The note on the product of a matrix and its own inverse. */
function cancelling({ op, args }: OpNode): string | undefined {
  const [a, b] = args;
  const isInverse = (of: Node | undefined, n: Node | undefined) =>
    of !== undefined &&
    n !== undefined &&
    isOp(n, 'solve') &&
    isIdentity(n.args[1]!) &&
    printNode(n.args[0]!) === printNode(of);
  if (op !== 'matmul' || !(isInverse(a, b) || isInverse(b, a))) return undefined;
  const of = isInverse(a, b) ? a! : b!;
  return `the product of ${short(of)} and its own inverse is the identity, so that nothing in it is trained: the Cayley transform is (I + Q)·(I − Q)⁻¹, cayley(Q)`;
}

const isOp = (n: Node, op: string): n is OpNode => n.kind === 'op' && n.op === op;
const isIdentity = (n: Node): boolean => isOp(n, 'identity');

/** Operators whose result is skew-symmetric only if their tensor is. */
const KEEPING: ReadonlySet<string> = new Set(['reshape', 'scale', 'slice', 'expand']);

/** The note on the Cayley transform of a declared matrix as it is, which is no rotation. */
function ofNoRotation({ op, args }: OpNode): string | undefined {
  let [of] = args;
  if (op !== 'cayley' || !of) return undefined;
  if (factsOf(of).symmetric)
    return `cayley(…) of ${short(of)}, which is symmetric, is not orthogonal: a rotation is of a skew-symmetric matrix, as A.sub(A.T) is`;
  while (of?.kind === 'op' && KEEPING.has(of.op)) of = of.args[0];
  if (of?.kind !== 'input') return undefined;
  const { name } = of;
  return `cayley(…) of '${name}' is orthogonal only where '${name}' is skew-symmetric, and as declared it is any matrix: for a rotation write cayley(${name}.sub(${name}.T))`;
}

/** The note on a result (out, tokens) of a layer whose input has a row for each token. */
function columnsOfTokens({ inputs }: Program, name: string, { type }: Node): string | undefined {
  const isTokens = (d: Node['type']['shape'][number] | undefined) =>
    d !== undefined && printDim(d) === RUNTIME_DIM;
  const [rows, cols, ...more] = type.shape;
  const x = inputs.find((i) => i.role === 'input' && i.type.shape.length === 2 && isTokens(i.type.shape[0]));
  if (!x || !rows || more.length > 0 || !isTokens(cols) || dimNames(rows).includes(RUNTIME_DIM))
    return undefined;
  return `'${name}' is ${printShape(type.shape)}, a column for each token, where '${x.name}' has a row for each: for M·${x.name}ᵀ write ${x.name}.matmul(M.T)`;
}
