/** Renders chat templates with Hugging Face's own implementation of Jinja. */
import { Template } from '@huggingface/jinja';
import { boundedRange, boundValues, RANGE } from './sizes.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** Asks for a template's texts, one for each set of variables. */
export interface RenderRequest {
  readonly source: string;
  readonly renderings: readonly Variables[];
}

/** The texts, or the number of the rendering that failed (-1 for the template itself), why, and whether time was over. */
export type RenderReply =
  | { readonly texts: readonly string[] }
  | { readonly failed: number; readonly why: string; readonly late?: true };

/**
 * Leaves templates without a clock, because today's date would make other tokens of the same data tomorrow, and bounds
 * `range`. The line break belongs to the tag, and does not reach the text.
 */
const PRELUDE = `{% set strftime_now = undefined %}{% set range = ${RANGE} %}\n`;

let made: { readonly source: string; readonly template: Template } | undefined;

boundValues();

/** Answers a request. `step` is called with 1 for the template, and with n + 2 for rendering n. */
export function answer({ source, renderings }: RenderRequest, step: (step: number) => void): RenderReply {
  let at = -1;
  step(1);
  try {
    if (made?.source !== source) made = { source, template: new Template(PRELUDE + source) };
    const texts: string[] = [];
    for (const variables of renderings) {
      at = texts.length;
      // The step tells a caller whose time is over which rendering took it.
      step(at + 2);
      texts.push(made.template.render({ ...variables, [RANGE]: boundedRange }));
    }
    return { texts };
  } catch (error) {
    // The parser fails with a TypeError where the template ends too early.
    if (at < 0 && error instanceof TypeError)
      return { failed: at, why: 'it does not parse, and a block or an expression in it may not be closed' };
    const why = error instanceof Error ? error.message : String(error);
    return { failed: at, why: why === '' ? 'it raises an exception without a message' : why };
  }
}
