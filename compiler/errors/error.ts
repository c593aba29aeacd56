import { CodedError } from './coded.ts';
import type { Span } from './span.ts';

/** A refusal by the language or the algebra, such as OFT1003. Its spans say where, innermost first. */
export class OftcError extends CodedError {
  override readonly name = 'OftcError';
  readonly spans: readonly Span[];
  constructor(code: string, message: string, spans: readonly Span[] = []) {
    super(code, message);
    this.spans = spans;
  }

  /** The same refusal at these places. */
  at(spans: readonly Span[]): OftcError {
    return new OftcError(this.code, this.message, spans);
  }
}
