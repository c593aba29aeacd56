/** The problems of the source: TypeScript's and oftc's as one list, with the meaning of a code and how to mend it. */
import type { Problem, SourcePlace } from '../../../../src/web/protocol.ts';
import { button, el, fill } from '../dom.ts';
import { note } from '../format.ts';
import type { Side } from '../session.ts';
import type { Acts, Pane } from './pane.ts';

export class ProblemsPane implements Pane {
  readonly dom = el('div', { class: 'pane problems' });
  readonly #acts: Acts;

  constructor(acts: Acts) {
    this.#acts = acts;
  }

  render(side: Side): void {
    const { problems } = side;
    const refusals = refusalsOf(side);
    fill(
      this.dom,
      ...refusals.map((text) => note(text, 'error')),
      ...problems.map((p) => this.#problem(p)),
      problems.length + refusals.length === 0 &&
        note(side.slots.check.value ? 'No problems.' : 'The source has not been checked yet.'),
    );
  }

  text(side: Side) {
    if (!side.slots.check.value) return undefined;
    const lines = [...refusalsOf(side), ...side.problems.map(lineOf)];
    return { text: lines.join('\n') || 'No problems.', language: 'text' as const };
  }

  #problem(p: Problem): HTMLElement {
    return el(
      'article',
      { class: `problem problem-${p.severity}` },
      el('h2', {}, el('span', { class: 'problem-code' }, p.code ?? p.severity), p.title ?? ''),
      el('p', {}, p.message),
      p.remedy !== undefined && el('p', { class: 'remedy' }, p.remedy),
      this.#places(p),
    );
  }

  #places({ place, related }: Problem): HTMLElement | false {
    const all = [...(place ? [{ message: 'here', place }] : []), ...related];
    if (all.length === 0) return false;
    return el(
      'ul',
      {},
      ...all.map((r) => el('li', {}, r.place ? this.#link(r.place, r.message) : r.message)),
    );
  }

  #link(place: SourcePlace, message: string): HTMLElement {
    return button(`${message}: ${placeText(place)}`, () => this.#acts.go(place), { class: 'link' });
  }
}

/** Failures that are no problem of a place, such as a search that is too large. */
const refusalsOf = (side: Side): string[] =>
  Object.values(side.slots).flatMap((s) =>
    s.answered === side.version && s.refusal && s.refusal.problems.length === 0
      ? [`${s.refusal.code ? `${s.refusal.code}: ` : ''}${s.refusal.message}`]
      : [],
  );

export const placeText = ({ file, line, column }: SourcePlace): string =>
  `${file.replace(/^\//, '')}:${line}:${column}`;

const lineOf = (p: Problem): string =>
  `${p.place ? `${placeText(p.place)}: ` : ''}${[p.severity, p.code].filter(Boolean).join(' ')}: ${p.message}`;
