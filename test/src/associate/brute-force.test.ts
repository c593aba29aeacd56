/** Random requests: no association takes less time than the answer, whose steps compute what was asked for. */
import fc, { type GeneratorValue } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  type AnswerVariant,
  associate,
  type Device,
  type Factor,
  type Operand,
  type Request,
  type Size,
  type Value,
} from '../../../src/associate/index.ts';
import { assertCovering, runs } from '../../support/runs.ts';
import { type Leaf, leafOf, leastSeconds, textOf, type Word, wordsOf } from './brute-force.ts';

const uniform = (min: number, max: number) => fc.noBias(fc.integer({ min, max }));
const pick = <T>(g: GeneratorValue, ...choices: readonly T[]): T =>
  choices[g(uniform, 0, choices.length - 1)]!;

const DEVICES: readonly Device[] = [
  { flops: 2e13, bandwidth: 1e12, launch: 5e-6 },
  { flops: 1e11, bandwidth: 2e10, launch: 1e-6 },
  { flops: 1e9, bandwidth: 1e12, launch: 1e-12 },
];

function randomFactor(g: GeneratorValue, rows: Size, cols: Size, r: number): Factor {
  const shape = [rows, cols] as const;
  if (typeof rows === 'string' || typeof cols === 'string' || g(uniform, 0, 2) === 0) return { shape };
  const blocks: Factor = { shape, structure: { kind: 'blockDiagonal', blocks: r } };
  const stated: Factor = {
    shape,
    structure: { kind: 'stated', elements: rows + cols, operations: 4 * (rows + cols) },
  };
  const square: Factor[] = [
    { shape, structure: { kind: 'diagonal' } },
    { shape, structure: { kind: 'permutation' } },
    { shape, symmetric: true },
    { shape, elementBytes: 2 },
  ];
  return pick<Factor>(g, blocks, blocks, stated, ...(rows === cols ? square : []));
}

/** A product of random factors, which may occur again, or two products that share factors. */
function randomRequest(g: GeneratorValue, longest: number, gradients: boolean): Request {
  const r = g(uniform, 1, 3);
  const count = g(uniform, 2, longest);
  const sides = Array.from(
    { length: count + 1 },
    (): Size => pick<Size>(g, r, 2 * r, 8 * r, 48 * r, 48 * r, 'n'),
  );
  const factors: Record<string, Factor> = {};
  const operands = sides.slice(1).map((right, i): Operand => {
    const left = sides[i]!;
    const transposed = pick(g, true, false);
    const [rows, cols] = transposed ? [right, left] : [left, right];
    const name = `${pick(g, 'A', 'B')}${rows}x${cols}`;
    factors[name] ??= randomFactor(g, rows, cols, r);
    return transposed ? { factor: name, transposed } : name;
  });
  const from = g(uniform, 0, Math.max(0, count - 2));
  const part = operands.slice(from, from + g(uniform, 2, Math.min(3, count)));
  const two = count <= 4 && part.length >= 2 && g(uniform, 0, 3) === 0;
  const open = Object.keys(factors).filter((name) => {
    const kind = factors[name]!.structure?.kind;
    return kind !== 'permutation' && kind !== 'stated';
  });
  const all = g(uniform, 0, 2) === 0;
  return {
    factors,
    products: two ? { y: operands, z: part } : { y: operands },
    ...(gradients ? { gradients: open.filter(() => all || pick(g, true, false)) } : {}),
    device: pick(g, ...DEVICES),
    maxVariants: 1000,
  };
}

/** The factors whose product a value is, in order. */
function wordOf(request: Request, variant: AnswerVariant, value: Value): readonly Leaf[] {
  const turned = (all: readonly Leaf[]) =>
    all
      .map(
        (l): Leaf => ({ ...l, transposed: !l.transposed && !l.symmetric, shape: [l.shape[1], l.shape[0]] }),
      )
      .reverse();
  const upright = (): readonly Leaf[] => {
    if ('factor' in value) return [leafOf(request, value.factor)];
    if ('step' in value) {
      const { left, right } = variant.steps[value.step]!;
      return [...wordOf(request, variant, left), ...wordOf(request, variant, right)];
    }
    const [, { leaves }] = wordsOf(request).products.find(([name]) => name === value.gradient)!;
    const shape = [leaves[0]!.shape[0], leaves.at(-1)!.shape[1]] as const;
    const own = { name: `grad ${value.gradient}`, structure: { kind: 'dense' } } as const;
    return [{ ...leaves[0]!, ...own, symmetric: false, transposed: false, shape }];
  };
  return value.transposed ? turned(upright()) : upright();
}

