/** Diagnostics and errors as problems, which are plain data. */
import { catalogue } from '../../../compiler/errors/catalogue.ts';
import type { OftcError } from '../../../compiler/errors/error.ts';
import type { Span } from '../../../compiler/errors/span.ts';
import { codeOf, type ts } from '../../../compiler/frontend/index.ts';
import { entryOf } from '../../../compiler/records.ts';
import type { Problem, SourcePlace } from '../protocol.ts';
import type { VirtualFiles } from './virtual-files.ts';

/** Finds lines and columns in texts that do not change while it lives. */
export class Places {
  readonly #files: VirtualFiles;
  readonly #starts = new Map<string, readonly number[] | undefined>();

  constructor(files: VirtualFiles) {
    this.#files = files;
  }

  /** The place of a span; undefined for a file that is not there. */
  of({ file, start, end }: Span): SourcePlace | undefined {
    if (!this.#starts.has(file)) this.#starts.set(file, lineStarts(this.#files.read(file)));
    const starts = this.#starts.get(file);
    if (!starts) return undefined;
    const after = starts.findIndex((s) => s > start);
    const line = after < 0 ? starts.length : after;
    return { file, start, end, line, column: start - starts[line - 1]! + 1 };
  }
}

function lineStarts(text: string | undefined): readonly number[] | undefined {
  return text === undefined
    ? undefined
    : [0, ...[...text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)].map((m) => m.index + m[0].length)];
}

const SEVERITIES: Readonly<Record<number, Problem['severity']>> = { 0: 'warning', 1: 'error' };

/** The meaning of a code and its remedy; none for TypeScript's codes. */
function meaningOf(code: string): Pick<Problem, 'title' | 'remedy'> {
  const known = entryOf(catalogue, code);
  return known ? { title: known.title, remedy: known.fix } : {};
}

const withPlace = (place: SourcePlace | undefined): { readonly place?: SourcePlace } =>
  place ? { place } : {};

/** A message of TypeScript with the messages that explain it, each on a line of its own. */
function messageOf(text: string | ts.DiagnosticMessageChain, depth = 0): string {
  if (typeof text === 'string') return text;
  const inner = (text.next ?? []).map((m) => messageOf(m, depth + 1));
  return [`${'  '.repeat(depth)}${text.messageText}`, ...inner].join('\n');
}

export function problemOf(diagnostic: ts.Diagnostic, places: Places): Problem {
  const placeOf = ({ file, start, length }: ts.DiagnosticRelatedInformation): SourcePlace | undefined =>
    file && start !== undefined
      ? places.of({ file: file.fileName, start, end: start + (length ?? 0) })
      : undefined;
  const code = codeOf(diagnostic);
  return {
    severity: SEVERITIES[diagnostic.category] ?? 'note',
    code,
    message: messageOf(diagnostic.messageText),
    ...withPlace(placeOf(diagnostic)),
    related: (diagnostic.relatedInformation ?? []).map((r) => ({
      message: messageOf(r.messageText),
      ...withPlace(placeOf(r)),
    })),
    ...meaningOf(code),
  };
}

/** A refusal after the source was read, such as one of sizes. */
export function problemOfError({ code, message, spans }: OftcError, places: Places): Problem {
  const [own, ...chain] = spans;
  return {
    severity: 'error',
    code,
    message,
    ...withPlace(own && places.of(own)),
    related: chain.map((span) => ({ message: 'reached from here', ...withPlace(places.of(span)) })),
    ...meaningOf(code),
  };
}

export const noteOf = (message: string): Problem => ({ severity: 'note', message, related: [] });
