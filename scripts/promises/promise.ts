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

/** The link to a test: `at('finetune/lock', 'a title')` is in test/src/finetune/lock.test.ts, and `/golden/x` is in test/golden. */
export const at = (name: string, title: string): TestLink => ({
  file: name.startsWith('/') ? `test${name}.test.ts` : `test/src/${name}.test.ts`,
  title,
});

/** A test as a link in a page of docs/, its title beside it. */
export const linked = ({ file, title }: TestLink): string =>
  `[${file.slice('test/'.length, -'.test.ts'.length)}](../${file}): “${title.replaceAll('|', '\\|').replace(/[<>*_`[\]]/g, '\\$&')}”`;
