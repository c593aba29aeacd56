/** Advice for a dimension's name that is written as a variable, as in `c.alpha / k` and `x.reshape(tokens, r, b)`. */
import { OftcError } from '../../errors/error.ts';
import { spanOf } from '../diagnostics.ts';
import { asMethods } from '../tensor-operator.ts';
import { ts } from '../ts-host.ts';
import { arithmeticAround, decides, insteadOfDeciding, ofTensors } from './decisions.ts';
import { namesIn } from './stated.ts';
import { importingCalled } from './variables.ts';
import { isTensorType, languageFunction } from './vocabulary.ts';
import { adviseWhere, whereAround } from './where.ts';

const DECLARING: ReadonlySet<string | undefined> = new Set(['input', 'frozen', 'trainable']);
/** The functions and methods that take dimensions. */
const TAKES_DIMENSIONS: ReadonlySet<string> = new Set(['reshape', 'expand', 'identity', 'size']);

/** The error for an undefined name that is a dimension of a tensor which the file declares. */
export function adviseDimension(checker: ts.TypeChecker, node: ts.Identifier): OftcError | undefined {
  const undeclared = adviseDeclaring(checker, node);
  if (undeclared) return undeclared;
  const where = whereAround(node);
  if (where) return adviseWhere(where);
  const names = dimensionsIn(checker, node.getSourceFile());
  if (!names.has(node.text)) return adviseUnquoted(checker, node, names);
  const at = (message: string) =>
    new OftcError('OFT1009', `'${node.text}' is the name of a dimension: ${message}`, [spanOf(node)]);
  const { parent } = node;
  if (ts.isCallExpression(parent) && takesDimensions(checker, parent)) {
    const args = parent.arguments.map((a) => (isDimension(checker, a, names) ? `'${a.text}'` : a.getText()));
    return at(`dimensions are text, write ${parent.expression.getText()}(${args.join(', ')})`);
  }
  const whole = arithmeticAround(node);
  if (decides(whole))
    return at(
      `its size is not known as the layer is compiled, so that it decides nothing; ${insteadOfDeciding(checker, whole)}`,
    );
  const isTensor = (e: ts.Node): boolean =>
    isTensorType(checker.getTypeAtLocation(e)) || contains(e, (n) => isDimension(checker, n, names));
  const factors = quotientIn(whole, isTensor)?.map((f) => asMethods(f, isTensor));
  const text = factors ? `.mul(${factors.join(').div(')})` : asMethods(whole, isTensor);
  if (text === undefined) return at(`its size is size('${node.text}'), a scalar tensor`);
  const remedy = sized(text, whole, (n) => isDimension(checker, n, names));
  return at(`its size is size('${node.text}'), write ${remedy}${importingCalled(node, remedy)}`);
}

/** The error for an undefined name where a function takes dimensions, with those of the declarations. */
function adviseUnquoted(checker: ts.TypeChecker, node: ts.Identifier, names: ReadonlySet<string>) {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.expression === node || !takesDimensions(checker, call))
    return undefined;
  const known = [...names].filter((n) => n !== 'tokens').map((n) => `${call.expression.getText()}('${n}')`);
  const message = `'${node.text}' is not defined, and dimensions are text: ${known.join(' or ')}`;
  return known.length === 0 ? undefined : new OftcError('OFT1009', message, [spanOf(node)]);
}

/** The error for a declaration whose dimensions are written as variables, `frozen(out, in_)`. */
function adviseDeclaring(checker: ts.TypeChecker, node: ts.Identifier): OftcError | undefined {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.expression === node) return undefined;
  if (!DECLARING.has(languageFunction(checker, call))) return undefined;
  const isFree = (a: ts.Expression): a is ts.Identifier =>
    ts.isIdentifier(a) && checker.getSymbolAtLocation(a) === undefined;
  const args = call.arguments.map((a) => (isFree(a) ? `'${a.text.replace(/_$/, '')}'` : a.getText()));
  const message = `dimensions are text: write ${call.expression.getText()}(${args.join(', ')})`;
  return new OftcError('OFT1009', message, [spanOf(call)]);
}

/** The names in the dimensions of all tensors that a file declares. */
function dimensionsIn(checker: ts.TypeChecker, file: ts.SourceFile): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (n: ts.Node): void => {
    if (ts.isCallExpression(n) && DECLARING.has(languageFunction(checker, n)))
      for (const a of n.arguments.filter(ts.isStringLiteralLike))
        for (const name of namesIn(a.text)) found.add(name);
    ts.forEachChild(n, visit);
  };
  visit(file);
  return found;
}

/** Whether a node is the name of a dimension, and of nothing else. */
const isDimension = (
  checker: ts.TypeChecker,
  node: ts.Node,
  names: ReadonlySet<string>,
): node is ts.Identifier =>
  ts.isIdentifier(node) && names.has(node.text) && checker.getSymbolAtLocation(node) === undefined;

const contains = (node: ts.Node, wanted: (n: ts.Node) => boolean): boolean =>
  wanted(node) || (ts.forEachChild(node, (n) => contains(n, wanted) || undefined) ?? false);

function takesDimensions(checker: ts.TypeChecker, call: ts.CallExpression): boolean {
  const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : undefined;
  const called = name ?? languageFunction(checker, call);
  return called !== undefined && (TAKES_DIMENSIONS.has(called) || DECLARING.has(called));
}

/** The numbers of `y.mul(a / k)` as two factors: `y.mul(a).div(k)`. */
function quotientIn(whole: ts.Expression, isTensor: (e: ts.Node) => boolean) {
  const call = whole.parent;
  if (!ts.isBinaryExpression(whole) || whole.operatorToken.kind !== ts.SyntaxKind.SlashToken)
    return undefined;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || isTensor(whole.left))
    return undefined;
  if (call.expression.name.text !== 'mul') return undefined;
  return [whole.left, whole.right];
}

/** A text with each dimension in it as its size, and functions of Math as those of tensors. */
function sized(text: string, whole: ts.Expression, isSize: (n: ts.Node) => n is ts.Identifier): string {
  const names = new Set<string>();
  const visit = (n: ts.Node): void => {
    if (isSize(n)) names.add(n.text);
    ts.forEachChild(n, visit);
  };
  visit(whole);
  const sizes = [...names].reduce(
    (t, name) => t.replaceAll(new RegExp(`(?<![\\w.'])${name}(?![\\w'])`, 'g'), `size('${name}')`),
    text,
  );
  return ofTensors(sizes);
}
