/** A number as a short text, for operations, bytes and rates: `1234567` → `1.23M`. */
export function short(n: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  let [value, unit] = [n, 0];
  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)}${units[unit]}`;
}

/** A number as a short text with its unit: `1.23 MB`. */
export const figure = (n: number, unit: string): string => `${short(n).replace(/[kMGTP]?$/, ' $&')}${unit}`;

export const duration = (s: number): string =>
  s >= 1
    ? `${s.toPrecision(3)} s`
    : s >= 1e-3
      ? `${(s * 1e3).toPrecision(3)} ms`
      : `${(s * 1e6).toPrecision(3)} µs`;
