/**
 * Digests of the Python that is printed for the library's layers, for PEFT's methods, and for random programs. A changed
 * golden file lists the texts that a change of a printer reaches. Other tests run the texts (methods.test.ts,
 * random.test.ts, peft-target.test.ts).
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OftcError } from '../../../../compiler/errors/error.ts';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import { boft } from '../../../../src/adapters/boft.ts';
import { c3a } from '../../../../src/adapters/c3a.ts';
import { delora } from '../../../../src/adapters/delora.ts';
import { diagOft } from '../../../../src/adapters/diag-oft.ts';
import { ether, etherPlus } from '../../../../src/adapters/ether.ts';
import { fourierft } from '../../../../src/adapters/fourierft.ts';
import { goft } from '../../../../src/adapters/goft.ts';
import { doubleGsoft, gsoft } from '../../../../src/adapters/gsoft.ts';
import { hoft } from '../../../../src/adapters/hoft.ts';
import { hra } from '../../../../src/adapters/hra.ts';
import { loha } from '../../../../src/adapters/loha.ts';
import { lokr } from '../../../../src/adapters/lokr.ts';
import { dora, lora } from '../../../../src/adapters/lora.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { oftConv } from '../../../../src/adapters/oft-conv.ts';
import { oftEmbedding } from '../../../../src/adapters/oft-embedding.ts';
import { poet } from '../../../../src/adapters/poet.ts';
import { psoft } from '../../../../src/adapters/psoft.ts';
import { road } from '../../../../src/adapters/road.ts';
import { shira } from '../../../../src/adapters/shira.ts';
import { walsh } from '../../../../src/adapters/walsh.ts';
import { waveft } from '../../../../src/adapters/waveft.ts';
import { smallSizes } from '../../../../src/identity/sizes.ts';
import type { Traceable } from '../../../../src/language/load.ts';
import { annotated } from '../../../../src/targets/torch/annotated.ts';
import { functionText } from '../../../../src/targets/torch/function.ts';
import { buildTorch, type TorchOptions } from '../../../../src/targets/torch/index.ts';
import { METHODS, methodTexts } from '../../../../src/targets/torch/methods.ts';
import { buildPeft } from '../../../../src/targets/torch/peft/index.ts';
import { programs } from '../../../support/arbitraries/programs.ts';
import { digest } from '../../../support/digest.ts';
import { from, library } from './built.ts';

/** The names of files with the digests of their texts, without the library's own files. */
const shown = (texts: Readonly<Record<string, string>>): string =>
  Object.entries(texts)
    .filter(([file]) => !file.includes('oftc_torch/'))
    .map(([file, text]) => `  ${file} ${digest(text)}\n`)
    .join('');

const LAYERS: Readonly<Record<string, readonly [Traceable, ...configs: object[]]>> = {
  boft: [boft, {}, { factors: 3, bias: true }],
  c3a: [c3a, {}],
  delora: [delora, {}],
  diagOft: [diagOft, { rescale: true, bias: true }],
  ether: [ether, {}],
  etherPlus: [etherPlus, { bias: true }],
  fourierft: [fourierft, {}],
  goft: [goft, { levels: 3, bias: true }],
  gsoft: [gsoft, {}, { method: 'exp' }],
  doubleGsoft: [doubleGsoft, {}],
  hoft: [hoft, {}],
  hra: [hra, {}, { gs: true }],
  loha: [loha, {}],
  lokr: [lokr, { both: true }],
  lora: [lora, { bias: true }],
  dora: [dora, {}],
  oft: [oft, {}, { bias: true, adapters: 2, coft: true, share: true, cayley: 'exact' }],
  oftConv: [oftConv, { height: 5, width: 4 }],
  oftEmbedding: [oftEmbedding, { cayley: 'exact', coft: true }],
  poet: [poet, {}, { permuted: true, bias: true }],
  psoft: [psoft, { cayley: 'exact' }, { cayley: 'neumann' }],
  road: [road, { variant: 1 }, { variant: 4 }],
  shira: [shira, {}],
  walsh: [walsh, { levels: 2 }],
  waveft: [waveft, {}],
};

const torchTexts = (name: string, program: Program, options: Partial<TorchOptions> = {}): string => {
  const sizes = smallSizes(program).at(-1)!;
  return shown(buildTorch(program, { name, sizes, from, python: library, ...options }));
};

