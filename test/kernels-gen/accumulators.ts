/** Reads the accumulators of a kernel's text, which are numbers or vectors. */

const widthOf = (type: string): number => Number(/^vec(\d)/.exec(type)?.[1] ?? 1);

/** The numbers that variables of a name hold; each match of the name counts. */
export const numbersIn = (wgsl: string, name: RegExp): number =>
  [...wgsl.matchAll(new RegExp(`var (${name.source}) = (f32|vec\\df)\\(\\);`, 'g'))].reduce(
    (n, m) => n + widthOf(m.at(-1)!),
    0,
  );

/** Rows and columns of a thread's results. */
export function accumulatorsOf(wgsl: string): { readonly rows: number; readonly cols: number } {
  const rows = new Set([...wgsl.matchAll(/var acc_(\d+)/g)].map(([, row]) => row));
  return { rows: rows.size, cols: numbersIn(wgsl, /acc_0(?:_\d+)?/) };
}

/** Multiply-adds of numbers in a text; those of a function count for each call. */
export function multiplyAddsIn(wgsl: string): number {
  const written = (text: string) =>
    [...text.matchAll(/fma\((vec\d)?/g)].reduce((n, [, type]) => n + widthOf(type ?? ''), 0);
  const functions = [...wgsl.matchAll(/^fn (\w+)\(.*?^}$/gms)].filter(([, name]) => name !== 'main');
  return functions.reduce((n, [text, name]) => {
    const calls = wgsl.split(`${name}(`).length - 2;
    return n + (calls - 1) * written(text);
  }, written(wgsl));
}
