/** einsum against its definition, a loop over every index: the value, and the gradient of each operand. */
import fc, { type GeneratorValue } from 'fast-check';
import { expect, it } from 'vitest';
import { dimConst, dimVar } from '../../compiler/dims/dims.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { input, topological } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { cotangents } from '../../compiler/ops/cotangents.ts';
import { total } from '../../compiler/ops/nodes.ts';
import { functions } from '../../compiler/ops/surface.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import type { TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { drawInputs, eighth, inFloat64, lowered, programOf } from '../support/evaluate.ts';
import { runs } from '../support/runs.ts';

const TOKENS = 3;
type Size = number | 'tokens';
type Sizes = Readonly<Record<string, Size>>;

interface Drawn {
  readonly equation: string;
  /** The letters of each operand. Capitals are the axes that '...' stands for. `output` has the output's letters. */
  readonly terms: readonly string[];
  readonly output: string;
  readonly shapes: readonly (readonly Size[])[];
}

/** The elements of a tensor, with −0 as 0, because a sum of no terms may have either sign. */
const elements = (v: TensorValue<number>): number[] => [...v.values].map((x) => x + 0);
const count = (n: Size): number => (n === 'tokens' ? TOKENS : n);

/** The row-major place of a tensor's element, given an index for each letter. An axis of size 1 repeats. */
const placeOf = (term: string, shape: readonly Size[], at: ReadonlyMap<string, number>): number =>
  [...term].reduce((place, l, n) => {
    const size = count(shape[n]!);
    return place * size + (size === 1 ? 0 : at.get(l)!);
  }, 0);

/** Computes the value, and each operand's gradient for a cotangent, by the definition. */
function naive(
  { terms, output, shapes }: Drawn,
  values: readonly (readonly number[])[],
  g: readonly number[],
) {
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    [...term].forEach((l, n) => {
      sizes.set(l, Math.max(sizes.get(l) ?? 1, count(shapes[i]![n]!)));
    });
  });
  const letters = [...sizes.keys()];
  const result = [...output].map((l) => sizes.get(l)!);
  const value = Array<number>(result.reduce((p, n) => p * n, 1)).fill(0);
  const gradients = values.map((v) => v.map(() => 0));
  const visit = (at: ReadonlyMap<string, number>): void => {
    const next = letters[at.size];
    if (next !== undefined) {
      for (let n = 0; n < sizes.get(next)!; n++) visit(new Map([...at, [next, n]]));
      return;
    }
    const to = placeOf(output, result, at);
    const from = terms.map((term, i) => placeOf(term, shapes[i]!, at));
    const factors = from.map((place, i) => values[i]![place]!);
    value[to]! += factors.reduce((p, f) => p * f, 1);
    from.forEach((place, i) => {
      gradients[i]![place]! += factors.reduce((p, f, j) => (i === j ? p : p * f), g[to]!);
    });
  };
  visit(new Map());
  const unsigned = (all: readonly number[]) => all.map((x) => x + 0);
  return { value: unsigned(value), gradients: gradients.map(unsigned), shape: result };
}

const tensor = (name: string, shape: readonly Size[]): Node =>
  input(name, 'trainable', {
    shape: shape.map((n) => (n === 'tokens' ? dimVar(n) : dimConst(n))),
    dtype: 'f32',
  });

/** Expects the definition's value and gradients from the dense, the structured and the derived program. */
function expectNaive(drawn: Drawn, seed: number): void {
  const operands = drawn.shapes.map((shape, i) => tensor(`t${i}`, shape));
  const y = functions.einsum(drawn.equation, ...operands);
  const g = input('g', 'cotangent', y.type);
  const sums = cotangents(topological([y]), [[y, g]], () => true);
  const outputs: Record<string, Node> = { y };
  operands.forEach((t, i) => {
    if (sums.has(t)) outputs[`d${i}`] = total(sums.get(t)!);
  });
  const programs = [lowered(outputs), lowered(outputs, false)];
  const { inputs } = programs[0]!;
  const drawnValues = drawInputs(inputs, seed, TOKENS, eighth);
  const valuesOf = (name: string) => elements(drawnValues[name]!);
  const expected = naive(
    drawn,
    operands.map((_, i) => valuesOf(`t${i}`)),
    valuesOf('g'),
  );
  for (const found of inFloat64(programs, seed, TOKENS, eighth)) {
    expect(found.y!.shape, drawn.equation).toEqual(expected.shape);
    expect(elements(found.y!), drawn.equation).toEqual(expected.value);
    expected.gradients.forEach((d, i) => {
      expect(elements(found[`d${i}`]!), `${drawn.equation}, operand ${i}`).toEqual(d);
    });
  }
  const bound = bindProgram(programOf({ y }), {});
  for (const { primitives } of compileProgram(bound, { gradients: true }).variants) {
    const derived = interpret(primitives, float64, { ...drawnValues, 'grad.y': drawnValues.g! }, TOKENS);
    expect(elements(derived.y!), drawn.equation).toEqual(expected.value);
    expected.gradients.forEach((d, i) => {
      expect(elements(derived[`grad.t${i}`]!), `${drawn.equation}, derived, operand ${i}`).toEqual(d);
    });
  }
}

