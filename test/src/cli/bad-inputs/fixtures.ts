/** The good files that cases spoil: a model, adapters, a run, layers, tensors, texts and a tuning table. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSafetensors } from '../../../../src/formats/safetensors/index.ts';
import { MODEL, TEXT } from '../../finetune/tiny.ts';
import { f32, OFT, type Outcome, oftc, SHAPES } from '../harness.ts';

const MY_ADAPTER = fileURLToPath(new URL('../../../../examples/my-adapter.ts', import.meta.url));

/** The source of a second layer, with a loop, a helper and a named output. */
const SECOND = `import { frozen, input, layer, list, trainable, type Tensor } from 'oftc';

const twice = (t: Tensor): Tensor => t.add(t);
export const second = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), s: list(3, trainable('in')) },
  ({ x, W, s }) => {
    let y = x;
    for (const t of s) y = twice(y.mul(t));
    return { y: y.matmul(W.T) };
  },
);
`;

async function done(command: Promise<Outcome>): Promise<void> {
  const { exit, stdout, stderr } = await command;
  if (exit !== 0) throw new Error(`a fixture failed: ${stdout}${stderr}`);
}

/** Writes the good files into a new folder, at the paths of `FILES`. */
export async function writeFixtures(folder: string): Promise<void> {
  const at = (name: string) => join(folder, name);
  mkdirSync(folder, { recursive: true });
  cpSync(MODEL, at('model'), { recursive: true });
  writeFileSync(at('text.txt'), TEXT);
  writeFileSync(at('lines.jsonl'), `${JSON.stringify({ text: TEXT })}\n`.repeat(3));
  writeFileSync(at('layer.ts'), OFT);
  writeFileSync(at('second.ts'), SECOND);
  cpSync(MY_ADAPTER, at('own.ts'));
  await writeSafetensors(at('tensors.safetensors'), [
    f32('x', SHAPES.x),
    f32('W', SHAPES.W),
    f32('v', SHAPES.v),
    f32('grad.y', [3, 5]),
  ]);
  const ids = Int32Array.from({ length: 160 }, (_, i) => i % 9);
  await writeSafetensors(at('ids.safetensors'), [
    { name: 'input_ids', dtype: 'I32', shape: [160], data: ids },
  ]);
  const train = (out: string, ...more: string[]) =>
    done(
      oftc(
        ...['finetune', '--model', at('model'), '--data', at('text.txt'), '--device', 'cpu'],
        ...['--steps', '2', '--batch', '2', '--length', '7', '--save-every', '1', '--out', at(out), ...more],
      ),
    );
  await train('peft', '--adapter', 'oft', '--set', 'b=4', '--targets', 'q_proj,v_proj');
  await train('lora', '--adapter', 'lora', '--set', 'r=2', '--targets', 'all-linear');
  await train('own', '--adapter', at('own.ts'), '--set', 'a=2,b=4', '--targets', 'q_proj');
  await train('library', '--adapter', 'gsoft', '--set', 'b=4', '--targets', 'q_proj');
  const golden = JSON.parse(readFileSync(at('model/config.json'), 'utf8'));
  if (golden.num_hidden_layers !== 2) throw new Error('the tiny model has changed');
}
