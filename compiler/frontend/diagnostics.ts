/** Refusals as `ts.Diagnostic`s: stable codes, a caret, and the chain of calls that led there. */
import { OftcError } from '../ir/error.ts';
import type { Span } from '../ir/node.ts';
import { ts } from './ts-host.ts';

export const spanOf = (node: ts.Node): Span => ({
  file: node.getSourceFile().fileName,
  start: node.getStart(),
  end: node.getEnd(),
});

/** `OFT1003`, or TypeScript's own `TS2345`. */
export const codeOf = (d: Pick<ts.Diagnostic, 'code' | 'source'>): string =>
  d.source === 'oftc' ? `OFT${d.code}` : `TS${d.code}`;

type Files = (name: string) => ts.SourceFile | undefined;

/** An error of the language or the algebra, at its innermost span; its other spans are related information. */
export function toDiagnostic(error: OftcError, files: Files): ts.Diagnostic {
  const place = (span: Span | undefined) => {
    const file = span && files(span.file);
    return file
      ? { file, start: span.start, length: span.end - span.start }
      : { file: undefined, start: undefined, length: undefined };
  };
  const [own, ...chain] = error.spans;
  return {
    category: ts.DiagnosticCategory.Error,
    code: Number(error.code.slice('OFT'.length)),
    source: 'oftc',
    messageText: error.message,
    ...place(own),
    relatedInformation: chain.map((span) => ({
      category: ts.DiagnosticCategory.Message,
      code: 0,
      messageText: 'reached from here',
      ...place(span),
    })),
  };
}

const TENSOR_METHOD: Readonly<Record<string, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' };

/** What to write instead of an operator between tensors. */
export function tensorOperator(operator: string, left: string, right: string): OftcError {
  const method = TENSOR_METHOD[operator];
  const instead = method
    ? `write ${left}.${method}(${right})`
    : /[<>]/.test(operator)
      ? 'a tensor has no value at compile time; use max, min or abs'
      : 'use the methods and functions of oftc';
  return new OftcError('OFT1004', `'${operator}' does not apply to tensors: ${instead}`);
}

/** Text with code frames, as tsc prints it; `color: false` has no escape sequences. */
export function formatDiagnostics(
  diagnostics: readonly ts.Diagnostic[],
  { color = false, rootDir = '' }: { color?: boolean; rootDir?: string } = {},
): string {
  const host: ts.FormatDiagnosticsHost = {
    getCurrentDirectory: () => rootDir,
    getCanonicalFileName: (f) => f,
    getNewLine: () => '\n',
  };
  const text = diagnostics.map((d) => {
    const own = ts.formatDiagnosticsWithColorAndContext([d], host);
    return d.source === 'oftc' ? own.replace(`TS${d.code}: `, `${codeOf(d)}: `) : own;
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI colour sequences start with ESC.
  return color ? text.join('\n') : text.join('\n').replace(/\u001b\[\d+m/g, '');
}
