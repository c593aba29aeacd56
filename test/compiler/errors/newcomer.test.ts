/** Mistakes of someone who knows PyTorch and PEFT: every message says what to write instead. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runCommand, runExample } from './run-example.ts';

interface Attempt {
  readonly source: string;
  /** Texts that the message must contain. */
  readonly says: readonly (string | RegExp)[];
  readonly run?: string;
}

const LIN = (body: string, names = 'frozen, input, layer') =>
  `import { ${names} } from 'oftc';\nexport const lin = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ${body});\n`;
const OFT = (body: string, v = "trainable('r', 'tri(b)')", options = "{ where: { in: 'r*b' } }") =>
  `import { blockDiag, cayley, frozen, input, layer, skew, trainable } from 'oftc';
export const oft = layer({ x: input('tokens', 'in'), W: frozen('out', 'in'), v: ${v} }, ${body}, ${options});\n`;

const attempts: Readonly<Record<string, Attempt>> = {
  'a chain of operators': {
    source: OFT('({ x, W, v }) => x * blockDiag(cayley(skew(v))) * W.T'),
    says: [
      "'*' does not apply to tensors: write x.mul(blockDiag(cayley(skew(v)))).mul(W.T) element by element, or x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T) for a product of matrices",
    ],
  },
  'a number before an operator': {
    source: LIN('({ x, W }) => 2 * x.matmul(W.T)'),
    says: ["'*' does not apply to tensors: write x.matmul(W.T).mul(2)"],
  },
  'Python’s @': { source: LIN('({ x, W }) => x @ W.T'), says: ['write a.matmul(b) for a @ b'] },
  'a minus sign': { source: LIN('({ x, W }) => -x'), says: ['OFT1004', 'write x.neg()'] },
  'a forgotten .T': {
    source: OFT('({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v)))).matmul(W)'),
    says: ['layer.ts:2:126 - error OFT2001: ', 'write x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)'],
  },
  'a forgotten where': {
    source: OFT('({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', undefined, '{}'),
    says: ["state it: { where: { in: 'b*r' } }"],
  },
  'blocks without blockDiag': {
    source: OFT('({ x, W, v }) => x.matmul(cayley(skew(v)))'),
    says: ['blockDiag(…) makes one matrix with b*r rows of these r blocks'],
  },
  'a full matrix given to skew': {
    source: OFT('({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v))))', "trainable('r', 'b', 'b')"),
    says: ['declare (r, tri(b))', 'A.sub(A.T) for a full matrix'],
  },
  'rows and columns of skew exchanged': {
    source: OFT('({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v))))', "trainable('tri(b)', 'r')"),
    says: ['declare the triangle last, (r, tri(b))'],
  },
  'v.view(…)': {
    source: OFT('({ x, v }) => x.mul(v.view(-1))'),
    says: ["a tensor has no 'view'", 'reshape'],
  },
  'torch functions': {
    source: LIN('({ x, W }) => softmax(tensordot(x, W.T))', 'frozen, input, layer, softmax, tensordot'),
    says: ["oftc has no 'tensordot': write einsum('ti,oi->to', x, W)", "oftc has no 'softmax': write it out"],
  },
  'torch functions by other names': {
    source: LIN(
      '({ x, W }) => stack([SiLU(x), matrix_exp(W), inv(W)])',
      'SiLU, frozen, input, inv, layer, matrix_exp, stack',
    ),
    says: [
      "oftc has no 'SiLU': write silu(…)",
      "oftc has no 'matrix_exp': write expm(…)",
      "oftc has no 'inv': write inverse(…)",
      "oftc has no 'stack': give each an axis of size 1: concat([a.reshape(1, 'in'), b.reshape(1, 'in')], 0)",
    ],
  },
  'torch itself': {
    source: `import * as torch from 'torch';\n${LIN('({ x, W }) => torch.relu(x)')}`,
    says: ["'torch' is Python's"],
  },
  'functions for methods': {
    source: LIN('({ x, W }) => matmul(x, W.T)', 'frozen, input, layer, matmul'),
    says: ["'matmul' is a method: write a.matmul(b)"],
  },
  'snake case': {
    source: LIN('({ x, W }) => x.matmul(block_diag(W))', 'block_diag, frozen, input, layer'),
    says: ["did you mean 'blockDiag'?"],
  },
  'W.T()': {
    source: LIN('({ x, W }) => x.matmul(W.T())'),
    says: ["'T' is a property and is not called: write W.T"],
  },
  'v[0]': { source: OFT('({ x, v }) => x.mul(v[0])'), says: ['a tensor is not a list', 'list(n, '] },
  'a loop over a tensor': {
    source: LIN('({ x, W }) => { let y = x; for (const w of W) y = y.mul(w); return y; }'),
    says: ['a tensor is not a list'],
  },
  'a comparison': {
    source: LIN('({ x }) => (x > 0 ? x : 0)'),
    says: ['use max, min or abs to choose by element'],
  },
  'console.log': {
    source: LIN('({ x, W }) => { console.log(W.shape); return x.matmul(W.T); }'),
    says: ["'console' is not available at compile time", "a tensor has no 'shape'", "size('in')"],
  },
  'dropout by chance': {
    source: LIN('({ x }) => x.mul(Math.random())'),
    says: ['Math.random is not available'],
  },
  'no return': { source: LIN('({ x, W }) => { x.matmul(W.T); }'), says: ['returns nothing: write return'] },
  'an array returned': { source: LIN('({ x, W }) => [x, W]'), says: ['by name, not in an array: { y: …'] },
  'a number returned': { source: LIN('() => 0'), says: ['OFT1033', 'scalar(…) makes a tensor of a number'] },
  'an async body': {
    source: LIN('async ({ x, W }) => x.matmul(W.T)'),
    says: ['async is not part of the language'],
  },
  'a list of dimensions': {
    source: LIN('({ x }) => x').replace("input('tokens', 'in')", 'input([8, 1024])'),
    says: ['one after another: input(8, 1024)'],
  },
  'a torch dtype': {
    source: LIN('({ x }) => x').replace("'in')", "'in', { dtype: 'bfloat16' })"),
    says: ["dtype must be 'f32', 'f16', 'i32', got 'bfloat16'"],
  },
  'sizes among the options': {
    source: LIN('({ x }) => x').replace('=> x)', '=> x, { dims: { in: 1024 } })'),
    says: ["layer has no option 'dims'", '--dims in=1024'],
  },
  'a number in where': {
    source: OFT('({ x }) => x', undefined, '{ where: { in: 1024 } }'),
    says: ["where states dimensions as text: { in: '1024' }"],
  },
  'a default of the wrong type': {
    source: `import { input, layer } from 'oftc';
export const s = layer((_: { alpha: number }) => ({ x: input('tokens', 'in') }), ({ x }, c) => x.mul(c.alpha), { config: { alpha: '16' } });
`,
    says: ["configuration 'alpha' is declared number, and its default is string"],
  },
  'a configuration without defaults': {
    source: `import { input, layer } from 'oftc';
export const s = layer((_: { alpha: number }) => ({ x: input('tokens', 'in') }), ({ x }) => x.mul(2));
`,
    says: ['give its defaults, { config: { … } }'],
  },
  'a class': {
    source: `import { frozen } from 'oftc';
export class Linear {
  weight = frozen('out', 'in');
  forward(x) { return x.matmul(this.weight.T); }
}
`,
    says: [
      "a layer is no class: write export const Linear = layer({ x: input('tokens', 'in'), weight: frozen('out', 'in') }, ({ x, weight }) => …)",
    ],
  },
  'a function for a layer': {
    source:
      "import type { Tensor } from 'oftc';\nexport function forward(x: Tensor, W: Tensor) { return x.matmul(W.T); }\n",
    says: ['exports no layer: write export const name = layer(', "'forward' declares no tensors"],
  },
  'a forgotten export': {
    source: LIN('({ x }) => x').replace('export ', ''),
    says: ['layer.ts:2:7', "layer 'lin' is not exported: write export const lin"],
  },
  'a let in the module': {
    source: `let alpha = 16;\nalpha = alpha / 8;\n${LIN('({ x }) => x.mul(alpha)')}`,
    says: ['compute the value where it is declared, const name'],
  },
  'a wrong package': {
    source: LIN('({ x }) => x').replace("'oftc'", "'oft'"),
    says: ["the language is imported from 'oftc'"],
  },
  'a part of the package': {
    source: LIN('({ x }) => x').replace("'oftc'", "'oftc/dsl'"),
    says: ["the language is imported from 'oftc'"],
  },
  'a default import': {
    source: "import oftc from 'oftc';\nexport const s = oftc.layer({ x: oftc.input('n') }, ({ x }) => x);\n",
    says: ['oftc has no default export: write import {'],
  },
  'no import': {
    source: LIN('({ x, W }) => x.matmul(W.T)').replace(/^.*\n/, ''),
    says: ["'layer' is not imported: write import { layer, input, frozen } from 'oftc'"],
  },
  require: {
    source:
      "const { input, layer } = require('oftc');\nexport const s = layer({ x: input('n') }, ({ x }) => x);\n",
    says: ["require is not available: write import { … } from 'oftc'"],
  },
  Python: {
    source: 'import torch\nfrom oftc import layer\n\ndef forward(x):\n    return x\n',
    says: ['layer.ts:1:1', 'Python is not part of the language'],
  },
  'a layer called as a function of tensors': {
    source:
      LIN('({ x, W }) => x.matmul(W.T)') +
      "export const two = layer({ x: input('t', 'n'), W: frozen('n', 'n') }, ({ x, W }) => lin(x, W));\n",
    says: ['with an object of tensors by name: lin({ x, W })'],
  },
  'a layer called with the wrong names': {
    source:
      LIN('({ x, W }) => x.matmul(W.T)') +
      "export const two = layer({ x: input('t', 'n'), W: frozen('n', 'n') }, ({ x, W }) => lin({ x, weight: W }));\n",
    says: ["layer 'lin' takes no 'weight': write lin({ x, W })"],
  },
  keepdim: {
    source: LIN('({ x }) => sum(x, { dim: -1, keepdim: true })', 'frozen, input, layer, sum'),
    says: ['sum takes no options: write sum(x, -1), whose axis stays with size 1'],
  },
  'a misspelt option': {
    source: LIN('({ W }) => unfold(W, { kernel: 3, strides: 1 })', 'frozen, input, layer, unfold'),
    says: ["unfold has no option 'strides'; it has kernel, stride and padding. Did you mean 'stride'?"],
  },
  'an inverse': {
    source: LIN('({ x, W }) => x.matmul(W.inverse())'),
    says: ["write inverse(W), and import { inverse } from 'oftc'"],
  },
  'floor division of dimensions': {
    source: LIN('({ x }) => x').replace("'tokens', 'in'", "'tokens', 'in//b'"),
    says: ['dimensions divide exactly, with one /'],
  },
  'a block size that does not divide': {
    source: OFT('({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)'),
    run: 'oftc explain layer.ts --dims in=1000,b=32',
    says: ['choose sizes that divide: b = 25 or b = 40 does'],
  },
  'a misspelt dimension': {
    source: LIN('({ x, W }) => x.matmul(W.T)'),
    run: 'oftc explain layer.ts --dims ni=1000',
    says: ["no dimension 'ni'; it has tokens, in, out. Did you mean 'in'?"],
  },
  'a setting of the wrong type': {
    source: `import { input, layer } from 'oftc';
export const s = layer((_: { alpha: number }) => ({ x: input('tokens', 'in') }), ({ x }, c) => x.mul(c.alpha), { config: { alpha: 16 } });
`,
    run: 'oftc explain layer.ts --set alpha=sixteen',
    says: ["configuration 'alpha' of layer 's' must be a number, got 'sixteen'"],
  },
};