/** The text of a product, with diagonal factors beside each other in alphabetical order: they commute. */
function meaningOf(leaves: readonly Leaf[]): string {
  const runs = leaves.reduce<Leaf[][]>((all, l) => {
    const isDiagonal = l.structure.kind === 'diagonal';
    const last = isDiagonal ? all.at(-1) : undefined;
    if (last?.every((o) => o.structure.kind === 'diagonal')) last.push(l);
    else all.push([l]);
    return all;
  }, []);
  return textOf(runs.flatMap((run) => run.sort((a, b) => a.name.localeCompare(b.name))));
}

/** Checks that the steps of a variant compute the products and the gradients of a request. */
function checkMeaning(request: Request, variant: AnswerVariant): void {
  const { products, gradients } = wordsOf(request);
  const check = (value: Value, word: Word) => {
    expect(meaningOf(wordOf(request, variant, value))).toBe(meaningOf(word.leaves));
    const step = 'step' in value ? variant.steps[value.step] : undefined;
    expect(step?.projected ? step.structure : undefined).toEqual(word.projected);
  };
  for (const [name, word] of products) check(variant.products[name]!, word);
  const terms = new Map<string, number>();
  for (const [of, word] of gradients) {
    const term = terms.get(of) ?? 0;
    terms.set(of, term + 1);
    check(variant.gradients[of]![term]!, word);
  }
  variant.steps.forEach(({ left, right }, i) => {
    for (const v of [left, right]) if ('step' in v) expect(v.step).toBeLessThan(i);
  });
}

const at = (poly: readonly number[], n: number) => poly.reduceRight((sum, c) => sum * n + c, 0);

/** An answer that is not proven may take a little more time than the least. */
const UNPROVEN = 1.001;

function checkLeast(request: Request, answer: Answer): void {
  const ends = answer.variants.flatMap((v) => [Math.max(1, v.from), v.to ?? 2 ** 24]);
  const counts = [...new Set([1, 7, 100, 1000, 30_000, ...ends])];
  const least = leastSeconds(request, request.device!, counts);
  counts.forEach((n, i) => {
    const variant = answer.variants.find((v) => v.to === null || n <= v.to)!;
    const times = at(variant.cost.seconds, n) / least[i]!;
    const said = `at ${n}: ${JSON.stringify(request)}`;
    if (answer.proven) expect(times, said).toBeCloseTo(1, 9);
    else expect(times, said).toBeLessThan(UNPROVEN);
  });
}

describe('associate', () => {
  it.each([
    { of: 'a product of up to eight factors', longest: 8, gradients: false },
    { of: 'a product of up to five factors and its gradients', longest: 5, gradients: true },
  ])('finds the least time of every association of $of', ({ longest, gradients }) => {
    const seen = { all: 0, variants: 0, shared: 0, projected: 0, unproven: 0 };
    const drawn = runs(100, 2500).numRuns;
    assertCovering(
      fc.property(fc.gen(), (g) => {
        seen.all++;
        const request = randomRequest(g, longest, gradients);
        const answer = associate(JSON.parse(JSON.stringify(request)));
        for (const variant of answer.variants) checkMeaning(request, variant);
        checkLeast(request, answer);
        const steps = answer.variants.flatMap((v) => v.steps);
        if (!answer.proven) seen.unproven++;
        if (answer.variants.length > 1) seen.variants++;
        if (steps.some((s) => s.uses > 1)) seen.shared++;
        if (steps.some((s) => s.projected)) seen.projected++;
      }),
      [100, 2500],
      () =>
        seen.shared > drawn / 20 && seen.variants > drawn / 5 && (!gradients || seen.projected > drawn / 5),
    );
    expect(seen.variants).toBeGreaterThan(drawn / 5);
    expect(seen.shared).toBeGreaterThan(drawn / 20);
    expect(seen.unproven).toBeLessThanOrEqual(seen.all / 50);
    if (gradients) expect(seen.projected).toBeGreaterThan(drawn / 5);
  });
});
