/** docs/authoring.md and docs/operators: every snippet compiles and runs, and every operator has one. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { type Dim, evalDim, parseDim, printDim, substituteDim } from '../../compiler/dims/dims.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { functions, methods, properties } from '../../compiler/ops/surface.ts';
import { check, renderCheck } from '../../src/check/index.ts';
import { main } from '../../src/cli/cli.ts';
import { refusal } from '../../src/cli/errors.ts';
import { smallSizes } from '../../src/identity/sizes.ts';
import { realValues } from '../../src/identity/values.ts';
import * as oftc from '../../src/index.ts';
import { loadProgram, newFrontEnd } from '../../src/language/load.ts';
import { random } from '../../src/start/random.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const guide = read('authoring.md');
const pages = readdirSync(new URL('../../docs/operators/', import.meta.url)).map((n) =>
  read(`operators/${n}`),
);

const home = process.cwd();
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'oftc-authoring-')));
process.chdir(folder);
afterAll(() => process.chdir(home));

const frontEnd = newFrontEnd();
const programOf = (file: string, layer: string): Program => loadProgram(file, { layer }, frontEnd).program;

const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map((m) => m[1]!);

interface Snippet {
  readonly file: string;
  readonly layer: string;
  /**
   * The output shapes that the snippet's first comment states, such as `(tokens, out)` or `y (tokens, out) z (r)`.
   */
  readonly shapes: string;
}

const everyName = Object.keys(oftc).filter((n) => n !== 'default');

/**
 * Writes a snippet to a file. It starts with `// file.ts → shapes`, or with `// → shapes` where imports are left out.
 */
function snippet(block: string, n: number): Snippet {
  const [, name, shapes] = /^\/\/ (\S+\.ts )?→ (.*)\n/.exec(block)!;
  const file = name?.trim() ?? `operator${n}.ts`;
  const used = [...everyName, 'Tensor'].filter((w) => new RegExp(`\\b${w}\\b`).test(block));
  const imports = used.map((w) => (w === 'Tensor' ? 'type Tensor' : w)).join(', ');
  writeFileSync(file, name ? block : `import { ${imports} } from 'oftc';\n${block}`);
  return { file, layer: [.../export const (\w+) = layer/.exec(block)!][1]!, shapes: shapes! };
}

const isLayer = (block: string) => block.includes('= layer(');
const snippets = [guide, ...pages].flatMap((text) => blocksOf(text, 'ts').filter(isLayer)).map(snippet);

/** The outputs' names and shapes. A dimension with a definition is printed as its definition. */
const outputsOf = (program: Program, outputs: readonly (readonly [string, readonly Dim[]])[]) =>
  outputs.map(([name, shape]) => [name, ...shape.map((d) => printDim(substituteDim(d, program.where)))]);

/** Parses stated shapes. A shape without a name is that of y. */
const stated = (shapes: string) =>
  [...shapes.matchAll(/(?:(\w+) )?\((.*?)\)/g)].map(
    ([, name = 'y', shape]) => [name, shape!.split(', ').map(parseDim)] as const,
  );

async function run(program: Program): Promise<void> {
  const dims = smallSizes(program).at(-1)!;
  const bound = bindProgram(program, dims);
  const values = realValues(bound, 3, random(1));
  const inputs = Object.fromEntries(
    bound.inputs.map((i) => {
      const { shape, values: v } = values[i.name]!;
      return [i.name, { shape, data: i.type.dtype === 'i32' ? Int32Array.from(v) : Float64Array.from(v) }];
    }),
  );
  const session = await oftc.compile(program, { dims, device: 'cpu' });
  const outputs = await (await session.run(inputs, { tokens: 3 })).readAll();
  await session.dispose();
  for (const o of bound.outputs) {
    const { data, shape } = outputs[o.name]!;
    expect(shape).toEqual(o.node.type.shape.map((d) => evalDim(d, { tokens: 3 })));
    expect([...data].every(Number.isFinite), o.name).toBe(true);
  }
}

describe.each(snippets)('$layer', ({ file, layer, shapes }) => {
  it('compiles to the stated shape, and runs', async () => {
    const program = programOf(file, layer);
    const found = program.outputs.map((o) => [o.name, o.node.type.shape] as const);
    expect(outputsOf(program, found)).toEqual(outputsOf(program, stated(shapes)));
    await run(program);
  });
});

it.each(['spectral', 'declared', 'twice', 'tricks', 'kron', 'monarch', 'solved', 'conv'])(
  'the snippet %s passes its check',
  async (layer) => {
    const { file } = snippets.find((s) => s.layer === layer)!;
    const report = await check(programOf(file, layer), { trials: 2 });
    expect(report.passed, renderCheck(report)).toBe(true);
  },
);

it('the commands of the guide succeed', async () => {
  const commands = blocksOf(guide, 'sh').join('').trim().split('\n');
  for (const command of commands) {
    const stderr: string[] = [];
    const streams = { stdout: { write: () => true }, stderr: { write: (t: string) => stderr.push(t) > 0 } };
    expect(await main(command.split(' ').slice(2), streams), `${command}\n${stderr.join('')}`).toBe(0);
  }
});

it('the script of the guide runs', async () => {
  const script = blocksOf(guide, 'ts').find((b) => b.startsWith('// script'))!;
  const inline = script.replaceAll(/^import (\{.*\}) from 'oftc';$/gm, 'const $1 = oftc;');
  const { outputText } = ts.transpileModule(`export {};\n${inline}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  const printed: unknown[][] = [];
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  await new AsyncFunction('oftc', 'console', outputText.replace('export {};', ''))(oftc, {
    log: (...args: unknown[]) => printed.push(args),
  });
  expect(printed).toEqual([[[3, 6], expect.arrayContaining(['y', 'grad.x', 'grad.A', 'grad.B'])]]);
});

describe('what the guide says is refused', () => {
  const rows = [...guide.matchAll(/^\| `(.*?)` \| (OFT\d+) \|/gm)].map((m) => [m[1]!, m[2]!] as const);
  it.each(rows)('%s', (written, code) => {
    writeFileSync(
      'refused.ts',
      `import { input, layer } from 'oftc';\nexport const refused = layer({ x: input('tokens', 'in') }, ({ x }) => { ${written} return x; });\n`,
    );
    let text = '';
    try {
      loadProgram('refused.ts', {}, frontEnd);
    } catch (error) {
      ({ text } = refusal(error, false));
    }
    expect(text).toContain(code);
  });
});

describe('the reference', () => {
  const sections = pages.flatMap((text) =>
    text
      .split(/^### /m)
      .slice(1)
      .map((s) => ({ names: [...s.split('\n')[0]!.matchAll(/`(\w+)`/g)].map((m) => m[1]!), text: s })),
  );

  it('has every operator, and no other', () => {
    const surface = [functions, methods, properties].flatMap((table) => Object.keys(table));
    expect(sections.flatMap((s) => s.names).sort()).toEqual(surface.sort());
  });

  it.each(sections)('has an example of $names', ({ names, text }) => {
    const example = blocksOf(text, 'ts').join('');
    for (const name of names) expect(example).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('is listed by topic', () => {
    const index = read('operators/README.md');
    for (const name of sections.flatMap((s) => s.names)) expect(index).toContain(`\`${name}\``);
  });
});
