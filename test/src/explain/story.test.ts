/** `oftc explain --kernel` shows how a kernel comes about. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { oft } from '../../../src/adapters/oft.ts';
import { explain } from '../../../src/explain/index.ts';
import { renderStory } from '../../../src/explain/story-text.ts';

const dims = { in: 64, out: 64, b: 16 };
const storyOf = (kernel: string) => explain(oft.trace(), { dims, kernel }).story;

it('of a map has its loops, the steps and the result', () => {
  const { kernels } = explain(oft.trace(), { dims });
  const story = storyOf(kernels.find((k) => k.kernel.startsWith('map_'))!.kernel)!;
  expect(story.naive).toContain('for i0 in 4:\n  for i1 in 120:\n    out[i0, i1] = ');
  expect(story.steps).toEqual([
    'flatten i0, i1 into i',
    'split i by 64 into g, n',
    'bind g to workgroup',
    'bind n to invocations',
  ]);
  expect(story.loops).toContain('for g in ⌈480 / 64⌉ workgroup:\n  for n in 64 by invocation / 1:\n');
  expect(story.cost!.split('\n')).toEqual([
    'flops: 64*g',
    'bytes loaded from input: 512*g',
    'bytes stored to output: 256*g',
    'with g = ⌈480 / 64⌉',
  ]);
  const [operations, memory, loads, together] = story.prediction.split('\n');
  expect(operations).toMatch(/^operations: [\d.]+ µs, 512FLOP at 20.3TFLOP\/s$/);
  expect(memory).toMatch(/^memory: [\d.]+ µs, 6.02kB at 448GB\/s, each element once \(the longest\)$/);
  expect(loads).toMatch(/^loads: [\d.]+ µs, 6.14kB at 10.2TB\/s, all loads and stores$/);
  expect(together).toMatch(/^with a launch of 5.00 µs: 5.01 µs, or 5.01 µs if no cache helps$/);
  const text = renderStory(story);
  for (const part of [story.naive!, story.loops!, story.cost!, story.prediction, story.wgsl])
    for (const line of part.trimEnd().split('\n')) expect(text).toContain(line.trimEnd());
});

const large = { in: 1024, out: 1024, b: 32 };
const ofLarge = (kernel: string) => explain(oft.trace(), { dims: large, kernel });

it('has what a kernel computes by rule, and the reasons why what it reads has a kernel of its own', () => {
  const story = ofLarge('contraction_y_shared').story!;
  expect(story.computes).toEqual([{ rule: 'inline', formula: 'Wᵀ' }]);
  expect(story.reads).toEqual([
    {
      ...{ formula: 'x·R', kernel: 'contraction_blockDiag_shared' },
      why: [
        'added: its reader multiplies it, and does not add it',
        'blocks: it has a size, or sums over one, that grows with tokens',
      ],
    },
  ]);
  const [, shown] = renderStory(story).match(/^Fusion\n(.*?)\n\n/ms)!;
  const page = readFileSync(new URL('../../../docs/kernels.md', import.meta.url), 'utf8');
  expect(page).toContain(`\`\`\`\n${shown!.replaceAll(/^ {2}/gm, '')}\n\`\`\``);
});

it('names the kernels that run in its place, and finds every kernel by name', () => {
  const { story, names } = ofLarge('contraction_y_shared');
  expect(story!.instead).toEqual(['contraction_y_matrix_f32']);
  expect(names).toContain('contraction_y_matrix_f32');
  for (const name of names!) expect(ofLarge(name).story?.kernel).toBe(name);
});

it('names the kernel that adds up the parts of a sum beside the one that computes them', () => {
  const of = (kernel: string) => explain(oft.trace(), { dims: { in: 64, out: 64, b: 32 }, kernel }).story!;
  const [parts, sum] = [of('contraction_matmul_split_parts'), of('contraction_matmul_split')];
  expect([parts.beside, sum.beside]).toEqual([
    ['contraction_matmul_split'],
    ['contraction_matmul_split_parts'],
  ]);
  for (const { instead } of [parts, sum]) expect(instead.join()).not.toContain('split');
  expect(renderStory(sum)).toMatch(/^Runs with\n {2}contraction_matmul_split_parts\n/m);
});

it('is absent for a name that no kernel has', () => {
  expect(storyOf('map_nothing')).toBeUndefined();
});
