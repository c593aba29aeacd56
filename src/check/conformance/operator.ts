/** Checks an operator's promises on random instances: types, gradient, transpose, structure and facts. */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import { programOf } from '../../../compiler/extend/draw.ts';
import { definedOperator, type OperatorDefinition } from '../../../compiler/extend/operators.ts';
import { apply, input, printType, sameShape } from '../../../compiler/ir/build.ts';
import { lowerProgram } from '../../../compiler/ir/lower.ts';
import type { InputNode, Node, OpNode } from '../../../compiler/ir/node.ts';
import { factsOf, structureOf } from '../../../compiler/ir/operator.ts';
import { scaled, total } from '../../../compiler/ops/nodes.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import type { Draw } from '../../../compiler/rewrite/rule.ts';
import { transposeRule } from '../../../compiler/rewrite/rules/transposes.ts';
import { FieldSingular } from '../../../compiler/semantics/domains/field.ts';
import { planOf } from '../../session/session.ts';
import type { Finding } from '../report.ts';
import { difference, inField, inFloat64 } from './evaluate.ts';
import { ends, fires, identity } from './rule.ts';
import { applying, type ConformanceOptions, type Property, tried } from './trials.ts';

/** One divided by the step of a central difference. */
const STEP = 2n ** 17n;
/** The largest error of a derivative that passes, relative to 1 + the derivative. */
const LIMIT = 1e-6;

const like = (name: string, n: Node): InputNode => input(name, 'input', n.type);
const withArgument = (node: OpNode, i: number, a: Node): OpNode =>
  apply(node.op, node.args.with(i, a), node.attrs);
/** The inner product Σ a ⊙ b. */
const inner = (a: Node, b: Node): Node => apply('sumTo', [apply('mul', [a, b])], { shape: [] });
const isMatrix = (n: Node): boolean => n.type.shape.length >= 2;

type Wrong = Property<OperatorDefinition>['wrong'];

const types: Wrong = ({ vjp }, n) => {
  const node = n as OpNode;
  const program = programOf(node.op, { y: node });
  const prim = lowerProgram(program, { structured: true }).outputs[0]!.prim;
  if (!sameShape(prim.shape, node.type.shape) || prim.dtype !== node.type.dtype)
    return `lower gives ${printType(prim)}, type says ${printType(node.type)}`;
  const parts = vjp(node, like('g', node));
  if (parts.length !== node.args.length)
    return `vjp gives ${parts.length} cotangents for ${node.args.length} arguments`;
  const off = node.args.findIndex((a, i) => parts[i] && printType(parts[i].type) !== printType(a.type));
  if (off >= 0)
    return `the cotangent of argument ${off} is ${printType(parts[off]!.type)}, not ${printType(node.args[off]!.type)}`;
  planOf(compileProgram(program, { gradients: parts.some((p) => p !== undefined) }));
  return undefined;
};

const gradient: Wrong = ({ vjp }, n, _draw, next) => {
  const node = n as OpNode;
  const g = like('g', node);
  const parts = vjp(node, g);
  for (const [i, a] of node.args.entries()) {
    if (a.type.dtype === 'i32') continue;
    const u = like('u', a);
    const moved = (num: bigint) => inner(g, withArgument(node, i, total([a, scaled({ num, den: STEP }, u)])));
    const outputs = { up: moved(1n), down: moved(-1n), ...(parts[i] ? { derived: inner(parts[i], u) } : {}) };
    const { up, down, derived } = inFloat64(outputs, next).dense;
    const measured = ((up!.values[0]! - down!.values[0]!) * Number(STEP)) / 2;
    const stated = derived?.values[0] ?? 0;
    if (!(Math.abs(stated - measured) <= LIMIT * (1 + Math.abs(measured))))
      return `along a random direction of argument ${i} the difference quotient is ${measured}, vjp gives ${parts[i] ? stated : 'no cotangent'}`;
  }
  return undefined;
};

/**
 * The number of points at which f(u + 3v) = f(u) + 3f(v) must hold before f counts as linear. `max` may pass at a few.
 */
const POINTS = 8;

/** Checks ⟨f(u), w⟩ = ⟨u, vjp(w)⟩ exactly, for an operator f that is linear over the field. */
const adjoint: Wrong = ({ vjp }, n, _draw, next) => {
  const node = n as OpNode;
  const w = like('w', node);
  const parts = vjp(node, w);
  for (const [i, a] of node.args.entries()) {
    const part = parts[i];
    if (!part) continue;
    const [u, v] = [like('u', a), like('v', a)];
    const at = (x: Node) => withArgument(node, i, x);
    const sides = {
      whole: at(total([u, scaled(3, v)])),
      parts: total([at(u), scaled(3, at(v))]),
      image: inner(at(u), w),
      pulled: inner(u, part),
    };
    const values = Array.from({ length: POINTS }, () => inField(sides, next).dense);
    if (values.some((at) => difference(at.whole!, at.parts!))) continue;
    const wrong = difference(values[0]!.pulled!, values[0]!.image!);
    if (wrong)
      return `⟨u, vjp(w)⟩ is not ⟨f(u), w⟩ for argument ${i}, in which it is linear (mod p): ${wrong}`;
  }
  return undefined;
};

const transpose: Wrong = (op, node, draw, next) => {
  if (!isMatrix(node)) return undefined;
  const [rule, view] = [transposeRule(op, 'reassociates')!, apply('transpose', [node])];
  return fires(rule, view, draw, next) ?? identity(rule, view, draw, next) ?? ends(rule, view, draw, next);
};

