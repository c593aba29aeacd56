/** Leaves out names that nothing uses. Steps leave such names behind where they change what used them. */
import { expressionsOf } from './expressions.ts';
import { axesOf, namesOf } from './perfect-nest.ts';
import type { Body, LoopKernel, Statement } from './type.ts';

export function withoutUnused(kernel: LoopKernel): LoopKernel {
  const used = new Set<string>();
  const kept = (block: Body): Body => {
    const all: Statement[] = [];
    for (const s of block.toReversed()) {
      const names = namesOf(s);
      if (names.length > 0 && !names.some((name) => used.has(name))) continue;
      all.push(s.k === 'for' || s.k === 'if' ? { ...s, body: kept(s.body) } : s);
      for (const e of expressionsOf(s)) for (const name of axesOf(e)) used.add(name);
    }
    return all.reverse();
  };
  return { ...kernel, body: kept(kernel.body) };
}
