/** The names of the changes. */
export const CHANGES: readonly string[];
