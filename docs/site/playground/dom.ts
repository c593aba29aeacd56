/** Makes elements of the page. Text is always set as text: no string becomes markup. */

type Child = Node | string | number | undefined | false;

type Listeners = {
  readonly [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void;
};

/** Attributes and listeners. `false` and `undefined` leave an attribute out; `true` sets it without a value. */
type Props = Listeners & {
  readonly [attribute: string]: string | number | boolean | undefined | ((event: never) => void);
};

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false)
      made.setAttribute(name, value === true ? '' : `${value}`);
  }
  fill(made, ...children);
  return made;
}

/** Replaces what an element holds. */
export function fill(into: Element, ...children: readonly Child[]): void {
  into.replaceChildren(
    ...children.filter((c) => c !== undefined && c !== false).map((c) => (c instanceof Node ? c : `${c}`)),
  );
}

/** A button that does what its text says. */
export const button = (text: string, act: () => void, props: Props = {}): HTMLButtonElement =>
  el('button', { type: 'button', ...props, onclick: act }, text);

const keys = new WeakMap<Element, string>();

/** Replaces what an element holds if `key` differs from the last one, so that focus stays where nothing changed. */
export function refill(into: Element, key: unknown, make: () => readonly Child[]): void {
  const text = JSON.stringify(key);
  if (keys.get(into) === text) return;
  keys.set(into, text);
  fill(into, ...make());
}

let ids = 0;
/** A new id, for labels and descriptions. */
export const newId = (of: string): string => `${of}-${++ids}`;
