/**
 * No test has a limit of wall time, which a busy machine could break. The suite names tests that run long instead.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { TestCase, TestModule } from 'vitest/node';
import config from '../../vitest.config.ts';
import { filesOfTests } from './files.ts';
import SuiteReporter from './reporter.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the limit of a test', () => {
  it('is absent by default', () => {
    expect(config.test).toMatchObject({ testTimeout: 0, hookTimeout: 0 });
  });

  it('is set by no other configuration, test, hook or child process', () => {
    const files = filesOfTests(root, '.ts').map((f) => join(root, f));
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap((f) => limitsIn(f, readFileSync(f, 'utf8')))).toEqual([]);
  });

  it('would be found', () => {
    const found = (text: string) => limitsIn('a.ts', text).length;
    expect(found("it('a', { timeout: 5 }, () => {});")).toBe(1);
    expect(found("test.each([1])('a', () => {}, 5_000);")).toBe(1);
    expect(found('beforeAll(async () => {}, MINUTE);')).toBe(1);
    expect(found("spawnSync('a', [], { timeout: LONG });")).toBe(1);
    expect(found('vi.waitFor(() => {}); vi.setConfig({ testTimeout: 1 });')).toBe(2);
    expect(found("it('a', () => {}); spawn('a', [], { timeout: 0 });")).toBe(0);
  });
});

/** Matches the names of options that set a limit. */
const SETS = /^(timeout|testTimeout|hookTimeout|interruptAfterTimeLimit)$/;
const DECLARES = /^(it|test|describe|beforeAll|beforeEach|afterAll|afterEach)\b/;
const isFunction = (n: ts.Node | undefined): boolean =>
  n !== undefined && (ts.isArrowFunction(n) || ts.isFunctionExpression(n));

/** The places where a source sets a limit of time, as `file:line: text`. */
function limitsIn(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const look = (n: ts.Node): void => {
    const sets =
      ts.isPropertyAssignment(n) && SETS.test(n.name.getText()) && !/^(0|-1)$/.test(n.initializer.getText());
    const last = ts.isCallExpression(n) ? n.arguments.at(-1) : undefined;
    const after =
      ts.isCallExpression(n) &&
      DECLARES.test(n.expression.getText()) &&
      n.arguments.length > 1 &&
      isFunction(n.arguments.at(-2)) &&
      !isFunction(last);
    const waits =
      ts.isCallExpression(n) && /^(vi\.waitFor|vi\.waitUntil|expect\.poll)$/.test(n.expression.getText());
    if (sets || after || waits) {
      const { line } = source.getLineAndCharacterOfPosition(n.getStart());
      found.push(`${file}:${line + 1}: ${n.getText().split('\n')[0]}`);
    }
    ts.forEachChild(n, look);
  };
  look(source);
  return found;
}

describe('a suite', () => {
  it('names what it waits for, as far as workers have reported it', async () => {
    const written: string[] = [];
    const reporter = new SuiteReporter({ first: 0, every: 1, write: (line) => written.push(line) });
    const module = { moduleId: join(process.cwd(), 'a.test.ts') } as TestModule;
    const test = { module, fullName: 'waits' } as TestCase;
    const names = async (text: string) => {
      written.length = 0;
      while (!written.some((line) => line.includes(text))) await sleep(1);
    };
    reporter.onTestRunStart();
    reporter.onTestModuleQueued(module);
    await names('a.test.ts › what comes after its first 0 tests (');
    reporter.onTestCaseReady(test);
    await names('a.test.ts › waits (');
    reporter.onTestCaseResult(test);
    await names('a.test.ts › what comes after its first 1 tests (');
    reporter.onTestModuleEnd(module);
    reporter.onTestRunEnd([]);
    written.length = 0;
    await sleep(20);
    expect(written).toEqual([]);
  });

  it('names the file that it waits for, and at its end the slowest tests', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oftc-suite-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'own.test.ts'), WAITS);
    const reporter = JSON.stringify(join(root, 'test/suite/reporter.ts'));
    writeFileSync(
      join(folder, 'vitest.config.ts'),
      `export default { test: { testTimeout: 0, reporters: ['default', [${reporter}, { first: 1, every: 100 }]] } };`,
    );
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const child = spawn(process.execPath, [vitest, 'run', '--no-color'], { cwd: folder });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        output += text;
        // The test in the child waits until the reporter has named it. vitest's worker may lose the start of a test
        // when its throttle's timer fires after exactly 100 ms. Then the reporter names the file and the number of
        // finished tests.
        if (NAMED.test(output)) writeFileSync(join(folder, 'go'), '');
      });
    const code = await new Promise((done) => child.once('close', done));
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/Still running after [\d.]+ s/);
    if (process.platform === 'linux') expect(output).toMatch(/The suite took .*, and .* of processor time\./);
    expect(output).toMatch(
      /The slowest 2 of 2 tests:\n +[\d.]+ s {2}own\.test\.ts › waits for what is outside\n/,
    );
  });
});

const NAMED = /own\.test\.ts › (waits for what is outside|what comes after its first 0 tests) \(/;

const WAITS = `
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
test('waits for what is outside', async () => {
  while (!existsSync('go')) await sleep(1);
});
test('is quick', () => {});
`;
