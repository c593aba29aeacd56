import { expect, it } from 'vitest';
import { oft } from '../../src/adapters/oft.ts';
import { oft as small } from '../../examples/oft.ts';
import { printShape } from '../../compiler/ir/build.ts';
it('x', () => {
  console.log(JSON.stringify(small.trace(), (k, v) => (typeof v === 'bigint' ? String(v) : k === 'type' ? printShape(v.shape) : v), 1).slice(0, 1500));
  for (const cayley of ['neumann', 'exact'] as const)
    for (const share of [false, true]) for (const coft of [false, true])
      for (const adapters of [0, 1, 2]) expect(printShape(oft.trace({ cayley, share, coft, adapters, bias: true }).outputs[0]!.node.type.shape)).toBe('(tokens, out)');
});
