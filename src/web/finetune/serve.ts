/** Answers a page's messages to the worker that finetunes. An error is an answer too: the worker goes on. */
import { failureOf } from './failures.ts';
import type { Answer, Kind } from './protocol.ts';
import { numberOf, requestIn } from './requests.ts';

/** The methods that do what is asked, by the kinds of requests. */
export type Asked = { readonly [K in Kind]: (gives: never) => unknown };

/** The number of answers to messages that have none. */
export const NO_NUMBER = -1;

/** The answer to a message, whatever it is. Never rejects. */
export async function answered(message: unknown, asked: Asked): Promise<Answer> {
  try {
    const { id, kind, gives } = requestIn(message);
    // A request's kind has one type of what it gives, which a lookup cannot express.
    const method = asked[kind] as (given: unknown) => unknown;
    return { id, gets: await method.call(asked, gives) };
  } catch (error) {
    return { id: numberOf(message) ?? NO_NUMBER, failure: failureOf(error) };
  }
}
