/** Checks matrices that are claimed or concluded to be orthogonal: exactly, or up to a truncation. */
import { type Binding, constantOf, dimConst } from '../../compiler/dims/dims.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { apply, reapply, rebuild, topological } from '../../compiler/ir/build.ts';
import type { Node, OpNode, Program } from '../../compiler/ir/node.ts';
import { factsOf } from '../../compiler/ir/operator.ts';
import { reshape } from '../../compiler/ops/indexing.ts';
import { isOp, scaled, transposed } from '../../compiler/ops/nodes.ts';
import { slice } from '../../compiler/ops/parts.ts';
import { identityLike } from '../../compiler/ops/polynomial.ts';
import type { Domain } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { printSizes } from '../identity/sizes.ts';
import { realValues } from '../identity/values.ts';
import { Namer } from '../language/formulas/naming.ts';
import { random } from '../start/random.ts';
import { type At, drawn, evaluator } from './evaluate.ts';
import type { Finding } from './report.ts';
import { Judge, REDRAWN, scatter } from './tolerance.ts';

const EXACT_LIMIT = 1e-12;

/** Functions that the field replaces by random ones, so that identities such as √a·√a = a need not hold there. */
const UNINTERPRETED = ['sqrt', 'exp', 'log', 'sin', 'cos', 'tanh', 'erf', 'abs', 'max', 'min'] as const;

/** The same domain, which notes in `called` the uninterpreted functions that an evaluation uses. */
export function noting<T>(domain: Domain<T>, called: Set<string>): Domain<T> {
  const noted = UNINTERPRETED.map((name) => {
    const f = domain[name] as (...args: T[]) => T;
    const noting = (...args: T[]): T => {
      called.add(name);
      return f(...args);
    };
    return [name, noting];
  });
  return { ...domain, ...(Object.fromEntries(noted) as Partial<Domain<T>>) };
}

/** The residual RᵀR − I of a square matrix. */
export const residual = (r: Node): Node =>
  apply('add', [apply('matmul', [transposed(r), r]), scaled(-1, identityLike(r))]);

/** Makes the function that gives a matrix of one of many experts as that of the first. */
const ofFirstExpert = (): ((node: Node) => Node) =>
  rebuild(new Map(), (node, args) =>
    isOp(node, 'ofExpert')
      ? reshape(slice(args[0]!, 0, dimConst(0), dimConst(1)), node.type.shape)
      : reapply(node, args),
  );

/** Checks every matrix that the author claims, or the algebra concludes, to be orthogonal. */
export function checkOrthogonality(source: Program, sizes: Binding, trials: number, seed: number): Finding[] {
  const program = bindProgram(source, sizes);
  const namer = new Namer({ source: program });
  const at: At = { program, sizes, trials, seed };
  const own = ofFirstExpert();
  const claimed = program.claims?.orthogonal ?? [];
  const concluded = topological(program.outputs.map((o) => o.node)).filter(
    (n): n is OpNode => (isOp(n, 'polynomial') || isOp(n, 'cayley')) && factsOf(n).orthogonal !== undefined,
  );
  return [
    ...claimed.map((n) => exact(own(n), `${namer.written(n)} is orthogonal, exactly (claimed)`, at)),
    ...concluded.map((n) =>
      factsOf(n).orthogonal!.kind === 'exact'
        ? exact(own(n), `${namer.written(n)} is orthogonal, exactly (concluded)`, at)
        : truncated(own(n) as OpNode, `${namer.written(n)} is orthogonal up to its truncation`, at),
    ),
  ];
}

