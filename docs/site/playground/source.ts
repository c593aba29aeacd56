/** The source on the page: the editor, its files, the inputs beside it and the list of problems below. */
import type { OftcCompiler } from '../../../src/web/client.ts';
import type { Problem, SourcePlace } from '../../../src/web/protocol.ts';
import { Choices } from './choices.ts';
import { SourceEditor } from './code/editor.ts';
import { button, el, fill, refill } from './dom.ts';
import { placeText } from './panes/problems.ts';
import type { Session } from './session.ts';

export class Source {
  readonly dom: HTMLElement;
  readonly #session: Session;
  readonly #editor: SourceEditor;
  readonly #choices: Choices;
  readonly #files = el('div', { class: 'files', role: 'group', 'aria-label': 'Files' });
  readonly #list = el('ul', { class: 'problem-list', 'aria-label': 'Problems' });
  /** The file in the editor. */
  #file: string;
  /** The problems that the editor shows, as text. */
  #shown = '';
  caret: (offset: number, file: string) => void = () => {};

  constructor(session: Session, compiler: () => OftcCompiler) {
    this.#session = session;
    this.#choices = new Choices(session);
    this.#file = session.current.version.file;
    const position = (offset: number) => ({ files: session.current.version.files, file: this.#file, offset });
    const asked = async <T>(answer: () => Promise<T>): Promise<T | undefined> => {
      if (!session.armed) return undefined;
      // An older question is replaced by a newer one; the worker may have stopped, which the page says elsewhere.
      return answer().catch(() => undefined);
    };
    this.#editor = new SourceEditor({
      changed: (text) => this.#changed(text),
      moved: (offset) => this.caret(offset, this.#file),
      complete: (offset) => asked(() => compiler().complete(position(offset))),
      hover: (offset) => asked(() => compiler().hover(position(offset))),
    });
    this.dom = el(
      'section',
      { class: 'source', 'aria-label': 'Source' },
      this.#choices.dom,
      this.#files,
      this.#editor.dom,
      this.#list,
      el(
        'p',
        { class: 'help', id: 'editor-help' },
        keys('Esc'),
        ' then ',
        keys('Tab'),
        ' leaves the editor. ',
        keys('Ctrl-Space'),
        ' completes. ',
        keys('F8'),
        ' goes to the next problem.',
      ),
    );
    this.open();
  }

  /** Shows the version's own file. */
  open(): void {
    this.#show(this.#session.current.version.file);
  }

  render(): void {
    this.#choices.render();
    this.#renderFiles();
    const { problems } = this.#session.current;
    const key = JSON.stringify([problems, this.#file]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#editor.showProblems(problems.filter((p) => p.place?.file === this.#file));
    fill(this.#list, ...problems.map((p) => el('li', { class: `problem-${p.severity}` }, this.#line(p))));
  }

  #line(p: Problem): HTMLElement {
    const { place } = p;
    return el(
      'button',
      { type: 'button', class: 'problem-line', disabled: !place, onclick: () => place && this.go(place) },
      el('span', { class: 'problem-code' }, p.code ?? p.severity),
      el('span', { class: 'problem-message' }, p.message),
      place && el('span', { class: 'problem-place' }, placeText(place)),
    );
  }

  mark(places: readonly SourcePlace[]): void {
    this.#editor.mark(places.filter((p) => p.file === this.#file));
  }

  go(place: SourcePlace): void {
    if (place.file !== this.#file) {
      if (!Object.hasOwn(this.#session.current.version.files, place.file)) return;
      this.#show(place.file);
    }
    this.#editor.select(place);
  }

  #show(file: string): void {
    this.#file = file;
    this.#shown = '';
    this.#editor.open(this.#session.current.version.files[file]!);
    this.render();
  }

  #changed(text: string): void {
    const { files } = this.#session.current.version;
    this.#session.edit({ files: { ...files, [this.#file]: text } });
  }

  #renderFiles(): void {
    const names = Object.keys(this.#session.current.version.files);
    this.#files.hidden = names.length < 2;
    refill(this.#files, names, () =>
      names.map((f) => button(f.replace(/^\//, ''), () => this.#show(f), { class: 'file', 'data-file': f })),
    );
    for (const own of this.#files.querySelectorAll('button'))
      own.setAttribute('aria-pressed', `${own.dataset.file === this.#file}`);
  }
}

const keys = (text: string): HTMLElement => el('kbd', {}, text);
