/** Random programs, derived and printed as PyTorch, compute in float64 what the interpreter computes. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lowerProgram } from '../../../../compiler/ir/lower.ts';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import { float64 } from '../../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../../compiler/semantics/interpret.ts';
import { annotated } from '../../../../src/targets/torch/annotated.ts';
import { functionText } from '../../../../src/targets/torch/function.ts';
import { programs } from '../../../support/arbitraries/programs.ts';
import { drawInputs, eighth, elements } from '../../../support/evaluate.ts';
import { runs } from '../../../support/runs.ts';
import { PYTHON, python } from '../../../support/torch.ts';

const calls = fc.record({
  program: programs({ kinks: false }),
  gradients: fc.boolean(),
  tokens: fc.integer({ min: 0, max: 6 }),
  seed: fc.nat(),
});

/** Runs every function, and prints those whose results differ. */
const RUNNER = `
import json, math, sys, traceback
import torch
import oftc_torch
from functions import *

def tensor(t):
    values = [math.nan if v is None else v for v in t["values"]]
    return torch.tensor(values, dtype=torch.int32 if t["integer"] else torch.float64).reshape(t["shape"])

for n, call in enumerate(json.load(open("calls.json"))):
    function = globals()[f"f{n}"]
    given = [tensor(t) for t in call["inputs"]]
    if function.__code__.co_argcount > len(given):
        given.append(call["tokens"])
    try:
        for got, want in zip(function(*given), call["outputs"], strict=True):
            want = tensor(want)
            if got.shape != want.shape or not torch.allclose(got.double(), want, rtol=2e-7, atol=1e-9, equal_nan=True):
                print(f"{n}: differs")
    except Exception:
        print(f"{n}: {traceback.format_exc()}")
`;

it.runIf(PYTHON)('random programs agree', () => {
  const { numRuns, seed } = runs(40, 300);
  const drawn = fc.sample(calls, { numRuns, seed });
  const texts: string[] = [];
  const given = drawn.map(({ program, gradients, tokens, seed }, n) => {
    const { variants, lowering } = compileProgram(program.bound, { gradients });
    const annotation = annotated(variants[0]!.program, lowering);
    // The interpreter takes the primitives without the forms that are PyTorch's own.
    const primitives = lowerProgram(variants[0]!.program, lowering);
    const { inputs, outputs } = primitives;
    texts.push(functionText(annotation, `f${n}`).join('\n'));
    const values = drawInputs(inputs, seed, tokens, eighth);
    const expected = interpret(primitives, float64, values, tokens);
    const plain = (
      t: { readonly shape: readonly number[]; readonly values: ArrayLike<number> },
      integer: boolean,
    ) => ({
      shape: t.shape,
      values: Array.from(t.values),
      integer,
    });
    return {
      tokens,
      inputs: inputs.map((i) =>
        plain({ shape: values[i.name]!.shape, values: elements(values[i.name]!) }, i.dtype === 'i32'),
      ),
      outputs: outputs.map((o) => plain(expected[o.name]!, false)),
    };
  });
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  writeFileSync(
    join(folder, 'functions.py'),
    `import math\nimport torch\nfrom torch import Tensor\nimport oftc_torch\n\n${texts.join('\n\n')}\n`,
  );
  writeFileSync(join(folder, 'calls.json'), JSON.stringify(given));
  writeFileSync(join(folder, 'run.py'), RUNNER);
  expect(python(['run.py'], folder)).toBe('');
});
