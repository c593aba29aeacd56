/** A limit on what oftc accepts, and how an error names it. compiler/limits.ts has all limits. */
export interface Limit {
  /** The largest value that is accepted. */
  readonly most: number;
  /** The things counted, in the plural: 'tensors in one list'. */
  readonly counts: string;
  /** The reason for the limit, as a clause: 'each tensor is a binding of its own'. */
  readonly because: string;
}

export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** Says that a value is above a limit: '5,000 tensors in one list: the limit is 1,024, because …'. */
export const aboveLimit = (found: number, { most, counts, because }: Limit): string =>
  `${grouped(found)} ${counts}: the limit is ${grouped(most)}, because ${because}`;
