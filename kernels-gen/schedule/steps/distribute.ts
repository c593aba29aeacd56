/**
 * Distributes an array of registers over the lanes of a subgroup. Each lane had all of the array, and then has every
 * `lanes`-th element: element j is register ⌊j / lanes⌋ of lane j mod lanes. Each lane computes its own elements, and the
 * array's last one again where it has fewer than others. A read of another lane's element becomes a shuffle.
 *
 *     for l in 4 by invocation:            for l in 4 by invocation:
 *       for j in 8:                          for j in 2:
 *         d[j] = a[j]                          d[j, l] = a[j * 4 + l]
 *       for k in 8:                 →        for k in 8:
 *         acc += d[k] * b[k, l]                acc += d[⌊k / 4⌋, k mod 4] * b[k, l]
 *
 * All lanes compute the same elements before, by loops that store each element in an iteration of its own.
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { type Range, rangesOf } from '../../../compiler/primitives/affine.ts';
import { ax, iadd, idiv, ilt, imod, imul, int, iselect } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { simplifyInt } from '../../../compiler/primitives/simplify.ts';
import { substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import { LoopError } from '../../loops/error.ts';
import { boundsOf, expressionsOf, isWrite } from '../../loops/expressions.ts';
import { rewriteBlock } from '../../loops/rewrite.ts';
import { differing } from '../../loops/same.ts';
import { type Body, type For, type Statement, type Store, trips } from '../../loops/type.ts';
import { registersNamed } from './registers.ts';
import { lanesAlong } from './require.ts';
import type { LoopStep } from './step.ts';

type Ranges = ReadonlyMap<string, Range>;

/**
 * Distributes a dimension of the register array `name`, if absent the last one, over the lanes that the loop over
 * `lane` counts.
 */
export const distribute = (name: string, lane: string, along?: number): LoopStep => ({
  says: `distribute ${name} over the lanes ${lane}${along === undefined ? '' : `, along dimension ${along}`}`,
  apply(kernel) {
    const [of] = registersNamed(kernel, [name]) as [number];
    const whole = kernel.memories[of]!.shape;
    const dimension = along ?? whole.length - 1;
    const extent = whole[dimension];
    const size = extent && constantOf(extent);
    if (size === undefined) fail(`${name} is no array of a fixed size`);
    const lanes = lanesAlong(kernel, lane);
    if (differing(kernel, lanes).has(of)) fail(`${name} is not the same in all lanes`);
    const body = new Distributing({ of, name, dimension, size, lane, lanes }).block(kernel.body, new Map());
    const shape = [...whole.with(dimension, dimConst(Math.ceil(size / lanes))), dimConst(lanes)];
    return {
      ...kernel,
      memories: kernel.memories.map((m, n) => (n === of ? { ...m, space: 'lanes' as const, shape } : m)),
      body,
    };
  },
});

function fail(message: string): never {
  throw new LoopError('form', message);
}

interface Distribution {
  readonly of: number;
  readonly name: string;
  readonly dimension: number;
  readonly size: number;
  readonly lane: string;
  readonly lanes: number;
}

class Distributing {
  readonly #d: Distribution;

  constructor(d: Distribution) {
    this.#d = d;
  }

