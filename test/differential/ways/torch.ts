/** The module for PyTorch: one process of Python runs that of every call, in float64. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ofTokens } from '../../../compiler/dims/dims.ts';
import { typeName } from '../../../compiler/names.ts';
import { type TensorValue, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { pythonTexts } from '../../../src/cli/package.ts';
import { buildTorch } from '../../../src/targets/torch/index.ts';
import { PYTHON } from '../../support/torch.ts';
import { checkClose, Disagreement } from '../agree.ts';
import { type Call, valuesOf } from '../calls.ts';
import {
  type Hosts,
  isSkipped,
  type Numbers,
  type Python,
  reference,
  type Skipped,
  skipped,
  unless,
  type Way,
} from '../way.ts';

const SCRIPT = fileURLToPath(new URL('./torch_calls.py', import.meta.url));

/** Starts Python. Throws where none has PyTorch. */
export function openPython(): Python {
  if (PYTHON === undefined)
    throw new Error('no Python has PyTorch: install it, or name another Python in OFTC_PYTHON');
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    run: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('Python ended');
      return JSON.parse(value);
    },
    close: () => child.stdin.end(),
  };
}

const library = pythonTexts();

/** The request for a call; skipped where a layer for PyTorch has no such form. */
function requestFor(call: Call): object | Skipped {
  const { symbolic, sizes, bound } = call.program;
  if (!bound.inputs.some((i) => i.type.dtype !== 'i32'))
    return skipped('no tensor of floats has a dtype to compute in');
  const name = 'random';
  const files = unless(['OFT1046', 'OFT2020', 'OFT4005'], () =>
    buildTorch(symbolic, {
      ...{ name, sizes, from: { file: 'random.ts', version: '0' }, python: library, standalone: true },
      objective: call.objective,
    }),
  );
  if (isSkipped(files)) return files;
  const text = files['layer.py']!;
  const { values } = valuesOf(call);
  const plain = ({ shape, values }: TensorValue<number>, integer: boolean) => ({
    ...{ shape, integer },
    values: Array.from(values),
  });
  const isHeld = (i: (typeof bound.inputs)[number]) =>
    i.role === 'trainable' || (i.role === 'frozen' && !i.type.shape.some(ofTokens));
  const names = (inputs: typeof bound.inputs) => inputs.map((i) => i.name);
  const each = bound.inputs.filter((i) => !isHeld(i));
  return {
    ...{ text, class: typeName(name), gradients: call.gradients },
    inputs: bound.inputs.map((i) => ({
      name: i.name,
      ...plain(values[i.name]!, i.type.dtype === 'i32'),
    })),
    frozen: names(bound.inputs.filter((i) => i.role === 'frozen' && isHeld(i))),
    trainable: names(bound.inputs.filter((i) => i.role === 'trainable')),
    each: names(each),
    differentiable: names(each.filter((i) => i.role === 'input')),
    outputs: bound.outputs.map((o) => o.name),
    cotangents: call.gradients ? bound.outputs.map((o) => plain(values[`grad.${o.name}`]!, false)) : [],
  };
}

async function inPyTorch(call: Call, hosts: Hosts): Promise<Skipped | undefined> {
  if (call.kinks) return skipped('a function has a kink');
  const request = requestFor(call);
  if (isSkipped(request)) return request;
  const { outputs, failed } = await (await hosts.python()).run(request);
  if (!outputs) throw new Disagreement(`PyTorch fails: ${failed}`);
  const number = (x: number | null) => x ?? Number.NaN;
  const tensorOf = ({ shape, values }: Numbers) => tensor(shape, Float64Array.from(values, number));
  const actual = Object.fromEntries(Object.entries(outputs).map(([n, t]) => [n, tensorOf(t)]));
  checkClose(reference(call), actual, 'in PyTorch');
  return undefined;
}

export const TORCH: Way = {
  ...{ name: 'PyTorch', says: '`oftc build --target torch`: its module, and gradients by autograd' },
  ...{ with: 'as written', within: 'float64 within 1e-9', needs: 'PyTorch' },
  check: inPyTorch,
};
