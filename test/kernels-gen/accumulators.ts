/** Counts accumulators and multiply-adds in the WGSL of a kernel. */

const widthOf = (type: string): number => Number(/^vec(\d)/.exec(type)?.[1] ?? 1);

/** The count of numbers in all variables of a matching name; a vector holds several. */
export const numbersIn = (wgsl: string, name: RegExp): number =>
  [
    ...wgsl.matchAll(
      new RegExp(`var (${name.source}) = ((?:f32|vec\\df)\\(\\)|0\\.0f|vec4f\\(0\\.0f\\));`, 'g'),
    ),
  ].reduce((n, m) => n + widthOf(m.at(-1)!), 0);

/** The rows and columns of the results that one thread sums up. */
export function accumulatorsOf(wgsl: string): { readonly rows: number; readonly cols: number } {
  const rows = new Set([...wgsl.matchAll(/var acc_(\d+)/g)].map(([, row]) => row));
  return { rows: rows.size, cols: numbersIn(wgsl, /acc_0(?:_\d+)?/) };
}

/** The number of scalar multiply-adds in the WGSL; those of a function count once for each call. */
export function multiplyAddsIn(wgsl: string): number {
  const written = (text: string) =>
    [...text.matchAll(/fma\((vec\d)?/g)].reduce((n, [, type]) => n + widthOf(type ?? ''), 0);
  const functions = [...wgsl.matchAll(/^fn (\w+)\(.*?^}$/gms)].filter(([, name]) => name !== 'main');
  return functions.reduce((n, [text, name]) => {
    const calls = wgsl.split(`${name}(`).length - 2;
    return n + (calls - 1) * written(text);
  }, written(wgsl));
}
