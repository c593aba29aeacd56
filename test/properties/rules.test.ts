/** Every rule is an identity, exactly over a prime field and up to rounding in float64, and its example needs it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply, Identity } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { operators } from '../../compiler/ir/operator.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { rewrite, share } from '../../compiler/rewrite/engine.ts';
import { allRules, type Rule, runsUntil } from '../../compiler/rewrite/rule.ts';
import '../../compiler/pipeline.ts';
import { smallest } from '../../compiler/extend/draw.ts';
import { drawFrom } from '../support/draw.ts';
import {
  expectSame,
  inField,
  inFloat64,
  lowered,
  programOf,
  real,
  relativeError,
} from '../support/evaluate.ts';
import { RULE_EXAMPLES } from '../support/rule-examples.ts';
import { runs } from '../support/runs.ts';

/** The rules of a derivation in which a given rule takes part. */
const beside = (rule: Rule): readonly Rule[] =>
  allRules().filter((r) => (r.tokens ?? rule.tokens ?? 'many') === (rule.tokens ?? 'many'));

const normal = (node: Node, rules: readonly Rule[]) => {
  const { program, fired } = rewrite(programOf({ y: node }), rules);
  return { node: program.outputs[0]!.node, fired: fired.map((f) => f.rule) };
};

/** The relative change of the left side for a change of the inputs by 1e-9 each, over 1e-9: large near a singular matrix. */
function growthOf(both: ReturnType<typeof lowered>, seed: number): number {
  const moved = (unit: number) => real(unit) + 1e-9 * real((unit * 7919) % 1);
  const [own] = inFloat64([both], seed, 3);
  const [other] = inFloat64([both], seed, 3, moved);
  return relativeError(own!.left!, other!.left!) / 1e-9;
}

describe.each(allRules().map((rule) => ({ rule, name: rule.name, law: rule.law })))(
  '$name: $law',
  ({ rule }) => {
    const all = beside(rule);

    it('left ≡ right on instances it fires on, with one type, and ends', () => {
      fc.assert(
        fc.property(fc.gen(), fc.nat(), (g, seed) => {
          const left = share(programOf({ y: rule.instance(drawFrom(g)) })).outputs[0]!.node;
          const right = normal(left, [rule]);
          expect(right.fired).toContain(rule.name);
          expect(right.node.type).toEqual(left.type);
          const both = lowered({ left, right: right.node });
          const [dense, structured] = inField([lowered({ left, right: right.node }, false), both], seed, 3);
          for (const v of [dense!.right!, structured!.left!, structured!.right!]) expectSame(v, dense!.left!);
          const drawn = [0, 1, 2].map((n) => seed + n).find((s) => growthOf(both, s) < 1e4) ?? seed;
          const [values] = inFloat64([both], drawn, 3);
          expect(relativeError(values!.left!, values!.right!)).toBeLessThan(1e-10);
          // Rewriting with all rules ends too, in a form that no rule changes.
          const full = normal(left, all);
          expect(normal(full.node, all).fired).toEqual([]);
        }),
        runs(200, 2000),
      );
    });

    it('turns its example into the stated form, which the other rules alone do not reach', () => {
      const until = all.filter((r) => runsUntil(r, rule.phase));
      const example = RULE_EXAMPLES[rule.name];
      expect(example, `test/support/rule-examples.ts needs an example of '${rule.name}'`).toBeDefined();
      const { before, left, after } = example!;
      expect(printNode(left)).toBe(before);
      const full = normal(left, until).node;
      expect(printNode(full)).toBe(after);
      const identity = new Identity();
      const others = until.filter((r) => r !== rule);
      expect(identity.of(normal(left, others).node)).not.toBe(identity.of(full));
    });
  },
);

it('every example is one of a rule', () => {
  const names = allRules().map((rule) => rule.name);
  const unknown = Object.keys(RULE_EXAMPLES).filter((name) => !names.includes(name));
  expect(unknown, 'test/support/rule-examples.ts has examples of what is no rule').toEqual([]);
});

describe('an operator with a transpose has a rule that applies it', () => {
  it.each(operators().filter((op) => op.transpose))('$name', ({ name, transpose, sample }) => {
    expect(sample, `operator '${name}' has a transpose, and needs a sample of it`).toBeDefined();
    const node = sample!(smallest());
    const identity = new Identity();
    const { node: pushed, fired } = normal(
      apply('transpose', [node]),
      allRules().filter((r) => r.name.startsWith('transpose-')),
    );
    expect(fired[0]).toBe(`transpose-${name.toLowerCase()}`);
    expect(identity.of(pushed)).toBe(identity.of(normal(transpose!(node), []).node));
  });
});

it('a rule that does not end is reported, not run forever', () => {
  const swap: Rule = {
    name: 'swap',
    law: 'a + b = b + a',
    numerics: 'exact',
    pattern: { op: 'add' },
    build: (n) => apply('add', [n.args[1]!, n.args[0]!]),
    instance: (d) => apply('add', [d.tensor(1), d.tensor(1)]),
  };
  const left = fc.sample(
    fc.gen().map((g) => swap.instance(drawFrom(g))),
    1,
  )[0]!;
  expect(() => normal(left, [swap])).toThrow(/did not end.*swap/);
});
