/** Golden layers, which PEFT's own code computed, through packages for PyTorch. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import { pythonTexts } from '../../../../src/cli/package.ts';
import type { HostTensor } from '../../../../src/index.ts';
import { foldShape } from '../../../../src/session/tensors.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { goldenLayer } from '../../../golden/cases.ts';
import { goldenNames } from '../../../support/golden.ts';
import { PYTHON, python } from '../../../support/torch.ts';

/** Prints the largest relative error of each layer's results, in both dtypes. */
const RUNNER = `
import importlib, json
import torch

def tensor(t, dtype):
    dtype = torch.int32 if t["integer"] else dtype
    return torch.frombuffer(bytearray(open(t["file"], "rb").read()), dtype=torch.int32 if t["integer"] else torch.float32).to(dtype).reshape(t["shape"])

for name, case in json.load(open("cases.json")).items():
    layer = importlib.import_module(f"{name}.layer")
    function = next(v for k, v in vars(layer).items() if k.endswith("Function"))
    for dtype in (torch.float64, torch.float32):
        inputs = [tensor(t, dtype).requires_grad_(t["differentiated"]) for t in case["inputs"]]
        y = function.apply(*inputs)[0]
        differentiated = [t for t in inputs if t.requires_grad]
        gradients = iter(torch.autograd.grad(y, differentiated, tensor(case["cotangent"], dtype).reshape(y.shape)))
        results = {"y": y} | {f"grad.{t['name']}": next(gradients) for t in case["inputs"] if t["differentiated"]}
        for output, t in case["expected"].items():
            want = tensor(t, torch.float64)
            got = results[output].detach().double().reshape(want.shape)
            print(json.dumps([name, output, str(dtype)[6:], float((got - want).norm() / want.norm())]))
`;

/** The relative errors of float64 and float32: golden files are rounded to float32. */
const LIMITS: Readonly<Record<string, number>> = { float64: 2e-7, float32: 1e-5 };

it.runIf(PYTHON)('every golden layer has its output and gradients', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  const cases: Record<string, unknown> = {};
  let files = 0;
  const written = ({ data, shape }: HostTensor, name = '', differentiated = false) => {
    const file = `${files++}.bin`;
    writeFileSync(join(folder, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { name, shape, file, integer: data instanceof Int32Array, differentiated };
  };
  for (const name of goldenNames('')) {
    const { program, dims, inputs, cotangent, expected } = await goldenLayer(name);
    // Golden inputs may have several dimensions of tokens.
    const shapes = Object.fromEntries(
      program.inputs.map((i) => [i.name, foldShape(i.type, inputs[i.name]!.shape).shape]),
    );
    const { tokens: _, ...sizes } = solveDims(program, dims, shapes);
    const id = name.replaceAll('-', '_');
    const texts = buildTorch(program, {
      name: id,
      sizes,
      from: { file: name, version: '0.0.0' },
      python: pythonTexts(),
    });
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, id, path)), { recursive: true });
      writeFileSync(join(folder, id, path), text);
    }
    cases[id] = {
      inputs: program.inputs.map((i) =>
        written(
          { ...inputs[i.name]!, shape: shapes[i.name]! },
          i.name,
          i.role !== 'frozen' && i.type.dtype !== 'i32',
        ),
      ),
      cotangent: written(cotangent),
      expected: Object.fromEntries(Object.entries(expected).map(([n, t]) => [n, written(t)])),
    };
  }
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
  writeFileSync(join(folder, 'run.py'), RUNNER);
  const errors = python(['run.py'], folder)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, string, string, number]);
  expect(new Set(errors.map(([name]) => name)).size).toBeGreaterThanOrEqual(38);
  expect(errors.filter(([, , dtype, error]) => !(error < LIMITS[dtype]!))).toEqual([]);
});
