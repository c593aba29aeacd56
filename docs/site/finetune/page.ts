/** The elements of the page by their ids, and what is done with many of them. */

export function byId<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as unknown as T;
}

export const inputOf = (id: string): HTMLInputElement => byId<HTMLInputElement>(id);
export const buttonOf = (id: string): HTMLButtonElement => byId<HTMLButtonElement>(id);

export const show = (id: string, shown = true): void => {
  byId(id).hidden = !shown;
};

export const say = (id: string, text: string): void => {
  byId(id).textContent = text;
};

/** An element with a text. */
export function made<K extends keyof HTMLElementTagNameMap>(tag: K, text = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

/** Says what went wrong; an empty text takes it back. */
export function problem(text: string): void {
  say('problem', text);
  show('problem', text !== '');
  if (text !== '') byId('problem').scrollIntoView({ block: 'nearest' });
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const megabytes = (bytes: number): string =>
  `${(bytes / 1e6).toLocaleString('en', { maximumSignificantDigits: 3 })} MB`;

/** A loss as it is shown: with all the digits of float32 that say something. */
export const shownLoss = (loss: number): string => loss.toFixed(6);
