/** The worker that finetunes: it answers a page's requests, and reports on the run that goes on. */
import { failureOf } from './failures.ts';
import type { Answer, Asking, Report } from './protocol.ts';
import { Session } from './session.ts';

/** The worker's own scope, as far as it is used. */
const scope = globalThis as unknown as {
  postMessage(message: Answer | Report, transfer?: readonly ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: Asking }) => void) | null;
};

const session = new Session((report) => scope.postMessage(report));

async function answer({ id, kind, gives }: Asking): Promise<Answer> {
  try {
    // A request's kind has one type of what it gives, which a lookup cannot express.
    const method = session[kind] as (given: unknown) => unknown;
    return { id, gets: await method.call(session, gives) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}

scope.onmessage = ({ data }) => void answer(data).then((message) => scope.postMessage(message));
