/** Checks the author's files before anything is evaluated. */
import { OftcError } from '../errors/error.ts';
import { advised } from './advice/index.ts';
import { definitionOf } from './definitions.ts';
import { spanOf } from './diagnostics.ts';
import type { Source } from './source.ts';
import { ts } from './ts-host.ts';
import { unsupported } from './unsupported.ts';

/** TypeScript's errors in the author's files. Each is followed by one of ours where the language knows a remedy. */
export function typeErrors(source: Source): ts.Diagnostic[] {
  return source.authored.flatMap((file) => {
    const found = [
      ...source.program.getSyntacticDiagnostics(file),
      ...source.program.getSemanticDiagnostics(file),
    ];
    return advised(
      source,
      file,
      found.filter((d) => d.category === ts.DiagnosticCategory.Error),
    );
  });
}

const instead = (s: ts.Statement): string =>
  ts.isExpressionStatement(s) && ts.isBinaryExpression(s.expression)
    ? 'compute the value where it is declared, const name = …'
    : 'move this statement into a function or another file';

/** Refuses statements other than declarations and definitions: they would run when imported but not when lowered. */
export function moduleStatements(checker: ts.TypeChecker, file: ts.SourceFile): OftcError[] {
  if (file.fileName.endsWith('.json')) {
    const text = 'an import of JSON is not part of the language: write its values in a TypeScript file';
    return [
      new OftcError('OFT1001', text, [{ file: file.fileName, start: 0, end: Math.min(1, file.getEnd()) }]),
    ];
  }
  return file.statements.flatMap((s) => {
    if (ts.isExpressionStatement(s) && definitionOf(checker, s.expression)) return [];
    if (
      ts.isExpressionStatement(s) ||
      ts.isIfStatement(s) ||
      ts.isBlock(s) ||
      ts.isIterationStatement(s, false) ||
      ts.isThrowStatement(s)
    ) {
      return [new OftcError('OFT1002', `a layer file only declares: ${instead(s)}`, [spanOf(s)])];
    }
    if (ts.isTryStatement(s) || ts.isSwitchStatement(s) || ts.isLabeledStatement(s)) {
      const { what, instead } = unsupported(s);
      return [new OftcError('OFT1001', `${what} not part of the language: ${instead}`, [spanOf(s)])];
    }
    return [];
  });
}