it.each(Object.entries(attempts))('%s', async (_, { source, says, run }) => {
  const { exit, code, text } = await runExample({ source, ...(run === undefined ? {} : { run }) });
  expect(exit, text).toBe(1);
  expect(code, text).toMatch(/^OFT/);
  for (const phrase of says) expect(text).toContain(phrase);
  if (process.env.SHOW_MESSAGES) console.log(text);
});

it('files that are not layers are refused with advice', async () => {
  await runExample({ source: LIN('({ x }) => x') });
  mkdirSync('adapters');
  for (const name of ['oft.js', 'adapter_config.json', 'oft.py', 'oft.safetensors', 'notes'])
    writeFileSync(name, '{}');
  writeFileSync('adapters/boft.ts', '');
  const explain = async (path: string) => (await runCommand(['explain', path])).text;
  expect(await explain('oft.js')).toMatch(/OFT1045: cannot read 'oft\.js': .*rename the file to \.ts/);
  expect(await explain('adapter_config.json')).toMatch(
    /it holds data; .* given as in `oftc explain --set terms=3`/,
  );
  expect(await explain('oft.py')).toMatch(/it is Python; a layer is written in TypeScript/);
  expect(await explain('oft.safetensors')).toMatch(
    /it holds tensors, which are given with `oftc run --input`/,
  );
  expect(await explain('notes')).toMatch(/in a file that ends in \.ts/);
  expect(await explain('adapters')).toMatch(/it is a folder; name a file in it \(it holds boft\.ts\)/);
  expect(await explain('layers.ts')).toMatch(/no such file in '\.'\. Did you mean 'layer\.ts'\?/);
  expect(await explain('nowhere/layer.ts')).toMatch(/there is no folder 'nowhere'/);
});

it('tsconfig.json that cannot be read is named where imports fail', async () => {
  await runExample({ source: LIN('({ x }) => x') });
  mkdirSync('odd');
  writeFileSync('odd/tsconfig.json', '{ "compilerOptions": { "paths": { "~/*": ["./*"] }, ');
  writeFileSync('odd/layer.ts', `import { f } from '~/f';\n${LIN('({ x }) => f(x)')}`);
  const { text } = await runCommand(['explain', 'odd/layer.ts']);
  expect(text).toMatch(/odd\/tsconfig\.json:1:\d+ - error TS1005: '}' expected/);
  expect(text).toMatch(/there is no module '~\/f'/);
});

it('JSON carries the message that says what to write', async () => {
  await runExample({ source: LIN('({ x, W }) => x * W') });
  const { exit, text } = await runCommand(['explain', 'layer.ts', '--json']);
  expect(exit).toBe(1);
  expect(JSON.parse(text)).toEqual({
    error: {
      code: 'OFT1004',
      message: expect.stringContaining('write x.mul(W) element by element'),
      at: 'layer.ts:2:94',
    },
  });
});
