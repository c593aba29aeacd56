/**
 * Helpers of the build tests: projects with `oftc` installed, calls of a built layer, and checks of their results.
 */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Binding, evalDim } from '../../../compiler/dims/dims.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { bound, exact, outside } from '../../../compiler/semantics/domains/bound.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const examples = join(root, 'examples/oft.ts');

/** A new project folder whose node_modules has this package and the named ones. */
export function project(...packages: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-build-'));
  const link = (from: string, name: string) => {
    const to = join(folder, 'node_modules', name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(from, to, 'junction');
  };
  link(root, 'oftc');
  for (const name of packages) link(join(root, 'node_modules', name), name);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

export type Numbers = Readonly<Record<string, readonly number[]>>;

/** The tensors of one call of a built layer. Plain JSON, so that it can be sent to a process or a page. */
export interface Call {
  readonly bind: Numbers;
  readonly inputs: Numbers;
  readonly cotangents: Numbers;
}

/** The results of a call, by output. */
export interface Came {
  readonly forward: Numbers;
  readonly gradients: Numbers;
}

/** Numbers in [−½, ½] that f32 represents exactly. */
const values = (count: number, phase: number) =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(1 + 1.7 * i + phase) / 2));

/** Makes up the tensors of a call, for a layer whose tensors are all f32. */
export function callOf(program: Program, dims: Binding, tokens: number): Call {
  const sizes = { ...solveDims(program, dims), tokens };
  const data = (
    of: { readonly type: { readonly shape: readonly Parameters<typeof evalDim>[0][] } },
    i: number,
  ) =>
    values(
      of.type.shape.reduce((n, d) => n * evalDim(d, sizes), 1),
      i,
    );
  const inputs = program.inputs.map((input, i) => [input, data(input, i)] as const);
  const named = (role: boolean) =>
    Object.fromEntries(inputs.filter(([n]) => (n.role === 'input') === role).map(([n, v]) => [n.name, v]));
  return {
    bind: named(false),
    inputs: named(true),
    cotangents: Object.fromEntries(program.outputs.map((o, i) => [o.name, data(o.node, 10 + i)])),
  };
}

/** Compares results with the reference: the first element of each output that is outside its error bound. */
export function violations(
  program: Program,
  dims: Binding,
  tokens: number,
  call: Call,
  came: Came,
): object[] {
  const sizes = solveDims(program, dims);
  return (['forward', 'gradients'] as const).flatMap((kind) => {
    const { variants } = compileProgram(program, { sizes, gradients: kind === 'gradients' });
    const { primitives } = variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
    const cotangents = Object.fromEntries(Object.entries(call.cotangents).map(([n, v]) => [`grad.${n}`, v]));
    const given: Numbers = { ...call.bind, ...call.inputs, ...(kind === 'gradients' ? cotangents : {}) };
    const tensors = Object.fromEntries(
      primitives.inputs.map((p) => [
        p.name,
        exact(
          p.shape.map((d) => evalDim(d, { tokens })),
          given[p.name]!,
        ),
      ]),
    );
    const expected = interpret(primitives, bound(), tensors, tokens);
    return Object.entries(expected).flatMap(([name, value]) => {
      const violation = outside(came[kind][name] ?? [], value);
      return violation ? [{ kind, name, ...violation }] : [];
    });
  });
}

/**
 * The source of a module that imports the built one and runs calls, as a user would write it for Node or a browser.
 */
export const EXERCISE = `
import { create } from './oft.js';

const arrays = (named) => Object.fromEntries(Object.entries(named).map(([n, v]) => [n, Float32Array.from(v)]));
const numbers = (named) => Object.fromEntries(Object.entries(named).map(([n, v]) => [n, [...v]]));

export async function exercise(device, calls) {
  const layer = await create(device);
  const came = [];
  for (const { bind, inputs, cotangents } of calls) {
    await layer.bind(arrays(bind));
    const forward = layer.run(arrays(inputs));
    const gradients = layer.gradients(arrays(inputs), arrays(cotangents));
    came.push({ forward: numbers(await forward.readAll()), gradients: numbers(await gradients.readAll()) });
    forward.destroy();
    gradients.destroy();
  }
  layer.dispose();
  return came;
}
`;
