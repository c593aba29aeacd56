/** Attention in lanes: how many subgroups it has, and how many rows each of them computes. */
import { expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import { evalExtent } from '../../../../runtime/index.ts';
import { attention, stepsAt } from '../../../../test/kernels-gen/families/attentions.ts';
import { generatePlan } from '../../../../test/kernels-gen/generate.ts';
import { variantsIn } from '../../../../test/support/plans.ts';

it('has a subgroup for each head of a single token', () => {
  const { primitives: program } = attention({ heads: 6, keyHeads: 2, width: 32, room: 70 }).variants[0]!;
  const roles = Object.fromEntries(program.inputs.map((i) => [i.name, 'frozen' as const]));
  const stepsOf = (...last: (number | null)[]) => {
    const firsts = [0, ...last.map((n) => (n ?? 0) + 1)];
    const variants = last.map((maxTokens, n) => ({ minTokens: firsts[n]!, maxTokens, program }));
    return variantsIn(generatePlan(variants, { name: 'attention', roles }), cpuVectors.name).map(
      (v) => v.steps,
    );
  };
  const aloneIn = (steps: ReturnType<typeof stepsOf>[number], label: string) =>
    (steps.find((s) => s.label === label)!.alternatives ?? [])
      .filter((a) => a.maxTokens === 1)
      .map((a) => evalExtent(a.workgroups, 1));
  expect(stepsOf(1, 2, null).map((steps) => aloneIn(steps, 'attention'))).toEqual([[6], [], []]);
  const [steps] = stepsOf(null);
  const alone = (label: string) => aloneIn(steps!, label);
  expect(['attentionLse', 'attention', 'attentionQuery'].map(alone)).toEqual([[6], [6], [6]]);
  expect(alone('attentionKeyValue')).toEqual([]);
});

it('gives a subgroup fewer rows where a row has many sums', () => {
  const groups = (width: number) => {
    const steps = stepsAt({ heads: 6, keyHeads: 2, width }, 'lanes', 'lanes');
    return ['attentionLse', 'attention', 'attentionQuery', 'attentionKeyValue'].map((l) => steps[l]![1]);
  };
  const tiles = Math.ceil(100 / 8);
  expect(groups(64)).toEqual([tiles * 6, tiles * 6, tiles * 6, tiles * 2]);
  expect(groups(72)).toEqual([tiles * 6, tiles * 6, tiles * 6, 25 * 2]);
  expect(groups(128)).toEqual([tiles * 6, tiles * 6, tiles * 6, 25 * 2]);
  expect(groups(129)).toEqual([tiles * 6, 25 * 6, 25 * 6, 25 * 2]);
});
