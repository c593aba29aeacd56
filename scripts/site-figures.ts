/** Renders the part of docs/playground.md that holds figures: times in Chromium and bytes of each kind of page. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withParts } from './parts-of-page.ts';

const read = (of: string): string =>
  readFileSync(fileURLToPath(new URL(`../${of}`, import.meta.url)), 'utf8');

/** The tasks of a page's thread, as bench/web.ts counts them. */
interface Tasks {
  readonly longestProcessorMs: number;
  readonly longestWallMs: number;
}

/** The part of bench/results/web.json that is read here. */
interface WebReport {
  readonly playground: {
    readonly readyMs: number;
    readonly warm: { readonly compileMs: number };
    readonly tasksWhileCompiling: Tasks;
    readonly transferred: { readonly gzip: number };
  };
  readonly finetune: { readonly tasksWhileTraining: Tasks; readonly transferred: { readonly gzip: number } };
}

/** The part of bench/results/size.json that is read here. */
interface PageSizes {
  readonly pages: readonly { readonly kind: string; readonly transferred: number }[];
}

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1e3)} kB`;
const task = ({ longestProcessorMs, longestWallMs }: Tasks): string =>
  `${Math.round(longestProcessorMs)} ms of the processor, ${Math.round(longestWallMs)} ms by the clock`;

export function siteFigures({ playground, finetune }: WebReport, { pages }: PageSizes): string {
  const rows = [
    ['Ready to type, from a cold local server', `${(playground.readyMs / 1e3).toFixed(2)} s`],
    ['A warm compilation: problems and derivation', `${Math.round(playground.warm.compileMs)} ms`],
    ['Longest task of the page while it compiles', task(playground.tasksWhileCompiling)],
    ['Longest task of the page that finetunes, while it trains', task(finetune.tasksWhileTraining)],
    ['Transferred by the playground, compressed', kilobytes(playground.transferred.gzip)],
    ['By the page that finetunes, its model and text included', kilobytes(finetune.transferred.gzip)],
    ...pages.map(({ kind, transferred }) => [`By a page of the docs: ${kind}`, kilobytes(transferred)]),
  ];
  return ['| | |', '|---|--:|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n');
}

/** Renders docs/playground.md with its computed part. */
export function renderPlayground(): string {
  const [web, size] = ['web', 'size'].map((name) => JSON.parse(read(`bench/results/${name}.json`)));
  return withParts('docs/playground.md', read('docs/playground.md'), { figures: siteFigures(web, size) });
}
