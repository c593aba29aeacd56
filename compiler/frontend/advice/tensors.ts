/** Advice for tensors that are used like numbers, lists or Python's tensors. */

import { constantOf, dimConst } from '../../dims/dims.ts';
import { quotedDim } from '../../dims/scope.ts';
import { triangleSide } from '../../dims/triangle.ts';
import { OftcError } from '../../errors/error.ts';
import { didYouMean } from '../../errors/nearest.ts';
import { printShape } from '../../ir/build.ts';
import { functions } from '../../ops/surface.ts';
import { spanOf } from '../diagnostics.ts';
import { aboutTensor, insteadOf, noMember } from '../foreign.ts';
import { isLanguageDeclaration } from '../source.ts';
import { asMethods, tensorOperator } from '../tensor-operator.ts';
import { ts } from '../ts-host.ts';
import { adviseAlgebra } from './algebra.ts';
import { type Complaint, callAround } from './complaint.ts';
import { configuring } from './configuration.ts';
import { arithmeticAround, decides, insteadOfDeciding, ofTensors } from './decisions.ts';
import { shapeAt } from './products.ts';
import { noTensorMember } from './sizes.ts';
import { layerAround } from './stated.ts';
import { CONSTANT, declaredTensor, importing, importingCalled, isConst } from './variables.ts';
import { isLanguageType, isTensorType } from './vocabulary.ts';

/** TypeScript's errors for operands: 2362 for the left one, 2363 for the right one, 2365 for both. */
const OPERAND: ReadonlySet<number> = new Set([2362, 2363, 2365]);
const NO_MEMBER: ReadonlySet<number> = new Set([2339, 2551]);
const NOT_A_LIST: ReadonlySet<number> = new Set([7053, 7052, 2488, 2549, 2495, 2461, 2569]);

const LIST =
  "a tensor is not a list: it has no elements to take one by one. Operators work on all blocks at once; for separate tensors declare list(n, trainable('tri(b)'))";

export function adviseTensor(complaint: Complaint): OftcError | undefined {
  const { code, node, checker } = complaint;
  const constant = code === CONSTANT ? checker.getSymbolAtLocation(node) : undefined;
  const isTensor = (e: ts.Node) =>
    isTensorType(constant && e === node ? checker.getTypeOfSymbol(constant) : checker.getTypeAtLocation(e));
  if (OPERAND.has(code) || code === CONSTANT) return adviseOperator(node, isTensor, checker);
  if (NO_MEMBER.has(code) && ts.isPropertyAccessExpression(node.parent) && isTensor(node.parent.expression))
    return new OftcError('OFT1009', noTensorMember(checker, node.parent), [spanOf(node)]);
  if (NO_MEMBER.has(code) && ts.isBindingElement(node.parent) && isTensor(node.parent.parent))
    return new OftcError('OFT1009', noMember(node.getText()), [spanOf(node)]);
  if (NO_MEMBER.has(code)) {
    const undeclared = adviseUndeclared(checker, node);
    if (undeclared) return undeclared;
  }
  if (NOT_A_LIST.has(code)) {
    const indexed = ts.isElementAccessExpression(node) ? node.expression : node;
    if (!isTensor(indexed)) return undefined;
    const own = () => new OftcError('OFT1009', oneOf(checker, indexed) ?? LIST, [spanOf(node)]);
    return adviseBlocks(checker, node, indexed) ?? own();
  }
  if (NO_MEMBER.has(code) && ts.isPropertyAccessExpression(node.parent)) {
    const on = node.parent.expression;
    if (isLanguageType(checker.getTypeAtLocation(on), 'Param')) return adviseDeclared(on, node);
  }
  const property = ts.isIdentifier(node) && ts.isPropertyAccessExpression(node.parent) ? node.parent : node;
  if (code === 2349 && ts.isPropertyAccessExpression(property) && isTensor(property)) {
    const message = `'${property.name.text}' is a property and is not called: write ${property.getText()}`;
    return new OftcError('OFT1017', message, [spanOf(node)]);
  }
  if (code !== 2345 && code !== 2769) return undefined;
  return adviseMath(node, isTensor) ?? adviseAlgebra(complaint);
}

/** Advice for `u[i]` of a tensor u: the slice of one, or the list to declare. */
function oneOf(checker: ts.TypeChecker, tensor: ts.Node): string | undefined {
  const access = tensor.parent;
  const [first, ...rest] = shapeAt(checker, tensor) ?? [];
  if (!first || !ts.isIdentifier(tensor) || !ts.isElementAccessExpression(access)) return undefined;
  const cut = `${tensor.text}.slice(0, ${access.argumentExpression.getText()}, 1)`;
  const shape = rest.length < 2 ? [dimConst(1), ...rest] : rest;
  const slice = rest.length < 2 ? cut : `${cut}.reshape(${rest.map(quotedDim).join(', ')})`;
  const list = `${tensor.text}: list(${constantOf(first) ?? 'n'}, trainable(${shape.map(quotedDim).join(', ')}))${importing(tensor, ['list'])}`;
  return `a tensor is not a list. Operators work on all blocks at once; for one, write ${slice}, which is ${printShape(shape)}, or declare ${list}`;
}

