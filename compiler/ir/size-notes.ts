/** Notes on a layer's names of sizes that probably say something else than the author means. */
import { constantOf, type Dim, dimNames, equalDim, printDim, RUNTIME_DIM } from '../dims/dims.ts';
import type { InputNode, Program } from './node.ts';

/** The notes on a program whose sizes are not bound yet. */
export function sizeNotes(program: Program): string[] {
  const meanings = Object.values(program.where).flatMap((size) => {
    const found = meaningsOf(program, size);
    return found && found.rest.length > 1 ? [twoMeanings(program, size)] : [];
  });
  const leading = leadingAxes(program);
  const square = madeSquare(program);
  return [...new Set(meanings), ...[leading, square].filter((n) => n !== undefined)];
}

/** The note for a weight that `where` makes square, as in = out = r·b does; undefined if there is none. */
export function madeSquare({ inputs, where }: Program): string | undefined {
  for (const { name, role, type } of inputs) {
    const [rows, cols, ...more] = type.shape;
    if (role !== 'frozen' || !rows || !cols || more.length > 0 || !equalDim(rows, cols)) continue;
    const [one, other] = Object.keys(where).filter((n) => equalDim(where[n]!, rows));
    if (one === undefined || other === undefined) continue;
    const names = dimNames(rows);
    const made = inputs.filter(
      (i) => i.role === 'trainable' && i.type.shape.flatMap(dimNames).some((n) => names.includes(n)),
    );
    const renamed = (text: string) =>
      text.replaceAll(/\w+/g, (n) => 'se'[names.toReversed().indexOf(n)] ?? n);
    const last = made.at(-1);
    const sizes = last?.type.shape.map((d) => `'${renamed(printDim(d))}'`).join(', ');
    const tensor = last ? `, such as ${last.name}: trainable(${sizes}),` : '';
    return `where makes '${one}' and '${other}' one size, '${printDim(rows)}', so that '${name}' is square: where it is not, what acts on the side of '${other}' has sizes of its own${tensor} and { where: { ${one}: '${printDim(rows)}', ${other}: '${renamed(printDim(rows))}' } }`;
  }
  return undefined;
}

/** The note for a size b·r whose r counts the blocks of one tensor and is a size of another; empty if there is none. */
export function twoMeanings(program: Program, size: Dim): string {
  const found = meaningsOf(program, size);
  if (!found) return '';
  const list = (of: readonly InputNode[]) => of.map((i) => `'${i.name}'`).join(' and ');
  return `'${found.name}' counts the blocks of ${list(found.blocks)} and is a size of ${list(found.rest)} too: if that is another one, such as a rank, give it another name`;
}

function meaningsOf({ inputs }: Program, size: Dim) {
  const names = dimNames(size);
  for (const name of names) {
    const others = names.filter((n) => n !== name);
    const having = inputs.filter((i) => i.type.shape.some((d) => printDim(d) === name));
    const inBlocks = (i: InputNode) =>
      i.type.shape.some((d) => dimNames(d).length > 0 && dimNames(d).every((n) => others.includes(n)));
    const [blocks, rest] = [having.filter(inBlocks), having.filter((i) => !inBlocks(i))];
    if (blocks.length > 0 && rest.length > 0) return { name, blocks, rest };
  }
  return undefined;
}

/**
 * The note for a program without `tokens` that has an input such as (batch, seq, in): the leading axes would have fixed
 * sizes. Undefined if there is no such input.
 */
export function leadingAxes({ inputs, where }: Program): string | undefined {
  if (inputs.some((i) => i.type.shape.flatMap(dimNames).includes(RUNTIME_DIM))) return undefined;
  const ofWeights = inputs.flatMap((i) => (i.role === 'input' ? [] : i.type.shape.flatMap(dimNames)));
  const written = (d: Dim) => Object.keys(where).find((n) => equalDim(where[n]!, d)) ?? printDim(d);
  for (const { name, role, type } of inputs) {
    const lead = type.shape.slice(0, -1);
    const own = lead.every(
      (d) => constantOf(d) === undefined && !dimNames(d).some((n) => ofWeights.includes(n)),
    );
    if (role === 'input' && lead.length > 1 && own)
      return `'${name}' has leading axes of fixed sizes, ${lead.map(printDim).join(' and ')}: declare ${name}: input('tokens', '${written(type.shape.at(-1)!)}'), and any leading axes fold into 'tokens'`;
  }
  return undefined;
}
