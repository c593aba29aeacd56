/** VeRA and RandLoRA in PEFT's files, whose random matrices all modules share. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../../src/finetune/loop/checkpoint.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import type { HostTensor } from '../../../src/index.ts';
import { oftc } from '../cli/harness.ts';
import { tensorFile } from './support.ts';
import { at, finetune, MODEL } from './tiny.ts';

type Matrix = (row: number, column: number) => number;
type Read = (name: string) => Promise<HostTensor>;

const matrix =
  ({ data, shape }: HostTensor): Matrix =>
  (row, column) =>
    data[row * shape.at(-1)! + column]!;

/** Element (o, i) of VeRA's change: Σₖ b[o]·B[o, k]·d[k]·A[k, i], with the first rows of B and columns of A. */
async function vera(read: Read, of: (name: string) => Promise<HostTensor>): Promise<Matrix> {
  const [A, B] = [matrix(await read('base_model.vera_A')), matrix(await read('base_model.vera_B'))];
  const [b, d] = [(await of('vera_lambda_b')).data, (await of('vera_lambda_d')).data];
  return (o, i) => Array.from(d, (dk, k) => b[o]! * B(o, k) * dk * A(k, i)).reduce((s, a) => s + a, 0);
}

/** Element (o, i) of RandLoRA's change; PEFT flattens B's bases and ranks in another order than those of λ, A and γ. */
async function randlora(
  read: Read,
  of: (name: string) => Promise<HostTensor>,
  [out, inner]: readonly number[],
) {
  const [A, B] = [await read('base_model.randlora_A'), await read('base_model.randlora_B')];
  const [lambda, gamma] = [await of('randlora_lambda'), await of('randlora_gamma')];
  const [r, bases] = lambda.shape as [number, number];
  const [, all, rank] = B.shape as [number, number, number];
  const width = A.shape.at(-1)!;
  const change = (large: number, small: number) => {
    let sum = 0;
    for (let j = 0; j < r * bases; j++) {
      const [k, n] = [Math.floor(j / bases), j % bases];
      const [basis, column] = [Math.floor(j / r), j % r];
      const scaled = lambda.data[k * bases + n]! * A.data[k * width + small]! * matrix(gamma)(n, small);
      sum += B.data[(large * all + basis) * rank + column]! * scaled;
    }
    return 20 * sum;
  };
  return out! < inner! ? (o: number, i: number) => change(i, o) : change;
}

const heldOut = async (run: string) =>
  (await readMetrics(at(run))).flatMap((m) => ('heldOut' in m ? [m.heldOut] : []));

const fieldsAt = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;

describe.each([
  ['vera', 'r=3', vera, { A: [3, 12], B: [8, 3] }],
  ['randlora', 'r=4', randlora, { A: [4, 1, 8], B: [12, 2, 4] }],
] as const)('%s', (name, size, changeOf, shapes) => {
  const folder = at(`${name}/adapter`);

  it('is written with one A and one B, of the sizes that PEFT makes', async () => {
    const { exit, stdout, stderr } = await finetune(
      ...([name, '--adapter', name, '--set', `${size},seed=7`, '--lr', '0.1'] as const),
    );
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout).format).toBe('peft');
    const file = tensorFile(join(folder, 'adapter_model.safetensors'));
    for (const [which, shape] of Object.entries(shapes))
      expect((await file.read(`base_model.${name}_${which}`)).shape).toEqual(shape);
    expect(fieldsAt(folder)).toMatchObject({ save_projection: true, projection_prng_key: 7 });
    expect((await readCheckpoint(at(`${name}/checkpoint.safetensors`))).frozen.size).toBe(0);
    expect((await heldOut(name)).at(-1)).toBeLessThan((await heldOut(name))[0]!);
  });

  it('is merged by PEFT’s definition, whatever the sizes of the modules', async () => {
    const merged = at(`${name}-merged`);
    const { exit, stderr } = await oftc(
      ...['merge', '--model', MODEL, '--device', 'cpu', '--adapter', folder, '--out', merged],
    );
    expect(exit, stderr).toBe(0);
    const [before, after] = [MODEL, merged].map((m) => tensorFile(join(m, 'model.safetensors')));
    const file = tensorFile(join(folder, 'adapter_model.safetensors'));
    const modules = ['self_attn.q_proj', 'self_attn.v_proj', 'mlp.down_proj'];
    let largest = 0;
    for (const module of modules.map((m) => `model.layers.1.${m}`)) {
      const [W, now] = [await before!.read(`${module}.weight`), await after!.read(`${module}.weight`)];
      const of = (stored: string) => file.read(`base_model.model.${module}.${stored}`);
      const change = await changeOf(file.read, of, W.shape);
      for (let k = 0; k < W.data.length; k++) {
        const [o, i] = [Math.floor(k / W.shape[1]!), k % W.shape[1]!];
        largest = Math.max(largest, Math.abs(change(o, i)));
        expect(now.data[k]! - W.data[k]!).toBeCloseTo(change(o, i), 5);
      }
    }
    expect(largest).toBeGreaterThan(0.01);
  });

  it('is trained on, and keeps its A and B', async () => {
    const more = await finetune(`${name}-more`, '--init', folder, '--steps', '1');
    expect(more.exit, more.stderr).toBe(0);
    expect((await heldOut(`${name}-more`))[0]).toBeCloseTo((await heldOut(name)).at(-1)!, 5);
    const [first, next] = [folder, at(`${name}-more/adapter`)].map((f) =>
      tensorFile(join(f, 'adapter_model.safetensors')),
    );
    for (const which of ['A', 'B'])
      expect(await next!.read(`base_model.${name}_${which}`)).toEqual(
        await first!.read(`base_model.${name}_${which}`),
      );
  });

  it('is refused without A and B, which only PyTorch makes again', async () => {
    const bare = at(`${name}-bare`);
    cpSync(folder, bare, { recursive: true });
    writeFileSync(
      join(bare, 'adapter_config.json'),
      JSON.stringify({ ...fieldsAt(folder), save_projection: false }),
    );
    const { exit, stderr } = await oftc('inspect', bare);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/UnsupportedOption.*save_projection.*save it in PEFT, with save_projection=True/s);
  });
});
