/** Every method of the library passes `oftc check`. */
import { expect, it } from 'vitest';
import { boft } from '../../../src/adapters/boft.ts';
import { c3a } from '../../../src/adapters/c3a.ts';
import { deft } from '../../../src/adapters/deft.ts';
import { delora } from '../../../src/adapters/delora.ts';
import { diagOft } from '../../../src/adapters/diag-oft.ts';
import { ether, etherPlus } from '../../../src/adapters/ether.ts';
import { fourierft } from '../../../src/adapters/fourierft.ts';
import { frod } from '../../../src/adapters/frod.ts';
import { goft, qgoft } from '../../../src/adapters/goft.ts';
import { gralora } from '../../../src/adapters/gralora.ts';
import { doubleGsoft, gsoft } from '../../../src/adapters/gsoft.ts';
import { hira } from '../../../src/adapters/hira.ts';
import { hoft, shoft } from '../../../src/adapters/hoft.ts';
import { hra } from '../../../src/adapters/hra.ts';
import { ia3 } from '../../../src/adapters/ia3.ts';
import { loft } from '../../../src/adapters/loft.ts';
import { loha } from '../../../src/adapters/loha.ts';
import { lokr } from '../../../src/adapters/lokr.ts';
import { dora, lora } from '../../../src/adapters/lora.ts';
import { lycorisBoft } from '../../../src/adapters/lycoris-boft.ts';
import { miss } from '../../../src/adapters/miss.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { oftConv } from '../../../src/adapters/oft-conv.ts';
import { oftEmbedding } from '../../../src/adapters/oft-embedding.ts';
import { osf } from '../../../src/adapters/osf.ts';
import { poet } from '../../../src/adapters/poet.ts';
import { psoft } from '../../../src/adapters/psoft.ts';
import { randlora } from '../../../src/adapters/randlora.ts';
import { road } from '../../../src/adapters/road.ts';
import { scaledOft } from '../../../src/adapters/scaled-oft.ts';
import { shira } from '../../../src/adapters/shira.ts';
import { ssvd } from '../../../src/adapters/ssvd.ts';
import { svft } from '../../../src/adapters/svft.ts';
import { vera } from '../../../src/adapters/vera.ts';
import { walsh } from '../../../src/adapters/walsh.ts';
import { waveft } from '../../../src/adapters/waveft.ts';
import { check, renderCheck } from '../../../src/check/index.ts';
import { reflectionNotes } from '../../../src/check/reflections.ts';
import { startNotes } from '../../../src/check/start-notes.ts';
import type { Traceable } from '../../../src/language/load.ts';

const LIBRARY: readonly (readonly [string, Traceable, object])[] = [
  ['boft', boft, { factors: 2, bias: true }],
  ['diag-oft', diagOft, { rescale: true, bias: true }],
  ['dora', dora, { bias: true }],
  ['ether', ether, { bias: true }],
  ['ether+', etherPlus, { bias: true }],
  ['goft', goft, { levels: 3, bias: true }],
  ['qgoft', qgoft, { levels: 3, bias: true }],
  ['gsoft', gsoft, { bias: true }],
  ['double gsoft', doubleGsoft, { bias: true }],
  ['gsoft with the exponential', gsoft, { method: 'exp' }],
  ['hoft', hoft, { bias: true }],
  ['shoft', shoft, { bias: true }],
  ['loft', loft, { bias: true }],
  ['hra', hra, {}],
  ['hra with Gram–Schmidt: more reflections than dimensions has no inverse', hra, { gs: true }],
  ['delora', delora, { bias: true }],
  ['deft', deft, { scale: 2, bias: true }],
  ['deft, para', deft, { para: true }],
  ['osf', osf, { bias: true }],
  ['osf of fewer outputs', osf, { fewerOutputs: true }],
  ['vera', vera, { bias: true }],
  ['randlora', randlora, { bias: true }],
  ['randlora of outputs', randlora, { fewerOutputs: true }],
  ['hira', hira, { bias: true }],
  ['shira', shira, { bias: true }],
  ['fourierft', fourierft, { bias: true }],
  ['waveft', waveft, { bias: true }],
  ['ia3', ia3, { bias: true }],
  ['ia3 of inputs', ia3, { feedforward: true, bias: true }],
  ['loha', loha, { bias: true }],
  ['lokr', lokr, { bias: true }],
  ['lokr of two products', lokr, { both: true }],
  ['lokr of two matrices', lokr, { full: true }],
  ['lora', lora, { bias: true }],
  ['gralora, hybrid', gralora, { hybrid: 2, bias: true }],
  ['ssvd', ssvd, { bias: true }],
  ['svft', svft, { bias: true }],
  ['c3a', c3a, { bias: true }],
  ['frod', frod, { bias: true }],
  ['miss', miss, { bias: true }],
  ['miss, mini', miss, { shard: 'mini' }],
  ['miss, bat', miss, { shard: 'bat' }],
  ['lycoris-boft', lycorisBoft, { factors: 2, rescale: true, bias: true }],
  ['lycoris-boft, constrained', lycorisBoft, { factors: 2, constraint: 0.01 }],
  ['oft', oft, { adapters: 2, bias: true }],
  ['oft, exact and shared', oft, { cayley: 'exact', share: true }],
  ['oft-conv', oftConv, { height: 4, width: 5 }],
  ['oft-conv, exact and shared', oftConv, { height: 4, width: 5, cayley: 'exact', share: true }],
  ['oft-embedding', oftEmbedding, {}],
  ['oft-embedding, exact and constrained', oftEmbedding, { cayley: 'exact', coft: true }],
  ['poet', poet, { bias: true }],
  ['poet, W kept permuted', poet, { bias: true, permuted: true }],
  ['psoft', psoft, { bias: true }],
  ['road', road, { variant: 4, bias: true }],
  ['scaled-oft', scaledOft, {}],
  ['walsh, of two steps', walsh, { levels: 5, bias: true }],
  ['scaled-oft, shared', scaledOft, { share: true, bias: true }],
];

it.each(LIBRARY)('%s', async (_, layer, config) => {
  const report = await check(layer.trace(config), { trials: 3 });
  expect(report.passed, renderCheck(report)).toBe(true);
});

// FourierFT starts at random, and PaRa takes a part of the weight away from the start on.
const starting = LIBRARY.filter(([name]) => name !== 'fourierft' && name !== 'deft, para');

it.each(starting)('%s starts as the frozen layer, or turns it', (_, layer, config) => {
  const program = layer.trace(config);
  expect([...startNotes(program), ...reflectionNotes(program)]).toEqual([]);
});

it('boft of one factor has blocks of an odd size', async () => {
  const report = await check(boft.trace({ factors: 1 }), { trials: 3, dims: { b: 3, r: 3, out: 4 } });
  expect(report.passed, renderCheck(report)).toBe(true);
});

it('every method claims its merged weight', () => {
  const without = LIBRARY.filter(([, layer, config]) => !layer.trace(config).claims?.weight);
  expect(without.map(([name]) => name)).toEqual([]);
});
