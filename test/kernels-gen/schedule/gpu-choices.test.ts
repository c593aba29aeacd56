/** The tiles and parts that the recipe for GPUs chooses for contractions, on each class of GPUs. */
import { expect, it } from 'vitest';
import { type DeviceClass, gpu, integrated } from '../../../compiler/devices/index.ts';
import type { Tile } from '../../../kernels-gen/families/contraction/tile.ts';
import type { ContractionKernel } from '../../../kernels-gen/fuse/kernel.ts';
import type { Strategy } from '../../../kernels-gen/index.ts';
import { describe as described } from '../../../kernels-gen/schedule/choices.ts';
import { matrixKernel } from '../../../kernels-gen/schedule/workgroup/matrix.ts';
import { pipelinedChoice } from '../../../kernels-gen/schedule/workgroup/pipelined.ts';
import { sharedTile, stagedTile } from '../../../kernels-gen/schedule/workgroup/shared.ts';
import { partsOf } from '../../../kernels-gen/schedule/workgroup/split.ts';
import { batches, matrices, options } from './contractions.ts';

const SIZES = [1, 8, 15, 16, 31, 64, 65, 100, 256, 2048];

const tileText = (t: Tile | undefined): string =>
  t === undefined ? 'none' : `${t.rows * t.rowThreads}×${t.cols * t.colThreads}`;

/** The choices for a kernel where the class chooses, and where a strategy is forced. */
function chosen(kernel: ContractionKernel, device: DeviceClass, tokens: number): string {
  const wanted = (strategy?: Strategy) => options(strategy, tokens, device);
  const matrix = (strategy?: Strategy) => {
    const own = matrixKernel(kernel, wanted(strategy));
    return own === undefined ? 'none' : own === kernel ? 'as written' : 'exchanged';
  };
  return [
    `shared ${tileText(sharedTile(kernel, wanted()))} or ${tileText(sharedTile(kernel, wanted('shared')))}`,
    `split ${partsOf(kernel, wanted())} or ${partsOf(kernel, wanted('split'))}`,
    `matrix ${matrix()} or ${matrix('matrix')}`,
  ].join(', ');
}

it.each([gpu, integrated])('the choices for $name are those of the golden file', async (device) => {
  const lines = SIZES.flatMap((m, i) =>
    SIZES.flatMap((n, j) =>
      SIZES.flatMap((k, l) => {
        if ((i + j + l) % 4 > 0) return [];
        const { tile, tiles } = stagedTile(3, m, n, device, { rows: k, cols: m });
        const all = [
          chosen(matrices('NT', m, n, k), device, 1),
          `in batches ${chosen(batches(3, m, 'tokens', k), device, n)}`,
          `${tiles} tiles ${tileText(tile)}`,
          described(pipelinedChoice(3, m, n, device, { rows: k, cols: m })),
        ];
        return [`${m}×${n}×${k}: ${all.join('; ')}\n`];
      }),
    ),
  );
  await expect(lines.join('')).toMatchFileSnapshot(`./gpu-choices/${device.name}.txt`);
});
