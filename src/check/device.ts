/** Checks the device against the reference: every output lies within the running error bound of the arithmetic. */
import type { CompileOptions } from '../../compiler/derive.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import type { DType, Program } from '../../compiler/ir/node.ts';
import type { Variant } from '../../compiler/pipeline.ts';
import { storageName } from '../../compiler/primitives/storage.ts';
import { emptyRecord } from '../../compiler/records.ts';
import { bound, exact, outside, worstRatio } from '../../compiler/semantics/domains/bound.ts';
import type { Pair, TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { Executable } from '../../runtime/index.ts';
import { dequantize } from '../formats/quantized/index.ts';
import { decodeF16, encodeF16 } from '../formats/safetensors/index.ts';
import { printSizes } from '../identity/sizes.ts';
import { realValues, type Values } from '../identity/values.ts';
import { classOf } from '../session/backends/gpu.ts';
import { held } from '../session/quantized.ts';
import { planOf } from '../session/session.ts';
import type { HostArray } from '../session/tensors.ts';
import { random } from '../start/random.ts';
import { compilerOf } from './compiled.ts';
import type { Finding } from './report.ts';
import { REDRAWN, unlessUnsure } from './tolerance.ts';

/** Compares every variant at `tokens`, whatever its guard, since each variant is right for every count. */
export async function checkDevice(
  source: Program,
  sizes: Binding,
  gradients: boolean,
  tokens: readonly number[],
  device: GPUDevice,
  seed: number,
  { stored = {}, activations = 'f32' }: Pick<CompileOptions, 'stored' | 'activations'> = {},
  compile = compilerOf(source),
): Promise<Finding> {
  const name = device.adapterInfo?.description || 'the device';
  const property = `device within the error bound of the reference, outputs${gradients ? ' and gradients' : ''}`;
  const as = [
    ...(activations === 'f16' ? [', activations in f16'] : []),
    ...Object.entries(stored).map(([n, s]) => `, ${n} as ${storageName(s)}`),
  ];
  const where = `${name}, f32${as.join('')} at ${printSizes(sizes, ...tokens)}, every variant`;
  const compilation = compile({
    gradients,
    sizes,
    ...(Object.keys(stored).length > 0 ? { stored } : {}),
    ...(activations === 'f16' ? { activations } : {}),
  });
  let [observed, trials, elements, unbounded] = [0, 0, 0, 0];
  const unsure = new Set<number>();
  for (const variant of compilation.variants) {
    const whole = { ...variant, minTokens: 0, maxTokens: null };
    const executable = await Executable.create(
      device,
      planOf({ ...compilation, variants: [whole] }, { devices: [classOf(device)] }),
    );
    try {
      for (const count of tokens) {
        const drawn = drawSurely(variant, count, random(seed + trials));
        if (!drawn) {
          unsure.add(count);
          continue;
        }
        trials++;
        const { data, expected } = drawn;
        const result = executable.run(count, data);
        const actual = await result.readAll();
        result.destroy();
        for (const [output, e] of Object.entries(expected)) {
          const found = numbersOf(actual[output]!);
          const bad = outside(found, e);
          if (bad) {
            const counterexample = `${printSizes(sizes, count)}, seed ${seed}: ${output}[${bad.index}] is ${bad.actual}, reference ${bad.value} ± ${bad.bound}`;
            return { property, where, trials, passed: false, counterexample };
          }
          observed = Math.max(observed, worstRatio(found, e));
          elements += e.bounds.length;
          unbounded += e.bounds.reduce((n, b) => n + (b === Infinity ? 1 : 0), 0);
        }
      }
    } finally {
      executable.dispose();
    }
  }
  const choices = `at tokens=${[...unsure].join('|')} rounding decides which indices are chosen, in each of ${REDRAWN} draws`;
  if (trials === 0 && unsure.size > 0)
    return { property, where, trials, passed: true, open: true, note: choices };
  const without = `no bound for ${unbounded} of ${elements} elements, for which nothing is known: a value overflows, divides by 0, or is an angle of thousands of turns, or a system is close to singular or has more orders of pivots than are followed`;
  if (unbounded === elements && elements > 0)
    return { property, where, trials, passed: true, open: true, note: without };
  const note = [
    'error as a share of the bound',
    ...(unbounded > 0 ? [without] : []),
    ...(unsure.size > 0 ? [choices] : []),
  ].join('; ');
  return { property, where, trials, passed: true, observed, limit: 1, note };
}

/**
 * Draws inputs, and computes the outputs that they should give. Undefined if rounding decides a choice of indices, such as
 * the largest elements, for every draw: a device may then choose otherwise.
 */
function drawSurely(variant: Variant, tokens: number, next: () => number) {
  for (let draw = 0; draw < REDRAWN; draw++) {
    const { values, data } = asHeld(variant, realValues(variant.program, tokens, next));
    const expected = unlessUnsure(() => interpret(variant.primitives, bound(), values, tokens));
    if (expected) return { data, expected };
  }
  return undefined;
}

/** The data for a device, and the numbers that these stand for: the drawn ones, quantised or rounded to f16. */
function asHeld({ program, primitives }: Variant, drawn: Values) {
  const values = emptyRecord<TensorValue<Pair>>();
  const data = emptyRecord<HostArray | Uint32Array>();
  for (const { name, dtype, storage } of primitives.inputs) {
    const { shape, values: at } = drawn[name]!;
    if (storage) {
      const { tensor, words } = held(program.inputs.find((i) => i.name === name)!, at, storage);
      data[name] = words;
      values[name] = exact(shape, dequantize(tensor));
    } else {
      const array = ARRAYS[dtype](at);
      data[name] = array;
      values[name] = exact(shape, numbersOf(array));
    }
  }
  return { values, data };
}

const ARRAYS: Readonly<Record<DType, (values: ArrayLike<number>) => HostArray>> = {
  f32: (values) => Float32Array.from(values),
  f16: encodeF16,
  i32: (values) => Int32Array.from(values),
};

/** The elements as numbers; f16 bits are decoded. */
const numbersOf = (data: HostArray): ArrayLike<number> =>
  data instanceof Uint16Array ? decodeF16(data) : data;
