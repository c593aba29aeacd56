/** Mistakes on the command line and in the files and scripts that give tensors. */
import type { Example } from '../../../../compiler/errors/code.ts';
import { MODEL } from '../../../../compiler/errors/codes/model-files.ts';
import { adapter, file, OFT } from './source.ts';

const commanded = (source: string, wrong: string, right: string): Example => ({
  source,
  run: `oftc ${wrong}`,
  mended: { run: `oftc ${right}` },
});

const TENSORS = { x: [3, 8], W: [5, 8], v: [2, 6] };
const RUN = 'oftc run layer.ts --device cpu --input tensors.safetensors --output y.safetensors';

const tensors = (given: Readonly<Record<string, readonly number[]>>, more = ''): Example => ({
  source: OFT,
  run: `${RUN}${more}`,
  files: { 'tensors.safetensors': given },
  mended: { files: { 'tensors.safetensors': TENSORS } },
});

const EMBEDDING = file(
  "export const embedding = layer({ ids: input('tokens', { dtype: 'i32' }), E: frozen('words', 'd') }, ({ ids, E }) => take(E, ids, 0));",
);

const CONFIGURED = file(`export const adapter = layer(
  (_: { terms: number }) => ({ x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') }),
  ({ x, W, v }, c) => x.matmul(blockDiag(cayleyNeumann(skew(v), { terms: c.terms })).matmul(W.T)),
  { where: { in: 'r*b' }, config: { terms: 5 } },
);`);

const script = (body: string): string => `import { compile } from 'oftc';

const session = await compile('layer.ts', { device: 'cpu', dims: { in: 8, out: 5, b: 4 } });
const [x, W, v] = [new Float32Array(3 * 8), new Float32Array(5 * 8), new Float32Array(2 * 6)];
${body}
`;

const scripted = (wrong: string, right: string): Example => ({
  source: OFT,
  run: script(wrong),
  mended: { run: script(right) },
});

