/** Advice for a start that stands among the dimensions, as in `trainable('r', 'tri(b)', 'zeros')`. */
import { OftcError } from '../../errors/error.ts';
import { STARTS } from '../../ir/init.ts';
import { spanOf } from '../diagnostics.ts';
import { ts } from '../ts-host.ts';
import { declarationsOf, parameterOf, withArguments } from './stated.ts';

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
