/** Draws docs/images/weight-or-input.svg: a layer as written and as oftc runs it, to scale, with both costs. */
import type { PlanCost } from '../kernels-gen/index.ts';

/** The layer that the README shows, and the token count of the picture. */
export const PICTURED = { dims: { in: 1024, out: 1024, b: 32 }, tokens: 64 };

interface Costs {
  readonly forward: PlanCost;
  readonly training: PlanCost;
}

/** The pixels of a dimension of 1024 in every matrix. */
const SIDE = 96;
const SCALE = SIDE / 1024;
const { dims, tokens } = PICTURED;
/** The number of blocks to draw in R; its real blocks are a quarter as wide. */
const DRAWN_BLOCKS = 8;
const [WIDTH, HEIGHT, PANEL] = [900, 544, 450];

const STYLE = `
    svg { color-scheme: light dark; font-family: system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; }
    .page { fill: #ffffff; } .line { stroke: #d0d7de; }
    text { fill: #1f2328; font-size: 14px; text-anchor: middle; }
    .head { font-size: 19px; font-weight: 600; } .sign { font-size: 20px; }
    .soft { fill: #59636e; font-size: 13px; } .left { text-anchor: start; }
    .zero { fill: #f6f8fa; stroke: #818b98; } .frozen { fill: #b6c2cf; stroke: #59636e; }
    .trained { fill: #2563eb; } .made { fill: #f2a33a; stroke: #a15c00; } .rows { fill: #2da44e; stroke: #1a7f37; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; } .line { stroke: #3d444d; } text { fill: #f0f6fc; } .soft { fill: #9198a1; }
      .zero { fill: #151b23; stroke: #656c76; } .frozen { fill: #4a5563; stroke: #9198a1; }
      .trained { fill: #58a6ff; } .made { fill: #c77a14; stroke: #f2b45c; } .rows { fill: #2ea043; stroke: #56d364; }
    }
  `;

const text = (x: number, y: number, content: string, kind = '') =>
  `<text x="${x}" y="${y}"${kind === '' ? '' : ` class="${kind}"`}>${content}</text>`;

/** Draws a rows × columns matrix with its name and size below, centred at (x, y). */
function matrix(x: number, y: number, rows: number, columns: number, kind: string, name: string): string {
  const [w, h] = [columns * SCALE, rows * SCALE];
  const box = `<rect x="${x - w / 2}" y="${y - h / 2}" width="${w}" height="${h}" class="${kind}"/>`;
  return `${box}${text(x, y + h / 2 + 18, `${name} <tspan class="soft">${rows} × ${columns}</tspan>`)}`;
}

function blocks(x: number, y: number, name: string): string {
  const size = SIDE / DRAWN_BLOCKS;
  const at = (n: number, from: number) => from - SIDE / 2 + n * size;
  const diagonal = Array.from(
    { length: DRAWN_BLOCKS },
    (_, n) => `<rect x="${at(n, x)}" y="${at(n, y)}" width="${size}" height="${size}" class="trained"/>`,
  );
  return matrix(x, y, dims.in, dims.in, 'zero', name) + diagonal.join('');
}

const millions = (n: number) => Math.round(n / 1e6).toLocaleString('en-GB');
const megabytes = (n: number) => (n / 1e6).toFixed(1);

function costs(x: number, { forward, training }: Costs): string {
  const line = (y: number, of: string, c: PlanCost) =>
    text(x, y, `${of}: ${millions(c.flops)} million operations, ${megabytes(c.peakTemporaryBytes)} MB`);
  return line(442, 'forward', forward) + line(466, 'with gradients', training);
}

/** Draws the meaning of each colour. */
function key(y: number): string {
  const entries = [
    ['trained', 'trained'],
    ['frozen', 'frozen'],
    ['rows', 'input and output'],
    ['made', 'computed on the way, in every step'],
  ] as const;
  const at = [150, 260, 360, 520];
  return entries
    .map(
      ([kind, name], i) =>
        `<rect x="${at[i]}" y="${y - 11}" width="12" height="12" class="${kind}"/>${text(at[i]! + 20, y, name, 'soft left')}`,
    )
    .join('');
}

/** Draws the picture; the figures are counted from the two programs' Plans. */
export function weightOrInput(written: Costs, derived: Costs): string {
  const [ROW1, ROW2] = [146, 312];
  const columns = (panel: number) => [75, 225, 375].map((x) => x + panel) as [number, number, number];
  const signs = (panel: number, y: number) =>
    text(panel + 150, y + 7, '×', 'sign') + text(panel + 300, y + 7, '=', 'sign');
  const [a, b, c] = columns(0);
  const [d, e, f] = columns(PANEL);
  const label = `Two ways to compute x·R·Wᵀ. Weight-centric: R·Wᵀ first, a second weight matrix. Input-centric: x·R first, a thin matrix.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
  <style>${STYLE}</style>
  <rect width="${WIDTH}" height="${HEIGHT}" rx="8" class="page"/>
  <line x1="${PANEL}" y1="24" x2="${PANEL}" y2="476" class="line"/>
  ${text(PANEL / 2, 42, 'Weight-centric: rotate the weight', 'head')}
  ${text(PANEL / 2, 66, 'x·(R·Wᵀ), as the formula reads', 'soft')}
  ${blocks(a, ROW1, 'R')}${matrix(b, ROW1, dims.in, dims.out, 'frozen', 'Wᵀ')}${matrix(c, ROW1, dims.in, dims.out, 'made', 'W′ᵀ')}${signs(0, ROW1)}
  ${matrix(a, ROW2, tokens, dims.in, 'rows', 'x')}${matrix(b, ROW2, dims.in, dims.out, 'made', 'W′ᵀ')}${matrix(c, ROW2, tokens, dims.out, 'rows', 'y')}${signs(0, ROW2)}
  ${text(PANEL / 2, 414, 'R is multiplied with its zeros, and W′ is a second weight.', 'soft')}
  ${costs(PANEL / 2, written)}
  ${text(PANEL * 1.5, 42, 'Input-centric: rotate the input', 'head')}
  ${text(PANEL * 1.5, 66, '(x·R)·Wᵀ, as oftc runs it', 'soft')}
  ${matrix(d, ROW1, tokens, dims.in, 'rows', 'x')}${blocks(e, ROW1, 'R')}${matrix(f, ROW1, tokens, dims.in, 'made', 'x·R')}${signs(PANEL, ROW1)}
  ${matrix(d, ROW2, tokens, dims.in, 'made', 'x·R')}${matrix(e, ROW2, dims.in, dims.out, 'frozen', 'Wᵀ')}${matrix(f, ROW2, tokens, dims.out, 'rows', 'y')}${signs(PANEL, ROW2)}
  ${text(PANEL * 1.5, 414, 'Only the blocks of R are multiplied; x·R is thin.', 'soft')}
  ${costs(PANEL * 1.5, derived)}
  <line x1="24" y1="488" x2="${WIDTH - 24}" y2="488" class="line"/>
  ${key(HEIGHT - 22)}
</svg>
`;
}
