/** Layers in TypeScript that would run, reach out, or keep the compiler busy, and tuning tables and built files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case, Family } from './cases.ts';
import { CPU, TRAIN_LAYER } from './good-lines.ts';
import { JUNK, spoilBytes, spoilJson } from './mutate.ts';

const WRITE = `require('node:fs').writeFileSync('../PWNED', '')`;

/** Lines before the layer. */
export const BEFORE: readonly string[] = [
  `import { writeFileSync } from 'node:fs'; writeFileSync('../PWNED', '');`,
  `import 'http://127.0.0.1:1/x.ts';`,
  `import x from 'data:text/javascript,export default 1';`,
  `import '/dev/zero';`,
  `import { secret } from '../../../../../../etc/passwd';`,
  `import './layer.ts';`,
  `import { l as again } from './layer.ts';`,
  `import data from './model/config.json' with { type: 'json' };`,
  `export * from './layer.ts';`,
  `/// <reference path="/dev/zero" />`,
  `/// <reference types="../../../../etc/passwd" />`,
  `// @ts-nocheck`,
  `declare module 'oftc' { interface Tensor { x: Tensor } }`,
  `declare global { interface Array<T> { at: never } }`,
  `await import('node:fs');`,
  `${WRITE};`,
  `eval("${WRITE.replaceAll("'", "\\'")}");`,
  `new Function("${WRITE.replaceAll("'", "\\'")}")();`,
  `globalThis.process?.exit(9);`,
  `const u = import.meta.url, d = import.meta.dirname;`,
  `Object.prototype.x = 1; Array.prototype.map = () => [];`,
  `class A { static { ${WRITE}; } static x = A; }`,
  `enum E { A = 1 << 31, B = A * A } namespace N { export const x = 1; }`,
  `const p = new Proxy({}, { get: () => { ${WRITE}; return 1; } }); p.x;`,
  `const g = { get a(): number { return this.a; }, [Symbol.toPrimitive]: () => g.a };`,
  `function* f(): Generator<number> { yield* f(); } [...f()];`,
  `label: for (;;) { continue label; }`,
  `const a: unknown[] = []; a.push(a); const s = String(a) + JSON.stringify(a);`,
  `'use strict'; with (Math) { abs(1); }`,
  `type T<N extends number, A extends 0[] = []> = A['length'] extends N ? A : T<N, [...A, 0]>; const t: T<999> = [];`,
  `type D<T> = { [K in keyof T]: D<T[K]> & D<T> }; declare const d: D<D<D<Document>>>;`,
  `type I<T> = T extends infer U ? I<[U, U]> : never; let i: I<1>;`,
  `type S = \`\${D}\${D}\${D}\${D}\${D}\${D}\`; type D = 0|1|2|3|4|5|6|7|8|9; let s: S;`,
  `let x0 = () => 1; ${Array.from({ length: 40 }, (_, i) => `let x${i + 1} = () => [x${i}(), x${i}()];`).join(' ')} x40();`,
  `const big = 10n ** 100000000n;`,
  `const r = 'x'.repeat(2 ** 30);`,
  `const re = /(a+)+$/.test('a'.repeat(60) + '!');`,
  `const arr = new Array(2 ** 32 - 1).fill(0);`,
  `const m = [...Array(1e9).keys()];`,
  `const w = new WeakRef({}); const sab = new SharedArrayBuffer(2 ** 31); Atomics.wait(new Int32Array(sab), 0, 0);`,
  `setInterval(() => {}, 1); const q = new Promise(() => {}); await q;`,
  `throw { toString() { ${WRITE}; } };`,
  `using res = { [Symbol.dispose]() {} };`,
  `@dec class C {} function dec() {}`,
  `<div onclick="x()" />`,
  `#!/usr/bin/env node`,
  `\u202e const evil = 1; \u2066`,
  `const \\u{61}b = 1; var \u0430 = 2;`,
  `const o = { __proto__: null, constructor: 1, 'a b': 2, ['x']: 3 }; const { ...rest } = o;`,
  `const s${'s'.repeat(100_000)} = 1;`,
  `${'['.repeat(10_000)}${']'.repeat(10_000)};`,
  `${'{'.repeat(10_000)}${'}'.repeat(10_000)}`,
  `const t2 = ${'`${'.repeat(3000)}1${'}`'.repeat(3000)};`,
  `const c = ${'true ? '.repeat(5000)}1${' : 0'.repeat(5000)};`,
  `const k = ${'a => '.repeat(5000)}1;`,
  `const v = ${'!'.repeat(50_000)}1;`,
  `const z = 1${' + 1'.repeat(50_000)};`,
  `/*${'*'.repeat(1e6)}/`,
  `"${'\\u0041'.repeat(50_000)}";`,
];

