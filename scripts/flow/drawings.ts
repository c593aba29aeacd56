/** Drawings of 16×16 pixels, each with three words that say what it shows; and noise. */

export const SIDE = 16;
/** Pixels of a patch in each direction. A patch is a token. */
export const PATCH = 4;
export const PATCHES = (SIDE / PATCH) ** 2;
export const PIXELS = PATCH * PATCH;

const KINDS = ['disc', 'square', 'cross', 'ring'] as const;
const SIZES = ['small', 'large'] as const;
const PLACES = ['left', 'middle', 'right'] as const;
/** The words of a description, which has one of each kind, size and place. */
export const WORDS: readonly string[] = [...KINDS, ...SIZES, ...PLACES];
export const CONTEXT = 3;

const RADII = [3, 5];
const COLUMNS = [5, 8, 11];
/** The random displacement of a drawing, in pixels. */
const MOVED = 1;

/** Whether a shape covers the point (x, y) relative to its centre. */
const COVERS: Readonly<Record<(typeof KINDS)[number], (x: number, y: number, r: number) => boolean>> = {
  disc: (x, y, r) => x * x + y * y <= r * r,
  square: (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) <= r * 0.85,
  cross: (x, y, r) =>
    Math.min(Math.abs(x), Math.abs(y)) <= r * 0.3 && Math.max(Math.abs(x), Math.abs(y)) <= r,
  ring: (x, y, r) => x * x + y * y <= r * r && x * x + y * y >= (r - 1.6) ** 2,
};

/** The points in each direction by which a pixel's coverage is measured. */
const POINTS = 4;

/** A drawing's patches (patches, pixels), from −1 for the ground to 1 for the shape, and its words. */
export interface Drawing {
  readonly patches: Float32Array;
  readonly words: readonly number[];
}

/** A random drawing. A negative is light on dark where others are dark on light. */
export function draw(next: () => number, negative: boolean): Drawing {
  const pick = (count: number) => Math.floor(next() * count);
  const [kind, size, place] = [pick(KINDS.length), pick(SIZES.length), pick(PLACES.length)];
  const moved = () => MOVED * (2 * next() - 1);
  const [cx, cy, r] = [COLUMNS[place]! + moved(), SIDE / 2 + moved(), RADII[size]!];
  const covers = COVERS[KINDS[kind]!];
  const patches = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      let covered = 0;
      for (let p = 0; p < POINTS * POINTS; p++) {
        const [dx, dy] = [((p % POINTS) + 0.5) / POINTS, (Math.floor(p / POINTS) + 0.5) / POINTS];
        if (covers(x + dx - cx, y + dy - cy, r)) covered++;
      }
      const value = (2 * covered) / POINTS ** 2 - 1;
      patches[indexOf(x, y)] = negative ? -value : value;
    }
  return { patches, words: [kind, KINDS.length + size, KINDS.length + SIZES.length + place] };
}

/** The element of (patches, pixels) that holds a pixel. */
export function indexOf(x: number, y: number): number {
  const patch = Math.floor(y / PATCH) * (SIDE / PATCH) + Math.floor(x / PATCH);
  return patch * PIXELS + (y % PATCH) * PATCH + (x % PATCH);
}

/** A normal random number, by Box and Muller. */
export const normal = (next: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
