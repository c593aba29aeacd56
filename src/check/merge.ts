/** Checks forward ≡ merged: the weight that a layer claims, with the adapter folded in, gives the layer's outputs. */
import { type Binding, type Dim, dimNames, equalDim } from '../../compiler/dims/dims.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { apply, printShape, sameShape, substitute, topological } from '../../compiler/ir/build.ts';
import type { InputNode, Node, Output, Program } from '../../compiler/ir/node.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { transposed } from '../../compiler/ops/nodes.ts';
import { type Domain, type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import { printSizes } from '../identity/sizes.ts';
import { fieldValues, firstDifference } from '../identity/values.ts';
import { noStart, withoutStart } from '../start/missing.ts';
import { random } from '../start/random.ts';
import { type At, drawn, evaluator } from './evaluate.ts';
import type { Finding } from './report.ts';
import { notOverField, started } from './starts.ts';

const TOKENS = 3;

/**
 * The activation of a linear layer; undefined for other layers. It is the only input with tokens, it has floats, and
 * its rows are those of the only output.
 */
function activation({ inputs, outputs }: Program): InputNode | undefined {
  const rows = (n: Node) => n.type.shape.slice(0, -1);
  const hasTokens = (dims: readonly Dim[]) => dims.some((d) => dimNames(d).length > 0);
  const [x, ...more] = inputs.filter((i) => i.role === 'input' || hasTokens(i.type.shape));
  if (!x || more.length > 0 || outputs.length > 1 || x.type.dtype === 'i32') return undefined;
  return hasTokens(rows(x)) && sameShape(rows(x), rows(outputs[0]!.node)) ? x : undefined;
}

/**
 * Checks the claimed weight. The claim (out, in) of a linear layer must satisfy y = x·weightᵀ + bias; any other claim
 * must be able to replace its frozen tensor. Without a claim: whether a linear layer has a merged weight at all.
 */
export function checkMerge(source: Program, sizes: Binding, trials: number, seed: number): Finding[] {
  const program = bindProgram(source, sizes);
  const at: At = { program, sizes, trials, seed };
  const x = activation(program);
  const { weight } = program.claims ?? {};
  if (!weight) return x?.type.shape.length === 2 ? [existence(x, at)] : [];
  return [x && weight.type.shape.length === 2 ? asProduct(x, weight, at) : inPlace(weight, at)];
}

const placeOf = ({ sizes }: At): string => `field at ${printSizes(sizes, TOKENS)}`;

/** Tries random points over the field and reports what is wrong at the first bad one. */
function judged(property: string, at: At, wrong: (next: () => number) => string | undefined): Finding {
  const next = random(at.seed);
  for (let t = 1; t <= at.trials; t++) {
    const found = wrong(next);
    if (found === undefined) continue;
    const counterexample = `${printSizes(at.sizes)}, seed ${at.seed}: ${found}`;
    return { property, where: placeOf(at), trials: t, passed: false, counterexample };
  }
  return { property, where: placeOf(at), trials: at.trials, passed: true };
}

const refused = (property: string, at: At, counterexample: string): Finding => ({
  property,
  where: placeOf(at),
  trials: 0,
  passed: false,
  counterexample,
});

/** Checks that y = x·weightᵀ + bias. */
function asProduct(x: InputNode, weight: Node, at: At): Finding {
  const { program } = at;
  const { bias } = program.claims!;
  const y = program.outputs[0]!;
  const property = `forward ≡ merged, the claimed weight${bias ? ' and bias' : ''}`;
  const wanted = [y.node.type.shape.at(-1)!, x.type.shape.at(-1)!];
  const transposes = sameShape(weight.type.shape, [...wanted].reverse());
  if (!sameShape(weight.type.shape, wanted))
    return refused(
      property,
      at,
      `the claimed weight is ${printShape(weight.type.shape)} where y = x·weightᵀ needs ${printShape(wanted)}${transposes ? ': transpose it' : ''}`,
    );
  const outputOf = (w: Node): Output => {
    const product = apply('matmul', [x, transposed(w)]);
    return { name: 'merged', node: bias ? apply('add', [product, bias]) : product };
  };
  const of = evaluator(program, [y, outputOf(weight)]);
  const biases = program.inputs.filter((p) => p !== x && sameShape(p.type.shape, wanted.slice(0, 1)));
  return judged(property, at, (next) =>
    drawn(program, TOKENS, next, (domain, values) => {
      const { merged: m, ...own } = of(domain, values, TOKENS);
      const d = firstDifference(own, { [y.name]: m! });
      if (!d) return undefined;
      const added = bias ? undefined : biases.find((p) => isSum(domain, own[y.name]!, m!, values[p.name]!));
      const claim = added?.name === 'bias' ? 'bias' : `bias: ${added?.name}`;
      const turned = squareFactors(weight).find((f) => {
        const other = outputOf(substitute(weight, new Map([[f, transposed(f)]])));
        const { merged: fitting } = evaluator(program, [other])(domain, values, TOKENS);
        return !firstDifference(own, { [y.name]: fitting! });
      });
      const advice = turned
        ? `: the weight has the transpose of its factor ${printNode(turned)}, so write .T after that factor`
        : added
          ? `: the layer also adds '${added.name}', so claim both, ({ …, ${added.name} }) => ({ weight: …, ${claim} })`
          : '';
      return `element ${d.index} of y − (x·weightᵀ${bias ? ' + bias' : ''}) is not 0${advice}`;
    }),
  );
}

/** The largest number of factors of a claimed weight that are tried transposed. */
const FACTORS = 4;

/** The square factors of products in a claimed weight. */
const squareFactors = (weight: Node): readonly Node[] => {
  const factors = topological([weight]).flatMap((n) => (n.kind === 'op' && n.op === 'matmul' ? n.args : []));
  return [...new Set(factors)]
    .filter(({ type: { shape } }) => shape.length === 2 && equalDim(shape[0]!, shape[1]!))
    .slice(0, FACTORS);
};

/** Whether a matrix is another one with a vector added to each row. */
const isSum = (
  domain: Domain<number>,
  sum: TensorValue<number>,
  { values }: TensorValue<number>,
  vector: TensorValue<number>,
): boolean => {
  const width = vector.values.length;
  return sum.values.every((v, i) => v === domain.add(values[i]!, vector.values[i % width]!));
};

/** The only frozen tensor of the claim's shape that the claim depends on. */
export function replacedBy(claim: Node): InputNode | undefined {
  const fits = topological([claim]).filter(
    (n): n is InputNode =>
      n.kind === 'input' && n.role === 'frozen' && sameShape(n.type.shape, claim.type.shape),
  );
  return fits.length === 1 ? fits[0] : undefined;
}

/**
 * Checks that the claimed weight can replace W in the frozen layer, which is the layer with its trainables at their
 * start. At the start, the claim must be W itself. At other values, the frozen layer with the claim in place of W must
 * have the layer's outputs.
 */
function inPlace(weight: Node, at: At): Finding {
  const { program } = at;
  const { bias } = program.claims!;
  const claims = Object.entries({ weight, ...(bias ? { bias } : {}) });
  const places = claims.map(([name, node]) => ({ name, node, frozen: replacedBy(node) }));
  const into = places.map((p) => `${p.name}${p.frozen ? ` in place of '${p.frozen.name}'` : ''}`).join(', ');
  const property = `forward ≡ merged, the claimed ${into}`;
  const lost = places.find((p) => !p.frozen);
  if (lost)
    return refused(
      property,
      at,
      `the claimed ${lost.name} ${printShape(lost.node.type.shape)} is not made of exactly one frozen tensor of that shape, whose place it could take`,
    );
  const open = withoutStart(program);
  if (open.length > 0)
    return refused(
      property,
      at,
      `${noStart(open)}, which is the frozen layer: trainable(…, { init: 'zeros' })`,
    );
  const lacking = notOverField(program);
  if (lacking)
    return { property, where: placeOf(at), trials: 0, passed: true, note: `not verified: ${lacking}` };
  const forward = evaluator(program, program.outputs);
  const claimed = evaluator(
    program,
    places.map((p): Output => ({ name: p.frozen!.name, node: p.node })),
  );
  return judged(property, at, (next) =>
    drawn(program, TOKENS, next, (domain, values) => {
      const others = fieldValues(program, TOKENS, next);
      const fresh = claimed(domain, started(program, domain, values, others), TOKENS);
      const moved = firstDifference(
        Object.fromEntries(places.map((p) => [p.frozen!.name, values[p.frozen!.name]!])),
        fresh,
      );
      if (moved)
        return `with the trainables at their start the claim is not '${moved.output}', at element ${moved.index}: there is no frozen layer to merge into`;
      const merged = { ...values, ...claimed(domain, values, TOKENS) };
      const d = firstDifference(
        forward(domain, values, TOKENS),
        forward(domain, started(program, domain, merged, others), TOKENS),
      );
      return d && `${d.output}[${d.index}] differs from that of the frozen layer with the claimed tensors`;
    }),
  );
}

/**
 * Checks that a merged weight exists. Some weight and bias give y = x·weightᵀ + bias exactly when y(x + x′ − x″) + y(x″)
 * = y(x) + y(x′) and each row of y depends on the same row of x alone. All points are random, because a layer that divides
 * by the norm of x has no value at 0.
 */
function existence(x: InputNode, at: At): Finding {
  const { program } = at;
  const of = evaluator(program, [{ name: 'y', node: program.outputs[0]!.node }]);
  const finding = judged('merged weight', at, (next) =>
    drawn(program, TOKENS, next, (domain, values) => {
      const y = (value: TensorValue<number>, tokens = TOKENS) =>
        of(domain, { ...values, [x.name]: value }, tokens).y!;
      const another = () => fieldValues(program, TOKENS, next)[x.name]!;
      const [a, b, c] = [values[x.name]!, another(), another()];
      const moved = a.values.map((v, i) => domain.add(v, domain.sub(b.values[i]!, c.values[i]!)));
      const [sum, ya, yb, yc] = [tensor(a.shape, moved), a, b, c].map((v) => y(v));
      const affine = ya!.values.every(
        (v, i) => domain.add(sum!.values[i]!, yc!.values[i]!) === domain.add(v, yb!.values[i]!),
      );
      if (!affine) return 'y is not affine in x: the layer does not merge';
      const width = a.shape[1]!;
      const alone = Array.from({ length: TOKENS }, (_, t) => [
        ...y(tensor([1, width], a.values.slice(t * width, (t + 1) * width)), 1).values,
      ]).flat();
      return alone.every((v, i) => v === ya!.values[i])
        ? undefined
        : 'y is affine in x, but a row of y depends on other rows of x: the layer does not merge';
    }),
  );
  const merges = 'y is affine in x, so a merged weight exists; claim it (claims: weight) to have it checked';
  const { counterexample = merges, ...rest } = finding;
  return { ...rest, passed: true, note: counterexample };
}
