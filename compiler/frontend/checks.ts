/** What is wrong with the author's files before anything is evaluated. */
import { OftcError } from '../ir/error.ts';
import { spanOf, tensorOperator, toDiagnostic } from './diagnostics.ts';
import { isLanguageDeclaration, type Source } from './source.ts';
import { ts } from './ts-host.ts';
import { unsupported } from './unsupported.ts';

/** TypeScript's own errors, each followed by ours where it stems from an operator on tensors. */
export function typeErrors({ program, checker, authored }: Source): ts.Diagnostic[] {
  return authored.flatMap((file) => {
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    const errors = found.filter((d) => d.category === ts.DiagnosticCategory.Error);
    const explained = new Set<ts.Node>();
    return errors.flatMap((d) => {
      const node = operatorAt(file, d);
      if (!node || explained.has(node) || ![node.left, node.right].some((e) => isTensor(checker, e)))
        return [d];
      explained.add(node);
      const { code, message } = tensorOperator(
        node.operatorToken.getText(),
        node.left.getText(),
        node.right.getText(),
      );
      return [d, toDiagnostic(new OftcError(code, message, [spanOf(node)]), () => file)];
    });
  });
}

/** TypeScript's refusals of operands: 2362 left, 2363 right, 2365 both. */
function operatorAt(file: ts.SourceFile, d: ts.Diagnostic): ts.BinaryExpression | undefined {
  if (![2362, 2363, 2365].includes(d.code) || d.start === undefined) return undefined;
  const end = d.start + (d.length ?? 0);
  const find = (node: ts.Node): ts.BinaryExpression | undefined => {
    if (node.getStart() > d.start! || node.getEnd() < end) return undefined;
    return ts.forEachChild(node, find) ?? (ts.isBinaryExpression(node) ? node : undefined);
  };
  return find(file);
}

function isTensor(checker: ts.TypeChecker, node: ts.Expression): boolean {
  const declaration = checker.getTypeAtLocation(node).symbol?.declarations?.[0];
  return declaration !== undefined && isLanguageDeclaration(declaration);
}

/** What a module may hold: declarations. Anything else would run when imported but not when lowered. */
export function moduleStatements(file: ts.SourceFile): OftcError[] {
  return file.statements.flatMap((s) => {
    if (
      ts.isExpressionStatement(s) ||
      ts.isIfStatement(s) ||
      ts.isBlock(s) ||
      ts.isIterationStatement(s, false) ||
      ts.isThrowStatement(s)
    ) {
      return [
        new OftcError(
          'OFT1002',
          'a layer file only declares: move this statement into a function or another file',
          [spanOf(s)],
        ),
      ];
    }
    if (ts.isTryStatement(s) || ts.isSwitchStatement(s) || ts.isLabeledStatement(s)) {
      const { what, instead } = unsupported(s);
      return [new OftcError('OFT1001', `${what} not part of the language: ${instead}`, [spanOf(s)])];
    }
    return [];
  });
}
