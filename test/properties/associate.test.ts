/**
 * The dynamic program over associations finds the same costs as trying all of them, and nothing worse than as
 * written.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExhaustive, MAX_EXHAUSTIVE_SHARED } from '../../compiler/associate/associations.ts';
import { atTokens, type Cost, NO_COST, seconds } from '../../compiler/associate/cost.ts';
import type { Candidate } from '../../compiler/associate/group-forms.ts';
import { countsOf, MAX_FRONT, paretoFront } from '../../compiler/associate/pareto.ts';
import { DEFAULT_PROFILE } from '../../compiler/devices/index.ts';
import { rebuild, topological } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { isOp } from '../../compiler/ops/nodes.ts';
import { chainGroups } from '../../compiler/pipeline.ts';
import { associate, noneSolved } from '../../compiler/rewrite/associate.ts';
import type { ProgramGroup } from '../../compiler/rewrite/chains.ts';
import { share } from '../../compiler/rewrite/engine.ts';
import { countAssociations, enumerate } from '../../compiler/rewrite/enumerate.ts';
import { productsCost } from '../support/program-cost.ts';
import { randomProducts } from '../support/random-group.ts';
import { assertCovering, runs } from '../support/runs.ts';

const trimmed = (p: readonly number[]) => p.slice(0, p.findLastIndex((c) => c !== 0) + 1);
const vectors = (front: readonly { readonly cost: Cost }[]): string[] =>
  front.map((c) => JSON.stringify(countsOf(c.cost).map(trimmed))).sort();

const withoutMemory = (c: Cost): Cost => ({ ...c, memory: NO_COST.memory });

/** The cost of a group whose chains are all computed from left to right. */
function written(group: ProgramGroup): Cost {
  const roots = enumerate(group, printNode);
  const isLeft = (form: string) => !form.includes('·(');
  return roots.find((r) => r.forms.every(isLeft))!.cost;
}

function check(group: ProgramGroup, candidates: readonly Candidate<Node>[]): void {
  const all = enumerate(group, printNode);
  expect(all).toHaveLength(countAssociations(group));
  const front = paretoFront(all);
  if (group.shareable.length <= MAX_EXHAUSTIVE_SHARED && front.length < MAX_FRONT) {
    expect(vectors(candidates)).toEqual(vectors(front));
    for (const c of candidates)
      expect(vectors([{ cost: withoutMemory(productsCost(c.roots)) }])).toEqual(
        vectors([{ cost: withoutMemory(c.cost) }]),
      );
  }
  for (const c of candidates)
    expect(paretoFront([...front, c]).length, 'better than every association').toBe(front.length);
  for (const tokens of [0, 1, 64, 4096]) {
    const time = (c: Cost) => atTokens(seconds(c, DEFAULT_PROFILE), tokens);
    const best = Math.min(...candidates.map((c) => time(c.cost)));
    expect(best).toBeLessThanOrEqual(time(written(group)) * (1 + 1e-9));
  }
}

describe('associate', () => {
  it.each([
    { chains: 1, longest: 6, every: 400 },
    { chains: 2, longest: 6, every: 700 },
    { chains: 3, longest: 5, every: 900 },
  ])('equals brute force on up to $chains products of $longest factors', ({ chains, longest, every }) => {
    const seen = { groups: 0, choices: 0, composed: 0, shared: 0, searched: 0 };
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const { groups, subs } = chainGroups(share(randomProducts(g, chains, longest)));
        for (const group of groups) {
          const candidates = associate(group, subs);
          check(group, candidates);
          seen.groups++;
          if (candidates.length > 1) seen.choices++;
          if (
            topological(candidates[0]!.roots).some((n) => isOp(n, 'blockDiag') && isOp(n.args[0]!, 'matmul'))
          )
            seen.composed++;
          if (group.shareable.length > 0) seen.shared++;
          if (group.shareable.length > MAX_EXHAUSTIVE_SHARED) seen.searched++;
        }
      }),
      runs(every, every * 25),
    );
    expect(seen.groups).toBeGreaterThan(every / 2);
    expect(seen.choices).toBeGreaterThan(every / 4);
    expect(seen.composed).toBeGreaterThan(every / 20);
    if (chains > 1) expect(seen.shared).toBeGreaterThan(every / 5);
    if (chains > 1) expect(seen.searched).toBeGreaterThan(0);
  });

  it('answers groups that differ in names alone from one search', () => {
    let searched = 0;
    assertCovering(
      fc.property(fc.gen(), (g) => {
        const program = share(randomProducts(g, 3, 5));
        const [first, other] = [chainGroups(program), chainGroups(renamed(program))];
        const solved = noneSolved();
        const candidates = ({ groups, subs }: typeof first, by?: typeof solved) =>
          groups.map((group) => associate(group, subs, {}, undefined, undefined, by));
        expect(candidates(first, solved)).toEqual(candidates(first));
        const problems = solved.answers.size;
        const again = candidates(other, solved);
        expect(solved.answers.size).toBe(problems);
        expect(again).toEqual(candidates(other));
        if (first.groups.some((group) => !isExhaustive(group))) searched++;
      }),
      [60, 2000],
      () => searched > 0,
    );
    expect(searched).toBeGreaterThan(0);
  });
});

/** The program with other names, whose alphabetical order is the opposite. */
function renamed(p: Program): Program {
  const names = new Map(p.inputs.map((i, n) => [i, `i${p.inputs.length - n}`]));
  const inputs = p.inputs.map((i) => ({ ...i, name: names.get(i)! }));
  const visit = rebuild(new Map<Node, Node>(p.inputs.map((i, n) => [i, inputs[n]!])));
  return share({
    ...p,
    inputs,
    outputs: p.outputs.map((o) => ({ name: o.name, node: visit(o.node) })),
  });
}
