/** A store of texts by key, which keeps compiled Plans so that equal programs are not compiled again. */
export interface PlanStore {
  /** The text that was saved for a key; undefined where there is none, or where it is damaged. */
  read(key: string): string | undefined;
  /** Keeps a text; a promise resolves when it is kept, or when it is known that it is not. */
  write(key: string, text: string): void | Promise<void>;
}