/** The body of the layer. */
export const BODIES: readonly string[] = [
  'x.matmul(W.T)',
  `(${WRITE}, x.matmul(W.T))`,
  'x[Symbol.iterator]()',
  'x.constructor.constructor("return process")().exit(9)',
  'x["__proto__"]["matmul"](W.T)',
  'Object.assign(x, { matmul: 1 }).matmul(W.T)',
  'x.matmul.call(W, x)',
  'x.matmul(...[W.T])',
  'x?.matmul?.(W!.T!)',
  'x.matmul(W.T) as any as never',
  '(await x).matmul(W.T)',
  'x.matmul(W.T).mul(Math.random())',
  'x.matmul(W.T).mul(Date.now())',
  'x.matmul(W.T).mul(x.shape[0] as any)',
  '{ let y = x.matmul(W.T); for (let i = 0; i < 1e9; i++) y = y.add(y); return y; }',
  '{ let y = x.matmul(W.T); for (let i = 0; i < 3000; i++) y = y.mul(y); return y; }',
  '{ let y = x.matmul(W.T); for (let i = 0; i < 25; i++) y = y.mul(y).add(y.mul(y)); return y; }',
  '{ let y = x.matmul(W.T); for (let i = 0; i < 300; i++) y = y.matmul(W).matmul(W.T); return y; }',
  '{ const o: any = {}; for (let i = 0; i < 1e6; i++) o["k" + i] = x; return x.matmul(W.T); }',
  '{ let s = "a"; while (true) s += s; return x; }',
  '{ const a: any[] = [x]; while (true) a.push(...a); return x; }',
  '{ try { throw x; } catch (e) { return (e as any).matmul(W.T); } finally { return x; } }',
  '{ switch (x) { case W: return x; default: return x.matmul(W.T); } }',
  '{ function f(n: number): any { return n ? f(n - 1) : x.matmul(W.T); } return f(1e6); }',
  '{ const f: any = (g: any) => g(g); return f(f); }',
  '{ return { ["__proto__"]: x.matmul(W.T) }; }',
  '{ return { "": x.matmul(W.T), "a b": x, "../y": x }; }',
  '{ return [x, x.matmul(W.T)]; }',
  '{ return; }',
  '() => x',
  'W',
  'x',
  '1',
  'null as any',
  'x.matmul(W.T).mul(1e39).mul(1e39).mul(0)',
  'x.matmul(W.T).mul(Number.MIN_VALUE)',
  'x.matmul(W.T).mul(2 ** 31 | 0)',
  'x.matmul(W.T).mul((0.1).toString(36) as any)',
  'x.reshape("tokens", "in").matmul(W.T)',
  'x.matmul(W.T).matmul(W).matmul(W.T).matmul(W).matmul(W.T).matmul(W).matmul(W.T)',
];

const DIMS = [
  'in=8,out=8',
  'in=8,out=8',
  'in=1,out=1',
  'in=1e9,out=1e9',
  'in=2147483647,out=2',
  'in=0,out=8',
  'in=8,out=8,__proto__=3',
];

const typescript: Family = (folder, pick): Case => {
  const [before, body] = pick([true, false])
    ? [pick(BEFORE), BODIES[0]!]
    : [pick(['', '', ...BEFORE]), pick(BODIES)];
  const imports = `import { frozen, input, layer, list, trainable } from 'oftc';`;
  const declared = `{ x: input('tokens', 'in'), W: frozen('out', 'in') }`;
  writeFileSync(
    join(folder, 'layer.ts'),
    `${before.startsWith('#!') ? `${before}\n` : ''}${imports}\n${before.startsWith('#!') ? '' : before}\nexport const l = layer(\n  ${declared},\n  ({ x, W }) => ${body},\n);\n`,
  );
  const dims = pick(DIMS);
  const argv = pick([
    ['explain', 'layer.ts', '--dims', dims],
    ['explain', 'layer.ts', '--dims', dims, '--full'],
    ['rewrite', 'layer.ts', '--dims', dims],
    ['build', 'layer.ts', '--dims', 'in=8,out=8', '-o', 'out/built'],
    ['build', 'layer.ts', '--target', 'torch', '-o', 'out/my_torch'],
    ['check', 'layer.ts', '--trials', '1', ...CPU],
    ['plan', '--model', 'model', '--adapter', 'layer.ts', '--targets', 'q_proj', '--length', '8'],
    TRAIN_LAYER,
  ]);
  return {
    title: `a layer after ${before.slice(0, 60)} that is ${body.slice(0, 60)}`,
    argv,
    names: argv.includes(dims) && dims !== DIMS[0] ? [] : ['layer.ts', "'l'", 'config.json'],
  };
};

