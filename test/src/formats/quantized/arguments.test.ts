/** Every function of oftc/quantized with arguments of wrong types: each call fails with a typed error. */
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import * as quantized from '../../../../src/formats/quantized/index.ts';
import { WRONG_VALUES } from '../../../support/wrong-values.ts';

const W = new Float32Array(64).fill(0.5);
const STORAGES = [
  { format: 'nf4', block: 32 },
  { format: 'nf4', block: 32, nested: 256 },
  { format: 'int8' },
  { format: 'int4', group: 4 },
] as const;

/** Runs a call, and expects either success or a QuantizationError. */
function typed(what: string, call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof quantized.QuantizationError))
      throw new Error(`${what}: ${(error as Error).stack}`);
  }
}

const functions = Object.entries(quantized).filter(
  ([name, f]) => typeof f === 'function' && name !== 'QuantizationError' && name !== 'readNf4',
) as unknown as readonly [string, (...args: readonly unknown[]) => unknown][];

it.each(functions)('%s fails only with typed errors', (name, f) => {
  for (const value of WRONG_VALUES)
    for (const args of [[value], [W, value], [W, [8, 8], value], [W, [8, 8], 32, value]])
      typed(`${name}(${inspect(args).slice(0, 80)})`, () => f(...args));
});

it.each(STORAGES)('a tensor held as %j with any part replaced fails only with typed errors', (storage) => {
  const whole = quantized.quantize(W, [8, 8], storage);
  const replaced = Object.keys(whole).flatMap((key) =>
    WRONG_VALUES.map((value) => ({ ...whole, [key]: value })),
  );
  const nested =
    'absmax' in whole
      ? Object.keys(whole.absmax).flatMap((key) =>
          WRONG_VALUES.map((value) => ({ ...whole, absmax: { ...whole.absmax, [key]: value } })),
        )
      : [];
  let refused = 0;
  for (const tensor of [...replaced, ...nested]) {
    const bad = tensor as unknown as quantized.QuantizedTensor;
    for (const read of [
      () => quantized.dequantize(bad),
      () => quantized.storageOf(bad),
      () => quantized.wordsOf(bad, storage),
      () => quantized.deviation(bad, W),
    ])
      typed(inspect(tensor, { depth: 2 }).slice(0, 300), () => {
        refused++;
        read();
        refused--;
      });
  }
  expect(refused).toBeGreaterThan(100);
});
