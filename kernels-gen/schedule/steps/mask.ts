/**
 * Computes also where conditions do not hold, with weights of 0, so that all invocations run the same statements. A name
 * that a split left out is that of the last element.
 *
 *     if o * 4 + n < 10:                 let j = (o * 4 + n if o * 4 + n < 10 else 9)
 *       let j = o * 4 + n                w = (a[j] if o * 4 + n < 10 and i < j else 0)
 *       if i < j:               →        sum += w * b[j]
 *         w = a[j]
 *         sum += w * b[j]
 *
 * A register that the statements read before they change it keeps its value where the conditions do not hold.
 */
import {
  constant,
  int,
  iselect,
  isub,
  load,
  select,
  extentOf as sizeOf,
} from '../../../compiler/primitives/build.ts';
import type { BoolExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { memoriesLoaded } from '../../loops/expressions.ts';
import { inside } from '../../loops/rewrite.ts';
import type { Body, LoopKernel, Statement, Store } from '../../loops/type.ts';
import { registersNamed, storedIn } from './registers.ts';
import type { LoopStep } from './step.ts';

/** Masks the statements after the name `axis`. Each sum in them has products with one of the registers `weights`. */
export const mask = (axis: string, weights: readonly string[]): LoopStep => ({
  says: `mask ${axis} by ${weights.join(', ')}`,
  apply(kernel) {
    const masking: Masking = { kernel, axis, weights: registersNamed(kernel, weights) };
    const isNamed = (s: Statement | undefined) => s?.k === 'let' && s.name === axis;
    let isFound = false;
    const change = (block: Body): Body => {
      const at = block.findIndex((s) => isNamed(s) || (s.k === 'if' && isNamed(s.body[0])));
      if (at < 0) return block.map((s) => inside(s, change));
      isFound = true;
      return [...block.slice(0, at), ...masked(masking, block.slice(at), undefined)];
    };
    const body = change(kernel.body);
    if (!isFound) throw new LoopError('form', `${axis} is not split`);
    return { ...kernel, body };
  },
});

interface Masking {
  readonly kernel: LoopKernel;
  readonly axis: string;
  /** The numbers of the registers. */
  readonly weights: readonly number[];
}

/** The statements of a block without conditions. `cond` holds where all conditions around do. */
function masked(m: Masking, block: Body, cond: BoolExpr | undefined): Body {
  const [s, ...others] = block;
  if (s?.k === 'let' || s?.k === 'digits') return [s, ...masked(m, others, cond)];
  if (s?.k !== 'if') return cond ? weighed(m, block, cond) : block;
  if (others.length > 0) throw new LoopError('form', `statements follow the conditions after ${m.axis}`);
  const both: BoolExpr = cond ? { k: 'and', a: cond, b: s.cond } : s.cond;
  const [named, ...rest] = s.body;
  if (named?.k !== 'let' || named.name !== m.axis) return masked(m, s.body, both);
  const last = isub(sizeOf(named.extent), int(1));
  return [{ ...named, value: iselect(s.cond, named.value, last) }, ...masked(m, rest, both)];
}

function weighed(m: Masking, block: Body, cond: BoolExpr): Body {
  const { kernel, weights } = m;
  const own = new Set(storedIn(block));
  const at = firstCarried(block, own);
  if (at >= 0) return [...weighed(m, block.slice(0, at), cond), ...kept(kernel, block.slice(at), cond)];
  const change = (body: Body): Body =>
    body.map((s): Statement => {
      if (s.k === 'for') return { ...s, body: change(s.body) };
      const isSum = s.k === 'accumulate' && s.combine === 'sum' && isProduct(s.value, weights);
      const isOwn =
        (s.k === 'store' || s.k === 'accumulate') &&
        own.has(s.to) &&
        kernel.memories[s.to]!.space === 'register';
      if (!isSum && !isOwn)
        throw new LoopError('form', `a statement after ${m.axis} adds no product with a weight`);
      return weights.includes(s.to) ? { ...s, value: select(cond, s.value, constant(0)) } : s;
    });
  return change(block);
}

/**
 * Statements from the first one on that reads a register which they change. Each register changes where the
 * condition holds.
 */
function kept({ memories }: LoopKernel, block: Body, cond: BoolExpr): Body {
  const isKept = (s: Statement): s is Store => s.k === 'store' && memories[s.to]!.space === 'register';
  if (!block.every(isKept)) return [{ k: 'if', cond, body: block }];
  return block.map((s) =>
    readFirst(block, s.to) ? { ...s, value: select(cond, s.value, load(s.to, s.index)) } : s,
  );
}

/** Whether stores read a register before one of them changes it. */
function readFirst(block: readonly Store[], register: number): boolean {
  const first = block.findIndex((s) => s.to === register);
  return block.slice(0, first + 1).some((s) => memoriesLoaded([s]).has(register));
}

/** The number of the first statement that reads one of the memories before a statement stores to it; else -1. */
function firstCarried(block: Body, memories: ReadonlySet<number>): number {
  const left = new Set(memories);
  return block.findIndex((s) => {
    const isCarried = [...memoriesLoaded([s])].some((n) => left.has(n));
    for (const n of storedIn([s])) left.delete(n);
    return isCarried;
  });
}

/** Whether a value is a product with one of the weights. */
const isProduct = (value: Extract<Statement, { k: 'store' }>['value'], weights: readonly number[]): boolean =>
  value.k === 'call' &&
  value.fn === 'mul' &&
  value.args.some((a) => a.k === 'load' && weights.includes(a.arg));
