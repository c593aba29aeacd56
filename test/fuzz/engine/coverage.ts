/** Puts a call into every block of a source, so that the fuzzer learns which cases reach new code. */
import ts from 'typescript';

const LOGICAL = new Set<ts.SyntaxKind>([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** The source with `__reached(n)` at the start of its blocks, branches and operands; `first` is the first n. */
export function withCounters(path: string, text: string, first: number): { text: string; next: number } {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const edits: { readonly at: number; readonly put: string }[] = [];
  let next = first;
  const before = (at: number): void => void edits.push({ at, put: `__reached(${next++});` });
  const statement = (node: ts.Statement | undefined): void => {
    if (node === undefined || ts.isBlock(node)) return;
    edits.push({ at: node.getStart(), put: `{__reached(${next++});` }, { at: node.end, put: '}' });
  };
  const expression = (node: ts.Expression): void =>
    void edits.push({ at: node.getStart(), put: `(__reached(${next++}),` }, { at: node.end, put: ')' });
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    // A block starts with its call; a function's name and a class's fields stay as they are.
    if (ts.isBlock(node)) before(node.getStart() + 1);
    else if (ts.isCaseOrDefaultClause(node) && node.statements.length > 0)
      before(node.statements[0]!.getStart());
    else if (ts.isIfStatement(node)) {
      statement(node.thenStatement);
      if (node.elseStatement && !ts.isIfStatement(node.elseStatement)) statement(node.elseStatement);
    } else if (ts.isIterationStatement(node, false)) statement(node.statement);
    else if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) expression(node.body);
    else if (ts.isConditionalExpression(node)) {
      expression(node.whenTrue);
      expression(node.whenFalse);
    } else if (ts.isBinaryExpression(node) && LOGICAL.has(node.operatorToken.kind)) expression(node.right);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { text: applied(text, edits), next };
}

/** The text with the edits in it; of two at one place, the later one is the inner one, and an end comes first. */
function applied(text: string, edits: readonly { readonly at: number; readonly put: string }[]): string {
  const isEnd = (put: string): boolean => put === ')' || put === '}';
  const sorted = edits
    .map((edit, n) => ({ ...edit, n }))
    .sort((a, b) => a.at - b.at || Number(isEnd(b.put)) - Number(isEnd(a.put)) || a.n - b.n);
  let [made, from] = ['', 0];
  for (const { at, put } of sorted) {
    made += text.slice(from, at) + put;
    from = at;
  }
  return made + text.slice(from);
}
