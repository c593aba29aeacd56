/** Operators and rules defined in files that the front end lowers: it runs the definitions, and again after edits. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { derive } from '../../../compiler/derive.ts';
import { defined } from '../../../compiler/extend/definitions.ts';
import { codeOf, FrontEnd, formatDiagnostics } from '../../../compiler/frontend/index.ts';
import { newFrontEnd } from '../../../src/language/load.ts';

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'oftc-definitions-')));
afterAll(() => rmSync(dir, { recursive: true }));
let frontEnd = newFrontEnd({ rootDir: dir });
beforeEach(() => {
  frontEnd = newFrontEnd({ rootDir: dir });
});

const write = (files: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
};

const operator = (
  name: string,
  extra = '',
) => `defineOperator<<S extends readonly string[]>(a: Tensor<S>) => Tensor<S>>({
  name: '${name}', law: '2·a', type: ([a]) => a!, vjp: (_, g) => [scaled(2, g)],
  lower: (node, ctx) => ctx.lower(scaled(2, node.args[0]!)),
  sample: (d) => apply('${name}', [d.tensor(d.int(1, 3))]),${extra}
})`;
const rule = (name: string, op: string) => `defineRule({
  name: '${name}', law: 'f(a) = 2·a', numerics: 'exact', pattern: { op: '${op}' },
  build: (node) => scaled(2, node.args[0]!), instance: (d) => apply('${op}', [d.tensor(2)]),
});`;
const IMPORTS = `import { defineOperator, defineRule, input, layer, type Tensor } from 'oftc';
import { apply, scaled } from 'oftc/extend';\n`;
const layerOf = (body: string) =>
  `export const main = layer({ x: input('tokens', 'in') }, ({ x }) => ${body});\n`;

const lower = (file = 'main.ts') => {
  const { program, diagnostics } = frontEnd.lower(file);
  return { program, codes: diagnostics.map(codeOf), text: formatDiagnostics(diagnostics, { rootDir: dir }) };
};
const opOf = (of: ReturnType<typeof lower>) => {
  expect(of.text).toBe('');
  const { node } = of.program!.outputs[0]!;
  return node.kind === 'op' ? node.op : node.name;
};

describe('a definition is found by symbol', () => {
  it('in the layer’s file, exported or not, and under another name', () => {
    write({ 'main.ts': `${IMPORTS}const f = ${operator('feA')};\n${layerOf('f(x)')}` });
    expect(opOf(lower())).toBe('feA');
  });

  it('in a file that it imports, which runs once', () => {
    const marker = join(dir, 'ran');
    write({
      // It has no definition, and all rights of the process.
      'plain.ts': `declare const process: { getBuiltinModule(name: string): any };
process.getBuiltinModule('node:fs').appendFileSync(${JSON.stringify(marker)}, 'once');\n`,
      'ops.ts': `${IMPORTS}import './plain.ts';\nexport const g = ${operator('feB')};\nexport const h = ${operator('feC')};\n`,
      'main.ts': `${IMPORTS}import { g as twice } from './ops.ts';\nconst f = ${operator('feA')};\n${layerOf('f(twice(x))')}`,
    });
    expect(opOf(lower())).toBe('feA');
    expect(readFileSync(marker, 'utf8')).toBe('once');
    expect(defined('operator')).toEqual(expect.arrayContaining(['feB', 'feC']));
  });

  it('through a namespace import, with a name that is a constant', () => {
    write({
      'main.ts': `import * as oftc from 'oftc';\nimport { apply, scaled } from 'oftc/extend';\ntype Tensor<S extends readonly string[]> = oftc.Tensor<S>;
const NAME = 'feD';\nconst f = oftc.${operator('feD').replace("name: 'feD'", 'name: NAME')};
export const main = oftc.layer({ x: oftc.input('tokens', 'in') }, ({ x }) => f(x));\n`,
    });
    expect(opOf(lower())).toBe('feD');
  });

  it('as a rule at module level, which then takes part', () => {
    write({
      'main.ts': `${IMPORTS}const f = ${operator('feA')};\n${rule('fe-rule', 'feA')}\n${layerOf('f(x)')}`,
    });
    const { program, text } = lower();
    expect(text).toBe('');
    const { passes } = derive(program!, { gradients: true });
    expect(passes[0]!.fired.map((f) => f.rule)).toEqual(['fe-rule']);
  });
});

describe('lowering again', () => {
  it('replaces what the file defined, and forgets what it no longer does', () => {
    write({
      'main.ts': `${IMPORTS}const f = ${operator('feA')};\n${rule('fe-rule', 'feA')}\n${layerOf('f(x)')}`,
    });
    expect(opOf(lower())).toBe('feA');
    expect(opOf(lower())).toBe('feA');
    write({ 'main.ts': `${IMPORTS}const f = ${operator('feE')};\n${layerOf('f(x)')}` });
    expect(opOf(lower())).toBe('feE');
    expect(defined('rule')).not.toContain('fe-rule');
    expect(defined('operator')).not.toContain('feA');
  });

  it('works from another front end too', () => {
    write({ 'main.ts': `${IMPORTS}const f = ${operator('feA')};\n${layerOf('f(x)')}` });
    expect(opOf(lower())).toBe('feA');
    frontEnd = newFrontEnd({ rootDir: dir });
    expect(opOf(lower())).toBe('feA');
  });

  it('recovers from a definition that was refused', () => {
    write({
      'main.ts': `${IMPORTS}const f = ${operator('feA').replace("law: '2·a'", "law: ''")};\n${layerOf('f(x)')}`,
    });
    expect(lower().codes).toEqual(['OFT5001']);
    expect(lower().codes).toEqual(['OFT5001']);
    write({ 'main.ts': `${IMPORTS}const f = ${operator('feA')};\n${layerOf('f(x)')}` });
    expect(opOf(lower())).toBe('feA');
  });
});

describe('a definition is refused', () => {
  it('at its own place', () => {
    write({
      'main.ts': `${IMPORTS}const f = ${operator('feA')};\nconst g = ${operator('feF').replace("law: '2·a'", "law: ''")};\n${layerOf('f(g(x))')}`,
    });
    const { codes, text } = lower();
    expect(codes).toEqual(['OFT5001']);
    expect(text).toMatch(/main\.ts:8:11 - error OFT5001: operator 'feF' needs 'law'/);
  });

  it('when another file has the name', () => {
    write({
      'other.ts': `${IMPORTS}export const f = ${operator('feG')};\n${layerOf('f(x)')}`,
      'main.ts': `${IMPORTS}const f = ${operator('feG')};\n${layerOf('f(x)')}`,
    });
    expect(opOf(lower('other.ts'))).toBe('feG');
    frontEnd = newFrontEnd({ rootDir: dir });
    expect(lower().text).toMatch(
      /OFT5002: operator 'feG' is defined in .*other\.ts and in .*main\.ts: rename/,
    );
  });

  it('when running its file fails', () => {
    write({
      'main.ts': `${IMPORTS}const n: number[] = [];\nconst f = ${operator('feA', '').replace("name: 'feA'", "name: n[0]!.toFixed() + 'feA'")};\n${layerOf('f(x)')}`,
    });
    const { codes, text } = lower();
    expect(codes).toEqual(['OFT5004']);
    expect(text).toMatch(/for its definitions failed: .*toFixed/);
  });

  it('inside a function, or with a name that is not stated', () => {
    write({ 'main.ts': `${IMPORTS}const make = () => ${operator('feH')};\n${layerOf('make()(x)')}` });
    expect(lower().codes).toEqual(['OFT5005']);
    write({
      'main.ts': `${IMPORTS}import type { OperatorDefinition } from 'oftc';
type F = (a: Tensor) => Tensor;
const parts: OperatorDefinition<F> = ${operator('feI').slice(operator('feI').indexOf('({') + 1, -1)};
const f = defineOperator<F>(parts);\n${layerOf('f(x)')}`,
    });
    expect(lower().text).toContain('OFT5005: defineOperator takes an object literal that states its name');
  });

  it('where nothing can run it', () => {
    write({ 'main.ts': `${IMPORTS}const f = ${operator('feA')};\n${layerOf('f(x)')}` });
    const { diagnostics } = new FrontEnd({ rootDir: dir }).lower('main.ts');
    expect(diagnostics.map(codeOf)).toEqual(['OFT5004']);
  });

  it('where a layer itself calls a function of oftc/extend', () => {
    write({ 'main.ts': `${IMPORTS}${layerOf('scaled(2, x as never) as never as Tensor')}` });
    expect(lower().codes).toEqual(['OFT1007']);
  });
});