/** Draws an equation with at most five letters, and at most two axes under '...'. */
function draw(g: GeneratorValue): Drawn {
  const int = (min: number, max: number) => g(fc.integer, { min, max });
  const one = () => int(0, 9) === 0;
  const letters = [...'abcde'].slice(0, int(1, 5));
  const sizes: Sizes = Object.fromEntries(
    [...letters, 'X', 'Y'].map((l) => [l, int(0, 3) === 0 ? 'tokens' : int(1, 3)]),
  );
  const hidden = int(0, 3) === 0;
  const parts = Array.from({ length: int(1, 4) }, () => {
    const own = Array.from({ length: int(0, 3) }, () => letters[int(0, letters.length - 1)]!);
    const unnamed = hidden && int(0, 1) === 1 ? 'XY'.slice(int(0, 2)) : undefined;
    const at = int(0, own.length);
    const written = unnamed === undefined ? own : own.toSpliced(at, 0, '...');
    const term = unnamed === undefined ? own : own.toSpliced(at, 0, ...unnamed);
    const alone = (l: string) => term.indexOf(l) === term.lastIndexOf(l);
    const shape = term.map((l) => (alone(l) && one() ? 1 : sizes[l]!));
    return { written: written.join(int(0, 4) === 0 ? ' ' : ''), term: term.join(''), shape };
  });
  const terms = parts.map((p) => p.term);
  const all = terms.join('');
  const unnamed = [...'XY'].filter((l) => all.includes(l)).join('');
  const single = letters.filter((l) => all.indexOf(l) === all.lastIndexOf(l) && all.includes(l));
  const used = letters.filter((l) => all.includes(l) && int(0, 1) === 1);
  const order = used.map((l) => ({ l, key: int(0, 9) })).sort((x, y) => x.key - y.key);
  const at = int(0, order.length);
  const stated = order.map(({ l }) => l);
  const keeps = parts.some((p) => p.written.includes('...')) && int(0, 2) > 0;
  const equation = parts.map((p) => p.written).join(int(0, 4) === 0 ? ' , ' : ',');
  const shapes = parts.map((p) => p.shape);
  if (int(0, 3) === 0) return { equation, terms, output: unnamed + single.join(''), shapes };
  const written = keeps ? stated.toSpliced(at, 0, '...') : stated;
  const output = keeps ? stated.toSpliced(at, 0, unnamed) : stated;
  return { equation: `${equation}->${written.join('')}`, terms, output: output.join(''), shapes };
}

/** Equations in which the axes s and t are tokens. */
const EQUATIONS =
  'ti,oi->to ti,oi ij,jk,kl->il bij,bjk->bik tij,tj->ti i,i-> i,j->ij ij->ji ij-> ii ii->i bii->bi kkk->k tit->i ' +
  'ti,i,oi->to o,or,ri,ti->to trb,rbc->trc rbc,orc,trb->to tab,ac,bd->tcd tij,oji->to thd,shd->hts tsi,tsj->ij ' +
  'tij,tkj->tik itj,stk->jks ,ij-> ir,jr,kr->ijk abt,bcs,cas->ts';

it.each(EQUATIONS.split(' '))('%s gives the value and the gradients of the definition', (equation) => {
  const [operands, output] = equation.split('->') as [string, string | undefined];
  const letters = [...operands].filter((l) => l !== ',');
  const single = letters.filter((l) => letters.indexOf(l) === letters.lastIndexOf(l)).sort();
  const size = (l: string): Size => ('st'.includes(l) ? 'tokens' : 2 + (l.codePointAt(0)! % 2));
  const terms = operands.split(',');
  const shapes = terms.map((t) => [...t].map(size));
  expectNaive({ equation, terms, output: output ?? single.join(''), shapes }, 1);
});

it('drawn equations give the value and the gradients of the definition, as written and as derived', () => {
  fc.assert(
    fc.property(fc.gen(), fc.nat(), (g, seed) => expectNaive(draw(g), seed)),
    runs(300, 10_000),
  );
});
