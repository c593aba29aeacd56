import { CodedError } from '../compiler/errors/coded.ts';

/** The stable codes of the runtime's errors. Each names one kind of cause, so that callers need not read messages. */
export type RuntimeErrorCode =
  | 'DeviceMissing'
  | 'DeviceLost'
  | 'FeatureMissing'
  | 'DeviceClassMissing'
  | 'LimitExceeded'
  | 'OutOfMemory'
  | 'ShaderError'
  | 'KernelMismatch'
  | 'ValidationError'
  | 'InvalidPlan'
  | 'InvalidArgument'
  | 'InvalidTokens'
  | 'MissingTensor'
  | 'UnexpectedTensor'
  | 'ShapeMismatch'
  | 'DTypeMismatch'
  | 'IndexOutOfRange'
  | 'BufferMismatch'
  | 'NotFinite'
  | 'NotProfiled'
  | 'Disposed';

interface RuntimeErrorOptions extends ErrorOptions {
  readonly source?: readonly string[];
  readonly what?: string;
}

/** The error for every failure of the runtime. The message says what was wrong, where, and what to do. */
export class OftcRuntimeError extends CodedError<RuntimeErrorCode> {
  override readonly name = 'OftcRuntimeError';
  /** The places where the author wrote what failed, as the Plan's step states them: `file:line:column`. */
  readonly source: readonly string[];
  /**
   * The part of the message that says what was wrong, without the remedy for programs; undefined where the remedy
   * suits everybody.
   */
  readonly what: string | undefined;

  constructor(
    code: RuntimeErrorCode,
    message: string,
    { source = [], what, ...options }: RuntimeErrorOptions = {},
  ) {
    super(code, message, options);
    this.source = source;
    this.what = what;
  }
}
