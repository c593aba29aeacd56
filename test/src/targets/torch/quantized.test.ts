/** Printed layers with quantised weights: their text, their modules, and the values that weights decode to. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { dora, lora } from '../../../../src/adapters/lora.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { oftEmbedding } from '../../../../src/adapters/oft-embedding.ts';
import { psoft } from '../../../../src/adapters/psoft.ts';
import { pythonTexts } from '../../../../src/cli/package.ts';
import {
  dequantize,
  type Grouped4,
  type Int8Rows,
  nf4TensorData,
  quantize,
  readNf4,
} from '../../../../src/formats/quantized/index.ts';
import {
  openSafetensors,
  type TensorData,
  writeSafetensors,
} from '../../../../src/formats/safetensors/index.ts';
import { frozen, input, layer, take, trainable } from '../../../../src/language/dsl/index.ts';
import { type Quantization, storageNamed } from '../../../../src/session/quantized.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { PYTHON, python } from '../../../support/torch.ts';
import { oftc } from '../../cli/harness.ts';
import { fixture } from '../../formats/quantized/support.ts';

interface Case {
  readonly program: Program;
  readonly dims: Readonly<Record<string, number>>;
  readonly quantized: Readonly<Record<string, Quantization | string>>;
}

const built = (name: string, { program, dims, quantized }: Case) =>
  buildTorch(program, {
    ...{ name, quantized, sizes: solveDims(program, dims) },
    ...{ from: { file: `${name}.ts`, version: '0.0.0' }, python: pythonTexts() },
  });

function write(folder: string, name: string, files: ReturnType<typeof built>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
}

const qoft: Case = {
  ...{ program: oft.trace(), dims: { in: 20, out: 50, b: 4 }, quantized: { W: 'nf4-double' } },
};

it('the layer reads as a person would write it', async () => {
  const { 'layer.py': text, 'test_layer.py': test } = built('qoft', qoft);
  await expect(text).toMatchFileSnapshot('./printed/quantized_layer.py');
  expect(test).toContain('    quantized = {"W": layer.W_FORM}\n');
  expect(text!.split('\n').filter((line) => line.length > 120)).toEqual([]);
});

it.runIf(PYTHON)('the module is one that PyTorch users know', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  write(folder, 'qoft', built('qoft', qoft));
  const test = fileURLToPath(new URL('./test_quantized.py', import.meta.url));
  writeFileSync(join(folder, 'test_quantized.py'), readFileSync(test));
  expect(python(['-m', 'unittest', 'test_quantized'], folder)).toMatch(/Ran 17 tests[\s\S]*\nOK/);
});

/** A layer with two frozen matrices and a frozen vector. */
const two = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('mid', 'in', { stored: 'up.weight' }),
    U: frozen('out', 'mid', { stored: 'down.weight' }),
    s: frozen('out'),
    A: trainable('mid', { init: 'ones' }),
  },
  (t) => t.x.matmul(t.W.T).mul(t.A).matmul(t.U.T).mul(t.s),
).trace();

it.runIf(PYTHON)('layers pass their own tests in every format, and where blocks are not full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  const cases: Record<string, Case> = {
    oft: { program: oft.trace(), dims: { in: 12, out: 7, b: 4 }, quantized: { W: 'nf4-double' } },
    indexed: {
      ...{ program: oft.trace(), dims: { in: 12, out: 7, b: 4 } },
      quantized: { W: { format: 'int4', group: 8, indexed: true } },
    },
    dora: { program: dora.trace(), dims: { in: 9, out: 7, r: 2 }, quantized: { W: 'int8' } },
    psoft: { program: psoft.trace(), dims: { in: 9, out: 7, r: 2 }, quantized: { W: 'nf4' } },
    lora: { program: lora.trace(), dims: { in: 9, out: 7, r: 2 }, quantized: { W: 'int4:4' } },
    two: {
      program: two,
      dims: { in: 5, mid: 9, out: 7 },
      quantized: { W: 'nf4-double', U: 'int8', s: 'nf4:32' },
    },
    // Its input is integers: a parameter says the dtype.
    embedding: {
      program: oftEmbedding.trace(),
      dims: { vocabulary: 11, d: 8, b: 4 },
      quantized: { E: 'int4' },
    },
  };
  for (const [name, c] of Object.entries(cases)) write(folder, name, built(name, c));
  const said = python(['-m', 'unittest', ...Object.keys(cases).map((n) => `${n}.test_layer`)], folder);
  expect(said).toMatch(new RegExp(`Ran ${9 * Object.keys(cases).length} tests`));
  expect(said).toMatch(/^OK/m);
  const script = `
import torch
import lora.layer
from dora.layer import Dora
from psoft.layer import Psoft
from two.layer import Two
W = torch.randn(7, 9)
# Starts that depend on a quantised weight are those of the values that it stands for.
for made in (Dora(W), Psoft(W)):
    x, values = torch.randn(4, 9), made.dequantized("weight")
    torch.testing.assert_close(made(x), x @ values.T)
two = Two(torch.randn(9, 5), torch.randn(7, 9), torch.ones(7))
assert {"up.weight", "up.weight.nested_absmax", "down.weight", "down.SCB", "s.absmax", "A"} <= set(two.state_dict())
x = torch.randn(4, 5)
torch.testing.assert_close(two(x), x @ two.dequantized("up.weight").T @ two.dequantized("down.weight").T)
# A weight is decoded once in each pass, and in the backward pass only for a gradient that needs it.
class Counting:
    count = 0
    def decode(self, *all):
        Counting.count += 1
        return form.decode(*all)
form, made = lora.layer.W_FORM, lora.layer.Lora(W)
lora.layer.W_FORM = Counting()
for asks, counts in ((False, [1, 1]), (True, [1, 2])):
    Counting.count = 0
    y = made(torch.randn(4, 9, requires_grad=asks))
    seen = [Counting.count]
    y.sum().backward()
    assert seen + [Counting.count] == counts, (asks, seen, Counting.count)
print("equal")
`;
  expect(python(['-c', script], folder)).toContain('equal');
});

