/** The compiler in a browser’s worker: it reads the source, and runs it on the browser's own device. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { DEVICES } from '../../../compiler/devices/index.ts';
import { freeDims } from '../../../compiler/ir/bind.ts';
import { readProgram } from '../../../compiler/ir/stored.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { bound, exact } from '../../../compiler/semantics/domains/bound.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { bundleWorker } from '../../../scripts/web/bundle.ts';
import { realValues } from '../../../src/identity/values.ts';
import { compileOn } from '../../../src/session/plan.ts';
import { random } from '../../../src/start/random.ts';
import type * as page from '../../../src/web/index.ts';
import { serve, startChromium } from '../../support/chromium.ts';
import { Disagreement, TOLERANCE } from '../agree.ts';
import type { Call } from '../calls.ts';
import {
  checkForms,
  formOf,
  type Hosts,
  isSkipped,
  type Skipped,
  skipped,
  type Tab,
  variantFor,
  type Way,
} from '../way.ts';
import { sourceOf } from './exact.ts';

/** The page's answer for a source. */
interface Answered {
  readonly stored: page.StoredLayer;
  readonly ran: page.Ran;
}

/** Opens Chromium on a page that has the client of oftc/browser, and starts the compiler's worker there. */
export async function openTab(): Promise<Tab> {
  const [worker, { outputFiles }] = await Promise.all([
    bundleWorker(),
    build({
      entryPoints: [fileURLToPath(new URL('../../../src/web/index.ts', import.meta.url))],
      ...{ bundle: true, write: false, format: 'iife', globalName: 'oftc', platform: 'browser' },
    }),
  ]);
  const none = (why: string): never => {
    throw new Error(why);
  };
  const browser = await startChromium(none, 'random programs in a browser');
  const served = await serve((request, response) => {
    const isWorker = request.url === '/worker.js';
    response.setHeader('content-type', `text/${isWorker ? 'javascript' : 'html'}; charset=utf-8`);
    response.end(isWorker ? worker.text : `<!doctype html><script>${outputFiles[0]!.text}</script>`);
  });
  const tab = await browser.newPage();
  tab.setDefaultTimeout(0);
  await tab.goto(served.url);
  await tab.evaluate(() => {
    const own = globalThis as unknown as { oftc: typeof page; compiler: page.OftcCompiler };
    own.compiler = new own.oftc.OftcCompiler(new Worker('/worker.js', { type: 'module' }));
  });
  return {
    ask: (source) =>
      tab.evaluate(async (given): Promise<Answered> => {
        const { compiler } = globalThis as unknown as { compiler: page.OftcCompiler };
        const stored = await compiler.program(given);
        return { stored, ran: await compiler.run(given) };
      }, source as page.RunInput),
    close: async () => {
      await browser.close();
      served.close();
    },
  };
}

async function inBrowser(drawn: Call, hosts: Hosts): Promise<Skipped | undefined> {
  // A page runs forward and backward together, on at least one token.
  const call = { ...drawn, gradients: true, tokens: Math.max(1, drawn.tokens) };
  const { symbolic, sizes } = call.program;
  const source = sourceOf(symbolic, (numbered) => numbered);
  if (isSkipped(source)) return source;
  const { tokens } = call;
  const seed = call.seed % 1000;
  const dims = Object.fromEntries(freeDims(symbolic).map((n) => [n, sizes[n]!]));
  const given = { files: { '/layer.ts': source.text }, file: '/layer.ts', dims };
  const { stored, ran } = (await (
    await hosts.browser()
  ).ask({ ...given, tokens, seed, runs: 1 })) as Answered;
  const program = readProgram(stored.program);
  const { variants } = compileProgram(program, { gradients: true, sizes, asWritten: true });
  const unlike = checkForms(call, [formOf(variants[0]!.primitives, source)]);
  if (isSkipped(unlike)) return unlike;
  if (!ran.result) throw new Disagreement(`the page runs nothing: ${ran.reason}`);
  if (ran.result.compared.reduced) return skipped('the page compares smaller sizes');
  for (const way of ['derived', 'written'] as const) {
    const came = ran.result[way];
    if (!came) continue;
    const compiled = compileOn(DEVICES[ran.result.class]!, program, {
      ...{ gradients: true, sizes, asWritten: way === 'written' },
    });
    const values = realValues(compiled.variants[0]!.program, tokens, random(seed));
    const inputs = Object.entries(values).map(([name, t]) => [name, exact(t.shape, t.values)] as const);
    const { primitives } = variantFor(compiled.variants, tokens);
    const expected = interpret(primitives, bound(), Object.fromEntries(inputs), tokens);
    for (const { name, absolute } of came.differences) {
      const { values: own, bounds } = expected[name]!;
      const most = own.reduce((m, x, i) => Math.max(m, bounds[i]! + TOLERANCE * Math.abs(x)), TOLERANCE);
      if (!(absolute <= most))
        throw new Disagreement(
          `${name} of the ${way} program differs by ${absolute}, and at most by ${most}`,
        );
    }
  }
  return undefined;
}

export const BROWSER: Way = {
  ...{ name: 'browser', says: 'the source read by `oftc/browser`, and run on the browser’s device' },
  ...{ with: 'as written', needs: 'a browser' },
  within: 'the prime field exactly; its results within the error bound of WGSL’s accuracy',
  check: inBrowser,
};
