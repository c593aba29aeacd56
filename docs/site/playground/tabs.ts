/** A list of tabs by the ARIA pattern: arrows, Home and End move between tabs, and the panel has the tab's name. */
import { el, newId } from './dom.ts';

export interface TabList<T extends string> {
  readonly dom: HTMLElement;
  readonly selected: T;
  select(tab: T): void;
  /** Puts a short text after a tab's name, such as a count. */
  badge(tab: T, text: string, kind?: string): void;
}

/** Tabs that all control one panel. `shown` is called after another tab is selected. */
export function tabList<T extends string>(
  label: string,
  names: Readonly<Record<T, string>>,
  panel: HTMLElement,
  shown: (tab: T) => void,
): TabList<T> {
  const ids = Object.keys(names) as T[];
  let selected = ids[0]!;
  const badges = new Map(ids.map((id) => [id, el('span', { class: 'badge', hidden: true })]));
  const tabs = new Map(
    ids.map((id) => [
      id,
      el(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: newId('tab'),
          'aria-controls': panel.id,
          'data-tab': id,
          onclick: () => pick(id),
        },
        el('span', {}, names[id]),
        badges.get(id),
      ),
    ]),
  );
  panel.setAttribute('role', 'tabpanel');
  const update = () => {
    for (const [id, tab] of tabs) {
      tab.setAttribute('aria-selected', `${id === selected}`);
      tab.tabIndex = id === selected ? 0 : -1;
    }
    panel.setAttribute('aria-labelledby', tabs.get(selected)!.id);
  };
  const pick = (id: T) => {
    selected = id;
    update();
    shown(id);
  };
  const dom = el('div', { class: 'tabs', role: 'tablist', 'aria-label': label }, ...tabs.values());
  dom.addEventListener('keydown', (event) => {
    const at = ids.indexOf(selected);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pick(ids[(to + ids.length) % ids.length]!);
    tabs.get(selected)!.focus();
  });
  update();
  return {
    dom,
    get selected() {
      return selected;
    },
    select(tab) {
      selected = tab;
      update();
    },
    badge(tab, text, kind = '') {
      const own = badges.get(tab)!;
      own.textContent = text;
      own.hidden = text === '';
      own.className = `badge ${kind}`.trim();
    },
  };
}
