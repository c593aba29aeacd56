/** The interface of a pane: it shows the answers about the present version, and gives them as text for comparing. */
import type { SourcePlace } from '../../../../src/web/protocol.ts';
import type { Language } from '../code/views.ts';
import type { Session, Side } from '../session.ts';

export interface Pane {
  readonly dom: HTMLElement;
  /** Shows what is known of the present version. It is called after every change, and does nothing where none matters. */
  render(side: Side): void;
  /** The pane's content for a version; undefined while there is none. */
  text(side: Side): { readonly text: string; readonly language: Language } | undefined;
  /** Says where the caret is, for panes that mark what belongs to it. */
  caret?(offset: number, file: string): void;
}

/** Actions that a pane may take on the page. */
export interface Acts {
  readonly session: Session;
  /** Marks places in the editor; none unmarks. */
  mark(places: readonly SourcePlace[]): void;
  /** Moves the caret to a place. */
  go(place: SourcePlace): void;
}

/** Text of the source at a place, in one line. */
export function snippet(
  files: Readonly<Record<string, string>>,
  { file, start, end }: SourcePlace,
  most = 72,
): string {
  const text = (files[file]?.slice(start, end) ?? '').replace(/\s+/g, ' ').trim();
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
