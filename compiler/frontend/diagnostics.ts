/** Turns errors into `ts.Diagnostic`s with stable codes, a caret, and the calls that led there. */
import type { OftcError } from '../errors/error.ts';
import type { Span } from '../errors/span.ts';
import { ts } from './ts-host.ts';

/** A place on the way to an error: a call, or a loop and its iteration. */
export interface Via extends Span {
  readonly iteration?: string;
}

export const spanOf = (node: ts.Node): Span => ({
  file: node.getSourceFile().fileName,
  start: node.getStart(),
  end: node.getEnd(),
});

/** The code of an error for people: `OFT1003`, TypeScript's own `TS2345`, or a source's, such as `ShaderError`. */
export const codeOf = ({ code, source }: Pick<ts.Diagnostic, 'code' | 'source'>): string =>
  source === undefined ? `TS${code}` : source === 'oftc' ? `OFT${code}` : source;

type Files = (name: string) => ts.SourceFile | undefined;

/** The largest number of places on the way that are shown. Of more places, the first and the last are shown. */
const SHOWN = 12;

/**
 * The places to show. Repeats in a row, as in a recursion, become one place with a count. Of more than SHOWN places,
 * the first and the last stay.
 */
function folded(chain: readonly Via[]): readonly { readonly via: Via; readonly times: number }[] {
  const runs: { via: Via; times: number }[] = [];
  for (const via of chain) {
    const last = runs.at(-1);
    if (
      last &&
      last.via.file === via.file &&
      last.via.start === via.start &&
      last.via.iteration === via.iteration
    )
      last.times++;
    else runs.push({ via, times: 1 });
  }
  return runs.length <= SHOWN ? runs : [...runs.slice(0, SHOWN / 2), ...runs.slice(-SHOWN / 2)];
}

/** An OftcError as a diagnostic at its innermost span. The other spans are related information. */
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
    relatedInformation: folded(chain).map(({ via, times }) => ({
      category: ts.DiagnosticCategory.Message,
      code: 0,
      messageText: `reached from here${via.iteration ? `, ${via.iteration}` : ''}${times > 1 ? `, ${times} times over` : ''}`,
      ...place(via),
    })),
  };
}

/** Prints diagnostics with code frames, as tsc does. `color: false` leaves out escape sequences. */
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
    return own.replace(`TS${d.code}: `, `${codeOf(d)}: `);
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI colour sequences start with ESC.
  return color ? text.join('\n') : text.join('\n').replace(/\u001b\[\d+m/g, '');
}
