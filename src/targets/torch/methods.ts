/**
 * The methods of PEFT, derived and printed for every size: the files of oftc_torch/methods, which `oftc_torch.peft` puts
 * in place of PEFT's own passes.
 */
import type { Binding } from '../../../compiler/dims/dims.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { boft } from '../../adapters/boft.ts';
import { hra } from '../../adapters/hra.ts';
import { dora, lora } from '../../adapters/lora.ts';
import { oft } from '../../adapters/oft.ts';
import { psoft } from '../../adapters/psoft.ts';
import { road } from '../../adapters/road.ts';
import { Namer } from '../../language/formulas/naming.ts';
import { cutAtBase } from './cut.ts';
import { printPart } from './part.ts';
import { wrapped } from './python-text.ts';

interface Method {
  /** The layer, over a frozen layer with a bias or without. */
  readonly trace: (bias: boolean) => Program;
  /** The sizes that the parentheses are chosen for, beside those of SIZES. */
  readonly sizes: Binding;
}

/** The sizes of a layer that parentheses are chosen for. */
const SIZES = { in: 4096, out: 4096 };

/** The settings of PEFT's methods that are derived, by the names of their files. */
export const METHODS: Readonly<Record<string, Method>> = {
  oft: { trace: (bias) => oft.trace({ bias }), sizes: { b: 32 } },
  oft_exact: { trace: (bias) => oft.trace({ bias, cayley: 'exact' }), sizes: { b: 32 } },
  oft_shared: { trace: (bias) => oft.trace({ bias, share: true }), sizes: { b: 32 } },
  ...Object.fromEntries(
    [1, 2, 3, 4].map((factors) => [
      `boft_${factors}`,
      { trace: (bias: boolean) => boft.trace({ bias, factors }), sizes: { b: 32 } },
    ]),
  ),
  hra: { trace: (bias) => hra.trace({ bias }), sizes: { r: 8 } },
  lora: { trace: (bias) => lora.trace({ bias }), sizes: { r: 16 } },
  dora: { trace: (bias) => dora.trace({ bias }), sizes: { r: 16 } },
  ...Object.fromEntries(
    ([1, 2, 4] as const).map((variant) => [
      `road_${variant}`,
      { trace: (bias: boolean) => road.trace({ bias, variant }), sizes: { g: 64 } },
    ]),
  ),
  psoft: { trace: (bias) => psoft.trace({ bias }), sizes: { r: 32 } },
  psoft_neumann: { trace: (bias) => psoft.trace({ bias, cayley: 'neumann' }), sizes: { r: 32 } },
};

/** The texts of oftc_torch/methods, by file name. */
export const methodTexts = (): Readonly<Record<string, string>> => ({
  '__init__.py':
    '"""The methods of PEFT, derived for layers of every size. `npm run docs` of oftc prints them."""\n',
  ...Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => [`${name}.py`, methodText(name, method)]),
  ),
});

function methodText(name: string, { trace, sizes }: Method): string {
  const program = trace(false);
  const cut = cutAtBase(program, 'W');
  if (!cut) throw new Error(`${name} has no single product with its frozen weight`);
  const parts = Object.entries({ before: cut.before, after: cut.after }).flatMap(([place, part]) =>
    part ? [printPart(place, part, solveDims(program, { ...SIZES, ...sizes })).lines] : [],
  );
  const formula = program.outputs.map((o) => `${o.name} = ${new Namer({ source: program }).written(o.node)}`);
  const body = parts.flatMap((lines) => ['', '', ...lines]);
  return [
    '# Printed by oftc (npm run docs): change the layer or the printer rather than this file.',
    ...formula.flatMap((f) => wrapped('', `"""${f}`)),
    '',
    'A part before the frozen layer maps x to z, and one after it maps base(z) to y.',
    '"""',
    '',
    'from collections.abc import Sequence',
    '',
    'import torch',
    'from torch import Tensor',
    '',
    'import oftc_torch',
    ...body,
    '',
  ].join('\n');
}
