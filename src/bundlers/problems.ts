/** Makes problems of a layer's source for bundlers to show: a message, a place in a file, and the lines around it. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { CodedError } from '../../compiler/errors/coded.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { codeOf, toDiagnostic } from '../../compiler/frontend/diagnostics.ts';
import { ts } from '../../compiler/frontend/ts-host.ts';
import { DiagnosticError } from '../language/load.ts';

/** A range of one line of a file. Lines count from 1 and columns from 0, as bundlers count. */
export interface LineRange {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The length within the first line. */
  readonly length: number;
  /** The lines of the file. */
  readonly lines: readonly string[];
}

export interface Problem {
  /** The code, such as `OFT2008` or `TS2345`. Absent for what has none. */
  readonly code?: string;
  readonly text: string;
  readonly place?: LineRange;
  /** The places on the way to the problem. */
  readonly related: readonly Omit<Problem, 'related'>[];
}

/** The failure of a request, and the files whose change may mend it. */
export class Refused extends Error {
  readonly problems: readonly Problem[];
  readonly files: readonly string[];
  constructor(error: unknown, files: readonly string[]) {
    super('a layer was refused', { cause: error });
    this.problems = problemsOf(error);
    this.files = files;
  }
}

const PLEASE_REPORT = 'This is a bug in oftc: please report it, with the layer’s files.';

function problemsOf(error: unknown): Problem[] {
  if (error instanceof DiagnosticError) return error.diagnostics.map(problemOf);
  if (error instanceof OftcError && !error.code.startsWith('OFT9'))
    return [problemOf(toDiagnostic(error, sourceFile))];
  if (error instanceof InvalidArgumentError) return [{ text: error.message, related: [] }];
  if (error instanceof CodedError && !error.code.startsWith('OFT9'))
    return [{ code: error.code, text: error.message, related: [] }];
  const thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [{ text: `${thrown}\n${PLEASE_REPORT}`, related: [] }];
}

function problemOf(diagnostic: ts.Diagnostic): Problem {
  return {
    code: codeOf(diagnostic),
    text: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
    ...placed(diagnostic),
    related: (diagnostic.relatedInformation ?? []).map((r) => ({
      text: ts.flattenDiagnosticMessageText(r.messageText, '\n'),
      ...placed(r),
    })),
  };
}

function placed({ file, start, length }: Pick<ts.Diagnostic, 'file' | 'start' | 'length'>): {
  readonly place?: LineRange;
} {
  if (file === undefined || start === undefined) return {};
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  const lines = file.text.split(/\r?\n/);
  const rest = (lines[line] ?? '').length - character;
  return {
    place: {
      ...{ file: file.fileName, line: line + 1, column: character, lines },
      length: Math.max(1, Math.min(length ?? 1, rest)),
    },
  };
}

/** The author's file, read again; undefined if it is gone. */
function sourceFile(file: string): ts.SourceFile | undefined {
  try {
    return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023);
  } catch {
    return undefined;
  }
}

export const textOf = ({ code, text }: Pick<Problem, 'code' | 'text'>): string =>
  code === undefined ? text : `${code}: ${text}`;

/** The lines around a place, with their numbers and a line of carets. */
function frameOf({ line, column, length, lines }: LineRange): string {
  const first = Math.max(1, line - 2);
  const last = Math.min(lines.length, line + 2);
  const width = `${last}`.length;
  const shown: string[] = [];
  for (let n = first; n <= last; n++) {
    const text = lines[n - 1]!;
    // Vite trims a frame, so that a number is padded at its end.
    shown.push(`${`${n}`.padEnd(width)} | ${text}`);
    // Tabs stay tabs, so that the carets stand below what they mean.
    if (n === line)
      shown.push(
        `${' '.repeat(width)} | ${text.slice(0, column).replace(/[^\t]/g, ' ')}${'^'.repeat(length)}`,
      );
  }
  return shown.join('\n');
}

const at = ({ file, line, column }: LineRange): string => `${file}:${line}:${column + 1}`;

const detail = (problem: Omit<Problem, 'related'>): string =>
  problem.place ? `${at(problem.place)}: ${textOf(problem)}\n${frameOf(problem.place)}` : textOf(problem);

/** Lists the places on the way to the first problem, and the other problems with theirs. */
const further = ([first, ...others]: readonly Problem[]): string[] =>
  [...first!.related, ...others.flatMap((p) => [p, ...p.related])].map(detail);

/** The problems as one error of Rollup's kind, which Vite shows in the terminal and in the page. */
export function asOneError({ problems }: Refused): {
  readonly message: string;
  readonly pluginCode?: string;
  readonly id?: string;
  readonly loc?: { readonly file: string; readonly line: number; readonly column: number };
  readonly frame?: string;
} {
  const [first] = problems;
  const { code, place } = first!;
  return {
    message: [textOf(first!), ...further(problems)].join('\n\n'),
    ...(code !== undefined && { pluginCode: code }),
    ...(place && {
      id: place.file,
      loc: { file: place.file, line: place.line, column: place.column },
      frame: frameOf(place),
    }),
  };
}

/** The problems as one text with their places, for bundlers whose errors have no places of their own. */
export const asText = ({ problems }: Refused): string =>
  [detail(problems[0]!), ...further(problems)].join('\n\n');
