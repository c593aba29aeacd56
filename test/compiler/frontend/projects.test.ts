/** Layers in files on disk, in projects other than this repository. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { filesOf } from '../../../compiler/frontend/imports.ts';
import { codeOf, FrontEnd } from '../../../compiler/frontend/index.ts';

const example = readFileSync('examples/oft.ts', 'utf8');
const root = mkdtempSync(join(tmpdir(), 'oftc-frontend-'));
afterAll(() => rmSync(root, { recursive: true }));

function project(name: string, files: Record<string, string>): FrontEnd {
  mkdirSync(join(root, name, 'src/language/dsl'), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, name, file), text);
  return new FrontEnd({ rootDir: join(root, name) });
}

describe('projects', () => {
  it('need neither a tsconfig nor an installed oftc', () => {
    expect(project('bare', { 'oft.ts': example }).lower('oft.ts')).toMatchObject({
      layers: ['oft'],
      diagnostics: [],
    });
  });

  it('choose how imports resolve, not how strictly they are checked', () => {
    const frontEnd = project('paths', {
      'tsconfig.json':
        '{ "compilerOptions": { "strict": false, "paths": { "@/*": ["./src/*"] }, "noUnusedLocals": true } }',
      'src/k.ts': 'export const k = 2;',
      'ok.ts': `import { k } from '@/k';\nimport { input, layer } from 'oftc';\nconst unused = 1;\nexport const l = layer({ x: input('n') }, ({ x }) => x.mul(k));`,
      'loose.ts': `import { input, layer } from 'oftc';\nconst f = (a) => a;\nexport const l = layer({ x: input('n') }, ({ x }) => f(x));`,
    });
    expect(frontEnd.lower('ok.ts').diagnostics).toEqual([]);
    expect(frontEnd.lower('loose.ts').diagnostics.map(codeOf)).toEqual(['TS7006', 'OFT1017']);
  });

  it('survive malformed neighbours, and a folder of their own called src/language/dsl is theirs', () => {
    const frontEnd = project('odd', {
      'package.json': '{ "name": ',
      'tsconfig.json': '{ nonsense',
      'src/language/dsl/skew.ts': `import type { Tensor } from 'oftc';\nexport const skew = (t: Tensor) => t.neg();`,
      'main.ts': `import { input, layer } from 'oftc';\nimport { skew } from './src/language/dsl/skew.ts';\nexport const l = layer({ x: input('n') }, ({ x }) => skew(x));`,
    });
    const { program, diagnostics } = frontEnd.lower('main.ts');
    expect(diagnostics).toEqual([]);
    expect(program!.outputs[0]!.node).toMatchObject({ op: 'scale' });
  });

  it('are refused by the name of a tsconfig.json that is nested too deeply', () => {
    const main = `import { input, layer } from 'oftc';\nexport const l = layer({ x: input('n') }, ({ x }) => x);`;
    const frontEnd = project('deep', { 'tsconfig.json': '['.repeat(20_000), 'main.ts': main });
    const { diagnostics } = frontEnd.lower('main.ts');
    expect(codeOf(diagnostics[0]!)).toBe('OFT1045');
    expect(String(diagnostics[0]!.messageText)).toMatch(/deep.tsconfig\.json' is nested too deeply/);
    expect(() => filesOf(join(root, 'deep/main.ts'))).toThrow(/tsconfig\.json' is nested too deeply/);
  });

  it('see edits, repaired imports and unsaved buffers', () => {
    const overlay = new Map<string, string>();
    project('edits', {
      'main.ts': `import { k } from './k.ts';\nimport { input, layer } from 'oftc';\nexport const l = layer({ x: input('n') }, ({ x }) => x.mul(k));`,
    });
    const frontEnd = new FrontEnd({ rootDir: join(root, 'edits'), overlay });
    const outcome = () => {
      const { program, diagnostics } = frontEnd.lower('main.ts');
      return program
        ? JSON.stringify(program.outputs[0]!.node, (_, v) => (typeof v === 'bigint' ? Number(v) : v))
        : codeOf(diagnostics[0]!);
    };
    const k = join(root, 'edits', 'k.ts');
    expect(outcome()).toBe('TS2307');
    writeFileSync(k, 'export const k = 2;');
    expect(outcome()).toContain('"num":2');
    writeFileSync(k, 'export const k = 3;');
    expect(outcome()).toContain('"num":3');
    overlay.set(k, 'export const k = 5;');
    expect(outcome()).toContain('"num":5');
    overlay.delete(k);
    expect(outcome()).toContain('"num":3');
  });

  it('with another version or package called oftc are told where it is', () => {
    const other = 'node_modules/oftc/dist';
    mkdirSync(join(root, 'stale', other), { recursive: true });
    const frontEnd = project('stale', {
      'node_modules/oftc/package.json': '{ "name": "oftc", "exports": { ".": "./dist/index.d.ts" } }',
      [`${other}/index.d.ts`]: `export interface Tensor { readonly T: Tensor }
export declare const input: (...dims: string[]) => Tensor;
export declare const layer: (tensors: object, body: (t: any) => Tensor) => { trace(): unknown };`,
      'plain.ts': `import { input, layer } from 'oftc';\nexport const l = layer({ x: input('n') }, ({ x }) => x);`,
      'newer.ts': `import { input, layer, skew } from 'oftc';\nexport const l = layer({ x: input('n') }, ({ x }) => skew(x));`,
    });
    const found = `'oftc' is found in '${join(root, 'stale', other, 'index.d.ts')}', which is another version or package: install this version there, or build it anew (npm run build)`;
    const messages = (file: string) => frontEnd.lower(file).diagnostics.map((d) => d.messageText);
    expect(messages('plain.ts')).toEqual([
      `'plain.ts' exports no layer of this oftc; it exports l: ${found}`,
    ]);
    expect(messages('newer.ts')).toContain(`there is no 'skew': ${found}`);
  });

  it('cannot call methods of the library: that is said alone, with the page of their formula', () => {
    const other = 'node_modules/other/dist/src/adapters';
    mkdirSync(join(root, 'calls', other), { recursive: true });
    const frontEnd = project('calls', {
      'node_modules/other/package.json':
        '{ "name": "other", "exports": { "./*": "./dist/src/adapters/*.d.ts" } }',
      [`${other}/double-turn.d.ts`]:
        "import type { Tensor } from 'oftc';\nexport declare const doubleTurn: (t: { x: Tensor; v: Tensor[] }) => Tensor;",
      'main.ts': `import { input, layer } from 'oftc';
import { doubleTurn } from 'other/double-turn';
export const l = layer({ x: input('tokens', 'n'), v: input('n') }, ({ x, v }) => doubleTurn({ x, v }).y.mul(v));`,
    });
    const { diagnostics } = frontEnd.lower('main.ts');
    expect(diagnostics.map(codeOf)).toEqual(['OFT1008']);
    expect(diagnostics[0]!.messageText).toBe(
      "'doubleTurn' is code of another package: inside a layer only oftc and your own modules can be used: write its formula with operators of oftc; docs/adapters/double-turn.md of oftc has it",
    );
  });
});
