/** The seconds since a time of `performance.now()`. A clock may jump back, as that of a machine that is moved does. */
export const secondsSince = (start: number): number => Math.max(0, performance.now() - start) / 1000;
