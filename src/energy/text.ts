/** Prints angles and relative changes. */

/** An angle in degrees. */
export const degrees = (x: number): string => `${short(x)}°`;

/** A part of 1 in percent; – where there is none. */
export const percent = (part: number | null): string => (part === null ? '–' : `${short(100 * part)} %`);

/** A relative change in percent, with its sign. */
export const changed = (part: number | null): string =>
  `${part !== null && part > 0 ? '+' : ''}${percent(part)}`;

const short = (x: number): string =>
  x === 0 ? '0' : Math.abs(x) < 1e-3 ? x.toExponential(1) : x.toPrecision(2);
