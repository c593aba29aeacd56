/** Adapters of PEFT that differ between blocks, or are on modules that no adapter here is on, are refused. */
import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readTrained } from '../../../src/finetune/adapter-files.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { writeAdapter } from '../../../src/formats/peft/adapter.ts';
import { adapterFields, type ModuleValue, moduleTensors } from '../../../src/formats/peft/create.ts';
import { at, MODEL } from './tiny.ts';

const zeros = (...shape: number[]): ModuleValue => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b)),
});
const q = (block: number): string => `model.layers.${block}.self_attn.q_proj`;
const oft = (path: string, blocks: number) =>
  moduleTensors(path, 'oft', {}, { 'v.0': zeros(blocks, ((8 / blocks) * (8 / blocks - 1)) / 2) });
const c3a = (path: string, b: number) => moduleTensors(path, 'c3a', {}, { w: zeros(8 / b, 8 / b, b) });
const dora = (path: string, r: number) =>
  moduleTensors(path, 'dora', {}, { A: zeros(r, 8), B: zeros(8, r), m: zeros(8) });

const OFT = { layer: 'oft', config: {}, size: 4, targets: ['q_proj'], baseModel: MODEL } as const;
const C3A = { ...OFT, layer: 'c3a' } as const;
const DORA = { ...OFT, layer: 'dora', size: 2, config: { scale: 1 } } as const;

it.each([
  [
    'one block',
    { fields: { ...adapterFields(OFT), layers_to_transform: [1] }, tensors: oft(q(1), 2) },
    /it leaves model\.layers\.0\.self_attn\.q_proj out, and is on modules of that name in other blocks: only a LoRA may be on some of them/,
  ],
  [
    'blocks of two sizes',
    {
      fields: { ...adapterFields(C3A), block_size_pattern: { [q(1)]: 2 } },
      tensors: [...c3a(q(0), 4), ...c3a(q(1), 2)],
    },
    /its modules of one name have several sizes 'b'/,
  ],
  [
    'two ranks',
    {
      fields: { ...adapterFields(DORA), rank_pattern: { 'layers.1.self_attn.q_proj': 1 } },
      tensors: [...dora(q(0), 2), ...dora(q(1), 1)],
    },
    /its modules differ in their method or its settings/,
  ],
  [
    'the embedding',
    {
      fields: adapterFields({ ...OFT, layer: 'oftEmbedding', targets: ['embed_tokens'] }),
      tensors: moduleTensors('model.embed_tokens', 'oftEmbedding', {}, { v: zeros(2, 6) }),
    },
    /it is on model\.embed_tokens, and a model has adapters on linear layers alone/,
  ],
])('an adapter on %s', async (name, adapter, message) => {
  const folder = at(name);
  mkdirSync(folder);
  await writeAdapter(folder, adapter);
  const model = await openModel(MODEL);
  await expect(readTrained(folder, model)).rejects.toMatchObject({
    code: 'UnsupportedAdapter',
    message: expect.stringMatching(message),
  });
  await model.close();
});
