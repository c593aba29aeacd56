/** PEFT adapters: read as layers of the library that compute PEFT's results, and written back unchanged. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { modulesOf } from '../../../src/finetune/models/weights.ts';
import { isObject, type Json, type JsonObject, parseJson } from '../../../src/formats/json.ts';
import { readAdapter, writeAdapter } from '../../../src/formats/peft/adapter.ts';
import { adapterFields, moduleTensors } from '../../../src/formats/peft/create.ts';
import { isWritten } from '../../../src/formats/peft/in-file.ts';
import { LAYERS } from '../../../src/formats/peft/layers.ts';
import { parseAdapter } from '../../../src/formats/peft/parse.ts';
import { encodeBF16, encodeF16 } from '../../../src/formats/safetensors/index.ts';
import { compile } from '../../../src/index.ts';
import { goldenCase, relativeError } from '../../support/golden.ts';
import { inputsOf, PATH, peftCases, storedAs } from './golden-adapters.ts';
import { elements, newFolder } from './models.ts';
import { storedTensors } from './peft/stored-tensors.ts';

const fixture = (path: string): string => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
const jsonOf = (path: string): JsonObject => {
  const json = parseJson(readFileSync(path, 'utf8'), path);
  return isObject(json) ? json : {};
};
const MODEL = modulesOf(parseModelConfig(jsonOf(fixture('models/shakespeare/config.json')), 'config.json'));

describe.each(['lora-r8', 'oft-b16-exact'])('the adapter %s of a whole model', (name) => {
  const folder = fixture(`adapters/${name}`);

  it('is on all seven projections of every layer, with the model’s sizes', async () => {
    const adapter = await readAdapter(folder, MODEL);
    expect(adapter.modules.size).toBe(28);
    expect(adapter.notes).toEqual([]);
    const down = adapter.modules.get('model.layers.2.mlp.down_proj')!;
    expect(down).toEqual(
      name === 'lora-r8'
        ? {
            path: 'model.layers.2.mlp.down_proj',
            layer: 'lora',
            config: { scale: 2 },
            dims: { in: 384, out: 128, r: 8 },
            tensors: {
              A: 'base_model.model.model.layers.2.mlp.down_proj.lora_A.weight',
              B: 'base_model.model.model.layers.2.mlp.down_proj.lora_B.weight',
            },
          }
        : {
            path: 'model.layers.2.mlp.down_proj',
            layer: 'oft',
            config: { cayley: 'exact', terms: 5, series: 'peft-0.18', share: false, coft: false, eps: 6e-5 },
            dims: { in: 384, out: 128, r: 24, b: 16 },
            tensors: { 'v.0': 'base_model.model.model.layers.2.mlp.down_proj.oft_R.weight' },
          },
    );
    const values = await adapter.values(down.path);
    for (const [parameter, key] of Object.entries(down.tensors))
      expect(values[parameter]).toEqual(await adapter.tensors.f32(key));
    await expect(adapter.values('lm_head')).rejects.toMatchObject({ code: 'InvalidAdapter' });
    await adapter.close();
  });

  it('is written back byte for byte, field for field', async () => {
    const adapter = await readAdapter(folder);
    const fields = { ...adapter.fields, of_the_future: { z: 1, a: [2] } };
    const copy = join(newFolder(), 'copy');
    const { metadata } = adapter.tensors;
    await writeAdapter(copy, {
      fields,
      tensors: await storedTensors(adapter),
      ...(metadata ? { metadata } : {}),
    });
    await adapter.close();
    const tensors = 'adapter_model.safetensors';
    expect(readFileSync(join(copy, tensors)).equals(readFileSync(join(folder, tensors)))).toBe(true);
    const original = jsonOf(join(folder, 'adapter_config.json'));
    expect(Object.entries(jsonOf(join(copy, 'adapter_config.json')))).toEqual([
      ...Object.entries(original),
      ['of_the_future', { z: 1, a: [2] }],
    ]);
    expect(readdirSync(copy).sort()).toEqual(['adapter_config.json', tensors]);
    const again = await readAdapter(copy);
    expect(again.notes).toEqual([expect.stringContaining('"of_the_future"')]);
    await again.close();
  });

  it('is the same after its tensors become parameters and are stored again', async () => {
    const adapter = await readAdapter(folder);
    const stored = new Map((await storedTensors(adapter)).map((t) => [t.name, t]));
    let count = 0;
    for (const { path, layer, config, tensors } of adapter.modules.values()) {
      const values = await adapter.values(path);
      const shaped = Object.fromEntries(
        Object.entries(values).map(([p, data]) => [p, { data, shape: stored.get(tensors[p]!)!.shape }]),
      );
      for (const { name: key, dtype, shape, data } of moduleTensors(path, layer, config, shaped)) {
        count++;
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        expect(stored.get(key)).toEqual({ name: key, dtype, shape, data: bytes });
      }
    }
    expect(count).toBe(stored.size);
    await adapter.close();
  });
});

describe.each(peftCases)('the golden layer %s', (name) => {
  it('as an adapter’s file computes what PEFT computed', async () => {
    const folder = join(newFolder(), 'a');
    await writeAdapter(folder, await storedAs(name));
    const adapter = await readAdapter(folder);
    const [module] = adapter.modules.values();
    const { path, layer, config, dims } = module!;
    const golden = (await goldenCase(name)).tensors;
    const program = LAYERS[layer].trace('base.bias' in golden ? { ...config, bias: true } : config);
    const values = await adapter.values(path);
    await adapter.close();
    const parameters = Object.fromEntries(
      Object.entries(values).map(([name, data]) => [
        name,
        { data, shape: adapter.tensors.tensors.get(module!.tensors[name]!)!.shape },
      ]),
    );
    const given = inputsOf(program, golden, parameters);
    const shapes = Object.fromEntries(Object.entries(given).map(([n, t]) => [n, t.shape]));
    const { g } = dims;
    const session = await compile(program, {
      device: 'cpu',
      shapes,
      ...(g === undefined ? {} : { dims: { g } }),
    });
    const { y } = await (await session.run(given)).readAll();
    await session.dispose();
    expect(relativeError(y!.data, golden.output!.data)).toBeLessThan(1e-5);
  });

  it('is written back byte for byte, field for field', async () => {
    const { fields, tensors } = await storedAs(name);
    const [folder, copy] = [join(newFolder(), 'a'), join(newFolder(), 'b')];
    await writeAdapter(folder, { fields, tensors });
    const adapter = await readAdapter(folder);
    await writeAdapter(copy, { fields: adapter.fields, tensors: await storedTensors(adapter) });
    for (const { name: key, data } of tensors)
      expect(await adapter.tensors.bytes(key)).toEqual(
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      );
    await adapter.close();
    expect(Object.entries(jsonOf(join(copy, 'adapter_config.json')))).toEqual(Object.entries(fields));
    for (const file of ['adapter_config.json', 'adapter_model.safetensors'])
      expect(readFileSync(join(copy, file)).equals(readFileSync(join(folder, file)))).toBe(true);
  });

  it('is written with fields that mean the same', async () => {
    const { fields, tensors } = await storedAs(name);
    const parsed = parseAdapter(fields, new Map(tensors.map((t) => [t.name, t])), 'f');
    const { layer, config, dims } = [...parsed.modules.values()][0]!;
    if (!isWritten(layer)) throw new Error(`${layer} is not written`);
    const size =
      dims[
        { road: 'g', oft: 'b', oftEmbedding: 'b', boft: 'b', c3a: 'b', fourierft: 'n', waveft: 'n' }[
          String(layer)
        ] ?? 'r'
      ];
    const made = adapterFields({
      layer,
      config,
      size,
      dims,
      targets: [layer === 'oftEmbedding' ? 'embed_tokens' : 'q_proj'],
    });
    const again = parseAdapter(made, new Map(tensors.map((t) => [t.name, t])), 'f');
    expect([...again.modules]).toEqual([...parsed.modules]);
    expect(again.notes.filter((n) => !n.includes('A and B'))).toEqual([]);
    expect(Object.keys(made)).toEqual(Object.keys(made).sort());
  });
});

describe('an adapter that is written here', () => {
  const value = (shape: readonly number[]) => ({
    shape,
    data: Float32Array.from({ length: elements(shape) }, (_, i) => Math.sin(i)),
  });

  it('may have 16-bit tensors, which are read back as what they round to', async () => {
    const config = { scale: 0.5 };
    const values = { A: value([4, 16]), B: value([16, 4]) };
    for (const [dtype, encode] of [
      ['F16', encodeF16],
      ['BF16', encodeBF16],
    ] as const) {
      const tensors = moduleTensors(PATH, 'lora', config, values, dtype);
      expect(tensors.map((t) => t.data)).toEqual([encode(values.A.data), encode(values.B.data)]);
      const folder = join(newFolder(), 'a');
      const fields = adapterFields({ layer: 'lora', config, size: 4, targets: ['q_proj'], baseModel: 'm' });
      await writeAdapter(folder, { fields, tensors });
      const adapter = await readAdapter(folder);
      const read = await adapter.values(PATH);
      expect(encode(read.A!)).toEqual(encode(values.A.data));
      expect(adapter.modules.get(PATH)).toMatchObject({ config, dims: { r: 4, in: 16, out: 16 } });
      expect(adapter.fields).toMatchObject({ base_model_name_or_path: 'm', lora_alpha: 2 });
      await adapter.close();
    }
  });

  it('has the version of its series', () => {
    const of = (series: string) =>
      adapterFields({ layer: 'oft', config: { series }, size: 8, targets: ['q_proj'] });
    expect(of('peft-0.18')).toMatchObject({ peft_version: '0.18.0', oft_block_size: 8, r: 0 });
    expect('peft_version' in of('peft-0.17')).toBe(false);
  });

  it('is refused without a parameter, and where reading it back would be', async () => {
    const missing = () => moduleTensors(PATH, 'lora', {}, { A: value([4, 16]) });
    expect(missing).toThrow(/"B": the layer lora trains it, and it has no value/);
    const tensors = moduleTensors(PATH, 'lora', {}, { A: value([4, 16]), B: value([16, 5]) });
    const folder = join(newFolder(), 'a');
    const fields: Json = adapterFields({ layer: 'lora', config: {}, size: 4, targets: ['q_proj'] });
    await expect(writeAdapter(folder, { fields, tensors })).rejects.toMatchObject({ code: 'InvalidAdapter' });
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });
});
