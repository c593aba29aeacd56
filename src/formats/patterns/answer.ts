/** Answers requests for work that may take very long: searches for a pattern, and tokenizers with patterns. */
import type { TokenizerConfig, TokenizerFile } from '../tokenizer/file.ts';
import { makeRun, type Run } from '../tokenizer/run.ts';

/** The requests, each with the type of its answer. */
export interface Requests {
  /** Asks for the groups of a match, the whole match first. */
  search: {
    readonly asks: { readonly source: string; readonly flags: string; readonly text: string };
    readonly answers: readonly (string | undefined)[] | undefined;
  };
  /** Makes the tokenizer for the following requests. */
  open: {
    readonly asks: { readonly json: TokenizerFile; readonly config: TokenizerConfig };
    readonly answers: true;
  };
  encode: {
    readonly asks: { readonly text: string; readonly special: boolean };
    readonly answers: ReturnType<Run['encode']>;
  };
  decode: {
    readonly asks: { readonly ids: readonly number[]; readonly special: boolean };
    readonly answers: string;
  };
}

export type Request = { [K in keyof Requests]: { readonly kind: K } & Requests[K]['asks'] }[keyof Requests];

/** The answer, or the message of an error. */
export type Reply = { readonly value: unknown } | { readonly thrown: string };

/** A function that answers requests one after another, and says by `step` which pattern is at work. */
export function answering(step: (step: number) => void): (request: Request) => Reply {
  let run: Run | undefined;
  const answer = (request: Request): unknown => {
    switch (request.kind) {
      case 'search': {
        const regexp = new RegExp(request.source, request.flags);
        step(1);
        const match = regexp.exec(request.text);
        return match ? [...match] : undefined;
      }
      case 'open':
        run = makeRun(request.json, request.config, (pattern) =>
          step(pattern === undefined ? 0 : pattern + 1),
        );
        return true;
      case 'encode':
        return run?.encode(request.text, request.special);
      case 'decode':
        return run?.decode(request.ids, request.special);
      default:
        return request satisfies never;
    }
  };
  return (request) => {
    try {
      return { value: answer(request) };
    } catch (error) {
      return { thrown: error instanceof Error ? error.message : String(error) };
    } finally {
      step(0);
    }
  };
}
