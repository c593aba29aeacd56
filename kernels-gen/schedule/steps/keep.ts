/**
 * Keeps an array of workgroup memory in the registers of a subgroup's lanes: element p is register ⌊p / lanes⌋ of lane
 * p mod lanes. Each lane stores its own elements alone. A read of another lane's element becomes a shuffle.
 *
 *     for l in 4 by invocation:               for l in 4 by invocation:
 *       for j in 2:                             for j in 2:
 *         held[j * 4 + l] = a[j]        →         held[j, l] = a[j]
 *       acc = held[5]                           acc = held[1, 1]
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { type Range, rangesOf } from '../../../compiler/primitives/affine.ts';
import { idiv, imod } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { simplifyInt } from '../../../compiler/primitives/simplify.ts';
import { rewriteInt, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { digitsOf } from '../../fuse/axes.ts';
import { LoopError } from '../../loops/error.ts';
import { boundOf, isWrite } from '../../loops/expressions.ts';
import { rewriteBlock } from '../../loops/rewrite.ts';
import type { Body, Memory, Statement } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

interface Keeping {
  readonly lanes: number;
  /** The number of a lane's neighbouring registers that make a vector. */
  readonly width?: number;
}

/** Keeps the workgroup memory `name`, which has one dimension. */
export const keep = (name: string, { lanes, width = 1 }: Keeping): LoopStep => ({
  says: `keep ${name} in ${width > 1 ? `vectors of ` : ''}registers of ${lanes} lanes`,
  apply(kernel) {
    const of = kernel.memories.findIndex((m) => m.name === name);
    const memory = kernel.memories[of];
    const size = memory?.shape.length === 1 ? constantOf(memory.shape[0]!) : undefined;
    if (memory?.space !== 'workgroup' || size === undefined)
      throw new LoopError('form', `${name} is no array of workgroup memory`);
    const own = Math.ceil(size / (lanes * width));
    const shape = [own, ...(width > 1 ? [width] : []), lanes].map((n) => dimConst(n));
    const kept: Memory = { ...memory, space: 'lanes', shape };
    const memories = kernel.memories.map((m, n) => (n === of ? kept : m));
    return { ...kernel, memories, body: new Keeper(of, name, lanes, width).block(kernel.body, new Known()) };
  },
});

/** The values of names, in axes of loops, and the ranges and lanes of these. */
class Known {
  readonly values: Map<string, IntExpr>;
  readonly ranges: Map<string, Range>;
  readonly lane: string | undefined;

  constructor(
    values: ReadonlyMap<string, IntExpr> = new Map(),
    ranges: ReadonlyMap<string, Range> = new Map(),
    lane?: string,
  ) {
    [this.values, this.ranges, this.lane] = [new Map(values), new Map(ranges), lane];
  }

  of(e: IntExpr): IntExpr {
    return simplifyInt(rewriteInt(e, substituteAxes(this.values)), this.ranges);
  }

  within(lane = this.lane): Known {
    return new Known(this.values, this.ranges, lane);
  }
}

class Keeper {
  readonly #of: number;
  readonly #name: string;
  readonly #lanes: number;
  readonly #width: number;

  constructor(of: number, name: string, lanes: number, width: number) {
    [this.#of, this.#name, this.#lanes, this.#width] = [of, name, lanes, width];
  }

  block(block: Body, around: Known): Body {
    const known = around.within();
    return block.map((s): Statement => {
      if (s.k === 'let') known.values.set(s.name, known.of(s.value));
      if (s.k === 'digits')
        for (const [name, value] of digitsOf(s.axes, s.of) ?? []) known.values.set(name, known.of(value));
      if (s.k === 'for') {
        const isLane = s.how === 'invocation' && (s.stride ?? 1) === 1;
        const inner = known.within(isLane ? s.axis : known.lane);
        const extent = boundOf(s.trips);
        for (const [axis, range] of rangesOf([{ name: s.axis, extent }])) inner.ranges.set(axis, range);
        return { ...(this.#reads({ ...s, body: [] }, known) as typeof s), body: this.block(s.body, inner) };
      }
      if (s.k === 'if')
        return { ...(this.#reads({ ...s, body: [] }, known) as typeof s), body: this.block(s.body, known) };
      const read = this.#reads(s, known);
      if (!isWrite(read) || read.to !== this.#of) return read;
      const index = this.#index(read.index, known);
      const lane = index.at(-1);
      if (lane?.k !== 'axis' || lane.name !== known.lane)
        throw new LoopError('form', `a lane stores an element of ${this.#name} that another lane has`);
      return { ...read, index };
    });
  }

  #reads(s: Statement, known: Known): Statement {
    const load = (arg: number, index: readonly IntExpr[]) =>
      arg === this.#of ? ({ k: 'load', arg, index: this.#index(index, known) } as const) : undefined;
    return rewriteBlock([s], { load })[0]!;
  }

  #index([place]: readonly IntExpr[], known: Known): readonly IntExpr[] {
    const [lanes, width] = [this.#lanes, this.#width];
    const at = known.of(place!);
    const own = idiv(at, lanes);
    const registers = width > 1 ? [idiv(at, lanes * width), imod(own, width)] : [own];
    return [...registers, imod(at, lanes)].map((i) => simplifyInt(i, known.ranges));
  }
}
