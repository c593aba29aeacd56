/** Lowers and traces source text, and compares Programs: equal means equal in everything but spans. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect } from 'vitest';
import { printDim } from '../../../compiler/dims/dims.ts';
import { codeOf, FrontEnd, type Lowered, type LowerRequest } from '../../../compiler/frontend/index.ts';
import { Identity, printShape } from '../../../compiler/ir/build.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import * as oftc from '../../../src/language/dsl/index.ts';
import type { Traceable } from '../../../src/language/load.ts';

/** A folder for source text that is never written. */
const DIR = fileURLToPath(new URL('./virtual/', import.meta.url));
const overlay = new Map<string, string>();
const frontEnd = new FrontEnd({ rootDir: DIR, overlay });

export type Files = Readonly<Record<string, string>>;

/** Lowers the layer of `main.ts`. */
export function lower(files: Files | string, request?: LowerRequest): Lowered {
  overlay.clear();
  for (const [name, text] of Object.entries(typeof files === 'string' ? { 'main.ts': files } : files)) {
    overlay.set(DIR + name, text);
  }
  return frontEnd.lower('main.ts', request);
}

export const locate: FrontEnd['locate'] = (span) => frontEnd.locate(span);

export function lowerOk(files: Files | string, request?: LowerRequest): Program {
  const { program, diagnostics } = lower(files, request);
  expect(
    diagnostics.map((d) => `${codeOf(d)} ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`),
  ).toEqual([]);
  return program!;
}

/** Runs `main.ts` as plain TypeScript, and returns its exports. */
export function evaluate(files: Files | string): Record<string, Traceable> {
  const texts = typeof files === 'string' ? { 'main.ts': files } : files;
  const loaded = new Map<string, unknown>();
  const load = (name: string): unknown => {
    if (name === 'oftc') return oftc;
    const file = name.replace('./', '');
    if (loaded.has(file)) return loaded.get(file);
    const { outputText } = ts.transpileModule(texts[file]!, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
    });
    const module = { exports: {} };
    loaded.set(file, module.exports);
    new Function('require', 'module', 'exports', outputText)(load, module, module.exports);
    return module.exports;
  };
  return load('./main.ts') as Record<string, Traceable>;
}

/** A Program as an object to compare, with expressions replaced by numbers of their structural identity. */
export function structure(p: Program, ids: Identity): object {
  return {
    inputs: p.inputs.map((i) => `${i.role} ${i.name} ${printShape(i.type.shape)} ${i.type.dtype}`),
    outputs: p.outputs.map(
      (o) => `${o.name} ${ids.of(o.node)} ${printShape(o.node.type.shape)} ${o.node.type.dtype}`,
    ),
    where: Object.fromEntries(Object.entries(p.where).map(([n, d]) => [n, printDim(d)])),
  };
}

/** Expects a lowered and a traced Program to be the same. */
export function expectSame(lowered: Program, traced: Program): void {
  const ids = new Identity();
  expect(structure(lowered, ids)).toEqual(structure(traced, ids));
}
