/** The registers that have the same content in all lanes of a subgroup, because each lane stores the same there. */
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { visit } from '../../compiler/primitives/visit.ts';
import type { Body, LoopKernel, Statement } from './type.ts';

/** The names and flow around a statement that are not the same in all lanes. */
interface Around {
  readonly names: Set<string>;
  readonly isApart: boolean;
}

/** The numbers of the registers that may differ between the lanes of a subgroup of `lanes` invocations. */
export function differing(kernel: LoopKernel, lanes: number): ReadonlySet<number> {
  const found = new Set<number>();
  // A register that differs makes those differ that are computed from it.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    new Finder(kernel, lanes, found).block(kernel.body, { names: new Set(), isApart: false });
  }
  return found;
}

class Finder {
  readonly #kernel: LoopKernel;
  readonly #lanes: number;
  readonly #found: Set<number>;

  constructor(kernel: LoopKernel, lanes: number, found: Set<number>) {
    this.#kernel = kernel;
    this.#lanes = lanes;
    this.#found = found;
  }

  block(block: Body, around: Around): void {
    const names = new Set(around.names);
    for (const s of block) this.#statement(s, { ...around, names });
  }

  #statement(s: Statement, around: Around): void {
    const { names, isApart } = around;
    switch (s.k) {
      case 'for': {
        const startsApart = s.from !== undefined && this.#differs(s.from.value, around);
        const isLane = s.how === 'invocation' && (s.stride ?? 1) % this.#lanes !== 0;
        const inner = isLane || startsApart ? new Set([...names, s.axis]) : names;
        this.block(s.body, { names: inner, isApart: isApart || startsApart });
        break;
      }
      case 'if':
        this.block(s.body, { names, isApart: isApart || this.#differs(s.cond, around) });
        break;
      case 'let':
        if (this.#differs(s.value, around)) names.add(s.name);
        break;
      case 'digits':
        if (this.#differs(s.of, around)) for (const a of s.axes) names.add(a.name);
        break;
      case 'store':
      case 'accumulate':
        if (isApart || [...s.index, s.value].some((e) => this.#differs(e, around))) this.#found.add(s.to);
        break;
      case 'collect':
      case 'barrier':
        break;
      default:
        throw new TypeError(`unknown statement ${s satisfies never}`);
    }
  }

  #differs(e: Expr | IntExpr | BoolExpr, { names }: Around): boolean {
    let is = false;
    visit(e, (x) => {
      if (x.k === 'axis') is ||= names.has(x.name);
      if (x.k !== 'load' && x.k !== 'iload') return;
      is ||= this.#kernel.memories[x.arg]!.space === 'register' && this.#found.has(x.arg);
    });
    return is;
  }
}
