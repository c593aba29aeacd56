/** An error with a code of the catalogue. The code never changes, so callers can branch without reading messages. */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;
  /** The data file that the error is about, where there is one. */
  declare readonly file?: string | undefined;

  constructor(
    code: Code,
    message: string,
    { file, cause }: { file?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    if (file !== undefined) this.file = file;
  }
}
