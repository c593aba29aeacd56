/**
 * Every limit of oftc's own on what it accepts, in one place. docs/limits.md is generated from this table. Limits of a
 * device are not here: a device states its own.
 */

export interface Limit {
  /** The largest value that is accepted. */
  readonly most: number;
  /** What is counted, in the plural: 'tensors in one list'. */
  readonly counts: string;
  /** What sets the limit, as a clause: 'each tensor is a binding of its own'. */
  readonly because: string;
}

export const limits = {
  dimension: {
    most: 2 ** 31 - 1,
    counts: 'elements along one dimension',
    because: 'kernels count elements in 32-bit integers',
  },
  storedNodes: {
    most: 200_000,
    counts: 'nodes in a stored program',
    because: 'a stored program is untrusted, and compiling it takes time for each node',
  },
  storedList: {
    most: 10_000,
    counts: 'inputs, arguments or attribute values in one list of a stored program',
    because: 'a stored program is untrusted, and each list is walked many times',
  },
  storedText: {
    most: 2_000,
    counts: 'characters in one text of a stored program',
    because: 'names, dimensions and exact numbers are short',
  },
  pattern: {
    most: 10_000,
    counts: 'characters in a regular expression of a tokenizer or an adapter',
    because: 'each one is held as an automaton of a size that grows with it',
  },
  patternSeconds: {
    most: 2,
    counts:
      'seconds of processor time, and as many again for every 200,000 characters of text, that searching for regular expressions takes',
    because: 'a search with lookahead may try every way of dividing a text, which never ends',
  },
} as const satisfies Readonly<Record<string, Limit>>;

const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** Says that a value is above a limit: '5,000 tensors in one list: the limit is 1,024, because …'. */
export const aboveLimit = (found: number, { most, counts, because }: Limit): string =>
  `${grouped(found)} ${counts}: the limit is ${grouped(most)}, because ${because}`;

/** docs/limits.md. */
export function renderLimits(): string {
  const rows = Object.values<Limit>(limits).map(
    ({ most, counts, because }) => `| ${counts} | ${grouped(most)} | ${because} |`,
  );
  return [
    '# Limits',
    '',
    'The largest input that oftc accepts. Above a limit it refuses with an error that names the limit and what sets it.',
    'A device has limits of its own, which `oftc doctor` shows. This page is generated from `compiler/limits.ts`.',
    '',
    '| What is counted | Limit | What sets it |',
    '|---|--:|---|',
    ...rows,
    '',
  ].join('\n');
}
