/** A failure whose `code` is in the catalogue and stays what it is: callers can branch without reading messages. */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;
  /** The data file that is to blame, where there is one. */
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
