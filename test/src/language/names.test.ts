/** Names are data: tensors, dimensions and settings may have names such as `valueOf`, which all objects inherit. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { compile, initialise } from '../../../src/index.ts';
import { input, layer } from '../../../src/language/dsl/index.ts';
import { evaluate, expectSame, lower, lowerOk } from '../../compiler/frontend/harness.ts';
import { parseSafetensors } from '../../support/safetensors.ts';
import { at, f32, layerFile, oftc, tensorFile } from '../cli/harness.ts';

const SOURCE = `
import { frozen, input, layer, trainable } from 'oftc';

export const strange = layer(
  (c: { valueOf: number; ['__proto__']: number }) => ({
    ['__proto__']: input('tokens', '__proto__'),
    constructor: frozen('hasOwnProperty', '__proto__', { stored: '__proto__' }),
    hasOwnProperty: trainable('hasOwnProperty', { init: 'ones', stored: 'toString' }),
  }),
  ({ ['__proto__']: x, constructor: W, hasOwnProperty: s }, c) => ({
    ['__proto__']: x.matmul(W.T).mul(s).mul(c.valueOf),
    toString: x.mul(c['__proto__']),
  }),
  {
    where: { ['__proto__']: '2*toString' },
    config: { valueOf: 3, ['__proto__']: 2 },
  },
);
`;
const PROTO = '__proto__';
const file = layerFile('strange.ts', SOURCE);
const X = f32('__proto__', [3, 4]);
const W = f32('constructor', [5, 4], 0.3);
const S = f32('hasOwnProperty', [5], 0.7);

/** The layer's output, y[i, j] = valueOf · s[j] · Σₖ x[i, k] W[j, k]. */
const expected = (scale: number): number[] =>
  Array.from({ length: 15 }, (_, n) => {
    const [i, j] = [Math.floor(n / 5), n % 5];
    let sum = 0;
    for (let k = 0; k < 4; k++)
      sum += (X.data as Float32Array)[i * 4 + k]! * (W.data as Float32Array)[j * 4 + k]!;
    return scale * sum * (S.data as Float32Array)[j]!;
  });

it('lowering and tracing read the same layer', () => {
  const lowered = lowerOk(SOURCE);
  expectSame(lowered, evaluate(SOURCE).strange!.trace());
  expect(lowered.inputs.map((i) => i.name)).toEqual(['__proto__', 'constructor', 'hasOwnProperty']);
  expect(lowered.inputs.map((i) => i.stored)).toEqual([undefined, '__proto__', 'toString']);
  expect(lowered.outputs.map((o) => o.name)).toEqual(['__proto__', 'toString']);
  expect(Object.keys(lowered.where)).toEqual(['__proto__']);
});

it('oftc run finds tensors and settings by these names and writes them', async () => {
  const inputs = tensorFile('strange.safetensors', X, W, S);
  const ran = await oftc(
    ...['run', file, '--device', 'cpu', '--input', inputs, '--output', at('out.safetensors')],
    ...['--set', 'valueOf=2,__proto__=5', '--dims', 'hasOwnProperty=5,toString=2', '--json'],
  );
  expect(ran).toMatchObject({ exit: 0, stderr: '' });
  const { outputs } = JSON.parse(ran.stdout) as { outputs: object };
  expect(Object.entries(outputs)).toEqual([
    ['__proto__', [3, 5]],
    ['toString', [3, 4]],
  ]);
  const written = parseSafetensors(readFileSync(at('out.safetensors')));
  const y = written.array('__proto__') as Float32Array;
  expected(2).forEach((v, i) => {
    expect(y[i]).toBeCloseTo(v, 5);
  });
  const scaled = written.array('toString') as Float32Array;
  expect(scaled[1]).toBeCloseTo(5 * (X.data as Float32Array)[1]!, 5);
});

it.each([
  ['explain', [], 'Derived'],
  ['check', ['--device', 'cpu', '--trials', '2', '--json'], ''],
  ['rewrite', [], `["__proto__"]: input('tokens', '__proto__')`],
  ['build', ['-o', at('built')], ''],
] as const)('oftc %s takes such a layer', async (command, options, says) => {
  const dims = command === 'check' ? [] : ['--dims', 'hasOwnProperty=5,toString=2'];
  const { exit, stdout, stderr } = await oftc(command, file, ...dims, ...options);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toContain(says);
});

it('what rewrite prints is the same layer', async () => {
  const { stdout } = await oftc('rewrite', file, '--dims', 'hasOwnProperty=5,toString=2');
  const printed = lowerOk(stdout);
  expect(printed.inputs.map((i) => [i.name, i.stored])).toEqual([
    ['__proto__', undefined],
    ['constructor', '__proto__'],
    ['hasOwnProperty', 'toString'],
  ]);
  expect(printed.outputs.map((o) => o.name)).toEqual(['__proto__', 'toString']);
});

