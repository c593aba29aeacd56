/** Turns every failure into a refusal: a code, a message, a place, an exit code. */
import { readFileSync } from 'node:fs';
import { CodedError } from '../../compiler/errors/coded.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { isOutOfMemory, outOfMemory } from '../../compiler/errors/out-of-memory.ts';
import { codeOf, toDiagnostic } from '../../compiler/frontend/diagnostics.ts';
import { formatDiagnostics } from '../../compiler/frontend/index.ts';
import { ts } from '../../compiler/frontend/ts-host.ts';
import { OftcRuntimeError, type RuntimeErrorCode } from '../../runtime/index.ts';
import { DiagnosticError } from '../language/load.ts';
import { EXIT } from './exit.ts';
import { place } from './place.ts';

export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** The place as `file:line:column`, or a data file; null if the failure has no single place. */
  readonly at: string | null;
  readonly exit: number;
  /** The text for a terminal. */
  readonly text: string;
}

const DEVICE_CODES: ReadonlySet<string> = new Set<RuntimeErrorCode>([
  'DeviceLost',
  'FeatureMissing',
  'LimitExceeded',
  'OutOfMemory',
  'ValidationError',
]);

const WITHOUT_DEVICE =
  'Without a GPU, `oftc run --device cpu` computes the float64 reference; `oftc doctor` says what to install here.';

/** Remedies for failures of the device, as a user of the command line can apply them. */
const REMEDIES: Readonly<Record<string, string>> = {
  DeviceLost:
    'run the command again. A run of `oftc finetune` goes on from its last checkpoint, which is whole, with --resume',
  OutOfMemory:
    'close what else uses the device, or ask for less: fewer tokens for a layer, and for finetune a smaller --batch or --length, or --quantize',
};

const PLEASE_REPORT = 'This is a bug in oftc: please report it, with the command and its files.';
const USAGE_HINT = 'See oftc --help, or --help of the command.';

export function refusal(error: unknown, color: boolean): Refusal {
  if (error instanceof DiagnosticError) return located(error.diagnostics, color);
  if (error instanceof CodedError) return coded(error, color);
  if (isOutOfMemory(error)) return plain('OutOfMemory', outOfMemory(error), EXIT.device, color);
  const thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return plain('Internal', `${thrown}\n${PLEASE_REPORT}`, EXIT.internal, color);
}

function coded(error: CodedError, color: boolean): Refusal {
  const { code, message, file = null } = error;
  if (error instanceof OftcError) {
    const found = located([toDiagnostic(error, sourceFile)], color);
    // The codes OFT9xxx are the compiler's own invariants.
    return code.startsWith('OFT9')
      ? { ...found, exit: EXIT.internal, text: `${found.text}\n${error.stack}\n${PLEASE_REPORT}` }
      : found;
  }
  if (error instanceof OftcRuntimeError && code === 'ShaderError') return shader(error, color);
  if (code === 'DeviceMissing') return plain(code, `${message}\n${WITHOUT_DEVICE}`, EXIT.device, color);
  const remedy = REMEDIES[code];
  if (error instanceof OftcRuntimeError && error.what !== undefined && remedy !== undefined)
    return plain(code, `${error.what}: ${remedy}`, EXIT.device, color);
  if (code === 'Usage')
    return { ...plain(code, message, EXIT.usage, color), text: `error: ${message}\n${USAGE_HINT}` };
  return plain(code, message, DEVICE_CODES.has(code) ? EXIT.device : EXIT.refused, color, file);
}

function plain(
  code: string,
  message: string,
  exit: number,
  color: boolean,
  at: string | null = null,
): Refusal {
  return {
    code,
    message,
    at,
    exit,
    text: `${color ? '\u001b[91merror\u001b[0m' : 'error'} ${code}: ${message}`,
  };
}

/** The refusal of a kernel that the device rejects: a compiler's mistake, shown at the author's code. */
function shader(error: OftcRuntimeError, color: boolean): Refusal {
  const [own, ...others] = error.source.map(positioned).filter((p) => p !== undefined);
  const found = located(
    [
      {
        category: ts.DiagnosticCategory.Error,
        code: 0,
        source: error.code,
        messageText: `internal: the code generated for this is refused by the device. ${error.message}`,
        file: own?.file,
        start: own?.start,
        length: own?.length,
        relatedInformation: others.map((p) => ({
          category: ts.DiagnosticCategory.Message,
          code: 0,
          messageText: 'and for this',
          ...p,
        })),
      },
    ],
    color,
  );
  return { ...found, exit: EXIT.internal, text: `${found.text}\n${PLEASE_REPORT}` };
}

/** A place `file:line:column`, or `file:offset` in a Plan without a front end; undefined if the file is gone. */
function positioned(source: string) {
  const [, name, first, column] = /^(.*?):(\d+)(?::(\d+))?$/.exec(source) ?? [];
  const file = name === undefined ? undefined : sourceFile(name);
  if (!file) return undefined;
  const line = Number(first) - 1;
  const starts = file.getLineStarts();
  if (column !== undefined && starts[line] === undefined) return undefined;
  const start = column === undefined ? Number(first) : starts[line]! + Number(column) - 1;
  if (start > file.end) return undefined;
  const rest = file.text.slice(start).search(/\r?\n|$/);
  return { file, start, length: Math.max(1, rest) };
}

/** The refusal for a list of diagnostics, which is not empty. JSON has the first of ours, the text has all. */
function located(diagnostics: readonly ts.Diagnostic[], color: boolean): Refusal {
  const first = diagnostics.find((d) => d.source !== undefined) ?? diagnostics[0]!;
  const where = first.file?.getLineAndCharacterOfPosition(first.start ?? 0);
  return {
    code: codeOf(first),
    message: ts.flattenDiagnosticMessageText(first.messageText, '\n'),
    at:
      first.file && where
        ? place({ file: first.file.fileName, line: where.line + 1, column: where.character + 1 })
        : null,
    exit: EXIT.refused,
    text: formatDiagnostics(diagnostics, { color, rootDir: process.cwd() }).trimEnd(),
  };
}

/** The author's file, read again to excerpt it; undefined if it is gone. */
function sourceFile(file: string): ts.SourceFile | undefined {
  try {
    return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023);
  } catch {
    return undefined;
  }
}
