/** TeX of a program's formulas, for pages that typeset them. The names are those of the printed formulas. */
import { type Dim, equalDim } from '../../../compiler/dims/dims.ts';
import type { Node, Output, Program } from '../../../compiler/ir/node.ts';
import { Namer } from './naming.ts';
import { bareTex, texDim, texName, texSize, texSpell } from './tex-spelling.ts';

/**
 * A display of the outputs' formulas, each with the sizes of its value, and below them the definitions of the names in
 * them. KaTeX and MathJax typeset it.
 */
export function texOf(program: Program, outputs: readonly Output[] = program.outputs): string {
  const namer = new Namer({ source: { ...program, outputs } });
  const used = new Set<string>();
  const name = (text: string): string => {
    const stem = text.replace(/ᵀ$/, '');
    if (namer.named(stem)) used.add(stem);
    return texName(text);
  };
  const own = (node: Node): string => bareTex(namer.notated(node, { name, spell: texSpell }));
  /** The name of an output's value where it has one. */
  const value = (node: Node): string => {
    const { text } = namer.text(node);
    return namer.named(text.replace(/ᵀ$/, '')) ? name(text) : own(node);
  };
  const line = (left: string, formula: string, { type }: Node): string =>
    `${texName(left)} &= ${formula} && ${texSizes(type.shape, program)}`;
  const lines = outputs.map((o) => line(o.name, value(o.node), o.node));
  // Writing a definition may use more names, which the loop then visits.
  for (const defined of used) {
    const node = namer.named(defined)!;
    lines.push(line(defined, own(node), node));
  }
  return `\\begin{aligned}\n${lines.join(' \\\\\n')}\n\\end{aligned}`;
}

/** The sizes of a value, with the author's name for a size that an equality defines. */
const texSizes = (shape: readonly Dim[], { where }: Program): string => {
  const own = (d: Dim) => Object.entries(where).find(([, value]) => equalDim(value, d))?.[0];
  return `(${shape.map((d) => (own(d) === undefined ? texDim(d) : texSize(own(d)!))).join(',\\, ')})`;
};
