/** The fields of adapters that oftc writes, for every method; and the tensors that a module's values become. */
import { describe, expect, it } from 'vitest';
import {
  adapterFields,
  moduleTensors,
  type NewAdapter,
  taskOf,
} from '../../../../src/formats/peft/create.ts';

type Own = Omit<NewAdapter, 'targets'>;

const factors = { l: 4, k: 5, n: 6 };

const WRITTEN: readonly Own[] = [
  { layer: 'oft', config: {}, size: 8 },
  { layer: 'oft', config: {}, task: null },
  {
    ...{ layer: 'oft', size: 4, dropout: 0.1, task: 'SEQ_2_SEQ_LM', baseModel: 'org/model' },
    config: { cayley: 'exact', terms: 3, series: 'peft-0.17', share: true, coft: true, eps: 0.5 },
  },
  { layer: 'oftEmbedding', config: {}, size: 8 },
  { layer: 'boft', config: { factors: 2 }, size: 4 },
  { layer: 'boft', config: {}, size: 4, dropout: 0.2 },
  { layer: 'hra', config: { gs: true }, size: 4 },
  { layer: 'road', config: { variant: 4 }, size: 8 },
  { layer: 'lora', config: { scale: 2 }, size: 4, dropout: 0.3 },
  { layer: 'dora', config: { scale: 0.5 }, size: 4 },
  { layer: 'psoft', config: { scale: 0.5 }, size: 4 },
  { layer: 'psoft', config: { cayley: 'neumann', terms: 3 }, size: 4 },
  { layer: 'miss', config: {}, size: 6 },
  { layer: 'miss', config: { shard: 'bat' }, size: 6 },
  { layer: 'miss', config: { shard: 'mini' }, size: 6, dims: { h: 5 } },
  { layer: 'gralora', config: { scale: 2 }, size: 6 },
  { layer: 'gralora', config: { blocks: 4, hybrid: 3, scale: 2 }, size: 6 },
  { layer: 'c3a', config: {}, size: 8 },
  { layer: 'ia3', config: {} },
  { layer: 'ia3', config: { feedforward: true } },
  { layer: 'ia3', config: { feedforward: 'down_proj+up_proj' } },
  { layer: 'loha', config: { scale: 2 }, dims: { r: 4 } },
  { layer: 'lokr', config: { scale: 2 }, dims: { r: 2, ...factors } },
  { layer: 'lokr', config: { scale: 2, both: true }, dims: { r: 2, ...factors } },
  { layer: 'lokr', config: { scale: 2, full: true }, dims: factors },
  { layer: 'hira', config: {}, dims: { r: 4 } },
  { layer: 'delora', config: {}, dims: { r: 4 } },
  { layer: 'deft', config: {}, dims: { r: 4 } },
  { layer: 'deft', config: { scale: 2, para: true }, dims: { r: 4 } },
  { layer: 'vera', config: { seed: 3, initial: 0.5 }, dims: { r: 6 } },
  { layer: 'randlora', config: { seed: 3, scale: 2 }, dims: { r: 4 } },
  { layer: 'shira', config: {}, size: 1 },
  { layer: 'fourierft', config: { seed: 3, scale: 2 }, size: 12 },
  { layer: 'waveft', config: { seed: 3, scale: 2, wavelet: false }, size: 12 },
  { layer: 'osf', config: {}, dims: { k: 4 } },
];

describe('the fields of a new adapter', () => {
  it('are those that PEFT writes for the method, in the order of their names', async () => {
    const lines = WRITTEN.map((own) => {
      const fields = Object.entries(adapterFields({ ...own, targets: ['q_proj', 'v_proj'] }));
      return `${JSON.stringify(own)}\n${fields.map(([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`).join('')}`;
    });
    await expect(lines.join('')).toMatchFileSnapshot('./written-fields.txt');
  });

  it('have the task of texts that follow a text where the model has an encoder', () => {
    const encoder = { layers: 1, heads: 2, intermediateSize: 8, decoderStart: 0 };
    expect([taskOf({}), taskOf({ encoder })]).toEqual(['CAUSAL_LM', 'SEQ_2_SEQ_LM']);
  });
});

describe('the values of a module', () => {
  const value = (shape: readonly number[], ...data: readonly number[]) => ({
    shape,
    data: Float32Array.from(data),
  });
  const values = { p: value([2, 2], 0, 1, 3, 2), v: value([2], 0.5, -2) };

  it('are tensors under PEFT’s names, and indices stay whole numbers of 32 bits', () => {
    expect(moduleTensors('h.0.up', 'shira', {}, values)).toEqual([
      {
        ...{ name: 'base_model.model.h.0.up.shira_indices', dtype: 'I32', shape: [2, 2] },
        data: Int32Array.of(0, 1, 3, 2),
      },
      {
        ...{ name: 'base_model.model.h.0.up.shira_weight', dtype: 'F32', shape: [2] },
        data: Float32Array.of(0.5, -2),
      },
    ]);
    const half = moduleTensors('h.0.up', 'shira', {}, values, 'F16');
    expect(half.map(({ dtype, data }) => [dtype, data])).toEqual([
      ['I32', Int32Array.of(0, 1, 3, 2)],
      ['F16', Uint16Array.of(0x3800, 0xc000)],
    ]);
  });

  it.each(['p', 'v'] as const)('are all there: without %s, the module is refused', (name) => {
    const { [name]: _, ...others } = values;
    expect(() => moduleTensors('h.0.up', 'shira', {}, others)).toThrow(
      `h.0.up: "${name}": the layer shira trains it, and it has no value. Give the values of shira by its own names.`,
    );
  });
});
