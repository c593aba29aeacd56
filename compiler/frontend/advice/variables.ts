/**
 * Advice for variables and reductions to which TypeScript gives the type, and so the dimensions, of their first
 * value.
 */
import { OftcError } from '../../errors/error.ts';
import { functions } from '../../ops/surface.ts';
import { spanOf } from '../diagnostics.ts';
import { forEachAround, loopFor } from '../for-each.ts';
import { ts } from '../ts-host.ts';
import { type Complaint, callAround } from './complaint.ts';
import { isTensorType } from './vocabulary.ts';

export function adviseVariable({ code, node, checker }: Complaint): OftcError | undefined {
  if (code === 2322 && isAssigned(node) && isTensorType(checker.getTypeAtLocation(node.parent.right)))
    return adviseAssigned(checker, node);
  if (code === CONSTANT && isAssigned(node) && isTensorType(checker.getTypeAtLocation(node.parent.right)))
    return adviseConstant(checker, node);
  if (code === 2339 && ts.isPropertyAccessExpression(node.parent)) {
    const variable = node.parent.expression;
    const isNumber = (checker.getTypeAtLocation(variable).flags & ts.TypeFlags.NumberLike) !== 0;
    return isNumber ? adviseAssigned(checker, variable) : undefined;
  }
  if (code === 2345 && ts.isExpression(node)) return adviseArgument(checker, node);
  return code === 2769 ? adviseReduce(checker, node) : undefined;
}

/** TypeScript's error for an assignment to a constant. */
export const CONSTANT = 2588;

type Assigned = ts.Node & { readonly parent: ts.BinaryExpression };

const isAssigned = (node: ts.Node): node is Assigned =>
  ts.isBinaryExpression(node.parent) &&
  node.parent.left === node &&
  node.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;

const at = (message: string, node: ts.Node, code = 'OFT1019') => new OftcError(code, message, [spanOf(node)]);

/** The declaration of a variable whose type is that of its first value. */
function inferred(checker: ts.TypeChecker, variable: ts.Node): ts.VariableDeclaration | undefined {
  const declaration = checker.getSymbolAtLocation(variable)?.valueDeclaration;
  return declaration && ts.isVariableDeclaration(declaration) && !declaration.type ? declaration : undefined;
}

/** Whether a name is a variable that is declared const. */
export function isConst(checker: ts.TypeChecker, variable: ts.Node): boolean {
  const declaration = checker.getSymbolAtLocation(variable)?.valueDeclaration;
  return declaration !== undefined && (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
}

/**
 * The declaration to advise for a variable that is assigned tensors of several shapes. A number as first value becomes
 * a scalar tensor.
 */
export function declaredTensor(
  checker: ts.TypeChecker,
  variable: ts.Node,
  keyword: 'let' | 'const' = 'let',
): string | undefined {
  const { name, initializer } = inferred(checker, variable) ?? {};
  if (!name || !initializer) return undefined;
  const isNumber = (checker.getTypeAtLocation(initializer).flags & ts.TypeFlags.NumberLike) !== 0;
  const value = isNumber ? `scalar(${initializer.getText()})` : initializer.getText();
  const needed = isNumber ? ['scalar', 'type Tensor'] : ['type Tensor'];
  return `${keyword} ${name.getText()}: Tensor = ${value}${importing(variable, needed)}`;
}

/** Advice to import the names that the file lacks; empty if it lacks none. */
export function importing(node: ts.Node, names: readonly string[]): string {
  const imports = node.getSourceFile().statements.filter(ts.isImportDeclaration);
  const has = (name: string) =>
    imports.some((s) => new RegExp(`\\b${name.replace('type ', '')}\\b`).test(s.getText()));
  const missing = names.filter((n) => !has(n));
  return missing.length === 0 ? '' : `, and import { ${missing.join(', ')} } from 'oftc'`;
}

/** Advice to import those of the language's functions that a text calls and the file lacks. */
export function importingCalled(node: ts.Node, text: string): string {
  const called = [...text.matchAll(/(?<![\w.])(\w+)\(/g)].map((m) => m[1]!);
  return importing(
    node,
    [...new Set(called)].filter((n) => Object.hasOwn(functions, n)),
  );
}

function adviseConstant(checker: ts.TypeChecker, variable: ts.Node): OftcError | undefined {
  const declared = declaredTensor(checker, variable);
  return declared === undefined
    ? undefined
    : at(
        `'${variable.getText()}' is const and gets another value: write ${declared}`,
        inferred(checker, variable)!,
      );
}

function adviseAssigned(checker: ts.TypeChecker, variable: ts.Node): OftcError | undefined {
  const declared = declaredTensor(checker, variable);
  if (declared === undefined) return undefined;
  const forEach = forEachAround(variable);
  const loop = forEach ? `, and in place of ${forEach.getText()} write ${loopFor(forEach)}` : '';
  return at(
    `'${variable.getText()}' has the type of its first value, and gets a tensor of another: write ${declared}${loop}`,
    inferred(checker, variable)!,
  );
}

/** Advice for an argument that is one of several shapes, or a tensor that may be missing. */
function adviseArgument(checker: ts.TypeChecker, argument: ts.Expression): OftcError | undefined {
  const type = checker.getTypeAtLocation(argument);
  if (!type.isUnion()) return undefined;
  const tensors = type.types.filter(isTensorType);
  const name = argument.getText();
  if (tensors.length > 0 && type.types.some((t) => t.flags & ts.TypeFlags.Undefined))
    return at(
      `'${name}' may be undefined: write ${name} ? … : …, or ${name}! where it is always there`,
      argument,
      'OFT1020',
    );
  const declared = declaredTensor(checker, argument, isConst(checker, argument) ? 'const' : 'let');
  return tensors.length > 1 && declared !== undefined
    ? at(`'${name}' is a tensor of one of several shapes: write ${declared}`, argument)
    : undefined;
}

function adviseReduce(checker: ts.TypeChecker, node: ts.Node): OftcError | undefined {
  const call = callAround(node);
  const callee = call?.expression;
  if (!callee || !ts.isPropertyAccessExpression(callee) || !/^reduce(Right)?$/.test(callee.name.text))
    return undefined;
  const [, first] = call.arguments;
  if (!first || call.typeArguments || !isTensorType(checker.getTypeAtLocation(first))) return undefined;
  const method = callee.name.text;
  const write = `${callee.getText()}<Tensor>(…, ${first.getText()})${importing(callee, ['type Tensor'])}`;
  return at(`${method} has the type of its first value: where the shape changes, write ${write}`, callee);
}
