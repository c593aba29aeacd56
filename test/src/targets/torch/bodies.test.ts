/** Loop bodies as Python: the texts, and that PyTorch computes by them what the bodies mean. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Dim, dimConst, evalDim } from '../../../../compiler/dims/dims.ts';
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, InputPrim, MapPrim, PrimProgram } from '../../../../compiler/primitives/prim.ts';
import { count, tensor } from '../../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../../compiler/semantics/interpret.ts';
import { Body } from '../../../../src/targets/torch/body.ts';
import { PYTHON, python } from '../../../support/torch.ts';
import { ALL, axesOf, OPERANDS, SIZES } from './bodies.ts';

const textOf = (axes: readonly Axis[], body: Expr): string =>
  new Body({ axes, args: OPERANDS, like: 'x', range: (a, after) => `range_("${a.name}", ${after})` }).print(
    body,
  ).text;

const printed = Object.entries(ALL).flatMap(([topic, rows]) =>
  rows.flatMap(([names, ...bodies]) =>
    bodies.map((body) => ({ topic, names, body, axes: axesOf(names), text: textOf(axesOf(names), body) })),
  ),
);

it('each has the text of the golden file', async () => {
  const topics = Object.keys(ALL).map((topic) => {
    const lines = printed.filter((p) => p.topic === topic).map((p) => `[${p.names}]  ${p.text}\n`);
    return `${topic}\n${lines.join('')}`;
  });
  await expect(topics.join('\n')).toMatchFileSnapshot('./bodies.txt');
});

const sizesOf = (shape: (typeof OPERANDS)[number]['shape']): number[] => shape.map((d) => evalDim(d, SIZES));

/** The elements of an operand: integers are positions below 3. */
const elementsOf = (operand: (typeof OPERANDS)[number], n: number): number[] =>
  Array.from({ length: count(sizesOf(operand.shape)) }, (_, e) =>
    operand.isInteger ? (e + 1) % 3 : Math.round(64 * Math.cos(7 * n + e)) / 64 + 1.5,
  );

/** An expression or a size with the numbers of SIZES in place of names. */
function bound<T>(of: T): T {
  if (typeof of !== 'object' || of === null) return of;
  if (Array.isArray(of)) return of.map(bound) as T;
  if ('k' in of && of.k === 'extent' && 'dim' in of)
    return { k: 'int', value: evalDim(of.dim as Dim, SIZES) } as T;
  return Object.fromEntries(Object.entries(of).map(([key, v]) => [key, bound(v)])) as T;
}

/** The values of a body at all points of its axes, in row-major order. */
function meant(axes: readonly Axis[], body: Expr): number[] {
  const fixed = (shape: readonly Dim[]) => shape.map((d) => dimConst(evalDim(d, SIZES)));
  const args = OPERANDS.map(({ text, shape, isInteger }): InputPrim => {
    const dtype = isInteger ? 'i32' : 'f32';
    return { kind: 'input', name: text, shape: fixed(shape), dtype, args: [], spans: [], label: text };
  });
  const shape = fixed(axes.map((a) => a.extent));
  const own = axes.map((a, d) => ({ ...a, extent: shape[d]! }));
  const common = { shape, dtype: 'f32', args, spans: [], label: 'body' } as const;
  const prim: MapPrim = { kind: 'map', ...common, axes: own, body: bound(body) };
  const program: PrimProgram = { name: 'body', inputs: args, outputs: [{ name: 'y', prim }] };
  const inputs = OPERANDS.map((o, n) => [o.text, tensor(sizesOf(o.shape), elementsOf(o, n))]);
  const { y } = interpret(program, float64, Object.fromEntries(inputs), 1);
  return [...y!.values];
}

it.runIf(PYTHON)('each gives in PyTorch what it means', () => {
  const cases = printed.map(({ axes, body, text }) => ({
    text,
    axes: axes.map((a) => [a.name, evalDim(a.extent, SIZES)]),
    expected: meant(axes, body),
  }));
  const operands = OPERANDS.map((o, n) => [o.text, sizesOf(o.shape), elementsOf(o, n), o.isInteger]);
  const folder = mkdtempSync(join(tmpdir(), 'oftc-bodies-'));
  writeFileSync(join(folder, 'cases.json'), JSON.stringify({ cases, operands, sizes: SIZES }));
  const found = JSON.parse(python(['-c', RUN], folder)) as (number[] | string)[];
  rmSync(folder, { recursive: true });
  expect(found.map((values, n) => [cases[n]!.text, values])).toEqual(
    cases.map(({ text, expected }) => [text, expected.map((v) => expect.closeTo(v, 9))]),
  );
});

const RUN = `
import json, math
import torch, oftc_torch

with open("cases.json") as f:
    given = json.load(f)
scope = dict(given["sizes"], torch=torch, oftc_torch=oftc_torch, math=math)
for name, shape, elements, is_integer in given["operands"]:
    dtype = torch.int32 if is_integer else torch.float64
    scope[name] = torch.tensor(elements, dtype=dtype).reshape(shape)

def run(case):
    names = [name for name, _ in case["axes"]]
    extents = [extent for _, extent in case["axes"]]
    own = {f"axis_{name}": torch.arange(extent) for name, extent in case["axes"]}
    def range_(name, after):
        return own[f"axis_{name}"].reshape(-1, *[1] * after)
    text = case["text"]
    try:
        value = eval(text, dict(scope, range_=range_, **{}), {})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return torch.as_tensor(value, dtype=torch.float64).expand(extents).reshape(-1).tolist()

print(json.dumps([run(case) for case in given["cases"]]))
`;