export const commands: Readonly<Record<string, Example>> = {
  'a size is missing': commanded(
    OFT,
    'build layer.ts --dims in=64,out=64 -o built',
    'build layer.ts --dims in=64,out=64,b=16 -o built',
  ),
  'a batch and a sequence among the axes': {
    source: OFT.replace("input('tokens', 'in')", "input('batch', 'seq', 'in')"),
    run: 'oftc build layer.ts --dims in=64,out=64,b=16 -o built',
    mended: { source: OFT },
  },
  'a block size does not divide': commanded(
    OFT,
    'explain layer.ts --dims in=64,out=64,b=24',
    'explain layer.ts --dims in=64,out=64,b=16',
  ),
  'one name for a rank and a number of blocks': {
    source: adapter(
      "v: trainable('r', 'tri(b)', { init: 'zeros' }), A: trainable('r', 'in', { init: { kaiming: 1 } }), B: trainable('out', 'r', { init: 'zeros' })",
      'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T).add(x.matmul(A.T).matmul(B.T))',
      "{ where: { in: 'r*b' } }",
    ),
    run: 'oftc explain layer.ts --dims in=64,out=64,b=8,r=4',
    mended: {
      source: adapter(
        "v: trainable('n', 'tri(b)', { init: 'zeros' }), A: trainable('r', 'in', { init: { kaiming: 1 } }), B: trainable('out', 'r', { init: 'zeros' })",
        'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T).add(x.matmul(A.T).matmul(B.T))',
        "{ where: { in: 'n*b' } }",
      ),
    },
  },
  'a command of other tools': {
    source: OFT,
    run: 'oftc export layer.ts --dims in=64,out=64,b=16 -o built',
    mended: { run: 'oftc build layer.ts --dims in=64,out=64,b=16 -o built' },
  },
  'an output of a command that prints': commanded(
    OFT,
    'rewrite layer.ts --dims in=8,out=8,b=4 -o derived.ts',
    'rewrite layer.ts --dims in=8,out=8,b=4',
  ),
  'a cotangent under another name': {
    ...tensors({ ...TENSORS, grad_y: [3, 5] }),
    mended: { files: { 'tensors.safetensors': { ...TENSORS, 'grad.y': [3, 5] } } },
  },
  'blocks are stored as whole matrices': tensors({ ...TENSORS, v: [2, 4, 4] }),
  'a file in place of a name': commanded(OFT, 'init my-oft.ts', 'init my-oft'),
  'a command that there is not': commanded(OFT, 'frobnicate layer.ts', 'explain layer.ts'),
  'the names of a state dict of torch': tensors({ x: [3, 8], weight: [5, 8], 'oft_R.weight': [2, 6] }),
  'a name of the Hub for a folder': {
    files: MODEL,
    run: 'oftc inspect meta-llama/Llama-3.2-1B',
    mended: { run: 'oftc inspect .' },
  },
  'a name of the Hub for a model': {
    files: MODEL,
    run: 'oftc eval --model meta-llama/Llama-3.2-1B --data text.txt',
    mended: { run: 'oftc inspect .' },
  },
  'sizes with spaces between': commanded(
    OFT,
    'explain layer.ts --dims in=64 out=64 b=16',
    'explain layer.ts --dims in=64,out=64,b=16',
  ),
  'tokens among the sizes': commanded(
    OFT,
    'explain layer.ts --dims in=64,out=64,b=16,tokens=128',
    'explain layer.ts --dims in=64,out=64,b=16 --tokens 128',
  ),
  'tokens among the sizes of a run': {
    source: OFT,
    files: { 'tensors.safetensors': TENSORS },
    run: `${RUN} --tokens 3`,
    mended: { run: RUN },
  },
  'tokens of check': commanded(
    OFT,
    'check layer.ts --device cpu --trials 2 --tokens 16',
    'check layer.ts --device cpu --trials 2',
  ),
  'a size as a setting': commanded(CONFIGURED, 'explain layer.ts --set b=16', 'explain layer.ts --dims b=16'),
  'a setting as a size': commanded(
    CONFIGURED,
    'explain layer.ts --dims terms=3',
    'explain layer.ts --set terms=3',
  ),
  'a setting of a layer without settings': commanded(
    OFT,
    'check layer.ts --device cpu --trials 2 --dims in=4,out=64,b=4,terms=3',
    'check layer.ts --device cpu --trials 2 --dims in=4,out=64,b=4',
  ),
  'gradients of explain': commanded(OFT, 'explain layer.ts --grad', 'explain layer.ts'),
  'a size in capitals': commanded(
    OFT,
    'explain layer.ts --dims in=64,out=64,B=16',
    'explain layer.ts --dims in=64,out=64,b=16',
  ),
  'the name of the device in PyTorch': commanded(
    OFT,
    'check layer.ts --trials 2 --device cuda',
    'check layer.ts --trials 2 --device cpu',
  ),
  'an adapter of the library for a file': commanded(OFT, 'explain oft', 'explain layer.ts'),
  'two layers in a file': commanded(
    `${OFT}\nexport const second = adapter;\n`,
    'explain layer.ts',
    'explain layer.ts --layer second',
  ),
  'a format without its tensor': commanded(
    OFT,
    'check layer.ts --device cpu --trials 2 --dims in=4,out=64,b=4 --quantize nf4',
    'check layer.ts --device cpu --trials 2 --dims in=4,out=64,b=4 --quantize W=nf4',
  ),
  'a format of bitsandbytes': commanded(
    OFT,
    'check layer.ts --device cpu --trials 2 --dims in=4,out=64,b=4 --quantize W=fp4',
    'check layer.ts --device cpu --trials 2 --dims in=4,out=64,b=4 --quantize W=nf4',
  ),
  'tensors without --input': {
    source: OFT,
    files: { 'tensors.safetensors': TENSORS },
    run: 'oftc run layer.ts tensors.safetensors --device cpu --output y.safetensors',
    mended: { run: RUN },
  },
  'a weight under torch’s name': tensors({ x: [3, 8], weight: [5, 8], v: [2, 6] }),
  'a weight that is transposed in its file': tensors({ x: [3, 8], W: [8, 5], v: [2, 6] }),
  'blocks of another size in the file': {
    ...tensors(TENSORS),
    run: `${RUN} --dims b=2`,
    mended: { run: RUN },
  },
  'gradients without a cotangent': {
    ...tensors(TENSORS, ' --grad'),
    mended: { files: { 'tensors.safetensors': { ...TENSORS, 'grad.y': [3, 5] } } },
  },
  'a name in a script that the layer does not have': scripted(
    'await session.run({ input: x, W, v });',
    'await session.run({ x, W, v });',
  ),
  'a weight that is not bound': scripted(
    'session.bind({ W });\nawait session.run({ x });',
    'session.bind({ W, v });\nawait session.run({ x });',
  ),
  'a tensor in place of tensors by name': scripted(
    'session.bind({ W, v });\nawait session.run(x);',
    'session.bind({ W, v });\nawait session.run({ x });',
  ),
  'plain arrays': scripted(
    'await session.run({ x: [[1, 2, 3, 4, 5, 6, 7, 8]], W, v });',
    'await session.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), W, v });',
  ),
  'a batch of rows that are too short': scripted(
    'await session.run({ x: new Float32Array(3 * 6), W, v });',
    'await session.run({ x, W, v });',
  ),
  'gradients without the output’s': scripted(
    'await session.gradients({ x, W, v });',
    'await session.gradients({ x, W, v }, { y: new Float32Array(3 * 5) });',
  ),
  'several trainables without a start': {
    source: adapter(
      "A: trainable('k', 'in'), B: trainable('out', 'k')",
      'x.matmul(W.T).add(x.matmul(A.T).matmul(B.T))',
    ),
    run: "import { initialise } from 'oftc';\n\ninitialise('layer.ts', { dims: { in: 8, out: 5, k: 2 }, seed: 0 });\n",
    mended: {
      source: adapter(
        "A: trainable('k', 'in', { init: { kaiming: 1 } }), B: trainable('out', 'k', { init: 'zeros' })",
        'x.matmul(W.T).add(x.matmul(A.T).matmul(B.T))',
      ),
    },
  },
  'ids as floats': {
    source: EMBEDDING,
    run: 'oftc run layer.ts --device cpu --input t.safetensors --output y.safetensors',
    files: { 't.safetensors': { ids: [3], E: [5, 4] } },
    mended: { files: { 't.safetensors': { ids: { dtype: 'I32', shape: [3] }, E: [5, 4] } } },
  },
  'an index beyond the words': {
    source: EMBEDDING,
    run: "import { compile } from 'oftc';\n\nconst session = await compile('layer.ts', { device: 'cpu', dims: { words: 5, d: 4 } });\nawait session.run({ ids: Int32Array.of(0, 5), E: new Float32Array(20) });\n",
    mended: {
      run: "import { compile } from 'oftc';\n\nconst session = await compile('layer.ts', { device: 'cpu', dims: { words: 5, d: 4 } });\nawait session.run({ ids: Int32Array.of(0, 4), E: new Float32Array(20) });\n",
    },
  },
  'a session before it is there': {
    source: OFT,
    run: script('session.bind({ W, v });\n').replace('await ', ''),
    mended: { run: script('session.bind({ W, v });\n') },
  },
  'an output that is not read': scripted(
    'session.bind({ W, v });\nconst { data } = (await session.run({ x })).y;',
    "session.bind({ W, v });\nconst { data } = (await (await session.run({ x })).read('y'));",
  ),
  'a layer is inspected': commanded(OFT, 'inspect layer.ts', 'explain layer.ts'),
};
