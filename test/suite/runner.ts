/**
 * The suite's runner. One process runs many test files, so that TypeScript, its library and the compiler's code are
 * loaded and warm once. The runner makes anew for each file what files must not share: the tests' modules, the
 * working folder and the environment. It reports the processor time of each file and test.
 */
import { fileURLToPath } from 'node:url';
import { type RunnerTask, TestRunner } from 'vitest';
import { isTestFile } from './files.ts';
import { usedHere } from './processor-time.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** The seconds of processor time, with the process's threads and ended children. */
    processor?: number;
  }
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replaceAll('\\', '/');
const OWN = 'test/suite/';

const home = process.cwd();
const environment = { ...process.env };

type Suite = Parameters<TestRunner['onAfterRunSuite']>[0];

export default class SuiteRunner extends TestRunner {
  #file = 0;
  readonly #tests = new Map<string, number>();

  override importFile(path: string, source: 'collect' | 'setup'): unknown {
    if (source === 'collect') {
      this.#file = usedHere();
      this.#forget();
    }
    return super.importFile(path, source);
  }

  #forget(): void {
    process.chdir(home);
    for (const name of Object.keys(process.env))
      if (!(name in environment) && !name.startsWith('VITEST')) delete process.env[name];
    Object.assign(process.env, environment);
    // biome-ignore lint/complexity/useLiteralKeys: it is private by its type.
    const { evaluatedModules } = this['moduleRunner'];
    for (const [id, module] of evaluatedModules.idToModuleMap) {
      const path = id.startsWith(ROOT) ? id.slice(ROOT.length) : id;
      if (isTestFile(path) && !path.startsWith(OWN)) evaluatedModules.invalidateModule(module);
    }
  }

  override async onBeforeRunTask(test: RunnerTask): Promise<void> {
    this.#tests.set(test.id, usedHere());
    await super.onBeforeRunTask(test);
  }

  override onAfterRunTask(test: RunnerTask): void {
    super.onAfterRunTask(test);
    test.meta.processor = usedHere() - (this.#tests.get(test.id) ?? Number.NaN);
  }

  override async onAfterRunSuite(suite: Suite): Promise<void> {
    await super.onAfterRunSuite(suite);
    if (!('filepath' in suite)) return;
    suite.meta.processor = usedHere() - this.#file;
    const left = this.config.isolate ? [] : this.#defined();
    if (left.length === 0) return;
    const message = `it leaves ${left.join(', ')} defined for other files: forget them, or list it under ALONE in vitest.config.ts`;
    suite.result = { ...suite.result, state: 'fail', errors: [{ message, name: 'Error', stack: message }] };
  }

  /** The operators and rules that authors have defined in this process. */
  #defined(): readonly string[] {
    // biome-ignore lint/complexity/useLiteralKeys: it is private by its type.
    const modules = this['moduleRunner'].evaluatedModules.idToModuleMap;
    const module = [...modules].find(([id]) => id.endsWith('/compiler/extend/definitions.ts'))?.[1];
    const exported: { readonly defined?: (kind: 'operator' | 'rule') => readonly string[] } | undefined =
      module?.exports;
    return (['operator', 'rule'] as const).flatMap((kind) => exported?.defined?.(kind) ?? []);
  }
}
