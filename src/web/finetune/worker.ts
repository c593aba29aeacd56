/** The worker that finetunes: it answers a page's requests, and reports on the run that goes on. */
import type { Answer, Report } from './protocol.ts';
import { answered } from './serve.ts';
import { Session } from './session.ts';

/** The worker's own scope, as far as it is used. */
const scope = globalThis as unknown as {
  postMessage(message: Answer | Report, transfer?: readonly ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
};

const session = new Session((report) => scope.postMessage(report));

scope.onmessage = ({ data }) => void answered(data, session).then((message) => scope.postMessage(message));
