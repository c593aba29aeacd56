/** Tells an author who forgets `await` before a promise what to write. */
import { OftcError } from '../../compiler/errors/error.ts';

/**
 * The promise, with a property for each member of the class of its result. Reading one throws OFT4016, whose message
 * says what `call` gives.
 */
export function withAdvice<T>(promise: Promise<T>, members: object, call: string, gives: string): Promise<T> {
  for (const name of Object.getOwnPropertyNames(members).filter((n) => !(n in promise)))
    Object.defineProperty(promise, name, {
      get: (): never => {
        throw new OftcError('OFT4016', `${call}() gives a promise of ${gives}: write await ${call}(…)`);
      },
    });
  return promise;
}
