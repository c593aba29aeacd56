/** The theme: the system's, or the one that the visitor chose. The key and its values are VitePress', for the whole site. */
const KEY = 'vitepress-theme-appearance';
const dark = matchMedia('(prefers-color-scheme: dark)');

const stored = (): string => localStorage.getItem(KEY) ?? 'auto';
const isDark = (): boolean => stored() === 'dark' || (stored() !== 'light' && dark.matches);

/** Makes the button change between light and dark. */
export function themeSwitch(button: HTMLButtonElement): void {
  const apply = () => {
    document.documentElement.dataset.theme = isDark() ? 'dark' : 'light';
    button.setAttribute('aria-pressed', `${isDark()}`);
  };
  button.addEventListener('click', () => {
    const to = isDark() ? 'light' : 'dark';
    localStorage.setItem(KEY, to === (dark.matches ? 'dark' : 'light') ? 'auto' : to);
    apply();
  });
  dark.addEventListener('change', apply);
  apply();
}
