/**
 * Prints how a kernel comes about: the primitives in it, its naive loops, the steps of its schedule, the result,
 * its cost, and the code.
 */
import type { KernelStory } from './story.ts';

const part = (title: string, text: string): string[] => [
  title,
  ...text.split('\n').map((l) => `  ${l}`.trimEnd()),
  '',
];

/** The tensors that are parts of the kernel, each after its rule, and those that other kernels store. */
function fusionText({ computes, reads }: Pick<KernelStory, 'computes' | 'reads'>): string {
  const width = Math.max(0, ...computes.map((c) => c.rule.length));
  return [
    ...computes.map(({ rule, formula }) => `${rule.padEnd(width)}  ${formula}`),
    ...reads.flatMap(({ formula, kernel, why }) => [
      `reads ${formula} of ${kernel}, and is not one with it:`,
      ...why.map((w) => `  ${w}`),
    ]),
  ].join('\n');
}

const rangeText = (from: number, to: number | null): string => {
  if (to === null) return from === 0 ? 'for all token counts' : `for tokens ≥ ${from}`;
  return from === to ? `for tokens = ${from}` : `for ${from} ≤ tokens ≤ ${to}`;
};

export function renderStory(story: KernelStory): string {
  const { kernel, minTokens, maxTokens, beside, instead, naive, steps, loops, cost, prediction, wgsl } =
    story;
  const fused = fusionText(story);
  const parts = [
    ...(beside.length > 0 ? [part('Runs with', beside.join('\n'))] : []),
    ...(instead.length > 0
      ? [part('In its place, on other devices or for other token counts', instead.join('\n'))]
      : []),
    ...(fused ? [part('Fusion', fused)] : []),
    part('Naive loops', naive),
    part('Steps', steps.join('\n')),
    part('Loops after the steps', loops),
    part('At most, in all invocations', cost),
    part('Predicted, not measured', prediction),
    part('WGSL', wgsl.trimEnd()),
  ];
  return [`kernel ${kernel}, ${rangeText(minTokens, maxTokens)}`, '', ...parts.flat()].join('\n').trimEnd();
}
