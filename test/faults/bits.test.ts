/**
 * A checkpoint with one flipped bit: it is refused with the tensor, the field or the place that is damaged, and never
 * trained on. Digests cover every byte, so that no flip is outside of what is used.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../compiler/errors/coded.ts';
import { readCheckpoint } from '../../src/finetune/loop/checkpoint.ts';
import { at, finetune } from '../src/finetune/tiny.ts';
import { ALL, Table } from './table.ts';

const table = new Table('bits');
const RUN = ['--steps', '2', '--save-every', '1', '--eval-every', '2', '--targets', 'q_proj'];
const CHECKPOINT = at('bits/checkpoint.safetensors');

let whole: Buffer;
let header: number;
beforeAll(async () => {
  const { exit, stderr } = await finetune('bits', ...RUN);
  expect(exit, stderr).toBe(0);
  whole = readFileSync(CHECKPOINT);
  header = 8 + Number(whole.readBigUInt64LE());
});

/** The message with which the checkpoint is refused that has the bit flipped. */
async function refusal(bit: number): Promise<string> {
  const path = at('flipped.safetensors');
  const bytes = Buffer.from(whole);
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  writeFileSync(path, bytes);
  const error = await readCheckpoint(path).then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error, `bit ${bit & 7} of byte ${bit >> 3}`).toBeInstanceOf(CodedError);
  const { message } = error as CodedError;
  expect(message).toContain(path);
  return message;
}

/** The bits to flip of bytes from `first` to `end`: all of them, or one of every `some`-th byte. */
function bits(first: number, end: number, some: number): number[] {
  const of = Array.from({ length: 8 * (end - first) }, (_, i) => 8 * first + i);
  return ALL ? of : of.filter((bit) => (bit >> 3) % some === 0 && (bit & 7) === (5 * (bit >> 3)) % 8);
}

describe('a flipped bit is refused', () => {
  it('in the length and the header', async () => {
    for (const bit of bits(0, header, 97)) await refusal(bit);
    table.add(
      'a bit is flipped',
      'a checkpoint',
      'in its length and header',
      'refused with the place',
      bits(0, header, 97).length,
    );
  });

  it('in each tensor, which is named', async () => {
    const { tensors } = JSON.parse(
      JSON.stringify({ tensors: JSON.parse(whole.toString('utf8', 8, header)) }),
    ) as { tensors: Record<string, { data_offsets: [number, number] }> };
    for (const [name, { data_offsets }] of Object.entries(tensors)) {
      if (name === '__metadata__') continue;
      const [first, end] = data_offsets.map((offset) => header + offset) as [number, number];
      for (const bit of bits(first, end, 41)) expect(await refusal(bit)).toContain(`'${name}'`);
      table.add(
        'a bit is flipped',
        'a checkpoint',
        'in its tensors',
        'refused with the tensor',
        bits(first, end, 41).length,
      );
    }
  });

  it('by --resume, which trains nothing', async () => {
    for (const byte of [4, header >> 1, header + 3, whole.length - 1]) {
      const bytes = Buffer.from(whole);
      bytes[byte]! ^= 2;
      writeFileSync(CHECKPOINT, bytes);
      const metrics = readFileSync(at('bits/metrics.jsonl'));
      const { exit, stdout } = await finetune('bits', ...RUN, '--resume');
      expect(exit, stdout).toBe(1);
      expect(JSON.parse(stdout).error.message).toContain('checkpoint.safetensors');
      expect(readFileSync(CHECKPOINT)).toEqual(bytes);
      expect(readFileSync(at('bits/metrics.jsonl'))).toEqual(metrics);
      table.add(
        'a bit is flipped',
        'finetune --resume',
        'in header and tensors',
        'refused; nothing is trained or written',
      );
    }
    writeFileSync(CHECKPOINT, whole);
    expect((await finetune('bits', ...RUN, '--resume')).exit).toBe(0);
  });
});
