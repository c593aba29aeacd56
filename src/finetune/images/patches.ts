/** Cuts images into the patches that a Vision Transformer reads. */
import type { Images } from './image-classifier.ts';
import { gridOf, patchesOf, patchWidth, type VitShape } from './vit-config.ts';

/** The patches of images (images, channels, rows, columns), in the order channel, row, column within a patch. */
export function patchedPixels(c: VitShape, pixels: Float32Array): Images {
  const [rows, columns] = c.image;
  const [high, wide] = c.patch;
  const [down, across] = gridOf(c);
  const count = pixels.length / (c.channels * rows * columns);
  const patches = new Float32Array(count * patchesOf(c) * patchWidth(c));
  let at = 0;
  for (let n = 0; n < count; n++)
    for (let p = 0; p < down * across; p++) {
      const [top, left] = [Math.floor(p / across) * high, (p % across) * wide];
      for (let k = 0; k < c.channels; k++)
        for (let y = 0; y < high; y++) {
          const from = ((n * c.channels + k) * rows + top + y) * columns + left;
          patches.set(pixels.subarray(from, from + wide), at);
          at += wide;
        }
    }
  return { count, patches };
}
