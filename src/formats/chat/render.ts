/** Renders conversations by a chat template so that a template cannot hang: in a worker thread, with limits. */
import { limits } from '../../../compiler/limits.ts';
import { FormatError } from '../error.ts';
import { ConfinedWorker, DeadlinePassed, WorkerEnded } from '../patterns/deadline.ts';
import type { RenderReply, Variables } from './answer.ts';
import { ChatError } from './error.ts';
import { missingTokens } from './template.ts';

/** A turn. A template may read fields beside these two; all are texts. */
export interface Message {
  readonly role: string;
  readonly content: string;
  readonly [field: string]: string;
}

/** A conversation to render. */
export interface Rendering {
  readonly messages: readonly Message[];
  /** Whether the text ends with what comes before a response. */
  readonly prompt: boolean;
}

/** The number of turns among which the one that a template refuses is looked for. */
const SEARCHED = 50;

/** A template, and the texts of the special tokens that it may write. */
export class Renderer {
  readonly #source: string;
  /** The file that holds the template, with the field in it, for messages. */
  readonly #at: string;
  readonly #tokens: Variables;
  readonly #worker = new ConfinedWorker('../chat/worker', limits.templateMegabytes.most);

  constructor(source: string, at: string, tokens: Variables) {
    this.#source = source;
    this.#at = at;
    this.#tokens = tokens;
  }

  /**
   * The texts of several renderings. Throws ChatError for the first that fails or takes too long, and InvalidTokenizer
   * for a template that fails by itself.
   */
  texts(renderings: readonly Rendering[]): readonly string[] {
    const reply = this.#ask(renderings);
    if ('texts' in reply) return reply.texts;
    const failed = renderings[reply.failed];
    if (failed) {
      const shortest = reply.late ? failed : this.#shortest(failed, reply.why);
      throw failure(shortest, `${reply.why}${this.#aboutUndefined(reply.why)}`);
    }
    throw new FormatError(
      'InvalidTokenizer',
      { file: this.#at },
      `the chat template cannot be used: ${reply.why}`,
      'Correct it, or name another one with --chat-template.',
    );
  }

  /** The special tokens that an error about an undefined value may be about. */
  #aboutUndefined(why: string): string {
    const missing = why.includes('undefined') ? missingTokens(this.#source, this.#tokens) : [];
    if (missing.length === 0) return '';
    return `; the template uses ${missing.join(' and ')}, which tokenizer_config.json does not have`;
  }

  /** The beginning of a conversation that fails for the same reason, so that a message names the turn at fault. */
  #shortest(failed: Rendering, why: string): Rendering {
    const most = Math.min(failed.messages.length - 1, SEARCHED);
    for (let n = 1; n <= most; n++) {
      const beginning = { messages: failed.messages.slice(0, n), prompt: false };
      const reply = this.#ask([beginning]);
      if ('texts' in reply) continue;
      if (reply.late) break;
      if (reply.why === why) return beginning;
    }
    return failed;
  }

  #ask(renderings: readonly Rendering[]): RenderReply {
    const variables = renderings.map(({ messages, prompt }) => ({
      ...this.#tokens,
      messages,
      add_generation_prompt: prompt,
      // transformers passes both, as None.
      tools: null,
      documents: null,
    }));
    const request = { source: this.#source, renderings: variables };
    const seconds = limits.templateSeconds.most;
    try {
      return this.#worker.ask(request, { left: seconds * Math.max(1, renderings.length / 8) }) as RenderReply;
    } catch (e) {
      if (e instanceof DeadlinePassed)
        return { failed: e.step - 2, why: `it takes more than ${seconds} s`, late: true };
      if (e instanceof WorkerEnded)
        throw new ChatError(undefined, 'the chat template takes more memory than it may');
      throw e;
    }
  }
}

function failure({ messages, prompt }: Rendering, why: string): ChatError {
  const turn = messages.length - 1;
  const what = prompt ? 'the prompt after it' : turn === 0 ? 'it' : 'the conversation up to it';
  return new ChatError(turn, `the chat template does not render ${what}: ${why}`);
}
