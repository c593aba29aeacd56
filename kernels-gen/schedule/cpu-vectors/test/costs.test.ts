/** The tiles that this recipe chooses for contractions, with the cycles that it expects of them. */
import { expect, it } from 'vitest';
import type { CompileOptions } from '../../../../compiler/derive.ts';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import { boft } from '../../../../src/adapters/boft.ts';
import { lora } from '../../../../src/adapters/lora.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { poet } from '../../../../src/adapters/poet.ts';
import type { Traceable } from '../../../../src/language/load.ts';
import { variantsOf } from '../../../../src/session/plan.ts';
import type { Layout } from '../../../../test/kernels-gen/layers.ts';
import {
  batches,
  LONG,
  matrices,
  options,
  SPECIAL,
} from '../../../../test/kernels-gen/schedule/contractions.ts';
import { digest } from '../../../../test/support/digest.ts';
import { canonical } from '../../../families/contraction/root.ts';
import type { Tile } from '../../../families/contraction/tile.ts';
import type { ContractionKernel } from '../../../fuse/kernel.ts';
import type { Strategy } from '../../../index.ts';
import { launchesOf } from '../../../launches.ts';
import { dotSchedules } from '../dots.ts';
import { panelSchedules } from '../panels.ts';
import { stationarySchedules } from '../stationary.ts';
import { laneSchedules, soleLaneSchedule } from '../tiles.ts';

interface Priced {
  readonly tile: Tile;
  readonly cycles: number;
}

/** A schedule's tile and cycles as text. */
const shown = (s: Priced | undefined): string =>
  s === undefined ? 'none' : `${Object.values(s.tile).join('×')} ${s.cycles.toPrecision(5)}`;

/** The best schedules of each kind for a kernel, the second of a pair with exchanged operands. */
function costs(kernel: ContractionKernel, tokens: number, strategy?: Strategy): string {
  const wanted = options(strategy, tokens, cpuVectors);
  const lines: readonly (readonly [string, ...(Priced | undefined)[]])[] = [
    ['lanes', ...laneSchedules(kernel, wanted)],
    ['dots', ...dotSchedules(kernel, wanted)],
    ['stationary', ...stationarySchedules(kernel, wanted)],
    ['panels', ...panelSchedules(kernel, wanted)],
    ['alone', soleLaneSchedule(kernel)],
  ];
  return lines.map(([name, ...all]) => `${name} ${all.map(shown).join(' or ')}`).join(', ');
}

const SIZES = [1, 2, 3, 8, 12, 16, 33, 64, 129, 256, 512, 1024];
const LAYOUTS: readonly Layout[] = ['NN', 'NT', 'TN'];
/** Every seventh combination of sizes, in which each size meets every other. */
const shapes = SIZES.flatMap((m, i) =>
  SIZES.flatMap((n, j) => SIZES.flatMap((k, l) => ((i + j + l) % 7 === 0 ? [[m, n, k] as const] : []))),
);

it.each(LAYOUTS)('the tiles and cycles of products %s are those of the golden file', async (layout) => {
  const text = shapes.map(([m, n, k]) => `${m}×${n}×${k}: ${costs(matrices(layout, m, n, k), 1)}\n`);
  await expect(text.join('')).toMatchFileSnapshot(`./costs/${layout}.txt`);
});

it('the tiles and cycles of batches of products are those of the golden file', async () => {
  const all = [1, 3, 32].flatMap((b) =>
    [4, 16, 40].flatMap((size) =>
      LAYOUTS.flatMap((layout) =>
        (['bmn', 'mnb'] as const).flatMap((order) =>
          [1, 512].map((tokens) => {
            const kernel = batches(b, 'tokens', size, size, layout, order);
            return `${b} ${size} ${layout} ${order} for ${tokens}: ${costs(kernel, tokens, 'lanes')}\n`;
          }),
        ),
      ),
    ),
  );
  await expect(all.join('')).toMatchFileSnapshot('./costs/batches.txt');
});

it.each([
  ['special', SPECIAL],
  ['long', LONG],
])('the tiles and cycles of %s products are those of the golden file', async (which, kernels) => {
  const all = Object.entries(kernels).flatMap(([name, kernel]) =>
    [1, 512].flatMap((tokens) => [
      `${name} for ${tokens}: ${costs(kernel, tokens, 'lanes')}\n`,
      ...(which === 'long' ? [`  by the class: ${costs(kernel, tokens)}\n`] : []),
    ]),
  );
  await expect(all.join('')).toMatchFileSnapshot(`./costs/${which}.txt`);
});

it('the tiles and cycles of products with long sums are those of the golden file', async () => {
  const all = [64, 96, 128, 129, 384, 1000].flatMap((k) =>
    [1, 16, 70].flatMap((m) =>
      [8, 24, 64].flatMap((n) =>
        LAYOUTS.map((layout) => {
          const kernels = [matrices(layout, m, n, k), batches(3, m, n, k, layout, 'mnb')];
          const texts = kernels.flatMap((kernel) => [costs(kernel, 1, 'lanes'), costs(kernel, 1)]);
          return `${m}×${n}×${k} ${layout}: ${digest(texts.join('\n'))}\n`;
        }),
      ),
    ),
  );
  await expect(all.join('')).toMatchFileSnapshot('./costs/long-sums.txt');
});

const SQUARE = { in: 256, out: 192 };
interface Case {
  readonly name: string;
  readonly of: Traceable;
  readonly config?: object;
  readonly dims: Readonly<Record<string, number>>;
  readonly options?: Partial<CompileOptions>;
}
const CASES: readonly Case[] = [
  { name: 'oft', of: oft, dims: { ...SQUARE, b: 32 } },
  {
    name: 'oft-nf4',
    of: oft,
    dims: { ...SQUARE, b: 32 },
    options: { stored: { W: { format: 'nf4', block: 64 } } },
  },
  { name: 'oft-int8', of: oft, dims: { ...SQUARE, b: 32 }, options: { stored: { W: { format: 'int8' } } } },
  {
    name: 'oft-int4',
    of: oft,
    dims: { ...SQUARE, b: 32 },
    options: { stored: { W: { format: 'int4', group: 128 } } },
  },
  { name: 'boft', of: boft, config: { factors: 3 }, dims: { ...SQUARE, b: 8 } },
  { name: 'lora', of: lora, dims: { in: 120, out: 77, r: 5 } },
  { name: 'poet', of: poet, config: { permuted: true }, dims: { ...SQUARE, a: 32, b: 32 } },
];

it.each(CASES)('the tiles and cycles of $name are those of the golden file', async (c) => {
  const source = c.of.trace(c.config);
  const compiled = compileProgram(source, {
    gradients: true,
    sizes: solveDims(source, c.dims),
    ...c.options,
  });
  const kernels = variantsOf(compiled)
    .flatMap((v) => launchesOf(v, cpuVectors).kernels)
    .flatMap((k) => ('members' in k ? k.members : [k]))
    .flatMap((k) => (k.root.kind === 'contraction' ? [canonical(k as ContractionKernel)] : []));
  const lines = kernels.flatMap((k) =>
    [1, 7, 512].map((tokens) => `${k.root.label} for ${tokens}: ${costs(k, tokens)}\n`),
  );
  await expect([...new Set(lines)].join('')).toMatchFileSnapshot(`./costs/${c.name}.txt`);
});
