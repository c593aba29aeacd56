/** Read-only views of code, and of two texts beside each other. */

import { defaultKeymap } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { python } from '@codemirror/lang-python';
import { foldGutter, foldKeymap } from '@codemirror/language';
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view';
import { codeLook, codeRoot } from './theme.ts';
import { wgsl } from './wgsl.ts';

export type Language = 'wgsl' | 'python' | 'typescript' | 'text';

const language = (of: Language): Extension =>
  of === 'wgsl'
    ? wgsl
    : of === 'python'
      ? python()
      : of === 'typescript'
        ? javascript({ typescript: true })
        : [];

const readOnly = (of: Language, label: string): Extension => [
  lineNumbers(),
  foldGutter(),
  highlightSpecialChars(),
  search({ top: false }),
  keymap.of([...searchKeymap, ...foldKeymap, ...defaultKeymap]),
  EditorState.readOnly.of(true),
  EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', tabindex: '0' }),
  of === 'text' ? EditorView.lineWrapping : [],
  language(of),
  codeLook,
];

/** A view of one text. Only the lines in sight are in the page. */
export class CodeView {
  readonly dom: HTMLElement;
  readonly #view: EditorView;
  #shown = '';
  readonly #label: string;

  constructor(label: string) {
    this.#label = label;
    this.dom = document.createElement('div');
    this.dom.className = 'code-view';
    this.#view = new EditorView(codeRoot(this.dom));
  }

  show(text: string, of: Language): void {
    if (this.#shown === `${of}\n${text}`) return;
    this.#shown = `${of}\n${text}`;
    this.#view.setState(EditorState.create({ doc: text, extensions: readOnly(of, this.#label) }));
  }
}

/** A view of two texts: beside each other where there is room, else one with the changes in it. */
export class DiffView {
  readonly dom: HTMLElement;
  readonly #root: ReturnType<typeof codeRoot>;
  #view: { destroy(): void } | undefined;
  #shown = '';

  constructor() {
    this.dom = document.createElement('div');
    this.dom.className = 'code-view';
    this.#root = codeRoot(this.dom);
  }

  show(before: string, after: string, of: Language, wide: boolean): void {
    const key = JSON.stringify([before, after, of, wide]);
    if (this.#shown === key) return;
    this.#shown = key;
    this.#view?.destroy();
    this.#root.parent.replaceChildren();
    const collapseUnchanged = { margin: 3, minSize: 6 };
    this.#view = wide
      ? new MergeView({
          ...this.#root,
          a: { doc: before, extensions: readOnly(of, 'Before') },
          b: { doc: after, extensions: readOnly(of, 'Now') },
          collapseUnchanged,
        })
      : new EditorView({
          ...this.#root,
          doc: after,
          extensions: [
            readOnly(of, 'Before and now'),
            unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged }),
          ],
        });
  }
}
