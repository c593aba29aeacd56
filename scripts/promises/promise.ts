/** A sentence that the project promises, and the tests that hold it. */
export interface Promised {
  readonly sentence: string;
  readonly tests: readonly TestLink[];
  /** The beginning of the names of reports in bench/results/trust whose counts stand behind it too. */
  readonly runs?: string;
}

/** A test by its file and the text of its title in that file. */
export interface TestLink {
  readonly file: string;
  readonly title: string;
}

/**
 * The link to a test: `at('finetune/lock', 'a title')` is in test/src/finetune/lock.test.ts, and `/golden/x` is in
 * test/golden.
 */
export const at = (name: string, title: string): TestLink => ({
  file: name.startsWith('/') ? `test${name}.test.ts` : `test/src/${name}.test.ts`,
  title,
});

/** The pattern by which vitest finds a test. Values stand in its title's places, and a shell reads some signs itself. */
export const patternOf = ({ title }: TestLink): string =>
  title
    .split(/%\w|\$[\w.]+/)
    .map((part) => part.replace(/[^\w\s,;:-]/gu, '.'))
    .join('.*');

/** A test as a link in a page of docs/, with its title, and with its pattern where the title itself is none. */
export function linked(test: TestLink): string {
  const { file, title } = test;
  const name = `[${file.slice('test/'.length, -'.test.ts'.length)}](../${file})`;
  const shown = title.replaceAll('|', '\\|').replace(/[<>*_`[\]]/g, '\\$&');
  const pattern = patternOf(test);
  return `${name}: “${shown}”${pattern === title ? '' : `, \`-t '${pattern}'\``}`;
}
