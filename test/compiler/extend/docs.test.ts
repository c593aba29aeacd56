/** The definitions in docs/extending.md pass the checks of operators and rules. */
import { mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { forget } from '../../../compiler/extend/definitions.ts';
import { topological } from '../../../compiler/ir/build.ts';
import { authoredRules, checkDefinitions } from '../../../src/check/definitions.ts';
import { loadProgram } from '../../../src/language/load.ts';

const text = readFileSync(new URL('../../../docs/extending.md', import.meta.url), 'utf8');
const file = join(realpathSync(mkdtempSync(join(tmpdir(), 'oftc-docs-'))), 'extending.ts');
afterAll(() => forget(new Set([file])));

it('the definitions of the page pass as they stand, one after another', () => {
  const blocks = [...text.matchAll(/```ts\n(.*?)```/gs)]
    .slice(0, 2)
    .map((m) => m[1]!.replaceAll(/^import .*\n/gm, ''));
  writeFileSync(
    file,
    `import { defineOperator, defineRule, input, layer, tanh, type Tensor } from 'oftc';
import { apply, axesOf, call, indices, load, map, type OpNode, scaled } from 'oftc/extend';
${blocks.join('\n')}
export const main = layer({ x: input('tokens', 'in') }, ({ x }) => tanh(cube(x).mul(-2)));\n`,
  );
  const { program } = loadProgram(file, {});
  const roots = program.outputs.map((o) => o.node);
  expect(topological(roots).flatMap((n) => (n.kind === 'op' ? [n.op] : []))).toContain('cube');
  const findings = checkDefinitions(roots, authoredRules(), {});
  expect(findings.map((f) => f.property.split(':')[0])).toEqual(
    expect.arrayContaining(['operator cube', 'rule tanh-odd']),
  );
  expect(findings.filter((f) => !f.passed)).toEqual([]);
});
