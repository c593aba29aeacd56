/**
 * Times compiling a saved file to a Plan in a warm process, such as an editor or a watcher. Measures Plans in
 * bytes.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CompileOptions } from '../compiler/derive.ts';
import type { Binding } from '../compiler/dims/dims.ts';
import type { Program } from '../compiler/ir/node.ts';
import type { Plan } from '../runtime/index.ts';
import type { ModelShape } from '../src/formats/config/model-config.ts';
import { type Case, libraryAt, programOfCase } from '../test/src/explain/library.ts';
import {
  bindProgram,
  blockProgram,
  blockStages,
  CLASSES,
  compiledStage,
  compileProgram,
  FrontEnd,
  oft,
  planOf,
  solveDims,
} from './built.ts';
import { interval, type Summary } from './statistics.ts';

/** The class of devices to compile for: the first, whose Plans are the largest. */
const CLASS = CLASSES[0]!;

const planned = (program: Program, dims: Binding, options: CompileOptions, device = CLASS): Plan =>
  planOf(
    compileProgram(bindProgram(program, solveDims(program, dims)), { ...options, profile: CLASS.chosenBy }),
    { devices: [device] },
  );

/** A class for which the process has printed no kernel. */
const unknownClass = (): typeof CLASS => ({ ...CLASS });

const FILE = fileURLToPath(new URL('../examples/oft.ts', import.meta.url));
const DIMS = { in: 1024, out: 1024, b: 32 };

/** A measured time, by the clock and by the processor. */
interface Took {
  readonly ms: number;
  /** The processor time of this process, with the threads that compile JavaScript and collect garbage. */
  readonly processorMs: number;
}

function clock(): () => Took {
  const [start, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { ms: performance.now() - start, processorMs: (user + system) / 1000 };
  };
}

const summary = (all: readonly Took[]): Times => ({
  ...interval(all.map((t) => t.ms)),
  processorMs: interval(all.map((t) => t.processorMs)),
});

/** Summaries of times in milliseconds. */
export interface Times extends Summary {
  readonly processorMs: Summary;
}

export interface CompileTime {
  readonly coldMs: number;
  /** Times in a warm process. Every run sees another text of the file, whose kernels are those of the text before. */
  readonly warm: Times;
  /** Times of runs in which every kernel is printed anew, as after an edit that changes all. */
  readonly anew: Times;
  /** Times of the 11th to the 40th edit, while the engine still optimises the compiler's own code. */
  readonly warming: Times;
  readonly warmFrontEnd: Times;
  readonly bytes: PlanBytes;
  readonly limitMs: number;
}

/** The number of edits after which runs get no faster. */
const WARM = 60;

export function compileTime(runs = 2 * WARM): CompileTime {
  const text = readFileSync(FILE, 'utf8');
  const overlay = new Map<string, string>();
  const front: Took[] = [];
  const all: Took[] = [];
  const frontEnd = new FrontEnd({ overlay });
  let bytes: PlanBytes | undefined;
  for (let run = 0; run <= runs; run++) {
    overlay.set(FILE, `${text}\n// edit ${run}\n`);
    const took = clock();
    const { program, diagnostics } = frontEnd.lower(FILE);
    if (!program) throw new Error(`examples/oft.ts does not compile: ${diagnostics.length} diagnostics`);
    front.push(took());
    const plan = planned(program, DIMS, { gradients: true });
    all.push(took());
    bytes = bytesOf(plan);
  }
  const anew = Array.from({ length: runs }, (_, run) => {
    overlay.set(FILE, `${text}\n// edit ${runs + run + 1}\n`);
    const took = clock();
    const { program } = frontEnd.lower(FILE);
    planned(program!, DIMS, { gradients: true }, unknownClass());
    return took();
  });
  const warm = (times: readonly Took[]) => summary(times.slice(Math.min(WARM, runs / 2)));
  return {
    coldMs: all[0]!.ms,
    warm: warm(all),
    anew: warm(anew),
    warming: summary(all.slice(10, 40)),
    warmFrontEnd: warm(front),
    bytes: bytes!,
    limitMs: 60,
  };
}

export interface PlanBytes {
  /** The bytes of the whole Plan as text. */
  readonly json: number;
  readonly wgsl: number;
}

const bytesOf = (plan: Plan): PlanBytes => ({
  json: Buffer.byteLength(JSON.stringify(plan)),
  wgsl: plan.kernels.reduce((sum, k) => sum + Buffer.byteLength(k.wgsl), 0),
});

/** The time from a Program to its Plan, and the Plan's size. */
export interface Compiled {
  readonly ms: Times;
  readonly bytes: PlanBytes;
}

export interface CompiledBothWays {
  readonly name: string;
  readonly forward: Compiled;
  readonly gradients: Compiled;
}

export interface CompileTimes {
  readonly of: readonly CompiledBothWays[];
  /** The limit that each of the two compilations has by itself: without gradients, and with them. */
  readonly limitMs: number;
}

const [WARMING, RUNS] = [3, 9];

function compiledAgain(compile: () => Plan): Compiled {
  let bytes: PlanBytes | undefined;
  const all = Array.from({ length: WARMING + RUNS }, () => {
    const took = clock();
    const plan = compile();
    const time = took();
    bytes ??= bytesOf(plan);
    return time;
  });
  return { ms: summary(all.slice(WARMING)), bytes: bytes! };
}

/** Times compiling every method of the library with each of its configurations, as a layer of 1024 × 1024. */
export function methodTimes(): CompileTimes {
  const of = libraryAt(1024).map((c: Case): CompiledBothWays => {
    const program = programOfCase(c);
    const own = (options: CompileOptions) => () => planned(program, c.dims, options, unknownClass());
    return {
      name: c.name,
      forward: compiledAgain(own({ gradients: false })),
      gradients: compiledAgain(own({ gradients: true })),
    };
  });
  return { of, limitMs: 200 };
}

/** The configuration of Llama 3.2 1B. */
const LLAMA: ModelShape = {
  family: 'llama',
  vocabSize: 128_256,
  hiddenSize: 2048,
  intermediateSize: 8192,
  layers: 16,
  heads: 32,
  kvHeads: 8,
  headDim: 64,
  maxPositions: 131_072,
  rmsNormEps: 1e-5,
  rope: { kind: 'default', theta: 500_000 },
  bias: { qkv: false, output: false, mlp: false },
  tiedEmbeddings: true,
};

/** Times compiling a block of Llama 3.2 1B with OFT on all projections, as training runs it. */
export function blockTimes(): CompileTimes {
  const program: Program = blockProgram(LLAMA, { source: oft, dims: { b: 32 } });
  const { forward, gradient } = blockStages(program, { stored: {}, asWritten: false });
  const of: CompiledBothWays = {
    name: 'Llama 3.2 1B, OFT on all projections',
    forward: compiledAgain(() => compiledStage(program, forward, unknownClass()).plan()),
    gradients: compiledAgain(() => compiledStage(program, gradient, unknownClass()).plan()),
  };
  return { of: [of], limitMs: 2000 };
}
