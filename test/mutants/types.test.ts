import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Mutant, mutantsOf } from './mutants.ts';
import { Types } from './types.ts';

const AREA = `import type { Shape } from './shape.ts';
export const area = (s: Shape, known: number | undefined): number => {
  const none = 0;
  if (s.kind === 'disc' && s.radius > none) return s.radius * s.radius * 3;
  return known !== undefined && known > none ? known : none;
};
`;
const FEW = `import { least as none } from 'untyped';
export const least = (n: number): number => {
  const two = 2;
  if (n > none) return n;
  return (two);
};
`;
/** A file that does not pass by itself. */
const WRONG = 'export const n: number = String(1 + 1);\n';
const folder = mkdtempSync(join(tmpdir(), 'oftc-types-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const options = { target: 'es2023', module: 'nodenext', lib: ['es2023'], types: [], strict: true };
write(
  'tsconfig.json',
  JSON.stringify({
    compilerOptions: { ...options, allowImportingTsExtensions: true, noEmit: true, noUnusedLocals: true },
  }),
);
write('shape.ts', `export type Shape = { kind: 'disc'; radius: number } | { kind: 'dot' };\n`);
write('untyped.d.ts', `declare module 'untyped' { export const least: number; }\n`);
write('area.ts', AREA);
write('few.ts', FEW);
write('wrong.ts', WRONG);
const mutated = Object.entries({ 'area.ts': AREA, 'few.ts': FEW, 'wrong.ts': WRONG }).map(
  ([file, text]) => [file, { text, mutants: mutantsOf(file, text, 0) }] as const,
);
const types = new Types(folder, new Map(mutated));

it('refuses the mutants that have an error of types, and no others', () => {
  const refused = mutantsOf('area.ts', AREA, 0).filter((m) => types.refuses(m));
  expect(refused.map((m) => m.key.replace('area.ts area: ', ''))).toEqual([
    "s.kind === 'disc' && s.radius > none → s.radius > none",
    "s.kind === 'disc' → s.kind !== 'disc'",
    'known !== undefined && known > none → known > none',
    'known !== undefined → known === undefined',
  ]);
});

it('takes the code as it is, and code that is only not used or not reached', () => {
  const [m] = mutantsOf('few.ts', FEW, 0) as [Mutant];
  const edit = (from: string, text: string): Mutant => {
    const start = FEW.indexOf(from);
    return { ...m, start, end: start + from.length, text };
  };
  expect(types.refuses(edit('(two)', '(two)'))).toBe(false);
  expect(types.refuses(edit('(two)', '3'))).toBe(false);
  expect(types.refuses(edit('n > none', 'true'))).toBe(false);
  expect(types.refuses(edit('(two)', "'3'"))).toBe(true);
});

it('throws for a file that does not pass without a mutant', () => {
  const [m] = mutantsOf('wrong.ts', WRONG, 0) as [Mutant];
  expect(() => types.refuses(m)).toThrow(/^wrong\.ts does not pass the type check as it is: Type 'string'/);
});
