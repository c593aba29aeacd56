/**
 * Checks gradients against central differences in float64, along random directions. Detached and projected expressions
 * keep their values, because the program's gradient treats them as constants.
 */
import { differentiable, gradName } from '../../compiler/autodiff/differentiate.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { apply, input, topological } from '../../compiler/ir/build.ts';
import { lowerProgram } from '../../compiler/ir/lower.ts';
import type { InputNode, Node, Program } from '../../compiler/ir/node.ts';
import { isOp, scaled } from '../../compiler/ops/nodes.ts';
import { applyCandidate } from '../../compiler/rewrite/associate.ts';
import { type Pair, type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { random } from '../start/random.ts';
import { compilerOf } from './compiled.ts';
import type { Finding } from './report.ts';
import { roundingBounds } from './rounding.ts';
import { printSizes } from './sizes.ts';
import { realValues, type Values } from './values.ts';

/** The step h of the central difference: its error is of order h², its rounding of order 2⁻⁵²/h. */
const STEP = 1e-5;
export const GRADIENT_LIMIT = 1e-6;

/**
 * The least scale that a gradient's error is relative to, for gradients that cancel to 0. The rounding of two losses,
 * divided by 2h, is below the limit relative to this scale. At most 1, the size of cotangents, for useless bounds.
 */
function leastScale(lossBound: number): number {
  const size = lossBound / STEP / GRADIENT_LIMIT;
  // The bound is not a number when an elimination almost divides by 0.
  return Number.isNaN(size) ? 1 : Math.min(size, 1);
}

/** The program with its detached expressions as inputs, and the program that computes these inputs. */
export function holdDetached(program: Program): { held: Program; values: Program } {
  const replacements = new Map<Node, Node>();
  const inputs: InputNode[] = [];
  const outputs: { name: string; node: Node }[] = [];
  const hold = (node: Node): InputNode => {
    const held = input(`held.${inputs.length}`, 'frozen', node.type);
    inputs.push(held);
    outputs.push({ name: held.name, node });
    return held;
  };
  for (const n of topological(program.outputs.map((o) => o.node))) {
    if (isOp(n, 'detach')) replacements.set(n, hold(n.args[0]!));
    if (isOp(n, 'project')) {
      const [stored, projected] = n.args as [Node, Node];
      replacements.set(n, apply('add', [stored, hold(apply('add', [projected, scaled(-1, stored)]))]));
    }
  }
  const held = applyCandidate(program, replacements);
  return { held: { ...held, inputs: [...held.inputs, ...inputs] }, values: { ...program, outputs } };
}

export function checkGradients(
  source: Program,
  sizes: Binding,
  tokens: number,
  trials: number,
  seed: number,
  compile = compilerOf(source),
): Finding {
  const property = 'gradients ≡ central differences, in float64';
  const program = bindProgram(source, sizes);
  const { held, values } = holdDetached(program);
  const forward = lowerProgram(held, { structured: false });
  const heldValues = lowerProgram(values, { structured: false });
  const gradients = compile({ gradients: true, sizes }).variants[0]!;
  const next = random(seed);
  let observed = 0;
  const where = `${printSizes(sizes)}, tokens=${tokens}`;
  for (let trial = 0; trial < trials; trial++) {
    const at = realValues(gradients.program, tokens, next);
    const fixed = interpret(heldValues, float64, at, tokens);
    const loss = (point: Values): number => {
      const outputs = interpret(forward, float64, { ...point, ...fixed }, tokens);
      return program.outputs.reduce((s, o) => s + dot(outputs[o.name]!, at[gradName(o.name)]!), 0);
    };
    const bounds = roundingBounds(forward, { ...at, ...fixed }, tokens);
    const least = leastScale(
      program.outputs.reduce((s, o) => s + lossBound(bounds[o.name]!, at[gradName(o.name)]!), 0),
    );
    const result = interpret(gradients.primitives, float64, at, tokens);
    for (const i of differentiable(program)) {
      const gradient = result[gradName(i.name)]!;
      const direction = realValues({ ...program, inputs: [i] }, tokens, next)[i.name]!;
      const moved = (h: number): Values => ({ ...at, [i.name]: move(at[i.name]!, direction, h) });
      const numeric = (loss(moved(STEP)) - loss(moved(-STEP))) / (2 * STEP);
      const analytic = dot(gradient, direction);
      const scale = Math.max(
        Math.abs(numeric),
        Math.sqrt(dot(gradient, gradient) * dot(direction, direction)),
        least,
        Number.MIN_VALUE,
      );
      const error = Math.abs(numeric - analytic) / scale;
      observed = Math.max(observed, error);
      if (!(error <= GRADIENT_LIMIT)) {
        const counterexample = `${where}, seed ${seed}: along a random direction of '${i.name}' the difference quotient is ${numeric}, the gradient gives ${analytic}`;
        return {
          property,
          where,
          trials: trial + 1,
          passed: false,
          observed,
          limit: GRADIENT_LIMIT,
          counterexample,
        };
      }
    }
  }
  return { property, where, trials, passed: true, observed, limit: GRADIENT_LIMIT };
}

const dot = (a: TensorValue<number>, b: TensorValue<number>): number =>
  a.values.reduce((s, v, i) => s + v * b.values[i]!, 0);

/** The error bound of Σ aᵢ·bᵢ, with the products and their sum rounded in any order. */
const lossBound = (a: TensorValue<Pair>, b: TensorValue<number>): number =>
  b.values.reduce((s, v, i) => {
    const rounded = (b.values.length + 1) * Number.EPSILON * Math.abs(a.values[i]!);
    return s + Math.abs(v) * (a.bounds[i]! + rounded);
  }, 0);

const move = (at: TensorValue<number>, by: TensorValue<number>, h: number): TensorValue<number> =>
  tensor(
    at.shape,
    at.values.map((v, i) => v + h * by.values[i]!),
  );
