/** The number of arguments that each operator takes. A stored program is read by it. */
import { expect, it } from 'vitest';
import { operators, registered } from '../../../compiler/ir/operator.ts';
import '../../../compiler/ops/index.ts';

const names = (text: string): string[] => text.split(' ');
const COUNTS = [
  [0, names('literal identity size shuffle hadamard phases')],
  [1, names('abs sqrt exp log sin cos tanh erf sigmoid scale')],
  [1, names('expand sumTo sum reshape permuteAxes slice pad transpose unfold fold')],
  [1, names('skew packSkew blockDiag diagBlocks diag diagonal halfUpper permutation')],
  [1, names('polynomial expm cayley householder reflectSpan detach logSumExp topK')],
  [2, names('mul div max min greater solve project straightThrough kronecker')],
  [2, names('take put pick place sparse entries dispatch collect ofExpert sumByExpert')],
  [3, names('attentionLse')],
  [4, names('attention')],
  [7, names('attentionQuery attentionKeyValue')],
  ['some', names('add concat')],
  ['several', names('matmul')],
] as const;

it.each(COUNTS)('%s: %s', (count, those) => {
  expect(those.map((name) => [name, registered(name)?.takes?.args])).toEqual(
    those.map((name) => [name, count]),
  );
});

it('names each operator that can be stored', () => {
  const all = operators().flatMap((o) => (o.takes ? [o.name] : []));
  expect(COUNTS.flatMap(([, those]) => those).sort()).toEqual(all.sort());
});