/** The error for a tensor that the layer does not declare, and for the object of all tensors used as one tensor. */
function adviseUndeclared(checker: ts.TypeChecker, node: ts.Node): OftcError | undefined {
  const { parent } = node;
  const property = ts.isPropertyAccessExpression(parent) ? parent.expression : undefined;
  const of = ts.isBindingElement(parent) ? parent.parent : property;
  const type = of && checker.getTypeAtLocation(of);
  const alias = type?.aliasSymbol?.declarations?.[0];
  if (!of || !type || !alias || type.aliasSymbol?.name !== 'Tensors' || !isLanguageDeclaration(alias))
    return undefined;
  const names = checker.getPropertiesOfType(type).map((p) => p.name);
  if (ts.isIdentifier(of))
    return new OftcError(
      'OFT1009',
      `'${of.text}' is all tensors of the layer by name: write ({ ${names.join(', ')} }) => …`,
      [spanOf(node)],
    );
  const name = node.getText();
  const configured = ts.isBindingElement(parent) ? adviseDefault(checker, parent) : undefined;
  if (configured !== undefined) return new OftcError('OFT1009', configured, [spanOf(parent)]);
  const has = `the layer declares no '${name}'; it has ${names.join(', ')}`;
  const taken = takenByBody(checker, of);
  const others = taken ? names.filter((n) => !taken.has(n)) : [];
  const quotedDim = others.map((n) => `'${n}'`).join(' or ');
  const renamed = others.map((n) => `${n}: ${name}`).join(' or ');
  const declare = `declare it beside them, ${name}: trainable(…), or frozen(…) for what is not trained`;
  const absent =
    others.length === 0
      ? `: ${declare}`
      : `. The body does not take ${quotedDim}: if you mean it, write ${renamed} in place of ${name}; else ${declare}`;
  return new OftcError('OFT1009', `${has}${didYouMean(name, names) || absent}`, [spanOf(node)]);
}

/** The message for `{ x, terms = 5 }`: what has a number, a text or a boolean as default is no tensor. */
function adviseDefault(
  checker: ts.TypeChecker,
  { name, initializer }: ts.BindingElement,
): string | undefined {
  const type = initializer && checker.getBaseTypeOfLiteralType(checker.getTypeAtLocation(initializer));
  const text = type ? checker.typeToString(type) : '';
  if (!initializer || !/^(number|string|boolean)$/.test(text)) return undefined;
  const key = { name: name.getText(), type: text, value: initializer.getText() };
  return `'${key.name}' has a ${text} as default, and is no tensor: take c.${key.name} from the configuration, ${configuring(checker, initializer, key)}`;
}

/** The declared names that the body of the layer around a node takes; undefined where it does not take them by name. */
function takenByBody(checker: ts.TypeChecker, node: ts.Node): ReadonlySet<string> | undefined {
  const body = layerAround(checker, node)?.arguments[1];
  const pattern = body && ts.isFunctionLike(body) ? body.parameters[0]?.name : undefined;
  if (!pattern || !ts.isObjectBindingPattern(pattern) || pattern.elements.some((e) => e.dotDotDotToken))
    return undefined;
  return new Set(pattern.elements.map((e) => (e.propertyName ?? e.name).getText()));
}

const adviseDeclared = (declared: ts.Expression, node: ts.Node): OftcError => {
  const name = ts.isPropertyAccessExpression(declared) ? declared.name.text : declared.getText();
  return new OftcError(
    'OFT1017',
    `'${name}' is a declaration, not a tensor: the body of a layer is given tensors by name, layer({ x: input('tokens', 'in'), ${name}: … }, ({ x, ${name} }) => …)`,
    [spanOf(node)],
  );
};

/** The error for blocks of a tensor that are taken one by one, as in `blockDiag([cayley(skew(v[0])), cayley(skew(v[1]))])`. */
function adviseBlocks(checker: ts.TypeChecker, node: ts.Node, blocks: ts.Node): OftcError | undefined {
  const call = ts.findAncestor(
    node,
    (n): n is ts.CallExpression => ts.isCallExpression(n) && n.expression.getText() === 'blockDiag',
  );
  const elements = call?.arguments.flatMap((a) => (ts.isArrayLiteralExpression(a) ? [...a.elements] : [a]));
  const all = elements?.map((e) => ofAllBlocks(e, blocks.getText()));
  const shape = shapeAt(checker, blocks);
  const last = shape?.at(-1);
  if (last && shape && shape.length !== (triangleSide(last) ? 2 : 3)) return undefined;
  if (!call || !all?.[0] || all.some((e) => e !== all[0])) return undefined;
  return new OftcError('OFT1009', `blockDiag takes all blocks at once: write blockDiag(${all[0]})`, [
    spanOf(call),
  ]);
}

