/**
 * Loads a row of a buffer into registers before the statements of a loop's iteration, once for all that read the row.
 *
 *     for j in 4:                              for j in 4:
 *       for c in 3: s += q[c] * k[j, c]   →      for c_row in 3: row[c_row] = k[j, c_row]
 *       for d in 3: sum[d] += s * k[j, d]        for c in 3: s += q[c] * row[c]
 *                                                for d in 3: sum[d] += s * row[d]
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, idiv, imod, imul, int, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { visit } from '../../../compiler/primitives/visit.ts';
import { LoopError } from '../../loops/error.ts';
import { expressionsOf, writesIn } from '../../loops/expressions.ts';
import { axesOf, namesOf } from '../../loops/perfect-nest.ts';
import { freeName, loopOver, replaceLoop, rewriteBlock } from '../../loops/rewrite.ts';
import { type Body, type LoopKernel, loop, type Memory } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/**
 * Loads the row of memory `of` that the iterations of the loop over `axis` read. Its last index counts the row's elements,
 * which are in registers of `width` elements each; `width` divides their number. The loop that loads them is unrolled.
 */
export const loadRow = (of: number, axis: string, as: string, width = 1): LoopStep => ({
  says: `load a row of ${of} into registers ${as} in ${axis}`,
  apply(kernel) {
    const { body } = loopOver(kernel, axis);
    const first = body.findIndex((s) => s.k !== 'let' && s.k !== 'digits');
    const [names, rest] = [body.slice(0, first), body.slice(first)];
    const row = rowOf(kernel, rest, of);
    const { name, shape } = kernel.memories[of]!;
    const size = constantOf(shape.at(-1)!);
    if (size === undefined) throw new LoopError('form', `a row of ${name} has no fixed size`);
    if (size % width !== 0)
      throw new LoopError(
        'form',
        `a row of ${name} has ${size} elements, and registers of ${width} do not divide it`,
      );
    const to = kernel.memories.length;
    const register = freeName(kernel.memories, as);
    const counter = `c_${register}`;
    const own = ax(counter);
    const part = `${counter}_part`;
    const isWide = width > 1;
    const sizes = isWide ? [size / width, width] : [size];
    const memory: Memory = {
      ...{ name: register, space: 'register', dtype: 'f32' },
      shape: sizes.map((n) => dimConst(n)),
    };
    const store = (element: IntExpr, index: readonly IntExpr[]): Body => [
      { k: 'store', to, index, value: load(of, [...row, element]) },
    ];
    const loads = loop(
      counter,
      sizes[0]!,
      'unrolled',
      isWide
        ? [loop(part, width, 'serial', store(iadd(imul(own, int(width)), ax(part)), [own, ax(part)]))]
        : store(own, [own]),
    );
    const reads = rewriteBlock(rest, {
      load: (arg, index) => {
        const at = index.at(-1)!;
        return arg === of ? load(to, isWide ? [idiv(at, width), imod(at, width)] : [at]) : undefined;
      },
    });
    const memories = [...kernel.memories, memory];
    return replaceLoop({ ...kernel, memories }, axis, (l) => [{ ...l, body: [...names, loads, ...reads] }]);
  },
});

/** The indices of the row that statements read, without the last. Throws LoopError where they read none, or several. */
function rowOf({ memories }: LoopKernel, body: Body, of: number): readonly IntExpr[] {
  const { name } = memories[of]!;
  const inner = new Set<string>();
  const loads: Extract<Expr, { k: 'load' }>[] = [];
  const walk = (block: Body): void => {
    for (const s of block) {
      for (const e of expressionsOf(s))
        visit(e, (x) => {
          if (x.k === 'load' && x.arg === of) loads.push(x);
        });
      for (const n of s.k === 'for' ? [s.axis] : namesOf(s)) inner.add(n);
      if (s.k === 'for' || s.k === 'if') walk(s.body);
    }
  };
  walk(body);
  const [row, ...others] = loads.map(({ index }) => index.slice(0, -1));
  if (row === undefined) throw new LoopError('form', `nothing reads ${name}`);
  if (others.some((o) => JSON.stringify(o) !== JSON.stringify(row)))
    throw new LoopError('form', `statements read several rows of ${name}`);
  if (row.some((i) => [...axesOf(i)].some((n) => inner.has(n))))
    throw new LoopError('form', `the row of ${name} is not the same in all statements`);
  if (writesIn(body).some((s) => s.to === of)) throw new LoopError('form', `statements change ${name}`);
  return row;
}