/** A tsconfig.json or package.json beside the layer, which TypeScript reads. */
const project: Family = (folder, pick) => {
  const config = pick([
    '{"extends":"./tsconfig.json"}',
    '{"extends":["../../../../../../etc/passwd"]}',
    '{"extends":"http://127.0.0.1:1/x.json"}',
    '{"compilerOptions":{"plugins":[{"name":"./evil.js"}]}}',
    '{"compilerOptions":{"paths":{"oftc":["./evil.js"],"*":["/dev/*"]}}}',
    '{"compilerOptions":{"typeRoots":["/","/dev","/proc"]}}',
    '{"compilerOptions":{"outDir":"/tmp","incremental":true,"tsBuildInfoFile":"../PWNED","composite":true}}',
    '{"compilerOptions":{"lib":["../../../../etc/passwd"],"target":"__proto__"}}',
    '{"files":["/dev/zero"],"include":["/**/*"],"references":[{"path":"/"}]}',
    '{"compilerOptions":null,"include":7}',
    `${'['.repeat(20_000)}`,
    '\u0000',
    '{',
  ]);
  writeFileSync(join(folder, 'tsconfig.json'), config);
  writeFileSync(join(folder, 'evil.js'), `${WRITE}; module.exports = () => { ${WRITE}; };`);
  const main = pick(['./evil.js', '../../x', '/dev/zero', '__proto__']);
  if (pick([true, false]))
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ type: pick(['module', 'x', 7]), imports: { '#a': main }, main }),
    );
  mkdirSync(join(folder, 'node_modules/@types/evil'), { recursive: true });
  writeFileSync(
    join(folder, 'node_modules/@types/evil/package.json'),
    JSON.stringify({ types: pick(['/dev/zero', '../../../..', 'x.d.ts']) }),
  );
  const argv = pick([
    ['explain', 'layer.ts', '--dims', 'in=8,out=8,b=4'],
    ['check', 'layer.ts', '--trials', '1', ...CPU],
    ['build', 'layer.ts', '--dims', 'in=8,out=8,b=4', '-o', 'out/built'],
  ]);
  return { title: `tsconfig.json: ${config.slice(0, 80)}`, argv };
};

/** A tuning table, or what stands where `build` writes. */
const table: Family = (folder, pick) => {
  const schedule = pick(['block 4', '__proto__', 'tile 1000000000', '', 'workgroup 0 0 0', 'x'.repeat(1e5)]);
  const summary = { median: 1, low: 1, high: 1, runs: 3 };
  const entry = {
    ...{ adapter: 'a', key: 'k', bucket: null, kernel: 'y', outcome: 'faster', schedule, default: null },
    ...{ gain: null, times: [{ schedule: null, seconds: summary }], clock: 'wall', tokens: 512 },
    ...{ date: '2026-01-01T00:00:00.000Z', oftc: '0.1.0' },
  };
  const good = JSON.stringify({ format: 'oftc-tuning', version: 1, entries: [entry] });
  const text = pick([
    good,
    spoilJson(good, pick),
    JSON.stringify(pick(JUNK)),
    spoilBytes(Buffer.from(good), pick).toString('latin1'),
  ]);
  writeFileSync(join(folder, 'table.json'), text);
  writeFileSync(join(folder, 'out/oft.js'), 'a file of the user\n');
  const argv = pick([
    ['explain', 'layer.ts', '--dims', 'in=8,out=8,b=4', '--table', 'table.json'],
    ['run', 'layer.ts', '--input', 'tensors.safetensors', '--output', 'out/y.st', '--table', 'table.json'],
    ['build', 'layer.ts', '--dims', 'in=8,out=8,b=4', '-o', 'out', '--table', 'table.json'],
  ]);
  return { title: `a table of ${text.slice(0, 60)}`, argv, names: ['table.json'] };
};

export const CODE: Readonly<Record<string, Family>> = { typescript, project, table };
