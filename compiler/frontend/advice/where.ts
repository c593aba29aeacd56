/** Advice for a `where` in a form that its type does not allow. */
import { statedByName } from '../../dims/scope.ts';
import { OftcError } from '../../errors/error.ts';
import { spanOf } from '../diagnostics.ts';
import { ts } from '../ts-host.ts';

const at = (message: string, node: ts.Node) => new OftcError('OFT1011', `where ${message}`, [spanOf(node)]);

/** The error for a value of `where` that is no object of texts. */
export function adviseWhere(where: ts.Expression): OftcError | undefined {
  if (ts.isArrayLiteralExpression(where) || ts.isStringLiteralLike(where))
    return at("is an object of dimensions by name, such as { in: 'r*b' }", where);
  if (!ts.isObjectLiteralExpression(where)) return undefined;
  for (const p of where.properties) {
    if (!ts.isPropertyAssignment(p)) continue;
    const [name, value] = [p.name.getText(), p.initializer];
    if (ts.isNumericLiteral(value)) return at(`states dimensions as text: { ${name}: '${value.text}' }`, p);
    if (ts.isArrayLiteralExpression(value)) return at(once(name, value.elements), p);
    if (ts.isBinaryExpression(value) || ts.isIdentifier(value))
      return at(`states dimensions as text: { ${name}: '${value.getText().replaceAll(' ', '')}' }`, p);
  }
  return undefined;
}

/** The value of `where` that a node stands in. */
export function whereAround(node: ts.Node): ts.Expression | undefined {
  const property = ts.findAncestor(node, ts.isPropertyAssignment);
  return !property || property.name.getText() === 'where'
    ? property?.initializer
    : whereAround(property.parent);
}

/** The error for a name that `where` states twice. */
export function adviseTwice(name: ts.Node): OftcError | undefined {
  const property = name.parent;
  const where = property.parent;
  if (!ts.isPropertyAssignment(property) || !ts.isObjectLiteralExpression(where)) return undefined;
  if (!ts.isPropertyAssignment(where.parent) || where.parent.name.getText() !== 'where') return undefined;
  const values = where.properties.flatMap((p) =>
    ts.isPropertyAssignment(p) && p.name.getText() === name.getText() ? [p.initializer] : [],
  );
  return at(once(name.getText(), values), name);
}

/** Advice to state a name once in `where`, for a name that has several values. */
function once(name: string, values: readonly ts.Expression[]): string {
  const texts = values.flatMap((v) => (ts.isStringLiteralLike(v) ? [v.text] : []));
  const remedy = texts.length === values.length ? writing(name, texts) : undefined;
  return `states each name once${remedy === undefined ? '' : `: for ${[name, ...texts].join(' = ')} write ${remedy}`}`;
}

function writing(name: string, values: readonly string[]): string | undefined {
  try {
    return statedByName(values.map((text) => [name, text]));
  } catch (e) {
    if (e instanceof OftcError) return undefined;
    throw e;
  }
}
