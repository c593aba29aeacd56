/** Makes wrong edits of WGSL in a string or a template. */
import ts from 'typescript';

const OPERATORS: Readonly<Record<string, string>> = {
  ' + ': ' - ',
  ' - ': ' + ',
  ' * ': ' + ',
  ' / ': ' * ',
  ' < ': ' <= ',
  ' >= ': ' > ',
  ' != ': ' == ',
  ' && ': ' || ',
  ' & ': ' | ',
  ' >> ': ' << ',
  ' += ': ' -= ',
  ' -= ': ' += ',
  'min(': 'max(',
  'max(': 'min(',
  '0.0f': '1.0f',
};
const TOKEN = / (?:\+|-|\*|\/|<|>=|!=|&&|&|>>|\+=|-=) |\bm(?:in|ax)\(|\b0\.0f|(?<= )\d+(?![.\w])/g;

/** The literal parts of a template, as start and end offsets in the source. */
function chunks(node: ts.StringLiteralLike | ts.TemplateExpression): [number, number][] {
  const start = node.getStart();
  const parts = ts.isTemplateExpression(node)
    ? [node.head, ...node.templateSpans.map((s) => s.literal)]
    : [node];
  return parts.map((p) => [p.getStart() - start, p.getEnd() - start]);
}

export function wgslEdits(node: ts.StringLiteralLike | ts.TemplateExpression): string[] {
  const text = node.getText();
  return chunks(node).flatMap(([from, to]) =>
    [...text.slice(from, to).matchAll(TOKEN)].flatMap((match) => {
      const at = from + match.index;
      // A loop that steps backwards never ends: such a mutant says little and takes long.
      if (match[0] === ' += ' && text.includes('for (')) return [];
      const wrong = OPERATORS[match[0]] ?? `${Number(match[0]) + 1}`;
      return [text.slice(0, at) + wrong + text.slice(at + match[0].length)];
    }),
  );
}
