/** Mistakes in a source come back as problems, and the worker goes on. */
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { CompilerError, SupersededError } from '../../../src/web/client.ts';
import type { Problem, SourceInput } from '../../../src/web/protocol.ts';
import { Compiler } from '../../../src/web/worker/compiler.ts';
import { builtAssets, connect, layerFile } from './harness.ts';

const LINEAR = `import { frozen, input, layer } from 'oftc';

export const linear = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in') },
  ({ x, W }) => x.matmul(W.T),
);
`;

const compiler = new Compiler(builtAssets());
const { client } = connect(compiler);
afterAll(() => client.dispose());

const shown = ({ severity, code, message, place }: Problem): string =>
  `${severity} ${code ?? ''} ${place ? `${place.file}:${place.line}:${place.column} ` : ''}${message}`;

const problemsOf = async (input: SourceInput): Promise<string[]> => {
  const { problems } = await client.check(input);
  return problems.map(shown);
};

const refusal = async (asked: Promise<unknown>): Promise<CompilerError> => {
  const error = await asked.then(() => undefined).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(CompilerError);
  return error as CompilerError;
};

// Each refusal leaves a worker that compiles the next source.
afterEach(async () => {
  expect(await problemsOf(layerFile(LINEAR))).toEqual([]);
});

describe('a source', () => {
  test('with an error of syntax', async () => {
    expect(await problemsOf(layerFile(LINEAR.replace('({ x, W }) =>', '({ x, W ) =>')))).toEqual([
      "error TS1005 /layer.ts:5:11 ',' expected.",
    ]);
  });

  test('with an error of types, at the place of the expression', async () => {
    const text = LINEAR.replace('W.T', 'W');
    const { problems } = await client.check(layerFile(text));
    const [first] = problems;
    expect(first?.code).toMatch(/^(TS|OFT)\d+$/);
    expect(text.slice(first!.place!.start, first!.place!.end)).toBe('x.matmul(W)');
    expect(await refusal(client.explain(layerFile(text)))).toMatchObject({ problems });
  });

  test('that oftc refuses, with the meaning of the code and its remedy', async () => {
    const text = LINEAR.replace('x.matmul(W.T)', 'x.matmul(x ? W.T : W.T)');
    const { problems } = await client.check(layerFile(text));
    expect(problems.map(shown)).toEqual([
      expect.stringMatching(/^error OFT1003 \/layer\.ts:5:26 a tensor has/),
    ]);
    expect(problems[0]).toMatchObject({ title: expect.any(String), remedy: expect.any(String) });
  });

  test('that throws, or that calls itself without end', async () => {
    const thrown = LINEAR.replace('=> x.matmul(W.T)', "=> { throw new Error('no'); }");
    expect((await problemsOf(layerFile(thrown)))[0]).toMatch(/^error (OFT|TS)\d+ /);
    const endless = `${LINEAR}const f = (n: number): number => f(n + 1);\nexport const k = f(0);\n`;
    expect(await problemsOf(layerFile(endless.replace('W.T)', 'W.T).mul(k)')))).toEqual([
      expect.stringMatching(/^error OFT1014 .*calls are nested/),
    ]);
  });

  test('that is nested too deeply to be read', async () => {
    const nested = `${'('.repeat(20_000)}1${')'.repeat(20_000)}`;
    const input = layerFile(LINEAR.replace('W.T)', `W.T).mul(${nested})`));
    expect((await problemsOf(input))[0]).toMatch(/^error OFT1014 .*nested too deeply/);
    const blocks = { '/layer.ts': `${LINEAR}${'{'.repeat(10_000)}${'}'.repeat(10_000)}` };
    const place = { files: blocks, file: '/layer.ts', offset: LINEAR.length + 5 };
    expect((await client.complete(place)).items).toEqual([]);
    expect(await client.hover(place)).toEqual({});
  });

  test('that imports a missing file, a package, or its own other file', async () => {
    const of = (from: string) => `import { k } from '${from}';\n${LINEAR.replace('W.T)', 'W.T).mul(k)')}`;
    expect((await problemsOf(layerFile(of('./k.ts'))))[0]).toMatch(/^error TS2307 \/layer\.ts:1:19 .*k\.ts/);
    expect((await problemsOf(layerFile(of('lodash'))))[0]).toMatch(/^error TS2307 /);
    const files = { '/layer.ts': of('./k.ts'), '/k.ts': 'export const k = 2;\n' };
    expect(await problemsOf({ files, file: '/layer.ts' })).toEqual([]);
  });

  test('that defines an operator says that a browser runs no file', async () => {
    const text = `import { defineOperator } from 'oftc';\nconst twice = defineOperator({ name: 'twice' } as never);\n${LINEAR}`;
    expect(await problemsOf(layerFile(text))).toEqual([
      expect.stringMatching(/^error OFT5004 \/layer\.ts:2:15 .*compile it with Node/),
    ]);
  });

  test('that is not there, or no TypeScript, or without a layer', async () => {
    expect(await problemsOf({ files: {}, file: '/layer.ts' })).toEqual([
      expect.stringMatching(/^error OFT1045 cannot read '\/layer\.ts'/),
    ]);
    expect(await problemsOf(layerFile('export const k = 1;\n'))).toEqual([
      expect.stringMatching(/^error OFT1040 /),
    ]);
    const named = { ...layerFile(LINEAR), layer: 'lienar' };
    expect(await problemsOf(named)).toEqual([expect.stringMatching(/OFT1041 .*Did you mean 'linear'/)]);
  });

  test('whose path is none of an author’s', async () => {
    for (const path of ['layer.ts', '/a/../layer.ts', '/node_modules/oftc/index.d.ts'])
      expect((await refusal(client.check({ files: { [path]: LINEAR }, file: path }))).message).toContain(
        path,
      );
  });
});