it('a session binds, runs, differentiates and initialises by these names', async () => {
  const session = await compile(file, { dims: { hasOwnProperty: 5, toString: 2 }, device: 'cpu' });
  session.bind({ constructor: W.data as Float32Array, hasOwnProperty: S.data as Float32Array });
  const out = await (await session.run({ [PROTO]: X.data as Float32Array })).readAll();
  expect(Object.keys(out)).toEqual(['__proto__', 'toString']);
  expected(3).forEach((v, i) => {
    expect(out[PROTO]!.data[i]).toBeCloseTo(v, 5);
  });
  const grads = await (
    await session.gradients(
      { [PROTO]: X.data as Float32Array },
      { [PROTO]: new Float32Array(15).fill(1), toString: new Float32Array(12) },
    )
  ).readAll();
  expect(Object.keys(grads)).toContain('grad.__proto__');
  expect(() => session.bind({ valueOf: S.data as Float32Array })).toThrow(/has no tensor 'valueOf'/);
  await session.dispose();

  for (const [layer, dims] of [
    [session.program, {}],
    [file, { hasOwnProperty: 5, toString: 2 }],
  ] as const) {
    const made = initialise(layer, {
      ...{ seed: 1, dims },
      frozen: { constructor: { data: W.data as Float32Array, shape: [5, 4] } },
    });
    expect(Object.entries(made).map(([name, t]) => [name, [...t.data]])).toEqual([
      ['hasOwnProperty', [1, 1, 1, 1, 1]],
    ]);
  }
});

it('an unknown name of JavaScript’s own is refused like any other unknown name', async () => {
  const plain = layerFile(
    'plain.ts',
    `import { input, layer } from 'oftc';
export const plain = layer((_: { k: number }) => ({ x: input('tokens', 'in') }), ({ x }, c) => x.mul(c.k), { config: { k: 1 } });`,
  );
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const dims = await oftc('explain', plain, '--dims', `${name}=4`);
    expect(dims).toMatchObject({ exit: 1, stderr: expect.stringContaining('OFT3001') });
    const set = await oftc('explain', plain, '--set', `${name}=4`);
    expect(set).toMatchObject({ exit: 1, stderr: expect.stringContaining('OFT1043') });
    const inputs = tensorFile('unknown.safetensors', f32(name, [2, 3]));
    const run = await oftc(
      'run',
      plain,
      '--device',
      'cpu',
      '--input',
      inputs,
      '--output',
      at('no.safetensors'),
    );
    expect(run.exit).toBe(1);
    expect(run.stderr).toContain(`no tensor '${name}'`);
    expect((await oftc('explain', plain, '--layer', name)).exit).toBe(1);
    const method = await oftc('explain', name);
    expect(method.exit).toBe(1);
  }
  const unbound = layerFile(
    'unbound.ts',
    `import { frozen, input, layer } from 'oftc';
export const unbound = layer({ x: input('tokens', 'constructor'), W: frozen('__proto__', 'constructor') }, ({ x, W }) => x.matmul(W.T));`,
  );
  const built = await oftc('build', unbound, '-o', at('unbound'));
  expect(built.stderr).toContain("unbound dimensions 'constructor', '__proto__'");
});

it.each([
  ["{ __proto__: input('tokens', 'in'), x: input('tokens', 'in') }", '({ x }: any) => x', '{}'],
  ["{ x: input('tokens', 'in') }", '({ x }: any) => ({ __proto__: x, y: x }) as any', '{}'],
  ["{ x: input('tokens', 'in') }", '({ x }: any) => x', "{ where: { '__proto__': 'in' } } as never"],
])(
  '{ __proto__: … } is refused, for JavaScript makes no entry of it: layer(%s, %s, %s)',
  (params, body, options) => {
    const source = `import { input, layer } from 'oftc';\nexport const main = layer(${params} as any, ${body}, ${options});`;
    const { diagnostics } = lower(source);
    expect(JSON.stringify(diagnostics.map((d) => [d.code, d.messageText]))).toContain("['__proto__']");
    // JavaScript ignores a prototype that is no object, so the layer cannot see it.
    if (options === '{}') expect(() => evaluate(source).main!.trace()).toThrow(/\['__proto__'\]: x/);
  },
);

it('an equality through itself is found among such names', () => {
  const refused = lower(`import { input, layer } from 'oftc';
export const main = layer({ x: input('tokens', 'in') }, ({ x }) => x, { where: { ['__proto__']: 'toString', toString: '2*__proto__' } });`);
  expect(JSON.stringify(refused.diagnostics.map((d) => d.messageText))).toContain('defined through itself');
});

it('a traced layer calls another by these names', () => {
  const inner = layer(
    { [PROTO]: input('tokens', '__proto__'), constructor: input('__proto__') },
    ({ [PROTO]: x, constructor: s }) => ({ [PROTO]: x.mul(s) }),
  );
  const outer = layer({ x: input('tokens', 'in'), s: input('in') }, ({ x, s }) => {
    const { [PROTO]: y } = inner({ [PROTO]: x, constructor: s });
    return y;
  });
  const { primitives } = compileProgram(outer.trace(), { gradients: false, sizes: { in: 2 } }).variants[0]!;
  const out = interpret(primitives, float64, { x: tensor([1, 2], [3, 4]), s: tensor([2], [5, 6]) }, 1);
  expect([...out.y!.values]).toEqual([15, 24]);
});

it('the module that build writes has these names as entries', async () => {
  await oftc('build', file, '--dims', 'hasOwnProperty=5,toString=2', '-o', at('entries'));
  const text = readFileSync(at('entries/strange.js'), 'utf8');
  expect(text).not.toMatch(/[{,]\s*"?__proto__"?\s*:/);
});
