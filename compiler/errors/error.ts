import type { Span } from './span.ts';

/** A refusal by the language or the algebra. `code` is stable (OFT1003); spans say where, innermost first. */
export class OftcError extends Error {
  readonly code: string;
  readonly spans: readonly Span[];
  constructor(code: string, message: string, spans: readonly Span[] = []) {
    super(message);
    this.name = 'OftcError';
    this.code = code;
    this.spans = spans;
  }
}
