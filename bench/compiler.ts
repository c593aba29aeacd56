/** Measures the compiler: a file to a Plan, the commands, the size of the runtime. Writes compile.json. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { coldBuild } from './cold-build.ts';
import { blockTimes, type CompileTimes, compileTime, methodTimes } from './compile-time.ts';
import { runtimeSize } from './size.ts';
import { watchTime } from './watch.ts';

export async function measureCompiler(folder: string): Promise<void> {
  const results = {
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
    compileTime: compileTime(),
    methods: methodTimes(),
    block: blockTimes(),
    coldBuild: coldBuild(),
    watch: await watchTime(),
    runtimeSize: await runtimeSize(),
  };
  const { compileTime: c, coldBuild: b, runtimeSize: s } = results;
  const { saveToDiagnosticsMs: w, limitMs: watchLimit } = results.watch;
  const ms = (x: number) => `${x.toFixed(1)} ms`;
  console.log(`compile examples/oft.ts  cold ${ms(c.coldMs)}`);
  console.log(
    `                         warm ${ms(c.warm.median)}  [${ms(c.warm.low)}, ${ms(c.warm.high)}] of ${c.warm.runs}; limit ${ms(c.limitMs)}`,
  );
  console.log(
    `                         11th to 40th edit ${ms(c.warming.median)}  [${ms(c.warming.low)}, ${ms(c.warming.high)}]`,
  );
  console.log(
    `                         every kernel anew ${ms(c.anew.median)}  [${ms(c.anew.low)}, ${ms(c.anew.high)}]`,
  );
  console.log(`                         front end ${ms(c.warmFrontEnd.median)} of it`);
  for (const line of [...slowest(results.methods), ...slowest(results.block)]) console.log(line);
  console.log(
    `build examples/oft.ts    cold ${ms(b.ms.median)}  [${ms(b.ms.low)}, ${ms(b.ms.high)}] of ${b.ms.runs}; limit ${ms(b.limitMs)}`,
  );
  console.log(
    `check --watch            save to diagnostics ${ms(w.median)}  [${ms(w.low)}, ${ms(w.high)}] of ${w.runs}; limit ${ms(watchLimit)}`,
  );
  console.log(`runtime                  ${s.minified} B minified, ${s.gzip} B gzip; limit ${s.limit} B\n`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/compile.json`, `${JSON.stringify(results, null, 2)}\n`);
}

/** Lines on the five compilations that take the most processor time, and on how many exceed the limit. */
function slowest({ of, limitMs }: CompileTimes): string[] {
  const longest = (c: CompileTimes['of'][number]) =>
    Math.max(c.forward.ms.processorMs.median, c.gradients.ms.processorMs.median);
  const sorted = of.toSorted((a, b) => longest(b) - longest(a));
  return [
    `compile, the slowest     ${of.filter((c) => longest(c) > limitMs).length} of ${of.length} beyond ${limitMs} ms`,
    ...sorted.slice(0, 5).map((c) => {
      const one = ({ ms, bytes }: typeof c.forward) =>
        `${ms.median.toFixed(1)} ms (${ms.processorMs.median.toFixed(1)} of processors), ${Math.round(bytes.json / 1000)} kB, ${Math.round(bytes.wgsl / 1000)} of WGSL`;
      return `                         forward ${one(c.forward)}; gradients ${one(c.gradients)}  ${c.name}`;
    }),
  ];
}
