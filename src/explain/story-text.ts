/** Prints how a kernel comes about: its naive loops, the steps of its schedule, the result, and the code. */
import type { KernelStory } from './kernels.ts';

const part = (title: string, text: string): string[] => [
  title,
  ...text.split('\n').map((l) => `  ${l}`.trimEnd()),
  '',
];

export function renderStory({ kernel, naive, steps, loops, wgsl }: KernelStory): string {
  const made =
    naive === undefined || loops === undefined
      ? ['This kernel prints its own text (docs/kernels.md says which kernels are made in steps).', '']
      : [
          ...part('Naive loops', naive),
          ...part('Steps', (steps ?? []).join('\n')),
          ...part('Loops after the steps', loops),
        ];
  return [`kernel ${kernel}`, '', ...made, ...part('WGSL', wgsl.trimEnd())].join('\n').trimEnd();
}
