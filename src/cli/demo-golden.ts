/** Compares the example with numbers that PEFT's own layer code computed in float64. */
import type { Program } from '../../compiler/ir/node.ts';
import { openSafetensors } from '../formats/safetensors/index.ts';
import { compile } from '../session/session.ts';
import type { HostTensor } from '../session/tensors.ts';
import { relativeError } from '../testing/numeric.ts';

/** The largest ‖oftc − PEFT‖_F / ‖PEFT‖_F that passes. Float32 sums of a thousand terms stay well below it. */
export const TOLERANCE = 5e-6;

const SHOWN = 4;

export interface Comparison {
  readonly name: string;
  readonly shape: readonly number[];
  readonly difference: number;
  /** The first elements of both results. */
  readonly expected: readonly number[];
  readonly actual: readonly number[];
}

/** Compares output and gradients of a layer with x, W and v. The file's names are those of test/fixtures/layers. */
export async function compareWithPeft(
  program: Program,
  path: string,
  device: GPUDevice | 'cpu',
): Promise<Comparison[]> {
  const file = await openSafetensors(path);
  const read = async (name: string): Promise<HostTensor & { data: Float32Array }> => ({
    data: (await file.array(name)) as Float32Array,
    shape: file.tensors.get(name)!.shape,
  });
  try {
    const inputs = {
      x: await read('input'),
      W: await read('base.weight'),
      v: await read('param.oft_R.weight'),
    };
    const expected = {
      y: less(await read('output'), (await read('base.bias')).data),
      'grad.x': await read('grad_input'),
      'grad.v': await read('grad.oft_R.weight'),
    };
    const shapes = Object.fromEntries(Object.entries(inputs).map(([n, t]) => [n, t.shape]));
    const session = await compile(program, { device, shapes });
    try {
      const outputs = await session.gradients(inputs, { y: await read('grad_output') });
      const actual = await outputs.readAll();
      return Object.entries(expected).map(([name, t]) => compare(name, t, actual[name]!));
    } finally {
      await session.dispose();
    }
  } finally {
    await file.close();
  }
}

/** Subtracts a vector from every row. */
const less = ({ data, shape }: HostTensor & { data: Float32Array }, row: Float32Array): HostTensor => ({
  data: data.map((v, i) => v - row[i % row.length]!),
  shape,
});

function compare(name: string, expected: HostTensor, actual: HostTensor): Comparison {
  const first = (t: HostTensor) => Array.from(t.data.subarray(0, SHOWN));
  return {
    name,
    shape: actual.shape,
    difference: relativeError(actual.data, expected.data),
    expected: first(expected),
    actual: first(actual),
  };
}
