/** Answers the messages of a page. An error is an answer too: the worker goes on. */
import { CodedError } from '../../../compiler/errors/coded.ts';
import type { Answer, Failure, InputOf, Kind, OutputOf, Request } from '../protocol.ts';
import type { Compiler } from './compiler.ts';
import { checkInput } from './inputs.ts';

/** The part of a worker's scope that is used; a MessagePort has it too. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  start?(): void;
}

type Handlers = { readonly [K in Kind]: (input: InputOf<K>) => OutputOf<K> | Promise<OutputOf<K>> };

const handlersOf = (compiler: Compiler): Handlers => ({
  hello: () => compiler.hello(),
  check: (input) => compiler.check(input),
  explain: (input) => compiler.explain(input),
  kernels: (input) => compiler.kernels(input),
  torch: (input) => compiler.torch(input),
  program: (input) => compiler.program(input),
  run: (input) => compiler.run(input),
  library: () => compiler.library(),
  hover: (input) => compiler.hover(input),
  complete: (input) => compiler.complete(input),
});

/** Answers every request on a port. Messages that are no requests are ignored. */
export function serve(port: Port, compiler: Compiler): void {
  port.addEventListener('message', ({ data }) => {
    if (isRequest(data)) void answer(data, compiler).then((a) => post(port, a));
  });
  port.start?.();
}

const isRequest = (data: unknown): data is Request =>
  typeof data === 'object' && data !== null && 'id' in data && 'kind' in data && 'input' in data;

async function answer({ id, kind, input }: Request, compiler: Compiler): Promise<Answer> {
  try {
    const handlers = handlersOf(compiler);
    if (!Object.hasOwn(handlers, kind)) throw new RangeError(`there are no requests of the kind '${kind}'`);
    checkInput(kind, input);
    const handle = handlers[kind] as (input: InputOf<Kind>) => OutputOf<Kind> | Promise<OutputOf<Kind>>;
    return { id, output: await handle(input) };
  } catch (error) {
    return { id, failure: failureOf(error, compiler) };
  }
}

function failureOf(error: unknown, compiler: Compiler | undefined): Failure {
  const problems = compiler?.problemsOf(error) ?? [];
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), problems };
  const code = error instanceof CodedError ? error.code : undefined;
  return { name: error.name, message: error.message, ...(code === undefined ? {} : { code }), problems };
}

/** Posts an answer, or says why it cannot be: a configuration may hold what cannot be copied. */
function post(port: Port, answer: Answer): void {
  try {
    port.postMessage(answer);
  } catch (error) {
    port.postMessage({ id: answer.id, failure: failureOf(error, undefined) });
  }
}
