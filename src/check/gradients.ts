/**
 * Checks gradients against central differences in float64, along random directions. What `detach`, `straightThrough` and
 * `project` treat as constant keeps its value, because the program's gradient treats them as constants.
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
import { printSizes } from '../identity/sizes.ts';
import { realValues, type Values } from '../identity/values.ts';
import { random } from '../start/random.ts';
import { compilerOf } from './compiled.ts';
import { evaluate } from './evaluate.ts';
import type { Finding } from './report.ts';
import { roundingBounds } from './rounding.ts';
import { Judge, REDRAWN, scatter, unlessUnsure } from './tolerance.ts';

/** The step h of the central difference: its error is of order h², its rounding of order 2⁻⁵²/h. */
const STEP = 1e-5;
const GRADIENT_LIMIT = 1e-6;

/**
 * The least scale that a gradient's error is divided by, for gradients that cancel to 0. It brings the rounding of the
 * difference quotient down to the limit. It is at most 1, the size of cotangents.
 */
function leastScale(lossBound: number): number {
  const size = lossBound / STEP / GRADIENT_LIMIT;
  // The bound is not a number when an elimination almost divides by 0.
  return Number.isNaN(size) ? 1 : Math.min(size, 1);
}

/** The program with its detached expressions as inputs, and the program that computes these inputs. */
function holdDetached(program: Program): { held: Program; values: Program } {
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
    // The value stays, and the gradient is that of the other argument.
    const [value, through] = isOp(n, 'project') ? [n.args[1]!, n.args[0]!] : n.kind === 'op' ? n.args : [];
    if (isOp(n, 'project') || isOp(n, 'straightThrough'))
      replacements.set(n, apply('add', [through!, hold(apply('add', [value!, scaled(-1, through!)]))]));
  }
  const held = applyCandidate(program, replacements);
  return { held: { ...held, inputs: [...held.inputs, ...inputs] }, values: { ...program, outputs } };
}

interface Trial {
  readonly undecided: boolean;
  readonly wrong?: Pick<Finding, 'observed' | 'counterexample'>;
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
  const forward = evaluate(lowerProgram(held, { structured: false }));
  const heldValues = evaluate(lowerProgram(values, { structured: false }));
  const { program: differentiated, primitives } = compile({ gradients: true, sizes }).variants[0]!;
  const gradients = evaluate(primitives);
  const next = random(seed);
  const judge = new Judge(GRADIENT_LIMIT);
  const where = printSizes(sizes, tokens);
  /** Judges the gradient of each input at a point; the counterexample if one is wrong. */
  const trial = (at: Values): Trial => {
    const fixed = heldValues(float64, at, tokens);
    const loss = (point: Values, domain = float64): number => {
      const outputs = forward(domain, { ...point, ...fixed }, tokens);
      return program.outputs.reduce((s, o) => s + dot(outputs[o.name]!, at[gradName(o.name)]!), 0);
    };
    const bounds = roundingBounds(forward, { ...at, ...fixed }, tokens);
    const least = leastScale(
      program.outputs.reduce((s, o) => s + lossBound(bounds[o.name]!, at[gradName(o.name)]!), 0),
    );
    const result = gradients(float64, at, tokens);
    let undecided = false;
    for (const i of differentiable(program)) {
      const gradient = result[gradName(i.name)]!;
      const direction = realValues({ ...program, inputs: [i] }, tokens, next)[i.name]!;
      const moved = (h: number): Values => ({ ...at, [i.name]: move(at[i.name]!, direction, h) });
      const quotient = (h: number, domain = float64) =>
        (loss(moved(h), domain) - loss(moved(-h), domain)) / (2 * h);
      const numeric = quotient(STEP);
      const analytic = dot(gradient, direction);
      const scale = Math.max(
        Math.abs(numeric),
        Math.sqrt(dot(gradient, gradient) * dot(direction, direction)),
        least,
        Number.MIN_VALUE,
      );
      /**
       * The difference allowed to right gradients: the rounding of the quotient and of the gradient, and the error of
       * the quotient. The latter is of order h²: halving h removes three quarters of it, which measures it. Twice the
       * measured error is allowed.
       */
      const allowed = () => {
        const off = (m: number, x: number) => Math.abs(m - x);
        const slope = (domain: typeof float64) =>
          dot(gradients(domain, at, tokens)[gradName(i.name)]!, direction);
        const rounding =
          scatter(numeric, (domain) => quotient(STEP, domain), off) + scatter(analytic, slope, off);
        const truncation = 2 * (4 / 3) * Math.abs(numeric - quotient(STEP / 2));
        const all = (rounding + truncation) / scale;
        return Number.isNaN(all) ? Infinity : all;
      };
      const observed = Math.abs(numeric - analytic) / scale;
      const verdict = judge.verdict(observed, `${where}, ${i.name}`, allowed);
      if (verdict === 'failed') {
        const counterexample = `${where}, seed ${seed}: along a random direction of '${i.name}' the difference quotient is ${numeric}, the gradient gives ${analytic}`;
        return { undecided, wrong: { observed, counterexample } };
      }
      undecided ||= verdict === 'undecided';
    }
    return { undecided };
  };
  let [done, drawn] = [0, 0];
  while (done < trials && drawn < trials + REDRAWN) {
    drawn++;
    const at = realValues(differentiated, tokens, next);
    const { undecided, wrong }: Trial = unlessUnsure(() => trial(at)) ?? { undecided: true };
    if (!undecided) done++;
    if (wrong) return { property, where, trials: drawn, passed: false, limit: GRADIENT_LIMIT, ...wrong };
  }
  if (done === 0) {
    const note = `none of ${drawn} draws decides: rounding is too large there, or chooses between indices`;
    return { property, where, trials: 0, passed: true, open: true, note };
  }
  return { property, where, trials: done, passed: true, ...judge.finding() };
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
