/** What a layer claims or implies about itself: orthogonality, and that it merges into the frozen weight. */
import { bindProgram } from '../../compiler/ir/bind.ts';
import { apply, input, topological } from '../../compiler/ir/build.ts';
import { type Binding, constantOf, dimNames } from '../../compiler/ir/dims.ts';
import type { Domain } from '../../compiler/ir/domains/domain.ts';
import { FieldSingular, field, P } from '../../compiler/ir/domains/field.ts';
import { float64 } from '../../compiler/ir/domains/float64.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { InputNode, Node, OpNode, Output, Program } from '../../compiler/ir/node.ts';
import { isOp, scaled, transposed } from '../../compiler/ops/nodes.ts';
import { factsOf } from '../../compiler/ops/operator.ts';
import { identityLike } from '../../compiler/ops/polynomial.ts';
import { lowerProgram } from '../../compiler/primitives/lower.ts';
import { applyCandidate } from '../../compiler/rewrite/associate.ts';
import { Namer } from '../naming.ts';
import type { Finding } from './report.ts';
import { printSizes } from './sizes.ts';
import { fieldValues, random, realValues, type Values } from './values.ts';

const EXACT_LIMIT = 1e-12;

/** RᵀR − I of square matrices. */
const residual = (r: Node): Node =>
  apply('add', [apply('matmul', [transposed(r), r]), scaled(-1, identityLike(r))]);

function evaluate<T>(
  program: Program,
  outputs: readonly Output[],
  domain: Domain<T>,
  inputs: Values,
  tokens: number,
) {
  const lowered = lowerProgram({ ...program, outputs }, { structured: false });
  return interpret(lowered, domain, inputs as never, tokens);
}

/** Draws over the field until every inverse exists. */
function drawn<R>(
  program: Program,
  tokens: number,
  next: () => number,
  use: (domain: Domain<number>, at: Values) => R,
): R {
  for (;;) {
    try {
      return use(field(Math.floor(next() * 2 ** 31)), fieldValues(program, tokens, next));
    } catch (e) {
      if (!(e instanceof FieldSingular)) throw e;
    }
  }
}

/** Every matrix the author claims, or the algebra concludes, to be orthogonal: exactly, or up to its bound. */
export function checkOrthogonality(source: Program, sizes: Binding, trials: number, seed: number): Finding[] {
  const program = bindProgram(source, sizes);
  const namer = new Namer();
  namer.nameIn(program);
  const claimed = program.claims?.orthogonal ?? [];
  const concluded = topological(program.outputs.map((o) => o.node)).filter(
    (n): n is OpNode => (isOp(n, 'polynomial') || isOp(n, 'cayley')) && factsOf(n).orthogonal !== undefined,
  );
  return [
    ...claimed.map((n) =>
      exactOrthogonality(
        program,
        n,
        `${namer.print(n)} is orthogonal, exactly (claimed)`,
        sizes,
        trials,
        seed,
      ),
    ),
    ...concluded.map((n) =>
      factsOf(n).orthogonal!.kind === 'exact'
        ? exactOrthogonality(
            program,
            n,
            `${namer.print(n)} is orthogonal, exactly (concluded)`,
            sizes,
            trials,
            seed,
          )
        : truncatedOrthogonality(
            program,
            n,
            `${namer.print(n)} is orthogonal up to its truncation`,
            sizes,
            trials,
            seed,
          ),
    ),
  ];
}

function exactOrthogonality(
  program: Program,
  r: Node,
  property: string,
  sizes: Binding,
  trials: number,
  seed: number,
): Finding {
  const where = `field and float64 at ${printSizes(sizes)}`;
  const outputs = [{ name: 'residual', node: residual(r) }];
  const next = random(seed);
  let observed = 0;
  for (let t = 0; t < trials; t++) {
    const overField = drawn(program, 1, next, (domain, at) => evaluate(program, outputs, domain, at, 1));
    const real = evaluate(program, outputs, float64, realValues(program, 1, next), 1);
    observed = Math.max(observed, ...real.residual!.values.map(Math.abs));
    const broken = overField.residual!.values.findIndex((v) => v !== 0);
    if (broken >= 0 || !(observed <= EXACT_LIMIT)) {
      const counterexample = `${printSizes(sizes)}, seed ${seed}: element ${Math.max(broken, 0)} of RᵀR − I is not 0; in float64 the largest is ${observed}. A truncated series is orthogonal only approximately`;
      return { property, where, trials: t + 1, passed: false, observed, limit: EXACT_LIMIT, counterexample };
    }
  }
  return { property, where, trials, passed: true, observed, limit: EXACT_LIMIT };
}

/**
 * R = C(I − Qᵖ) for the series whose last coefficient is 1: ‖RᵀR − I‖₂ ≤ 2‖Q‖ᵖ + ‖Q‖²ᵖ, and ‖Q‖²ᵖ alone for odd p.
 * R = C − 2Qⁿ(I−Q)⁻¹ for the other, n = p + 1: with e = 2‖Q‖ⁿ, at most 2e + e². ‖Q‖₂ ≤ ‖Q‖_F/√2 for skew Q.
 */
