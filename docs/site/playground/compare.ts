/** The panes of two versions as texts, with their differences. */
import { DiffView } from './code/views.ts';
import { el, fill } from './dom.ts';
import { note } from './format.ts';
import type { Pane } from './panes/pane.ts';
import type { Session } from './session.ts';

const wide = matchMedia('(min-width: 900px)');

export class Comparison {
  readonly dom = el('div', { class: 'pane comparison' });
  readonly #said = el('p', { class: 'small', role: 'status' });
  readonly #diff = new DiffView();

  render(session: Session, pane: Pane): void {
    const { current, before } = session;
    if (!before) return;
    const [old, now] = [pane.text(before), pane.text(current)];
    if (!old || !now) {
      const which = !old && !now ? 'Neither version has' : `The version ${old ? 'now' : 'before'} has not`;
      fill(this.dom, note(session.working ? 'Compiling…' : `${which} anything to show in this pane.`));
      return;
    }
    this.#said.textContent =
      old.text === now.text
        ? 'Both versions are the same here.'
        : 'Left is the version before, right is the version now.';
    if (!wide.matches && old.text !== now.text)
      this.#said.textContent =
        'Lines of the version before are struck in red, lines of the version now are green.';
    if (this.#diff.dom.parentElement !== this.dom) fill(this.dom, this.#said, this.#diff.dom);
    this.#diff.show(old.text, now.text, now.language, wide.matches);
  }
}
