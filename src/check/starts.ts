/**
 * Computes the initial values of an adapter's trainables over a check's domain. Random ones take the numbers that the
 * check draws.
 */
import { constantOf } from '../../compiler/dims/dims.ts';
import { divQ, fromNumber, rational } from '../../compiler/dims/rational.ts';
import { decomposedOf, type Init, singularOf } from '../../compiler/ir/init.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { type Domain, type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import type { Values } from '../identity/values.ts';

/** The reason why some trainable cannot start over a prime field; undefined where all can. */
export function notOverField(program: Program): string | undefined {
  for (const { name, role, init, type } of program.inputs) {
    if (role !== 'trainable' || typeof init !== 'object') continue;
    if ('pairs' in init && constantOf(type.shape[init.pairs]!)! % 2 === 1)
      return `'${name}' starts as pairs, of which there are none at these sizes`;
    if (singularOf(init)) return `'${name}' starts as singular vectors, which a field does not have`;
    if (decomposedOf(init)) return `'${name}' starts as a factor of a weight, which a field does not have`;
    if ('product' in init && init.positive)
      return `'${name}' starts by the positive elements of '${init.by}', and a field has no signs`;
  }
  return undefined;
}

/** The values `at`, in which every trainable has its initial value. Random initial values are taken from `random`. */
export function started(program: Program, domain: Domain<number>, at: Values, random: Values): Values {
  const values: Record<string, TensorValue<number>> = { ...at };
  for (const i of program.inputs) {
    if (i.role === 'trainable') values[i.name] = startOf(i.init!, domain, random[i.name]!, values);
  }
  return values;
}

/** The initial value of one trainable. `drawn` has its shape and supplies the random numbers. */
function startOf(
  init: Init,
  domain: Domain<number>,
  drawn: TensorValue<number>,
  known: Values,
): TensorValue<number> {
  const { shape } = drawn;
  const filled = (value: (k: number) => number) =>
    tensor(
      shape,
      drawn.values.map((_, k) => value(k)),
    );
  if (init === 'zeros') return filled(() => 0);
  if (init === 'ones') return filled(() => 1);
  if (init === 'identity') {
    const n = shape.at(-1)!;
    return filled((k) => (Math.floor(k / n) % n === k % n ? 1 : 0));
  }
  if (init === 'permutation' || 'positions' in init || singularOf(init) || decomposedOf(init)) return drawn;
  if ('seed' in init) return startOf(init.of, domain, drawn, known);
  if ('constant' in init) {
    const size = init.over === undefined ? 1 : shape[init.over]!;
    const value = domain.constant(divQ(fromNumber(init.constant), rational(BigInt(size))));
    return filled(() => value);
  }
  if ('same' in init) return known[init.same]!;
  if ('rowNorms' in init) {
    const of = known[init.rowNorms]!.values;
    const width = of.length / Math.max(drawn.values.length, 1);
    return filled((row) => {
      const squares = Array.from(of.slice(row * width, (row + 1) * width), (a) => domain.mul(a, a));
      return domain.sqrt(squares.reduce((s, a) => domain.add(s, a), 0));
    });
  }
  if ('product' in init) {
    const [of, by] = [known[init.product]!, known[init.by]!];
    const [width, rank] = [of.shape[1]!, by.shape[1]!];
    const times = domain.constant(fromNumber(init.times ?? 1));
    const factor = (p: number) => (init.positive ? domain.max(p, 0) : p);
    return filled((k) => {
      const [row, column] = [Math.floor(k / width), k % width];
      const terms = Array.from({ length: of.shape[0]! }, (_, o) =>
        domain.mul(factor(by.values[o * rank + row]!), of.values[o * width + column]!),
      );
      return domain.mul(
        times,
        terms.reduce((s, a) => domain.add(s, a), 0),
      );
    });
  }
  if ('pairs' in init) {
    const inner = shape.slice(init.pairs + 1).reduce((p, n) => p * n, 1);
    const ofPair = startOf(init.of, domain, drawn, known).values;
    const size = shape[init.pairs]!;
    return filled((k) => ofPair[(Math.floor(k / inner) % size) % 2 === 0 ? k : k - inner]!);
  }
  const narrow = 'normal' in init ? init.normal : 'uniform' in init ? init.uniform : 1;
  return narrow === 0 ? filled(() => 0) : drawn;
}