/** The tensors of rows in int8, or of groups in int4, under the name of a format. */
const groupsOrRows = (format: string, made: Int8Rows | Grouped4): TensorData[] => {
  const { codes, scales, shape } = made;
  const groups = [scales.length / shape[0], shape[0]];
  return [
    { name: `${format}.codes`, dtype: codes instanceof Int8Array ? 'I8' : 'U8', shape, data: codes },
    ...('zeros' in made
      ? [
          { name: `${format}.scales`, dtype: 'F32' as const, shape: groups, data: scales },
          { name: `${format}.zeros`, dtype: 'U8' as const, shape: groups, data: made.zeros },
        ]
      : [{ name: `${format}.scales`, dtype: 'F32' as const, shape: [scales.length], data: scales }]),
  ];
};

it.runIf(PYTHON)('weights decode to what they decode to here, and are quantised alike', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  const tensors: TensorData[] = [];
  const add = (name: string, shape: readonly number[], data: Float32Array) =>
    tensors.push({ name, dtype: 'F32', shape, data });
  const formats = ['nf4', 'nf4:32', 'nf4-double', 'nf4-double:256', 'int8', 'int4', 'int4:8'] as const;
  const shape = [37, 45];
  let seed = 1;
  const values = Float32Array.from({ length: 37 * 45 }, (_, i) => {
    seed = (seed * 48271) % 2147483647;
    // A row of zeros, a row of subnormal numbers, and others of several sizes.
    const size = [0, 2 ** -140, 1, 1e-3, 1e4][Math.floor(i / 45) % 5]!;
    return (seed / 2147483647 - 0.5) * size;
  });
  add('source', shape, values);
  for (const format of formats) {
    const made = quantize(values, shape, storageNamed('W is', format));
    add(format, shape, dequantize(made));
    if ('packed' in made) tensors.push(...nf4TensorData(`${format}.weight`, made));
    else tensors.push(...groupsOrRows(format, made));
  }
  const file = await openSafetensors(fixture('nf4.safetensors'));
  const names = [...file.tensors.keys()].filter((n) => file.tensors.has(`${n}.absmax`));
  for (const name of names) {
    const nf4 = await readNf4(file, name);
    add(name, nf4.shape, dequantize(nf4));
  }
  await file.close();
  expect(names).toHaveLength(3);
  await writeSafetensors(join(folder, 'expected.safetensors'), tensors);
  const script = `
import sys
import torch
from safetensors.torch import load_file
from oftc_torch import Int4, Int8, Nf4, QuantizedModule
from oftc_torch.quantized import row_scales

class Holder(QuantizedModule):
    def __init__(self, form, given):
        super().__init__()
        self.hold_quantized("weight", form, given, None)

def same(actual, expected):
    return torch.equal(actual.view(torch.int32), expected.view(torch.int32))

expected, stored = load_file("expected.safetensors"), load_file(sys.argv[1])
forms = {
    "nf4": Nf4((37, 45), 64), "nf4:32": Nf4((37, 45), 32), "nf4-double": Nf4((37, 45), 64, 256),
    "nf4-double:256": Nf4((37, 45), 256, 256), "int8": Int8((37, 45)), "int4": Int4((37, 45), 128), "int4:8": Int4((37, 45), 8),
}
for name, form in forms.items():
    made = Holder(form, expected["source"])
    state = made.state_dict()
    if isinstance(form, Nf4):
        parts = {k.removeprefix(f"{name}."): t for k, t in expected.items() if k.startswith(f"{name}.")}
        held = Holder(form, parts)
        assert torch.equal(state["weight"], parts["weight"]), name
        # The mean of scales may have another last bit, as PyTorch adds in an order of the processor's.
        torch.testing.assert_close(made.dequantized("weight"), held.dequantized("weight"), rtol=0.02, atol=1e-5)
        made = held if form.nested else made
    else:
        codes = state["weight"]
        if isinstance(form, Int4):
            codes = torch.stack((codes >> 4, codes & 15), 1).flatten()[:1665].view(37, 45)
            assert torch.equal(state["weight.zeros"], expected[f"{name}.zeros"]), name
        scales = state["weight.scales"] if isinstance(form, Int4) else row_scales(state["SCB"])
        assert torch.equal(codes, expected[f"{name}.codes"]) and same(scales, expected[f"{name}.scales"]), name
    assert same(made.dequantized("weight"), expected[name]), name
for name in sys.argv[2:]:
    tensors = {k.replace(name, "weight"): t for k, t in stored.items() if k.startswith(name)}
    held = Holder(Nf4(tuple(expected[name].shape), 64, 256), tensors)
    assert same(held.dequantized("weight"), expected[name]), name
    state = held.state_dict()
    assert state.keys() == tensors.keys() and all(torch.equal(state[k], t) for k, t in tensors.items()), name
    # Quantising what bitsandbytes quantised gives its codes and its code books.
    source = load_file(sys.argv[1].replace("nf4.", "source."))[name]
    state = Holder(Nf4(tuple(source.shape), 64, 256), source).state_dict()
    assert all(torch.equal(state[f"weight{end}"], tensors[f"weight{end}"]) for end in ("", ".quant_map", ".nested_quant_map"))
print("equal")
`;
  expect(python(['-c', script, fixture('nf4.safetensors'), ...names], folder)).toContain('equal');
});

