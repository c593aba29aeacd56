import fc from 'fast-check';
import { expect, it } from 'vitest';
import { topological } from '../../compiler/ir/build.ts';
import { operators } from '../../compiler/ir/operator.ts';
import { checkSpec } from '../../compiler/ir/spec.ts';
import { programs } from '../support/arbitraries/programs.ts';
import { OF_EXPERTS } from '../support/operator-instances.ts';
import { assertCovering } from '../support/runs.ts';

/**
 * Operators that random programs do not use: only gradients and lowering introduce them, or their types are too
 * narrow. operators.test.ts checks them on instances of their own.
 */
const INTERNAL = [
  ...['greater', 'packSkew', 'pad', 'put', 'diagonal', 'halfUpper', 'unfold', 'fold', 'place'],
  ...['attentionLse', 'attentionQuery', 'attentionKeyValue'],
  ...OF_EXPERTS,
  // Positions are to be sorted, which a permutation of evaluation is not.
  ...['sparse', 'entries'],
];

it('random programs are well typed and use every operator an author can write', () => {
  const seen = new Set<string>();
  const all = operators().map((o) => o.name);
  const unseen = () => all.filter((name) => !seen.has(name) && !INTERNAL.includes(name));
  assertCovering(
    fc.property(programs(), ({ symbolic, bound }) => {
      checkSpec(symbolic, ['typed'], 'drawing');
      checkSpec(bound, ['typed', 'bound'], 'binding');
      for (const n of topological(bound.outputs.map((o) => o.node))) if (n.kind === 'op') seen.add(n.op);
    }),
    [1000, 10_000],
    () => unseen().length === 0,
  );
  expect(
    unseen(),
    'test/support/arbitraries needs a form with each, or INTERNAL of this file its name',
  ).toEqual([]);
  expect(
    INTERNAL.filter((name) => seen.has(name) || !all.includes(name)),
    'INTERNAL of this file names operators that random programs use, or that are none',
  ).toEqual([]);
});
