/** The device against the reference: every output within the running error bound of the arithmetic. */

import type { Binding } from '../../compiler/ir/dims.ts';
import { bound, exact, outside, worstRatio } from '../../compiler/ir/domains/bound.ts';
import { tensor } from '../../compiler/ir/domains/domain.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { storageName } from '../../compiler/primitives/storage.ts';
import { Executable } from '../../runtime/index.ts';
import { dequantize } from '../formats/quantized/index.ts';
import { held, type Stored } from '../quantized.ts';
import { planOf } from '../session.ts';
import type { Finding } from './report.ts';
import { printSizes } from './sizes.ts';
import { random, realValues, type Values } from './values.ts';

/** Every variant at `tokens`, whatever its guard: all of them are right for every count. */
export async function checkDevice(
  source: Program,
  sizes: Binding,
  gradients: boolean,
  tokens: readonly number[],
  device: GPUDevice,
  seed: number,
  stored: Stored = {},
): Promise<Finding> {
  const name = device.adapterInfo?.description || 'the device';
  const property = `device within the error bound of the reference, outputs${gradients ? ' and gradients' : ''}`;
  const as = Object.entries(stored).map(([n, s]) => `, ${n} as ${storageName(s)}`);
  const where = `${name}, f32${as.join('')} at ${printSizes(sizes)}, tokens=${tokens.join('|')}, every variant`;
  const compilation = compileProgram(source, { gradients, sizes, stored });
  let [observed, trials] = [0, 0];
  for (const variant of compilation.variants) {
    const whole = { ...variant, minTokens: 0, maxTokens: null };
    const executable = await Executable.create(device, planOf({ ...compilation, variants: [whole] }));
    try {
      for (const count of tokens) {
        const { inputs, words } = asHeld(
          variant.program,
          realValues(variant.program, count, random(seed + trials++)),
          stored,
        );
        const pairs = Object.fromEntries(
          Object.entries(inputs).map(([n, t]) => [n, exact(t.shape, t.values)]),
        );
        const expected = interpret(variant.primitives, bound(), pairs, count);
        const floats = Object.fromEntries(
          Object.entries(inputs).map(([n, t]) => [n, arrayOf(variant.program, n, t.values)]),
        );
        const result = executable.run(count, { ...floats, ...words });
        const actual = await result.readAll();
        result.destroy();
        for (const [output, e] of Object.entries(expected)) {
          const bad = outside(actual[output]! as Float32Array, e);
          if (bad) {
            const counterexample = `${printSizes(sizes)}, tokens=${count}, seed ${seed}: ${output}[${bad.index}] is ${bad.actual}, reference ${bad.value} ± ${bad.bound}`;
            return { property, where, trials, passed: false, counterexample };
          }
          observed = Math.max(observed, worstRatio(actual[output]! as Float32Array, e));
        }
      }
    } finally {
      executable.dispose();
    }
  }
  return { property, where, trials, passed: true, observed, limit: 1, note: 'error as a share of the bound' };
}

/** Values that what is held quantised stands for, and its words. */
function asHeld(program: Program, drawn: Values, stored: Stored) {
  const inputs = { ...drawn };
  const words: Record<string, Uint32Array> = {};
  for (const i of program.inputs) {
    const storage = Object.hasOwn(stored, i.name) ? stored[i.name] : undefined;
    if (!storage) continue;
    const quantized = held(i, drawn[i.name]!.values, storage);
    words[i.name] = quantized.words;
    inputs[i.name] = tensor(drawn[i.name]!.shape, dequantize(quantized.tensor));
  }
  return { inputs, words };
}

/** Values as the device takes them, by the declared dtype. */
const arrayOf = (program: Program, name: string, values: ArrayLike<number>): Float32Array | Int32Array =>
  program.inputs.find((i) => i.name === name)!.type.dtype === 'i32'
    ? Int32Array.from(values)
    : Float32Array.from(values);
