/**
 * Resizes pictures as PIL does with its bilinear filter. Each pixel is a weighted mean of those that a triangle covers,
 * which is as wide as the picture shrinks. Columns are resized first; both passes round to bytes.
 */
import type { Picture } from './png.ts';

interface Weights {
  readonly first: number;
  readonly weights: readonly number[];
}

/** PIL's weights are whole numbers of 2⁻²², so that a mean halfway between two bytes is rounded as PIL rounds it. */
const ONE = 2 ** 22;

/** The weights of the elements that each of `to` results is a mean of, in units of 1/ONE. */
function triangles(from: number, to: number): Weights[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const inverse = 1 / reach;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: end - first }, (_, n) =>
      Math.max(0, 1 - Math.abs((n + first - centre + 0.5) * inverse)),
    );
    const total = raw.reduce((a, b) => a + b, 0);
    return { first, weights: raw.map((w) => Math.floor((w / total) * ONE + 0.5)) };
  });
}

/** The byte nearest to a mean in units of 1/ONE. */
const rounded = (sum: number): number => Math.max(0, Math.min(255, Math.floor((sum + ONE / 2) / ONE)));

/** A picture of another size. */
export function resized(picture: Picture, [height, width]: readonly [number, number]): Picture {
  if (picture.height === height && picture.width === width) return picture;
  const across = new Uint8Array(picture.height * width * 3);
  for (const [x, { first, weights }] of triangles(picture.width, width).entries())
    for (let y = 0; y < picture.height; y++)
      for (let c = 0; c < 3; c++) {
        const from = (y * picture.width + first) * 3 + c;
        const mean = weights.reduce((sum, w, n) => sum + w * picture.data[from + 3 * n]!, 0);
        across[(y * width + x) * 3 + c] = rounded(mean);
      }
  const data = new Uint8Array(height * width * 3);
  const row = 3 * width;
  for (const [y, { first, weights }] of triangles(picture.height, height).entries())
    for (let i = 0; i < row; i++) {
      const mean = weights.reduce((sum, w, n) => sum + w * across[(first + n) * row + i]!, 0);
      data[y * row + i] = rounded(mean);
    }
  return { width, height, data };
}
