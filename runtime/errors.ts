/** Stable codes; each names one kind of cause, so that callers can branch without reading messages. */
export type RuntimeErrorCode =
  | 'DeviceMissing'
  | 'DeviceLost'
  | 'FeatureMissing'
  | 'LimitExceeded'
  | 'OutOfMemory'
  | 'ShaderError'
  | 'ValidationError'
  | 'InvalidPlan'
  | 'InvalidTokens'
  | 'MissingTensor'
  | 'UnexpectedTensor'
  | 'ShapeMismatch'
  | 'DTypeMismatch'
  | 'BufferMismatch'
  | 'NotProfiled'
  | 'Disposed';

/** Every failure of the runtime. The message says what was wrong, where, and what to do. */
export class OftcRuntimeError extends Error {
  override readonly name = 'OftcRuntimeError';
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
