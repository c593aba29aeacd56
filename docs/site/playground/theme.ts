/** The theme: the system's, or the one that the visitor chose. The key and its values are VitePress', so that the whole site agrees. */
import { button } from './dom.ts';

const KEY = 'vitepress-theme-appearance';
const dark = matchMedia('(prefers-color-scheme: dark)');

function stored(): string {
  try {
    return localStorage.getItem(KEY) ?? 'auto';
  } catch {
    return 'auto';
  }
}

const isDark = (): boolean => stored() === 'dark' || (stored() !== 'light' && dark.matches);

/** A button that changes between light and dark. `changed` is called whenever the theme changes. */
export function themeSwitch(changed: () => void): HTMLButtonElement {
  const apply = () => {
    const now = isDark();
    document.documentElement.dataset.theme = now ? 'dark' : 'light';
    own.setAttribute('aria-pressed', `${now}`);
    changed();
  };
  const own = button(
    '',
    () => {
      const to = isDark() ? 'light' : 'dark';
      try {
        localStorage.setItem(KEY, to === (dark.matches ? 'dark' : 'light') ? 'auto' : to);
      } catch {
        // Where nothing can be stored, the theme stays the system's.
      }
      apply();
    },
    { class: 'theme', 'aria-label': 'Dark theme', title: 'Light or dark' },
  );
  dark.addEventListener('change', apply);
  apply();
  return own;
}
