/** Every failure as one refusal: a code, a message, a place, an exit code. */
import { readFileSync } from 'node:fs';
import { codeOf, toDiagnostic } from '../../compiler/frontend/diagnostics.ts';
import { formatDiagnostics } from '../../compiler/frontend/index.ts';
import { ts } from '../../compiler/frontend/ts-host.ts';
import { OftcError } from '../../compiler/ir/error.ts';
import { OftcRuntimeError, type RuntimeErrorCode } from '../../runtime/index.ts';
import { SafetensorsError } from '../formats/safetensors/index.ts';
import { DiagnosticError } from '../load.ts';
import { EXIT } from './exit.ts';
import { place } from './place.ts';
import { UsageError } from './usage.ts';

export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** `file:line:column`, or a data file; null where there is no one place. */
  readonly at: string | null;
  readonly exit: number;
  /** For a terminal. */
  readonly text: string;
}

const DEVICE_CODES: ReadonlySet<RuntimeErrorCode> = new Set<RuntimeErrorCode>([
  'DeviceMissing',
  'DeviceLost',
  'FeatureMissing',
  'LimitExceeded',
  'OutOfMemory',
  'ShaderError',
  'ValidationError',
]);

/** What V8 says where an array cannot be allocated. */
const ALLOCATION = /Array buffer allocation failed|Invalid (typed )?array length/;

const WITHOUT_DEVICE =
  'Without a GPU, --device cpu runs the float64 reference; `oftc doctor` says what to install here.';

const PLEASE_REPORT = 'This is a bug in oftc: please report it, with the command and its files.';
const USAGE_HINT = 'See oftc --help, or --help of the command.';

export function refusal(error: unknown, color: boolean): Refusal {
  if (error instanceof DiagnosticError) return located(error.diagnostics, color);
  if (error instanceof OftcError) {
    const found = located([toDiagnostic(error, sourceFile)], color);
    // OFT9xxx are the compiler's own invariants.
    return error.code.startsWith('OFT9')
      ? { ...found, exit: EXIT.internal, text: `${found.text}\n${error.stack}\n${PLEASE_REPORT}` }
      : found;
  }
  if (error instanceof SafetensorsError)
    return plain(error.code, error.message, EXIT.refused, color, error.file);
  if (error instanceof OftcRuntimeError) {
    const message = error.code === 'DeviceMissing' ? `${error.message}\n${WITHOUT_DEVICE}` : error.message;
    return plain(error.code, message, DEVICE_CODES.has(error.code) ? EXIT.device : EXIT.refused, color);
  }
  if (error instanceof UsageError)
    return {
      ...plain('Usage', error.message, EXIT.usage, color),
      text: `error: ${error.message}\n${USAGE_HINT}`,
    };
  if (error instanceof RangeError && ALLOCATION.test(error.message)) {
    const message = `this needs more memory than Node has (${error.message}): run fewer tokens, or smaller sizes`;
    return plain('OutOfMemory', message, EXIT.device, color);
  }
  const thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return plain('Internal', `${thrown}\n${PLEASE_REPORT}`, EXIT.internal, color);
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

/** `diagnostics` is not empty; JSON carries the first, the text all. */
function located(diagnostics: readonly ts.Diagnostic[], color: boolean): Refusal {
  const first = diagnostics[0]!;
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

/** The author's file, read again for its excerpt; undefined where it is gone. */
function sourceFile(file: string): ts.SourceFile | undefined {
  try {
    return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023);
  } catch {
    return undefined;
  }
}
