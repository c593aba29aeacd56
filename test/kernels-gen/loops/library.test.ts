/**
 * The naive loops of the library's kernels, and their portable schedules, equal the meaning of the primitives over the
 * prime field. For the schedules of other classes, see real-sizes.test.ts.
 */
import { expect, test } from 'vitest';
import { portable } from '../../../compiler/devices/portable.ts';
import { evalDim } from '../../../compiler/dims/dims.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { FieldSingular } from '../../../compiler/semantics/domains/field.ts';
import { generateBlocks } from '../../../kernels-gen/families/blocks/index.ts';
import { generate } from '../../../kernels-gen/families/index.ts';
import type { FusedBlocks } from '../../../kernels-gen/fuse/blocks.ts';
import type { Kernel } from '../../../kernels-gen/fuse/kernel.ts';
import { launchesOf } from '../../../kernels-gen/launches.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import type { Scheduled } from '../../../kernels-gen/loops/type.ts';
import { WAYS } from '../../../kernels-gen/schedule/ways.ts';
import { typicalTokens } from '../../../kernels-gen/variants.ts';
import { variantsOf } from '../../../src/session/plan.ts';
import { libraryAt, programOfCase } from '../../src/explain/library.ts';
import { NIGHTLY } from '../../support/sample.ts';
import { expectBlocks, meaningOf, outputOf, valuesFor, withoutAliases } from './run.ts';

/** The largest number of elements of a tensor that a test reads or writes. */
const MOST = 300_000;

const tokens = 3;
const sizesOf = (kernel: Kernel | FusedBlocks): number[] =>
  ('members' in kernel ? kernel.members : [kernel])
    .flatMap(({ tensor, root }) => [tensor, ...root.args])
    .map((t) => t.shape.reduce((n, d) => n * evalDim(d, { tokens }), 1));

/** The kernels of a method for training and inference, each with the loops that its portable code is printed from. */
function* scheduledKernels(
  c: (typeof CASES)[number],
): Generator<{ kernel: Kernel | FusedBlocks; made: Scheduled }> {
  const program = programOfCase(c);
  const sizes = solveDims(program, c.dims);
  for (const gradients of GRADIENTS)
    for (const v of variantsOf(compileProgram(program, { sizes, gradients })))
      for (const kernel of launchesOf(v, portable).kernels) {
        const options = { device: portable, tokens: typicalTokens(v), one: false, printed: new Map() };
        const generated =
          'members' in kernel
            ? generateBlocks(kernel, options, WAYS.blocks)
            : generate(kernel, options, WAYS);
        const made = generated.printed.code.scheduled;
        if (made) yield { kernel, made };
      }
}

/** Sizes at which the interpreter takes milliseconds. */
const SMALL: Readonly<Record<string, number>> = NIGHTLY
  ? { vocabulary: 37, r: 9 }
  : { vocabulary: 37, r: 9, b: 8, out: 16 };
const CASES = libraryAt(NIGHTLY ? 256 : 64).map((c) =>
  ['oftConv', 'oftEmbedding'].includes(c.layer)
    ? { ...c, dims: Object.fromEntries(Object.entries(c.dims).map(([name, n]) => [name, SMALL[name] ?? n])) }
    : c,
);
/** A training step has the kernels of the forward pass too, up to other associations. */
const GRADIENTS = NIGHTLY ? [false, true] : [true];
const own = NIGHTLY ? CASES : CASES.filter((c, n) => CASES.findIndex((d) => d.layer === c.layer) === n);

test('kernels of the library equal their primitives', () => {
  const met = new Map<string, number>();
  const known = new Set<string>();
  let left = 0;
  for (const c of own)
    for (const { kernel, made } of scheduledKernels(c)) {
      const text = `${showLoops(made.naive)}\n${made.steps.join('\n')}`;
      if (known.has(text)) continue;
      known.add(text);
      if (sizesOf(kernel).some((n) => n > MOST)) {
        left++;
        continue;
      }
      try {
        if ('members' in kernel) expectBlocks(kernel, made, tokens, known.size);
        else {
          const inputs = valuesFor(kernel.root.args, tokens, known.size);
          const meaning = meaningOf(kernel, inputs, tokens);
          for (const loops of [withoutAliases(made.naive), made.loops])
            expect(outputOf(loops, inputs, tokens), `${c.name}: ${text}`).toEqual(meaning);
        }
      } catch (e) {
        // A pivot that is 0 in the field says nothing.
        if (!(e instanceof FieldSingular)) throw e;
      }
      const kind = 'members' in kernel ? 'blocks' : kernel.root.kind;
      met.set(kind, (met.get(kind) ?? 0) + 1);
    }
  expect(left).toBe(0);
  expect([...met.keys()].sort()).toEqual(['blocks', 'contraction', 'map', 'reduce', 'scatter', 'solve']);
});
