import { CodedError } from '../../compiler/errors/coded.ts';

/** The error for a command line that asks for something meaningless. */
export class UsageError extends CodedError<'Usage'> {
  override readonly name = 'UsageError';
  constructor(message: string) {
    super('Usage', message);
  }
}
