/** Answers a page's messages to the worker that finetunes. An error is an answer too: the worker goes on. */
import { failureOf } from './failures.ts';
import type { Answer, Kind } from './protocol.ts';
import { numberOf, requestIn } from './requests.ts';

/** The functions that answer requests, by their kinds. */
export type Handlers = { readonly [K in Kind]: (gives: never) => unknown };

/** The number of answers to messages that have none. */
export const NO_NUMBER = -1;

/** The answer to a message, whatever it is. Never rejects. */
export async function answered(message: unknown, handlers: Handlers): Promise<Answer> {
  try {
    const { id, kind, gives } = requestIn(message);
    // A request's kind has one type of what it gives, which a lookup cannot express.
    const handler = handlers[kind] as (given: unknown) => unknown;
    return { id, gets: await handler.call(handlers, gives) };
  } catch (error) {
    return { id: numberOf(message) ?? NO_NUMBER, failure: failureOf(error) };
  }
}