function truncatedOrthogonality(
  program: Program,
  r: OpNode,
  property: string,
  sizes: Binding,
  trials: number,
  seed: number,
): Finding {
  const coefs = r.attrs.coefs as readonly number[];
  const p = coefs.length - 1;
  const half = coefs.at(-1) === 1;
  const outputs = [
    { name: 'residual', node: residual(r) },
    { name: 'q', node: r.args[0]! },
  ];
  const next = random(seed);
  let worst = { observed: 0, limit: 0, ratio: 0 };
  for (let t = 0; t < trials; t++) {
    const { residual: e, q } = evaluate(program, outputs, float64, realValues(program, 1, next), 1);
    const size = constantOf(r.type.shape.at(-1)!)!;
    blocks(q!.values, size).forEach((block, k) => {
      const norm = frobenius(block) / Math.SQRT2;
      const power = half ? norm ** p : 2 * norm ** (p + 1);
      const spectral = half && p % 2 === 1 ? power ** 2 : 2 * power + power ** 2;
      const limit = Math.sqrt(size) * spectral + EXACT_LIMIT;
      const observed = frobenius(blocks(e!.values, size)[k]!);
      if (!(observed / limit <= worst.ratio)) worst = { observed, limit, ratio: observed / limit };
    });
  }
  return {
    property,
    where: `‖RᵀR − I‖_F per block, float64 at ${printSizes(sizes)}`,
    trials,
    passed: worst.ratio <= 1,
    observed: worst.observed,
    limit: worst.limit,
    ...(worst.ratio <= 1 ? {} : { counterexample: `${printSizes(sizes)}, seed ${seed}` }),
  };
}

function blocks(values: ArrayLike<number>, size: number): number[][] {
  const all = Array.from(values);
  return Array.from({ length: all.length / size ** 2 }, (_, k) =>
    all.slice(k * size ** 2, (k + 1) * size ** 2),
  );
}
const frobenius = (values: readonly number[]): number => Math.hypot(...values);

/** The one activation of a layer that could merge: a float input with tokens, into one output. */
function activation(program: Program): InputNode | undefined {
  const inputs = program.inputs.filter((i) => i.role === 'input');
  const [x] = inputs;
  const withTokens = x?.type.shape.length === 2 && dimNames(x.type.shape[0]!).length > 0;
  return inputs.length === 1 && program.outputs.length === 1 && withTokens && x.type.dtype !== 'i32'
    ? x
    : undefined;
}

/**
 * forward ≡ merged: y = x·weightᵀ + bias with the claimed merged tensors; without a claim, whether a merged
 * weight exists at all, that is whether y is affine in x.
 */
export function checkMerge(source: Program, sizes: Binding, trials: number, seed: number): Finding[] {
  const program = bindProgram(source, sizes);
  const x = activation(program);
  const y = program.outputs[0]!.node;
  const { weight, bias } = program.claims ?? {};
  const where = `field at ${printSizes(sizes)}, tokens=3`;
  if (!x)
    return weight
      ? [
          {
            property: 'forward ≡ merged',
            where,
            trials: 0,
            passed: false,
            counterexample: 'only a layer with one input (tokens, in) and one output merges',
          },
        ]
      : [];
  const next = random(seed);
  const run = (difference: Node): number | undefined => {
    for (let t = 0; t < trials; t++) {
      const out = drawn(program, 3, next, (domain, at) =>
        evaluate(program, [{ name: 'd', node: difference }], domain, at, 3),
      );
      const broken = out.d!.values.findIndex((v) => v % P !== 0);
      if (broken >= 0) return broken;
    }
    return undefined;
  };
  if (weight) {
    const merged = apply('matmul', [x, transposed(weight)]);
    const difference = apply('add', [y, scaled(-1, bias ? apply('add', [merged, bias]) : merged)]);
    const broken = run(difference);
    const counterexample = `${printSizes(sizes)}, seed ${seed}: element ${broken} of y − (x·weightᵀ${bias ? ' + bias' : ''}) is not 0`;
    return [
      {
        property: `forward ≡ merged, the claimed weight${bias ? ' and bias' : ''}`,
        where,
        trials,
        passed: broken === undefined,
        ...(broken === undefined ? {} : { counterexample }),
      },
    ];
  }
  // y(x + x′) − y(x) − y(x′) + y(0) = 0 exactly when y is affine in x.
  const other = input('another x', 'frozen', x.type);
  const at = (value: Node) => applyCandidate(program, new Map([[x, value]])).outputs[0]!.node;
  const extended: Program = { ...program, inputs: [...program.inputs, other] };
  const difference = apply('add', [
    at(apply('add', [x, other])),
    scaled(-1, y),
    scaled(-1, at(other)),
    at(scaled(0, x)),
  ]);
  const affine = (() => {
    for (let t = 0; t < trials; t++) {
      const out = drawn(extended, 3, next, (domain, v) =>
        evaluate(extended, [{ name: 'd', node: difference }], domain, v, 3),
      );
      if (out.d!.values.some((v) => v % P !== 0)) return false;
    }
    return true;
  })();
  const note = affine
    ? 'y is affine in x, so a merged weight exists; claim it (claims: weight) to have it checked'
    : 'y is not affine in x: the layer does not merge';
  return [{ property: 'merged weight', where, trials, passed: true, note }];
}
