/** Advice for a start, or a key of the configuration, that is written among the dimensions. */
import { OftcError } from '../../errors/error.ts';
import { STARTS } from '../../ir/init.ts';
import { spanOf } from '../diagnostics.ts';
import { ts } from '../ts-host.ts';
import {
  declarationsOf,
  dimensionsOf,
  layerAround,
  namesIn,
  parameterOf,
  whereOf,
  withArguments,
} from './stated.ts';

/**
 * The error for the first tensor of a layer whose last dimension is the name of a start, where tensors do not fit.
 * A layer may have a dimension of that name: it is one if the layer names it twice, or if everything fits.
 */
export function startAmongSizes(layer: ts.Node): OftcError | undefined {
  if (!ts.isCallExpression(layer) || !layer.arguments[0]) return undefined;
  for (const declared of declarationsOf(layer.arguments[0])) {
    const args = parameterOf(declared.call).arguments;
    const last = args.at(-1);
    if (!last || args.length < 2 || !ts.isStringLiteralLike(last)) continue;
    if (!STARTS.some((s) => s === last.text) || occurrences(layer, last.text) > 1) continue;
    const init = `{ init: '${last.text}' }`;
    const written = withArguments(declared, [...args.slice(0, -1).map((a) => a.getText()), init]);
    const message = `'${last.text}' stands among the sizes of '${declared.name}' and is a start: write ${written}`;
    return new OftcError('OFT1030', message, [spanOf(last)]);
  }
  return undefined;
}

/**
 * The error for a `where` that names a key of the configuration which is no dimension of a tensor, beside a tensor
 * whose dimension is written with the key's value.
 */
export function keyAmongSizes(
  checker: ts.TypeChecker,
  node: ts.Node,
  keys: readonly string[],
): OftcError | undefined {
  const layer = layerAround(checker, node);
  if (!layer) return undefined;
  const [declarations] = layer.arguments;
  const [where, declared] = [whereOf(layer), dimensionsOf(declarations).flat().flatMap(namesIn)];
  const key = Object.values(where)
    .flatMap(namesIn)
    .find((n) => keys.includes(n) && !declared.includes(n));
  const template = key === undefined ? undefined : sizeBy(declarations!, key);
  if (key === undefined || !template) return undefined;
  const taken = [...declared, ...Object.entries(where).flatMap(([name, d]) => [name, ...namesIn(d)])];
  const name = [...'bcdefghs'].find((n) => !taken.includes(n));
  if (name === undefined) return undefined;
  const written = `'${template
    .getText()
    .slice(1, -1)
    .replaceAll(/\$\{[^}]*\}/g, name)}'`;
  const stated = Object.entries(where).map(
    ([n, d]) => `${n}: '${d.replaceAll(new RegExp(`\\b${key}\\b`, 'g'), name)}'`,
  );
  const message = `'${key}' is a key of the configuration, and no dimension: give the size a name of its own, ${written} for ${template.getText()}, with { where: { ${stated.join(', ')} } }, and its value when compiling, as in \`oftc explain --dims ${name}=8\``;
  return new OftcError('OFT1011', message, [spanOf(template)]);
}

/** The dimension that is written with a value of the configuration, such as `tri(${c.size})`. */
function sizeBy(declarations: ts.Node, key: string): ts.TemplateExpression | undefined {
  const isOfKey = (n: ts.Node): n is ts.TemplateExpression =>
    ts.isTemplateExpression(n) &&
    n.templateSpans.length === 1 &&
    new RegExp(`(^|\\.)${key}$`).test(n.templateSpans[0]!.expression.getText());
  const find = (n: ts.Node): ts.TemplateExpression | undefined => (isOfKey(n) ? n : ts.forEachChild(n, find));
  return find(declarations);
}

/** The literals of a node that have the name of a dimension in their text. */
function occurrences(node: ts.Node, name: string): number {
  let found = 0;
  const visit = (n: ts.Node): void => {
    if (ts.isStringLiteralLike(n) && new RegExp(`\\b${name}\\b`).test(n.text)) found++;
    ts.forEachChild(n, visit);
  };
  visit(node);
  return found;
}
