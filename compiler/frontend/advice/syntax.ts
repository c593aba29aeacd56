/** Advice for files in another language's syntax. */
import { OftcError } from '../../errors/error.ts';
import type { ts } from '../ts-host.ts';
import { foreignSlices } from './slices.ts';

/** Lines that are Python and no TypeScript. */
const PYTHON = /^[ \t]*(def \w+\(.*|from [\w.]+ import .*|import \w+( as \w+)?|class \w+(\(.*\))?:.*)$/m;

/** The errors for syntax of another language; empty where the file's syntax errors look like slips. */
export function foreignSyntax(
  file: ts.SourceFile,
  errors: readonly ts.Diagnostic[],
  checker: ts.TypeChecker,
): OftcError[] {
  const syntax = errors.filter((d) => d.code >= 1000 && d.code < 2000);
  if (syntax.length === 0) return [];
  const python = PYTHON.exec(file.text);
  if (python) {
    const line = python[0].trimStart();
    const start = python.index + python[0].length - line.length;
    return [
      new OftcError(
        'OFT1001',
        "Python is not part of the language: a layer is TypeScript, import { frozen, input, layer } from 'oftc' and then export const name = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T))",
        [{ file: file.fileName, start, end: start + line.length }],
      ),
    ];
  }
  const at = syntax.find((d) => d.start !== undefined && file.text[d.start] === '@');
  if (at?.start === undefined) return foreignSlices(file, syntax, checker);
  return [
    new OftcError('OFT1004', "'@' does not apply to tensors: write a.matmul(b) for a @ b", [
      { file: file.fileName, start: at.start, end: at.start + 1 },
    ]),
  ];
}
