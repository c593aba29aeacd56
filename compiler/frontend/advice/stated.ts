/** Reads what a layer states of its dimensions, for advice about an expression of its body. */
import { DimError, dimNames, parseDim } from '../../dims/dims.ts';
import { whereScope, withDims } from '../../dims/scope.ts';
import { OftcError } from '../../errors/error.ts';
import { ts } from '../ts-host.ts';
import { languageFunction } from './vocabulary.ts';

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
function dimensionsOf(declarations: ts.Expression | undefined): string[][] {
  const found: string[][] = [];
  const visit = (n: ts.Node): void => {
    if (ts.isCallExpression(n)) found.push(n.arguments.filter(ts.isStringLiteralLike).map((a) => a.text));
    ts.forEachChild(n, visit);
  };
  if (declarations) visit(declarations);
  return found;
}
