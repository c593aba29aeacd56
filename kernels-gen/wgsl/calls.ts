/** Prints calls of the scalar functions as WGSL. */
import type { ScalarFn } from '../../compiler/primitives/expr.ts';

export const INFIX: ReadonlySet<ScalarFn> = new Set(['add', 'sub', 'mul', 'div', 'neg']);
export const EXPENSIVE: ReadonlySet<ScalarFn> = new Set(['div', 'sqrt', 'exp', 'log', 'sin', 'cos', 'tanh']);

export function callText(
  fn: ScalarFn,
  args: readonly { readonly text: string; readonly atomic: boolean }[],
): string {
  const [a, b] = args.map((v) => (v.atomic ? v.text : `(${v.text})`));
  switch (fn) {
    case 'add':
      return `${a} + ${b}`;
    case 'sub':
      return `${a} - ${b}`;
    case 'mul':
      return `${a} * ${b}`;
    case 'div':
      return `${a} / ${b}`;
    case 'neg':
      return `-${a}`;
    case 'tanh':
      // tanh is 1 in f32 from 9.02 on; some implementations overflow for large arguments.
      return `tanh(clamp(${a}, -15.0f, 15.0f))`;
    case 'max':
    case 'min':
      return `${fn}(${a}, ${b})`;
    case 'abs':
    case 'sqrt':
    case 'exp':
    case 'log':
    case 'sin':
    case 'cos':
      return `${fn}(${a})`;
    default:
      throw new TypeError(`unknown function ${fn satisfies never}`);
  }
}
