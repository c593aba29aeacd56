/** How code looks, in editors and in read-only views. Colours are the page's custom properties, so that both themes hold. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags as t } from '@lezer/highlight';

const style = HighlightStyle.define([
  { tag: [t.keyword, t.modifier, t.controlKeyword, t.operatorKeyword], color: 'var(--code-keyword)' },
  { tag: [t.string, t.regexp, t.special(t.string)], color: 'var(--code-string)' },
  { tag: [t.number, t.bool, t.null, t.atom], color: 'var(--code-number)' },
  { tag: [t.comment, t.meta], color: 'var(--code-comment)' },
  { tag: [t.typeName, t.className, t.namespace], color: 'var(--code-type)' },
  {
    tag: [t.function(t.variableName), t.function(t.propertyName), t.function(t.definition(t.variableName))],
    color: 'var(--code-function)',
  },
  { tag: [t.propertyName, t.definition(t.propertyName)], color: 'var(--code-property)' },
  { tag: [t.operator, t.punctuation, t.bracket], color: 'var(--code-punctuation)' },
]);

const look = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--text)', fontSize: 'var(--code-size)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)', padding: '10px 0' },
  '.cm-line': { padding: '0 12px 0 8px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--selection)',
  },
  '.cm-gutters': {
    backgroundColor: 'var(--surface)',
    color: 'var(--faint)',
    border: 'none',
    borderRight: '1px solid var(--line)',
  },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 8px 0 10px', minWidth: '24px' },
  '.cm-activeLine': { backgroundColor: 'var(--active-line)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--active-line)', color: 'var(--text)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--match)',
    color: 'inherit',
  },
  '.cm-selectionMatch': { backgroundColor: 'var(--match)' },
  '.cm-foldPlaceholder': {
    background: 'var(--raised)',
    border: '1px solid var(--line)',
    color: 'var(--muted)',
  },
  '.cm-tooltip': {
    background: 'var(--raised)',
    color: 'var(--text)',
    border: '1px solid var(--line-strong)',
    borderRadius: '6px',
    boxShadow: '0 6px 24px var(--shadow)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mono)',
    fontSize: '12.5px',
    maxHeight: '15em',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-completionDetail': { color: 'inherit', opacity: '0.75', fontStyle: 'normal' },
  '.cm-panels': { background: 'var(--raised)', color: 'var(--text)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search': { fontFamily: 'var(--sans)', padding: '8px' },
  '.cm-textfield, .cm-button': {
    background: 'var(--surface)',
    backgroundImage: 'none',
    color: 'var(--text)',
    border: '1px solid var(--line-strong)',
    borderRadius: '4px',
  },
  '.cm-searchMatch': { backgroundColor: 'var(--match)' },
  '.cm-source-step': {
    backgroundColor: 'var(--mark)',
    outline: '1px solid var(--mark-line)',
    borderRadius: '2px',
  },
  '.cm-diagnostic': {
    padding: '6px 10px',
    fontFamily: 'var(--sans)',
    fontSize: '13px',
    maxWidth: '560px',
    whiteSpace: 'pre-wrap',
  },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--error)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--warning)' },
  '.cm-diagnostic-info': { borderLeft: '3px solid var(--accent)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--error) 1px',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--warning) 1px',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-info': {
    backgroundImage: 'none',
    textDecoration: 'underline dotted var(--accent) 1px',
    textUnderlineOffset: '3px',
  },
  '.cm-problem-code': { fontFamily: 'var(--mono)', fontSize: '12px', fontWeight: '600', marginRight: '6px' },
  '.cm-problem-remedy': { marginTop: '4px', color: 'var(--muted)' },
  '.cm-hover-type': { padding: '8px 12px', maxWidth: '560px', maxHeight: '260px', overflow: 'auto' },
  '.cm-hover-type pre': {
    fontFamily: 'var(--mono)',
    fontSize: '12.5px',
    whiteSpace: 'pre-wrap',
    margin: '0',
  },
  '.cm-hover-type p': {
    fontFamily: 'var(--sans)',
    fontSize: '13px',
    margin: '6px 0 0',
    color: 'var(--muted)',
    whiteSpace: 'pre-wrap',
  },
  '.cm-changedLine': { backgroundColor: 'var(--changed)' },
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'var(--removed)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--added)' },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': { background: 'var(--removed-text)' },
  '&.cm-merge-b .cm-changedText': { background: 'var(--added-text)' },
  '.cm-collapsedLines': { background: 'var(--raised)', color: 'var(--muted)', backgroundImage: 'none' },
});

export const codeLook: Extension = [look, syntaxHighlighting(style)];

/** An element whose editors keep their styles to themselves, as sheets that a strict policy allows. */
export function codeRoot(host: HTMLElement): { readonly root: ShadowRoot; readonly parent: HTMLElement } {
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ':host { display: block; position: relative; min-height: 0; } :host(:focus-within)::after { content: ""; position: absolute; z-index: 300; inset: 0; border: 2px solid var(--focus); pointer-events: none; } .code { height: 100%; } .cm-editor { height: 100%; } .cm-mergeView { height: 100%; }',
  );
  root.adoptedStyleSheets = [sheet];
  const parent = document.createElement('div');
  parent.className = 'code';
  root.append(parent);
  return { root, parent };
}
