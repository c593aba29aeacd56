/** Prints how a kernel comes about: its naive loops, the steps of its schedule, the result, its cost, and the code. */
import type { KernelStory } from './kernels.ts';

const part = (title: string, text: string): string[] => [
  title,
  ...text.split('\n').map((l) => `  ${l}`.trimEnd()),
  '',
];

export function renderStory({ kernel, naive, steps, loops, cost, prediction, wgsl }: KernelStory): string {
  const parts = [
    part('Naive loops', naive),
    part('Steps', steps.join('\n')),
    part('Loops after the steps', loops),
    part('At most, in all invocations', cost),
    part('Predicted, not measured', prediction),
    part('WGSL', wgsl.trimEnd()),
  ];
  return [`kernel ${kernel}`, '', ...parts.flat()].join('\n').trimEnd();
}