describe('sizes and settings', () => {
  test('that are missing: a check names them, and kernels, Python and a run say so', async () => {
    const { layer } = await client.check(layerFile(LINEAR));
    expect(layer?.sizesToGive.flat().sort()).toEqual(['in', 'out']);
    const some = layerFile(LINEAR, { dims: { in: 8 } });
    const asking = [
      () => client.kernels(some),
      () => client.torch(some),
      () => client.run({ ...some, tokens: 4 }),
    ];
    for (const ask of asking)
      expect(await refusal(ask())).toMatchObject({
        code: 'OFT3006',
        message: expect.stringContaining('out'),
      });
  });

  test('that the layer does not have, or that do not fit', async () => {
    const sizes = (dims: Record<string, number>) => problemsOf(layerFile(LINEAR, { dims }));
    expect(await sizes({ out: 8, inn: 8 })).toEqual([expect.stringMatching(/OFT3001 .*'inn'/)]);
    expect(await sizes({ out: 0 })).toEqual([expect.stringMatching(/OFT3004 .*'out'/)]);
    expect(await sizes({ out: '8' as never })).toEqual([expect.stringMatching(/OFT3004 .*'out'/)]);
    const blocks = { r: 2, b: 3 };
    expect(await sizes(blocks)).toEqual([expect.stringMatching(/OFT3001 /)]);
  });

  test('of a configuration that the layer does not have', async () => {
    const input = layerFile(LINEAR, { config: { terms: 3 } });
    expect(await problemsOf(input)).toEqual([expect.stringMatching(/OFT1043 .*'terms'/)]);
  });

  test('that a page sends wrongly', async () => {
    const input = layerFile(LINEAR, { dims: { in: 8, out: 8 } });
    const said = async (more: object) => (await refusal(client.explain({ ...input, ...more }))).message;
    expect(await said({ device: 'gpus' })).toContain("Did you mean 'gpu'?");
    expect(await said({ tokens: 0 })).toContain('tokens is a whole number');
    expect(await said({ objective: 'speed' })).toContain("'latency' or 'memory'");
  });
});

