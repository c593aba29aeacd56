/** Time from a saved file to a Plan in a warm process, as an editor or a watcher sees it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FrontEnd } from '../compiler/frontend/index.ts';
import { bindProgram, solveDims } from '../compiler/ir/bind.ts';
import { compileProgram } from '../compiler/pipeline.ts';
import { planOf } from '../src/session.ts';
import { interval, type Summary } from './statistics.ts';

const FILE = fileURLToPath(new URL('../examples/oft.ts', import.meta.url));
const DIMS = { in: 1024, out: 1024, b: 32 };

export interface CompileTime {
  readonly coldMs: number;
  /** Every run sees another text of the file: nothing is answered from a cache of results. */
  readonly warm: Summary;
  readonly warmFrontEnd: Summary;
  readonly limitMs: number;
}

export function compileTime(runs = 40): CompileTime {
  const text = readFileSync(FILE, 'utf8');
  const overlay = new Map<string, string>();
  const front: number[] = [];
  const all: number[] = [];
  const frontEnd = new FrontEnd({ overlay });
  for (let run = 0; run <= runs; run++) {
    overlay.set(FILE, `${text}\n// edit ${run}\n`);
    const start = performance.now();
    const { program, diagnostics } = frontEnd.lower(FILE);
    if (!program) throw new Error(`examples/oft.ts does not compile: ${diagnostics.length} diagnostics`);
    front.push(performance.now() - start);
    planOf(compileProgram(bindProgram(program, solveDims(program, DIMS)), { gradients: true }));
    all.push(performance.now() - start);
  }
  // The first runs also warm the engine.
  const warm = (times: number[]) => interval(times.slice(Math.min(10, runs / 2)));
  return { coldMs: all[0]!, warm: warm(all), warmFrontEnd: warm(front), limitMs: 50 };
}
