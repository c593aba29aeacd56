/**
 * Every step of schedules on many kernels, with arguments of all sorts: how often small kernels refuse it by which message, and
 * digests of what it makes of which kernel. The digest of small kernels changes with the step alone.
 */
import { expect, it } from 'vitest';
import { portable } from '../../../compiler/devices/index.ts';
import { LoopError } from '../../../kernels-gen/loops/error.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import type { LoopKernel } from '../../../kernels-gen/loops/type.ts';
import { isChoice, SCHEDULES } from '../../../kernels-gen/schedule/choices.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { digest } from '../../support/digest.ts';
import { random } from '../../support/random.ts';
import { batches, matrices, options } from '../schedule/contractions.ts';
import { sizesOf } from '../schedule/tuned.ts';
import { namesOf, STEPS, stepsOn } from './all-steps.ts';
import { REFUSED } from './steps-refused.ts';

/** Kernels of contractions before any step, and after all steps of each schedule. */
const scheduled = [...SCHEDULES].flatMap(([way, schedule]) => {
  const choice = sizesOf(way).filter(isChoice)[0]!;
  const made = [matrices('NN', 12, 8, 16), batches(2, 4, 8, 8)].map(
    (kernel) => schedule.emit(choice, kernel, options(undefined, 512, portable))?.scheduled,
  );
  return made.flatMap((s) => (s ? [s.naive, s.loops] : []));
});
const small = Object.values(REFUSED).map(([, kernel]) => kernel);

/** The kernel that a step makes and its text, or the message by which it is refused. */
function applied(step: LoopStep, kernel: LoopKernel): { readonly made?: LoopKernel; readonly text: string } {
  try {
    const made = step.apply(kernel);
    return { made, text: showLoops(made) };
  } catch (error) {
    if (error instanceof LoopError) return { text: error.message };
    // A recipe never asks for such a step: the kernel has no loop or memory of that form.
    if (error instanceof TypeError) return { text: 'not asked for' };
    throw error;
  }
}

/** Kernels that a few steps, drawn at random, make of one. */
function walked(from: LoopKernel, next: () => number): LoopKernel[] {
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(next() * all.length)];
  const made: LoopKernel[] = [];
  let kernel = from;
  for (let tried = 0; tried < 60 && made.length < 4; tried++) {
    const step = pick(stepsOn(pick(Object.keys(STEPS))!, kernel));
    const after = step && applied(step, kernel);
    if (!after?.made || after.text === showLoops(kernel)) continue;
    kernel = after.made;
    made.push(kernel);
  }
  return made;
}

const distinct = (kernels: readonly LoopKernel[]): readonly LoopKernel[] => [
  ...new Map(kernels.map((kernel) => [showLoops(kernel), kernel])).values(),
];
const next = random(1);
const first = [...small, ...scheduled];
const more = Array.from({ length: 40 }, (_, n) => walked(first[(7 * n) % first.length]!, next)).flat();
/** Kernels that no step made, and kernels that steps made: a change of one step changes some of these, for all steps. */
const [PLAIN, STEPPED] = [distinct(small), distinct([...scheduled, ...more])];

const NAMES = new Set(PLAIN.flatMap((k) => [...namesOf(k).axes, ...namesOf(k).memories]));

/** A message without the names of loops and memories. */
const general = (message: string): string =>
  message.replaceAll(/\w+/g, (word) => (NAMES.has(word) ? '…' : word));

/** The outcomes of all steps of a kind on kernels, as counts, and each with its step. */
function outcomes(kind: string, kernels: readonly LoopKernel[]) {
  const counts = new Map<string, number>();
  const all: string[] = [];
  for (const kernel of kernels)
    for (const step of stepsOn(kind, kernel)) {
      const { made, text } = applied(step, kernel);
      const what = made ? 'makes a kernel' : general(text);
      counts.set(what, (counts.get(what) ?? 0) + 1);
      all.push(`${step.says}: ${text}`);
    }
  const lines = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, n]) => `${n} × ${what}\n`);
  return { counted: lines.join(''), digested: digest(all.join('\n')) };
}

it.each(Object.keys(STEPS))('%s', async (kind) => {
  const [plain, stepped] = [outcomes(kind, PLAIN), outcomes(kind, STEPPED)];
  await expect(
    `${plain.counted}${plain.digested}\non kernels that steps made: ${stepped.digested}\n`,
  ).toMatchFileSnapshot(`./steps-everywhere/${kind}.txt`);
});