it.runIf(PYTHON)('one file holds all that a quantised layer needs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  const source = fileURLToPath(new URL('../../../../src/adapters/oft.ts', import.meta.url));
  for (const format of ['nf4-double', 'int8', 'int4:8'] as const) {
    const name = format.replace(/\W/g, '_');
    const args = ['build', source, '--layer', 'oft', '--target', 'torch', '--dims', 'in=12,out=7,b=4'];
    for (const [out, ...more] of [[name], [`${name}_alone`, '--standalone']] as const) {
      const run = await oftc(...args, '--quantize', `W=${format}`, ...more, '-o', join(folder, out));
      expect(run.exit, run.stderr).toBe(0);
    }
    expect(readFileSync(join(folder, `${name}_alone`, 'layer.py'), 'utf8')).not.toContain('oftc_torch');
  }
  const script = `
import importlib
import torch
for name in ("nf4_double", "int8", "int4_8"):
    W, x, y = torch.randn(7, 12), torch.randn(3, 12), []
    for made in (importlib.import_module(f"{name}{end}.layer").Oft(W) for end in ("", "_alone")):
        y.append(made(x))
    assert torch.equal(*y), name
print("equal")
`;
  expect(python(['-c', script], folder)).toContain('equal');
});

it('a tensor that cannot be held quantised is refused', () => {
  const refused = (
    program: Program,
    dims: Case['dims'],
    quantized: Readonly<Record<string, string>>,
    message: RegExp | string,
  ) => expect(() => built('l', { program, dims, quantized })).toThrow(message);
  refused(oft.trace(), { in: 8, out: 4, b: 4 }, { 'v.0': 'nf4' }, /only what is frozen can be/);
  refused(oft.trace(), { in: 8, out: 4, b: 4 }, { W: 'fp4' }, /none of nf4, nf4:<block>/);
  const made = layer(
    {
      x: input('tokens', 'n'),
      W: frozen('n', 'n'),
      B: frozen('n', 'n', { init: { same: 'W' } }),
      v: trainable('n'),
    },
    (t) => t.x.matmul(t.W.T).add(t.x.matmul(t.B)).mul(t.v),
  ).trace();
  refused(
    made,
    { n: 3 },
    { B: 'nf4' },
    "'B' cannot be held quantised in a package for PyTorch: the layer makes it itself, by its init",
  );
  const rows = layer({ ids: input('tokens', { dtype: 'i32' }), E: frozen('n', 'm') }, (t) =>
    take(t.E, t.ids, 0),
  ).trace();
  refused(
    rows,
    { n: 3, m: 2 },
    { E: 'nf4' },
    "'E' cannot be held quantised in a package for PyTorch: no other tensor of floats has a dtype to compute in",
  );
  const clash = layer({ x: input('tokens', 'n'), W: frozen('n', 'n'), W_parts: trainable('n') }, (t) =>
    t.x.matmul(t.W.T).mul(t.W_parts),
  ).trace();
  refused(
    clash,
    { n: 3 },
    { W: 'nf4' },
    "'W_parts' and 'W' would both be W_parts in Python: rename one of them",
  );
});
