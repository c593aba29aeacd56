/** Differentiation: which inputs get a gradient. For the others, nothing is computed. */
import { expect, it } from 'vitest';
import { checkDifferentiable, differentiate } from '../../../compiler/autodiff/differentiate.ts';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { apply, input, topological } from '../../../compiler/ir/build.ts';
import type { InputNode, Node } from '../../../compiler/ir/node.ts';
import { cotangents, needsGradient } from '../../../compiler/ops/cotangents.ts';
import { programOf } from '../../support/evaluate.ts';
import '../../../compiler/pipeline.ts';

const tensor = (name: string, role: InputNode['role'], dtype: 'f32' | 'i32' = 'f32') =>
  input(name, role, { shape: [dimConst(3)], dtype });
const [W, x, v] = [tensor('W', 'frozen'), tensor('x', 'input'), tensor('v', 'trainable')];
const index = tensor('p', 'input', 'i32');

it('float inputs and parameters get gradients; frozen weights and integers do not', () => {
  const y = apply('add', [apply('mul', [apply('take', [x, index], { axis: 0 }), v]), W]);
  const program = differentiate(programOf({ y }));
  expect(program.outputs.map((o) => o.name)).toEqual(['y', 'grad.x', 'grad.v']);
  expect(program.inputs.map((i) => i.name)).toEqual(['x', 'p', 'v', 'W', 'grad.y']);
});

it('what a gradient does not reach needs none', () => {
  const needs: readonly (readonly [Node, boolean])[] = [
    [x, true],
    [v, true],
    [W, false],
    [index, false],
    [apply('mul', [W, W]), false],
    [apply('mul', [W, v]), true],
    [apply('detach', [v]), false],
    [apply('literal', [], { value: { num: 1n, den: 1n } }), false],
  ];
  for (const [node, expected] of needs) expect(needsGradient(node)).toBe(expected);
});

it('no cotangent is built for what needs none', () => {
  const y = apply('mul', [W, v]);
  const reached = cotangents(topological([y]), [[y, x]], needsGradient);
  expect([...reached.keys()]).toEqual([y, v]);
});

it('the first input without a gradient is named', () => {
  const y = apply('add', [apply('detach', [x]), apply('detach', [v]), tensor('u', 'trainable')]);
  expect(() => checkDifferentiable(programOf({ y }))).toThrow(/'x' has no gradient/);
});

it('a detach after other operators is what stops a gradient', () => {
  const doubled = apply('mul', [v, v]);
  expect(() => checkDifferentiable(programOf({ y: apply('add', [apply('detach', [doubled]), x]) }))).toThrow(
    "'v' has no gradient, because detach stops it here",
  );
});

it('a term that is used twice at every level is visited once', () => {
  let node: Node = v;
  for (let i = 0; i < 60; i++) node = apply('add', [node, node]);
  expect(needsGradient(node)).toBe(true);
  let frozen: Node = W;
  for (let i = 0; i < 60; i++) frozen = apply('add', [frozen, frozen]);
  expect(needsGradient(frozen)).toBe(false);
  const [, grad] = differentiate(programOf({ y: node })).outputs;
  expect(topological([grad!.node]).length).toBeLessThan(300);
});