it.each(Object.entries(LAYERS))(
  'the texts of %s are those of the golden file',
  async (name, [of, ...configs]) => {
    const texts = configs.map((c) => `${JSON.stringify(c)}\n${torchTexts(name, of.trace(c))}`);
    await expect(texts.join('')).toMatchFileSnapshot(`./library-text/${name}.txt`);
  },
);

const QUANTIZED: readonly (readonly [string, Traceable, Readonly<Record<string, number>>])[] = [
  ['oft', oft, { in: 20, out: 50, b: 4 }],
  ['dora', dora, { in: 20, out: 50, r: 3 }],
];
it.each(QUANTIZED)(
  'the texts of %s with quantised weights are those of the golden file',
  async (name, of, dims) => {
    const program = of.trace();
    const sizes = solveDims(program, dims);
    const texts = ['nf4', 'nf4-double', 'int8', 'int4'].flatMap((W) =>
      [false, true].map((standalone) => {
        const options = { sizes, quantized: { W }, standalone };
        return `${W} ${standalone}\n${torchTexts(name, program, options)}`;
      }),
    );
    await expect(texts.join('')).toMatchFileSnapshot(`./library-text/quantized-${name}.txt`);
  },
);

it('the texts of PEFT’s methods for every size are those of the golden file', async () => {
  await expect(shown(methodTexts())).toMatchFileSnapshot('./library-text/methods.txt');
});

it.each(Object.keys(METHODS))('the classes over PEFT’s %s are those of the golden file', async (name) => {
  const texts = [false, true].flatMap((standalone) =>
    [false, true].map((bias) => {
      const program = METHODS[name]!.trace(bias);
      const built = buildPeft(program, { name, given: {}, config: {}, from, python: library, standalone });
      return `${standalone} ${bias}\n${shown(built.texts)}`;
    }),
  );
  await expect(texts.join('')).toMatchFileSnapshot(`./library-text/peft-${name}.txt`);
});

interface Added {
  readonly name: string;
  readonly program: Program;
  readonly given: Readonly<Record<string, number>>;
  readonly config?: Readonly<Record<string, unknown>>;
}
const ADDED: readonly Added[] = [
  { name: 'hoft', program: hoft.trace({ bias: true }), given: { r: 4 } },
  {
    name: 'poet',
    program: poet.trace({ bias: true }),
    given: { a: 4, b: 8 },
    config: { terms: 5, permuted: false },
  },
  { name: 'etherPlus', program: etherPlus.trace({ bias: true }), given: { b: 4 } },
  { name: 'doubleGsoft', program: doubleGsoft.trace({ bias: true }), given: { b: 4, a: 2 } },
  { name: 'diagOft', program: diagOft.trace({ rescale: true, bias: true }), given: { b: 4 } },
  { name: 'goft', program: goft.trace({ levels: 4, bias: true }), given: {}, config: { levels: 4 } },
];
it.each(ADDED)('the package that adds $name to PEFT is that of the golden file', async (added) => {
  const { program, config = {} } = added;
  const texts = [false, true].map((standalone) =>
    shown(buildPeft(program, { ...added, config, from, python: library, standalone }).texts),
  );
  await expect(texts.join('\n')).toMatchFileSnapshot(`./library-text/added-${added.name}.txt`);
});

it.each([1, 2, 3, 4, 5])(
  'the functions of random programs, seed %d, are those of the golden file',
  async (seed) => {
    const drawn = fc.sample(fc.tuple(programs({ kinks: true }), fc.boolean()), { seed, numRuns: 40 });
    const lines = drawn.map(([{ bound }, gradients], n) => {
      const { variants, lowering } = compileProgram(bound, { gradients });
      return `${n} ${digest(functionText(annotated(variants[0]!.program, lowering), 'f').join('\n'))}\n`;
    });
    await expect(lines.join('')).toMatchFileSnapshot(`./library-text/random-${seed}.txt`);
  },
);

it.each([1, 2, 3, 4, 5])(
  'the packages of random programs, seed %d, are those of the golden file',
  async (seed) => {
    const lines = fc.sample(programs({ kinks: true }), { seed, numRuns: 20 }).map(({ bound }, n) => {
      try {
        return `${n}\n${shown(buildTorch(bound, { name: 'f', sizes: {}, from, python: library }))}`;
      } catch (e) {
        if (!(e instanceof OftcError)) throw e;
        return `${n} ${e.code}\n`;
      }
    });
    await expect(lines.join('')).toMatchFileSnapshot(`./library-text/random-packages-${seed}.txt`);
  },
);
