/** Reads what a layer states of its dimensions, for advice about an expression of its body. */
import { type Dim, DimError, dimNames, parseDim } from '../../dims/dims.ts';
import { quotedDim, whereScope, withDims } from '../../dims/scope.ts';
import { OftcError } from '../../errors/error.ts';
import { ts } from '../ts-host.ts';
import { languageFunction } from './vocabulary.ts';

/** A tensor as a layer declares it. */
export interface Declared {
  readonly name: string;
  readonly call: ts.CallExpression;
}

/** Runs `f` with the dimensions that the layer around a node states and declares, where they are written out. */
export function withinLayer<T>(checker: ts.TypeChecker, node: ts.Node, f: () => T): T {
  const layer = layerAround(checker, node);
  if (!layer) return f();
  try {
    const scope = whereScope(whereOf(layer));
    return withDims(scope, f, scope, dimensionsOf(layer.arguments[0]));
  } catch (e) {
    if (e instanceof OftcError && /^OFT101[01]$/.test(e.code)) return f();
    throw e;
  }
}

/** The call of `layer` that a node stands in. */
export const layerAround = (checker: ts.TypeChecker, node: ts.Node): ts.CallExpression | undefined =>
  ts.findAncestor(
    node,
    (n): n is ts.CallExpression => ts.isCallExpression(n) && languageFunction(checker, n) === 'layer',
  );

/** Returns the entries of a layer's `where` that the source writes out as text, by name. */
export function whereOf({ arguments: [, , options] }: ts.CallExpression): Record<string, string> {
  if (!options || !ts.isObjectLiteralExpression(options)) return {};
  const where = options.properties.find((p) => p.name?.getText() === 'where');
  if (!where || !ts.isPropertyAssignment(where) || !ts.isObjectLiteralExpression(where.initializer))
    return {};
  return Object.fromEntries(
    where.initializer.properties.flatMap((p) =>
      ts.isPropertyAssignment(p) && ts.isStringLiteralLike(p.initializer)
        ? [[p.name.getText(), p.initializer.text]]
        : [],
    ),
  );
}

/** The names in the text of a dimension; none if it is no dimension. */
export function namesIn(dimension: string): readonly string[] {
  try {
    return dimNames(parseDim(dimension));
  } catch (e) {
    if (e instanceof DimError) return [];
    throw e;
  }
}

/** The dimensions of each tensor that the declarations write out. */
export function dimensionsOf(declarations: ts.Expression | undefined): string[][] {
  const found: string[][] = [];
  const visit = (n: ts.Node): void => {
    if (ts.isCallExpression(n)) found.push(n.arguments.filter(ts.isStringLiteralLike).map((a) => a.text));
    ts.forEachChild(n, visit);
  };
  if (declarations) visit(declarations);
  return found;
}

/** The tensors that a layer's declarations write out. */
export function declarationsOf(declarations: ts.Expression): Declared[] {
  const found: Declared[] = [];
  const visit = (n: ts.Node): void => {
    if (ts.isPropertyAssignment(n) && ts.isCallExpression(n.initializer))
      found.push({ name: n.name.getText(), call: n.initializer });
    else ts.forEachChild(n, visit);
  };
  visit(declarations);
  return found;
}

/** The tensor that a name stands for, where it is one that the layer's body takes by name. */
export function declaredAs(checker: ts.TypeChecker, name: ts.Node): Declared | undefined {
  const binding = checker.getSymbolAtLocation(name)?.valueDeclaration;
  const layer = binding && ts.isBindingElement(binding) ? layerAround(checker, binding) : undefined;
  if (
    !layer ||
    !binding ||
    !ts.isBindingElement(binding) ||
    binding.parent.parent.parent !== layer.arguments[1]
  )
    return undefined;
  const declared = (binding.propertyName ?? binding.name).getText();
  return declarationsOf(layer.arguments[0]!).find((d) => d.name === declared);
}

/** A declaration with other dimensions, and its options as they are: `s: trainable('out', { init: 'ones' })`. */
export function redeclared(declared: Declared, dims: readonly Dim[]): string {
  const options = parameterOf(declared.call).arguments.filter(ts.isObjectLiteralExpression);
  return withArguments(declared, [...dims.map(quotedDim), ...options.map((o) => o.getText())]);
}

/** A declaration with other arguments, also within `list` and `when`. */
export function withArguments({ name, call }: Declared, args: readonly string[]): string {
  const parameter = parameterOf(call);
  const written = `${parameter.expression.getText()}(${args.join(', ')})`;
  return `${name}: ${call.getText().replace(parameter.getText(), () => written)}`;
}

/** The parameter that a declaration declares, perhaps within `list` or `when`. */
export function parameterOf(call: ts.CallExpression): ts.CallExpression {
  const inner = call.arguments.find(ts.isCallExpression);
  return inner ? parameterOf(inner) : call;
}
