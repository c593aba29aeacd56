/**
 * The theme: the system's, or the one that the visitor chose. The key and its values are VitePress', so that the
 * whole site agrees.
 */
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

/** Makes a button change between light and dark. `changed` is called whenever the theme changes. */
export function themeSwitch(button: HTMLButtonElement, changed: () => void = () => undefined): void {
  const apply = () => {
    const now = isDark();
    document.documentElement.dataset.theme = now ? 'dark' : 'light';
    button.setAttribute('aria-pressed', `${now}`);
    changed();
  };
  button.addEventListener('click', () => {
    const to = isDark() ? 'light' : 'dark';
    try {
      localStorage.setItem(KEY, to === (dark.matches ? 'dark' : 'light') ? 'auto' : to);
    } catch {
      // Where nothing can be stored, the theme stays the system's.
    }
    apply();
  });
  dark.addEventListener('change', apply);
  apply();
}