test.each<[string, unknown, RegExp]>([
  ['no object', null, /the input of 'check' must be an object with files and file, not null/],
  ['a list', ['q_proj'], /must be an object with files and file/],
  ['without files', { file: '/layer.ts' }, /files must be an object of texts by path, not undefined/],
  ['without a file', { files: {} }, /file must be a path of 'files'/],
  ['with a layer that is no name', { files: {}, file: '/a.ts', layer: {} }, /layer must be a name/],
  ['with a device that is no name', { files: {}, file: '/a.ts', device: 5 }, /device must be a name/],
  ['with sizes in a list', { files: {}, file: '/a.ts', dims: [] }, /dims must be an object of sizes by name/],
])('an input that is %s is refused', async (_, input, message) => {
  const error = await refusal(client.check(input as SourceInput));
  expect(error).toMatchObject({ code: 'OFT4016', message: expect.stringMatching(message) });
});

test('a place that is no number is refused', async () => {
  const error = await refusal(client.hover({ ...layerFile(LINEAR), offset: '3' as never }));
  expect(error).toMatchObject({ code: 'OFT4016', message: expect.stringContaining('offset must be') });
});

test('an answer is kept for the next who asks the same, and a refusal is not', () => {
  const input = layerFile(LINEAR, { dims: { in: 8, out: 8 } });
  const answer = compiler.explain(input);
  expect(compiler.explain(structuredClone(input))).toBe(answer);
  expect(compiler.explain({ ...input, tokens: 9 })).not.toBe(answer);
  expect(() => compiler.torch(layerFile(LINEAR))).toThrow('out');
  expect(() => compiler.torch(layerFile(LINEAR))).toThrow('out');
  for (let tokens = 1; tokens <= 16; tokens++) compiler.check({ ...input, config: {}, dims: { in: tokens } });
  expect(compiler.explain(input)).not.toBe(answer);
});

test('a run says what is missing where there is no WebGPU, and compares where there is', async () => {
  const input = { ...layerFile(LINEAR, { dims: { in: 8, out: 6 } }), tokens: 5, runs: 1 };
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
  expect(await client.run(input)).toEqual({
    available: false,
    reason: expect.stringContaining('no GPU adapter'),
  });
  vi.unstubAllGlobals();
  const { available, result } = await client.run(input);
  if (!available) return;
  expect(result?.compared).toEqual({ tokens: 5, sizes: { in: 8, out: 6 }, reduced: false });
  for (const { differences } of [result!.derived, result!.written!]) {
    expect(differences.map((d) => d.name).sort()).toEqual(['grad.x', 'y']);
    for (const { relative } of differences) expect(relative).toBeLessThan(1e-5);
  }
});

describe('requests in a row', () => {
  test('never queue: of a kind, the newest alone waits, and older ones are superseded', async () => {
    const { client: own, received } = connect(compiler);
    const asked = [1, 2, 3, 4].map((n) => own.check(layerFile(`${LINEAR}export const k = ${n};\n`)));
    const ends = await Promise.allSettled(asked);
    expect(ends.map((e) => (e.status === 'rejected' ? e.reason.constructor : 'answered'))).toEqual([
      ...[SupersededError, SupersededError, SupersededError],
      'answered',
    ]);
    expect(received).toHaveLength(2);
    own.dispose();
  });

  test('are sent in the order in which a person waits for them', async () => {
    const { client: own, received } = connect(compiler);
    const input = layerFile(LINEAR, { dims: { in: 8, out: 8 } });
    await Promise.all([own.torch(input), own.kernels(input), own.explain(input), own.check(input)]);
    expect(received.map((r) => (r as { kind: string }).kind)).toEqual([
      'torch',
      'check',
      'explain',
      'kernels',
    ]);
    own.dispose();
    await expect(own.check(input)).rejects.toThrow('disposed');
  });

  test('of no kind that there is are refused, messages that are none are ignored', async () => {
    const { client: own, port } = connect(compiler);
    const answers: unknown[] = [];
    port.on('message', (m) => answers.push(m));
    port.postMessage('hello');
    port.postMessage({ id: 70, kind: 'constructor', input: {} });
    await own.check(layerFile(LINEAR));
    expect(answers).toEqual([
      {
        id: 70,
        failure: {
          name: 'RangeError',
          message: "there are no requests of the kind 'constructor'",
          problems: [],
        },
      },
      expect.objectContaining({ id: 1 }),
    ]);
    own.dispose();
  });
});