/** Checks a matrix over the field and in float64; in float64 alone if the field cannot tell. */
function exact(r: Node, property: string, { program, sizes, trials, seed }: At): Finding {
  const of = evaluator(program, [{ name: 'residual', node: residual(r) }]);
  const next = random(seed);
  const called = new Set<string>();
  const inField = Array.from({ length: trials }, () =>
    drawn(program, 1, next, (domain, at) =>
      of(noting(domain, called), at, 1).residual!.values.findIndex((v) => v !== 0),
    ),
  );
  const judge = new Judge(EXACT_LIMIT);
  let [observed, done, inFloat64] = [0, 0, true];
  for (let draw = 0; inFloat64 && done < trials && draw < trials + REDRAWN; draw++) {
    const values = realValues(program, 1, next);
    const largest = (v: Float64Array) => v.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
    const run = (domain: typeof float64) => of(domain, values, 1).residual!.values;
    observed = largest(run(float64));
    const verdict = judge.verdict(observed, printSizes(sizes), () =>
      scatter(run(float64), run, (moved, exact) => largest(moved.map((v, i) => v - exact[i]!))),
    );
    if (verdict === 'passed') done++;
    inFloat64 = verdict !== 'failed';
  }
  const broken = inField.find((i) => i >= 0);
  const undecided = broken !== undefined && called.size > 0;
  const passed = inFloat64 && (broken === undefined || undecided);
  const where = `${undecided ? '' : 'field and '}float64 at ${printSizes(sizes)}`;
  const judged = passed ? judge.finding() : { observed, limit: EXACT_LIMIT };
  const finding = { property, where, trials, passed, ...judged };
  if (passed) {
    const note = `not verified over the field, which does not have the identities of ${[...called].join(', ')}`;
    return undecided ? { ...finding, note } : finding;
  }
  const element = undecided || broken === undefined ? '' : `element ${broken} of RᵀR − I is not 0; `;
  const counterexample = `${printSizes(sizes)}, seed ${seed}: ${element}in float64 the largest element of RᵀR − I is ${observed}${whyNot(r, program)}`;
  return { ...finding, counterexample };
}

/** The reason why a claimed matrix is not orthogonal, and the remedy. Empty where its factors show no reason. */
function whyNot(r: Node, program: Program): string {
  const factors = topological([r]);
  const written = (n: Node) => new Namer({ source: program }).written(n);
  if (factors.some((n) => factsOf(n).orthogonal?.kind === 'approximate'))
    return '. A truncated series is orthogonal only approximately: write cayley(…), or leave the claim out';
  const map = factors.find((n) => isOp(n, 'cayley') || isOp(n, 'expm'));
  const of = map && withoutProject(map.args[0]!);
  if (map && of && !factsOf(of).skewSymmetric) {
    const [a, where] = of.kind === 'input' ? [of.name, ''] : ['A', ` for A = ${written(of)}`];
    return `. ${map.op} is orthogonal of a skew-symmetric matrix, which ${written(of)} need not be: in the body and in the claim write ${map.op}(${a}.sub(${a}.T))${where}`;
  }
  const free = factors.filter((n) => n.kind === 'input');
  const structure = factors.every((n) => n.kind === 'input' || n.op === 'blockDiag' || n.op === 'project');
  return structure && free[0]
    ? `. ${free[0].name} is not restricted to rotations: leave the claim out, or make it a rotation, cayley(${free[0].name}.sub(${free[0].name}.T))`
    : '';
}

const withoutProject = (n: Node): Node => (isOp(n, 'project') ? n.args[0]! : n);

/**
 * Checks a truncated series R of the Cayley transform C against a bound of ‖RᵀR − I‖₂. Where the last coefficient is 1,
 * R = C(I − Qᵖ). The bound is then 2‖Q‖ᵖ + ‖Q‖²ᵖ, or ‖Q‖²ᵖ alone for odd p. Otherwise R = C − 2Qⁿ(I−Q)⁻¹ where
 * n = p + 1. The bound is then 2e + e², where e = 2‖Q‖ⁿ. For a skew-symmetric Q, ‖Q‖₂ ≤ ‖Q‖_F/√2.
 */
function truncated(r: OpNode, property: string, { program, sizes, trials, seed }: At): Finding {
  const coefs = r.attrs.coefs as readonly number[];
  const p = coefs.length - 1;
  const half = coefs.at(-1) === 1;
  const of = evaluator(program, [
    { name: 'residual', node: residual(r) },
    { name: 'q', node: r.args[0]! },
  ]);
  const next = random(seed);
  let worst = { observed: 0, limit: 0, ratio: 0 };
  for (let t = 0; t < trials; t++) {
    const { residual: e, q } = of(float64, realValues(program, 1, next), 1);
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