  block(block: Body, ranges: Ranges): Body {
    const known = new Map(ranges);
    const learn = (axes: readonly Axis[]) => {
      for (const [name, range] of rangesOf(axes)) known.set(name, range);
    };
    return block.flatMap((s): Body => {
      if (s.k === 'let') learn([{ name: s.name, extent: s.extent }]);
      if (s.k === 'digits') learn(s.axes);
      if (s.k === 'for') return this.#loop(s, known);
      if (s.k === 'if') {
        const [head] = this.#reads([{ ...s, body: [] }], known) as [typeof s];
        return [{ ...head, body: this.block(s.body, known) }];
      }
      if (isWrite(s) && s.to === this.#d.of) fail(`no loop stores each element of ${this.#d.name}`);
      return this.#reads([s], known);
    });
  }

  #loop(s: For, ranges: Ranges): Body {
    const extent = constantOf(s.trips.of);
    const isInTurn = s.how === 'serial' || s.how === 'opaque' || s.how === 'unrolled';
    const isElements = isInTurn && extent === this.#d.size && s.trips.by === 1 && boundsOf(s).length === 0;
    if (isElements && this.#stores(s.body, s.axis)) return this.#own(s, ranges);
    const [head] = this.#reads([{ ...s, body: [] }], ranges) as [For];
    const inner = extent === undefined ? new Map(ranges) : inRange(ranges, s.axis, extent / s.trips.by);
    return [{ ...head, body: this.block(s.body, inner) }];
  }

  /** Whether statements store elements that an axis counts. */
  #stores(block: Body, axis: string): boolean {
    return block.some((s) => {
      if (s.k === 'for' || s.k === 'if') return this.#stores(s.body, axis);
      return isWrite(s) && s.to === this.#d.of && isAxis(s.index[this.#d.dimension], axis);
    });
  }

  /** A lane's iterations of a loop that stores an element in each iteration. */
  #own(s: For, ranges: Ranges): Body {
    const { size, lane, lanes } = this.#d;
    this.#requireOwn(s.body, s.axis);
    const each = Math.ceil(size / lanes);
    const place = each === 1 ? ax(lane) : iadd(imul(ax(s.axis), int(lanes)), ax(lane));
    const element = size % lanes === 0 ? place : iselect(ilt(place, int(size)), place, int(size - 1));
    const own = rewriteBlock(s.body, substituteAxes(new Map([[s.axis, element]])));
    const known = inRange(inRange(ranges, lane, lanes), s.axis, each);
    const body = this.#places(this.#reads(own, known), each === 1 ? int(0) : ax(s.axis));
    return each === 1 ? body : [{ ...s, trips: trips(dimConst(each)), body }];
  }

  /** Throws LoopError where an iteration stores or reads what lanes with other iterations have. */
  #requireOwn(block: Body, axis: string): void {
    const { of, name, dimension } = this.#d;
    for (const s of block) {
      if (s.k === 'barrier' || s.k === 'collect') fail(`iterations of ${axis} wait for each other`);
      if (isWrite(s) && !(s.to === of && isAxis(s.index[dimension], axis)))
        fail(`the loop over ${axis} stores more than its elements of ${name}`);
      for (const { arg, index } of expressionsOf(s).flatMap(loadsOf))
        if (arg === of && !isAxis(index[dimension], axis))
          fail(`the loop over ${axis} reads elements of ${name} that other iterations store`);
      if (s.k === 'for' || s.k === 'if') this.#requireOwn(s.body, axis);
    }
  }

  /** Statements of a lane's own iterations that store in register `own` of the lane. */
  #places(block: Body, own: IntExpr): Body {
    const { dimension, lane } = this.#d;
    const placed = ({ index }: Pick<Store, 'index'>) => [...index.with(dimension, own), ax(lane)];
    return block.map((s): Statement => {
      if (s.k === 'for' || s.k === 'if') return { ...s, body: this.#places(s.body, own) };
      return isWrite(s) ? { ...s, index: placed(s) } : s;
    });
  }

  /** Statements that read each element in the lane that has it. */
  #reads(block: Body, ranges: Ranges): Body {
    const { of, dimension, lanes } = this.#d;
    const load = (arg: number, index: readonly IntExpr[]): Expr | undefined => {
      if (arg !== of) return undefined;
      const element = index[dimension]!;
      const [own, lane] = [idiv(element, lanes), imod(element, lanes)].map((i) => simplifyInt(i, ranges));
      return { k: 'load', arg, index: [...index.with(dimension, own!), lane!] };
    };
    return rewriteBlock(block, { load });
  }
}

const isAxis = (e: IntExpr | undefined, name: string): boolean => e?.k === 'axis' && e.name === name;

const inRange = (ranges: Ranges, name: string, iterations: number): Map<string, Range> =>
  new Map([...ranges, ...rangesOf([{ name, extent: dimConst(Math.ceil(iterations)) }])]);