const structure: Wrong = (op, node, draw, next) => {
  const alone = inField({ node }, next);
  const formed = difference(alone.structured.node!, alone.dense.node!);
  if (formed) return `formed with structure (mod p): ${formed}`;
  if (!isMatrix(node)) return undefined;
  const [rows, cols] = node.type.shape.slice(-2).map((d) => constantOf(d)!) as [number, number];
  const lead = node.type.shape.slice(0, -2).map((d) => constantOf(d)!);
  const other = op.sample(draw);
  const products: Record<string, Node> = {
    x·M: apply('matmul', [draw.tensor(...lead, draw.int(1, 3), rows), node]),
    M·y: apply('matmul', [node, draw.tensor(...lead, cols, draw.int(1, 3))]),
    ...(sameShape(other.type.shape, node.type.shape) && rows === cols
      ? { M·N: apply('matmul', [node, renamed(other)]), N·M: apply('matmul', [renamed(other), node]) }
      : {}),
  };
  const { dense, structured } = inField(products, next);
  for (const key of Object.keys(products)) {
    const wrong = difference(structured[key]!, dense[key]!);
    if (wrong) return `${key} multiplied with structure (mod p): ${wrong}`;
  }
  const s = structureOf(node);
  const count = s && constantOf(s.elements(node as OpNode));
  const ops = s && constantOf(s.ops(node as OpNode, dimConst(3)));
  if (s && !(count !== undefined && count >= 0 && ops !== undefined && ops >= 0))
    return 'elements and ops must be counts at bound sizes';
  return undefined;
};

/** The same expression with renamed tensors, so that a second instance shares none with the first. */
function renamed(node: Node): Node {
  return node.kind === 'input'
    ? input(`${node.name}′`, node.role, node.type)
    : apply(node.op, node.args.map(renamed), node.attrs);
}

const facts: Wrong = (op, instance, draw, next) => {
  for (const node of [instance, ...onMatricesWithFacts(instance as OpNode, draw)]) {
    const { skewSymmetric, symmetric, orthogonal } = factsOf(node);
    const exactly = orthogonal?.kind === 'exact';
    if (!isMatrix(node) || !(skewSymmetric || symmetric || exactly)) continue;
    const t = apply('transpose', [node]);
    const outputs = { node, t, minus: scaled(-1, node), gram: apply('matmul', [t, node]) };
    const eye = apply('identity', [], { shape: outputs.gram.type.shape });
    const value = evaluated({ ...outputs, eye }, next);
    if (!value) continue;
    const wrong =
      (skewSymmetric && claimed('skewSymmetric, Aᵀ = −A', difference(value.t!, value.minus!))) ||
      (symmetric && claimed('symmetric, Aᵀ = A', difference(value.t!, value.node!))) ||
      (exactly && claimed('orthogonal, AᵀA = I', difference(value.gram!, value.eye!)));
    if (wrong) return `of ${node === instance ? 'it' : `${op.name} of a matrix with facts`}, ${wrong}`;
  }
  return undefined;
};

/**
 * Evaluates over the field; undefined if a matrix is singular at every draw, like the reflection of a zero vector.
 */
function evaluated(outputs: Readonly<Record<string, Node>>, next: () => number) {
  try {
    return inField(outputs, next).dense;
  } catch (e) {
    if (e instanceof FieldSingular) return undefined;
    throw e;
  }
}

const claimed = (fact: string, wrong: string | undefined) =>
  wrong && `facts say ${fact}, which is false (mod p): ${wrong}`;

/** The node's operator applied to skew-symmetric, orthogonal and identity matrices, if its signature takes them. */
function onMatricesWithFacts(node: OpNode, draw: Draw): Node[] {
  if (!node.args.every((a) => a.type.shape.length === 2)) return [];
  const n = draw.int(1, 3);
  const skew = () => apply('skew', [draw.tensor((n * (n - 1)) / 2)]);
  const made = [
    skew,
    () => apply('cayley', [skew()]),
    () => apply('identity', [], { shape: [n, n].map(dimConst) }),
  ];
  return made.flatMap((make) => {
    try {
      return [apply(node.op, node.args.map(make), node.attrs)];
    } catch (e) {
      if (e instanceof OftcError) return []; // the signature refuses them
      throw e;
    }
  });
}

const properties: readonly Property<OperatorDefinition>[] = [
  { property: 'lower and vjp have the types that type states, and kernels can be made', wrong: types },
  { property: 'vjp ≡ central differences, in float64', wrong: gradient },
  { property: 'vjp is the adjoint where it is linear, exactly', wrong: adjoint },
  {
    property: 'transpose is the transpose, exactly',
    applies: (op) => op.transpose !== undefined,
    wrong: transpose,
  },
  {
    property: 'multiplies with structure as it does formed, exactly',
    applies: (op) => op.structure !== undefined || op.action !== undefined,
    wrong: structure,
  },
  { property: 'facts are true, exactly', applies: (op) => op.facts !== undefined, wrong: facts },
];

export const propertiesOf = (op: OperatorDefinition) => applying(properties, op);

/** The definition of an operator by its name. Throws OFT9002 for an operator that no author defined. */
export function authored(name: string): OperatorDefinition {
  const known = definedOperator(name);
  if (!known) throw new OftcError('OFT9002', `no operator '${name}' was defined with defineOperator`);
  return known.definition;
}

export function checkOperator(op: OperatorDefinition, options: ConformanceOptions = {}): Finding[] {
  return propertiesOf(op).map((p) => tried(`operator ${op.name}`, p, op, op.sample, options));
}
