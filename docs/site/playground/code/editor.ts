/** The editor of the source: types, completion and problems of the compiler in the worker, and marks of steps. */
import { autocompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Extension, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, hoverTooltip, keymap } from '@codemirror/view';
import { basicSetup } from 'codemirror';
import type { Completed, Hovered, Problem } from '../../../../src/web/protocol.ts';
import { el } from '../dom.ts';
import { codeLook, codeRoot } from './theme.ts';

export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface EditorActs {
  changed(text: string): void;
  moved(caret: number): void;
  complete(offset: number): Promise<Completed | undefined>;
  hover(offset: number): Promise<Hovered | undefined>;
}

const setMarks = StateEffect.define<readonly Range[]>();
const mark = Decoration.mark({ class: 'cm-source-step' });

/** The marked places. They move with the text. */
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, tr) {
    let now = value.map(tr.changes);
    for (const effect of tr.effects) if (effect.is(setMarks)) now = marked(effect.value, tr.newDoc.length);
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const within = ({ start, end }: Range, length: number): boolean => start >= 0 && start < end && end <= length;

const marked = (ranges: readonly Range[], length: number): DecorationSet =>
  Decoration.set(
    ranges.filter((r) => within(r, length)).map((r) => mark.range(r.start, r.end)),
    true,
  );

export class SourceEditor {
  readonly dom: HTMLElement;
  readonly #view: EditorView;
  readonly #acts: EditorActs;
  /** Whether the present change comes from the page, not from the visitor. */
  #silent = false;

  constructor(acts: EditorActs) {
    this.#acts = acts;
    this.dom = el('div', { class: 'source-editor' });
    this.#view = new EditorView({ ...codeRoot(this.dom), state: this.#state('') });
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  /** Shows another text, without a history of the older one. */
  open(text: string): void {
    this.#silent = true;
    this.#view.setState(this.#state(text));
    this.#silent = false;
  }

  focus(): void {
    this.#view.focus();
  }

  /** Selects a range and brings it into sight. */
  select({ start, end }: Range): void {
    const { length } = this.#view.state.doc;
    const [anchor, head] = [Math.min(start, length), Math.min(end, length)];
    this.#view.dispatch({
      selection: { anchor, head },
      effects: EditorView.scrollIntoView(anchor, { y: 'center' }),
    });
    this.#view.focus();
  }

  mark(ranges: readonly Range[]): void {
    const first = ranges[0];
    const effects: StateEffect<unknown>[] = [setMarks.of(ranges)];
    if (first && within(first, this.#view.state.doc.length))
      effects.push(EditorView.scrollIntoView(first.start, { y: 'nearest', yMargin: 40 }));
    this.#view.dispatch({ effects });
  }

  showProblems(problems: readonly Problem[]): void {
    const { length } = this.#view.state.doc;
    const found = problems.flatMap((p) =>
      p.place && p.place.start <= length ? [diagnostic(p, p.place, length)] : [],
    );
    this.#view.dispatch(setDiagnostics(this.#view.state, found));
  }

  #state(doc: string): EditorState {
    return EditorState.create({ doc, extensions: [...this.#extensions()] });
  }

  #extensions(): Extension[] {
    return [
      basicSetup,
      keymap.of([indentWithTab]),
      javascript({ typescript: true }),
      lintGutter(),
      marks,
      EditorState.tabSize.of(2),
      EditorView.contentAttributes.of({
        'aria-label': 'Source of the layer, in TypeScript',
        'aria-describedby': 'editor-help',
        tabindex: '0',
      }),
      autocompletion({ override: [(context) => this.#completions(context)] }),
      hoverTooltip((_, at) => this.#hovered(at), { hoverTime: 350 }),
      EditorView.updateListener.of((update) => {
        if (this.#silent) return;
        if (update.docChanged) this.#acts.changed(update.state.doc.toString());
        if (update.selectionSet || update.docChanged) this.#acts.moved(update.state.selection.main.head);
      }),
      codeLook,
    ];
  }

  async #completions(context: CompletionContext): Promise<CompletionResult | null> {
    const word = context.matchBefore(/[\w$]+$/);
    const opens = context.matchBefore(/[.'"]$/);
    if (!context.explicit && !word && !opens) return null;
    const answer = await this.#acts.complete(context.pos);
    if (!answer || context.aborted || answer.items.length === 0) return null;
    return {
      from: answer.start,
      to: answer.end,
      options: answer.items.map((i) => ({
        label: i.name,
        apply: i.insert,
        detail: i.kind,
        type: typeOf(i.kind),
      })),
      validFor: /^[\w$]*$/,
    };
  }

  async #hovered(at: number) {
    const found = (await this.#acts.hover(at))?.found;
    if (!found) return null;
    const { start: pos, end, signature, documentation } = found;
    const dom = el(
      'div',
      { class: 'cm-hover-type' },
      el('pre', {}, signature),
      documentation !== '' && el('p', {}, documentation),
    );
    return { pos, end, above: true, create: () => ({ dom }) };
  }
}

/** CodeMirror's name for a kind of TypeScript's, for the icon of a completion. */
const typeOf = (kind: string): string =>
  ({
    method: 'method',
    function: 'function',
    const: 'constant',
    let: 'variable',
    property: 'property',
    keyword: 'keyword',
    string: 'text',
    interface: 'interface',
    type: 'type',
    class: 'class',
  })[kind] ?? 'variable';

function diagnostic(p: Problem, { start, end }: Range, length: number): Diagnostic {
  const to = Math.min(Math.max(end, start + 1), length);
  return {
    from: Math.min(start, to),
    to,
    severity: p.severity === 'note' ? 'info' : p.severity,
    message: `${p.code ?? ''} ${p.message}`.trim(),
    renderMessage: () =>
      el(
        'div',
        {},
        p.code !== undefined && el('span', { class: 'cm-problem-code' }, p.code),
        p.message,
        p.remedy !== undefined && el('div', { class: 'cm-problem-remedy' }, p.remedy),
      ),
  };
}