/** The text of an expression with a tensor in place of its block; undefined if it does not take exactly one block. */
function ofAllBlocks(e: ts.Expression, tensor: string): string | undefined {
  const taken: ts.Node[] = [];
  const visit = (n: ts.Node): void => {
    if (ts.isElementAccessExpression(n) && n.expression.getText() === tensor) taken.push(n);
    else ts.forEachChild(n, visit);
  };
  visit(e);
  const [one, ...more] = taken;
  if (!one || more.length > 0) return undefined;
  const start = one.getStart() - e.getStart();
  return `${e.getText().slice(0, start)}${tensor}${e.getText().slice(start + one.getText().length)}`;
}

/** Advice for functions of `Math` on a tensor, as in `Math.max(x, 0)`. */
function adviseMath(node: ts.Node, isTensor: (e: ts.Node) => boolean): OftcError | undefined {
  const call = callAround(node);
  const callee = call?.expression;
  if (!callee || !isTensor(node) || !ts.isPropertyAccessExpression(callee)) return undefined;
  if (callee.expression.getText() !== 'Math') return undefined;
  const name = callee.name.text;
  const whole = arithmeticAround(call);
  const contains = (e: ts.Node): boolean =>
    e === call || isTensor(e) || (ts.forEachChild(e, (n) => contains(n) || undefined) ?? false);
  const methods = whole === call || !Object.hasOwn(functions, name) ? undefined : asMethods(whole, contains);
  if (methods !== undefined) {
    const write = ofTensors(methods);
    const message = `Math.${name} takes numbers, not a tensor: write ${write}${importingCalled(call, write)}`;
    return new OftcError('OFT1017', message, [spanOf(callee)]);
  }
  const instead = Object.hasOwn(functions, name)
    ? `write ${applied(name, call.arguments)}${importing(call, [name])}`
    : aboutTensor(insteadOf(name) ?? `there is no ${name} of tensors`, node.getText());
  return new OftcError('OFT1017', `Math.${name} takes numbers, not a tensor: ${instead}`, [spanOf(callee)]);
}

/** A function of tensors on these arguments; one of two tensors takes more of them one after another. */
function applied(name: string, args: readonly ts.Expression[]): string {
  const [first = '', ...rest] = args.map((a) => a.getText());
  return rest.length > 1
    ? rest.reduce((whole, arg) => `${name}(${whole}, ${arg})`, first)
    : `${name}(${[first, ...rest].join(', ')})`;
}

/** Advice for an operator between tensors. A product such as `x * R * W.T` is one mistake: its outermost operator. */
function adviseOperator(
  node: ts.Node,
  isTensor: (e: ts.Node) => boolean,
  checker: ts.TypeChecker,
): OftcError | undefined {
  const tensors = (e: ts.Expression): boolean => {
    if (ts.isParenthesizedExpression(e)) return tensors(e.expression);
    return isTensor(e) || (ts.isBinaryExpression(e) && (tensors(e.left) || tensors(e.right)));
  };
  let whole = ts.findAncestor(node, ts.isBinaryExpression);
  if (whole === undefined || !tensors(whole)) return undefined;
  for (
    let up: ts.Node = whole.parent;
    ts.isBinaryExpression(up) || ts.isParenthesizedExpression(up);
    up = up.parent
  )
    if (ts.isBinaryExpression(up)) whole = up;
  if (
    /^[<>]=?$/.test(whole.operatorToken.getText()) &&
    decides(isTensor(whole.left) ? whole.left : whole.right)
  ) {
    const value = isTensor(whole.left) ? whole.left : whole.right;
    const none = `'${whole.operatorToken.getText()}' does not apply to tensors, which have no value as the layer is compiled`;
    return new OftcError('OFT1004', `${none}: ${insteadOfDeciding(checker, value)}`, [spanOf(whole)]);
  }
  const { code, message } = tensorOperator(whole, tensors);
  const constant = isConst(checker, whole.left);
  const assigned = /^[-+*/]=$/.test(whole.operatorToken.getText()) && (!isTensor(whole.left) || constant);
  const declared = assigned ? declaredTensor(checker, whole.left) : undefined;
  const start = declared === undefined ? '' : `, and ${constant ? 'declare' : 'before it'} ${declared}`;
  return new OftcError(code, `${message}${start}`, [spanOf(whole)]);
}
