/** Advice for sizes that contradict: the single changes after which they agree. */
import type { Binding } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;
type Solve = (given: Binding, shapes: Shapes) => Binding;

/**
 * The advice for sizes and shapes that `solve` refuses: tensors whose transpose fits, and sizes that may be left out,
 * with their values then. Empty where no such change helps.
 */
export function remedies(given: Binding, shapes: Shapes, solve: Solve): string {
  const solved = (sizes: Binding, of: Shapes): Binding | undefined => {
    try {
      return solve(sizes, of);
    } catch (error) {
      if (error instanceof OftcError) return undefined;
      throw error;
    }
  };
  const transposed = Object.entries(shapes).flatMap(([name, shape]) => {
    const other = [...shape.slice(0, -2), ...shape.slice(-2).reverse()];
    const isOther = other.some((n, axis) => n !== shape[axis]);
    return isOther && solved(given, { ...shapes, [name]: other })
      ? [`the transpose of '${name}', [${other.join(', ')}], fits: store ${name}.T`]
      : [];
  });
  const left = Object.keys(given).flatMap((name) => {
    const value = solved(Object.fromEntries(Object.entries(given).filter(([n]) => n !== name)), shapes)?.[
      name
    ];
    return value === undefined ? [] : [{ name, value }];
  });
  const [one, ...more] = left.map(({ name, value }) => `${name} is then ${value}`);
  const out =
    more.length > 0
      ? [`leave one out: ${[one, ...more].join(', or ')}`]
      : one
        ? [`leave ${left[0]!.name} out: ${one}`]
        : [];
  return [...transposed, ...out].map((advice) => `; ${advice}`).join('');
}
