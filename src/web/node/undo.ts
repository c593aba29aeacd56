/**
 * In the place of src/formats/undo.ts. A tab ends without running anything, so nothing is undone: what a closed tab left is
 * removed when its store is opened again.
 */
export const undoAtEnd =
  (_undo: () => void): (() => void) =>
  () => {};

/** Does nothing: it is asked for by what `undoAtEnd` is given, which never runs here. */
export const removeAtEnd = (_path: string): void => {};
