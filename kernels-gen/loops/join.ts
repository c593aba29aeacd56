/** Puts kernels that divide their work among the same workgroups one after another into one kernel. */
import { copyOf } from './copies.ts';
import { LoopError } from './error.ts';
import { freeName, rewriteBlock } from './rewrite.ts';
import { checked } from './spec.ts';
import type { Body, For, LoopKernel, Memory, Statement } from './type.ts';

/**
 * The kernel that runs all kernels in order, with a barrier of `scope` between them. Each has the first `shared`
 * memories in common
 * and is one loop over workgroups. Later kernels get names of their own.
 */
export function joined(
  kernels: readonly LoopKernel[],
  shared: number,
  scope: 'subgroup' | 'workgroup' = 'workgroup',
): LoopKernel {
  const [first, ...others] = kernels as [LoopKernel, ...LoopKernel[]];
  const loop = outermost(first);
  const memories: Memory[] = [...first.memories];
  const body: Statement[] = [...loop.body];
  for (const [n, kernel] of others.entries()) {
    const numbers = kernel.memories.map((_, m) => (m < shared ? m : memories.length + m - shared));
    for (const m of kernel.memories.slice(shared)) memories.push({ ...m, name: freeName(memories, m.name) });
    const own = renumbered(outermost(kernel).body, numbers);
    body.push({ k: 'barrier', scope }, ...copyOf(own, new Map(), `_${n + 1}`));
  }
  if (kernels.some((k) => k.threads !== first.threads))
    throw new LoopError('form', 'kernels that run in one have different numbers of invocations');
  return checked({ memories, threads: first.threads, body: [{ ...loop, body }] });
}

function outermost({ body: [loop, ...others] }: LoopKernel): For {
  if (loop?.k === 'for' && others.length === 0) return loop;
  throw new LoopError('form', 'a kernel that runs in one with others is not one loop');
}

/** Statements with other numbers for their memories. */
function renumbered(body: Body, numbers: readonly number[]): Body {
  const stores = (block: Body): Body =>
    block.map((s): Statement => {
      if (s.k === 'for' || s.k === 'if') return { ...s, body: stores(s.body) };
      return s.k === 'store' || s.k === 'accumulate' || s.k === 'collect' ? { ...s, to: numbers[s.to]! } : s;
    });
  return rewriteBlock(stores(body), {
    load: (arg, index) => ({ k: 'load', arg: numbers[arg]!, index }),
    iload: (arg, index) => ({ k: 'iload', arg: numbers[arg]!, index }),
  });
}
