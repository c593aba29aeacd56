/** `oftc build --target torch`: makes a layer a Python package, with its reference and its tests. */
import type { CompileOptions } from '../../../compiler/derive.ts';
import { type Binding, isRuntimeName, ofTokens } from '../../../compiler/dims/dims.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import { bindProgram, programDims } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { commented } from '../../../compiler/names.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { type Quantization, type Stored, storagesOf } from '../../session/quantized.ts';
import { BUILT_PYTHON } from '../built.ts';
import { checkNames } from './check-names.ts';
import { layerText, printVariants } from './layer.ts';
import { isGiven } from './module-class.ts';
import { EAGER } from './profile.ts';
import { referenceText, testText } from './reference.ts';
import { modulesIn, type PythonTexts, standalone } from './standalone.ts';

export interface TorchOptions extends Pick<CompileOptions, 'allow' | 'asWritten' | 'objective' | 'pinned'> {
  /** The layer's exported name. */
  readonly name: string;
  /** The sizes of all dimensions but `tokens`. */
  readonly sizes: Binding;
  readonly from: { readonly file: string; readonly version: string };
  /** The texts of the Python package that layers import. */
  readonly python: PythonTexts;
  /** Whether to write one file that needs PyTorch alone, instead of a package with its tests. */
  readonly standalone?: boolean;
  /** The frozen tensors that the layer holds quantised, and their formats. */
  readonly quantized?: Readonly<Record<string, Quantization | string>>;
}

/**
 * The texts of the package's files, by their paths in it. Throws OFT3006 for unbound dimensions, OFT4005 for a number of
 * tokens that no tensor shows, OFT4011 for a tensor that cannot be held quantised, and OFT4012 for an unknown format.
 */
export function buildTorch(program: Program, options: TorchOptions): Readonly<Record<string, string>> {
  const { name, sizes, from, python, standalone: alone = false, quantized = {}, ...derivation } = options;
  const bound = bindProgram(program, sizes);
  const stored = storagesOf(bound, quantized);
  checkNames(bound, stored);
  checkStored(bound, stored);
  checkTokens(bound);
  const compilation = compileProgram(program, {
    ...derivation,
    ...{ sizes, stored, gradients: true, profile: EAGER },
  });
  const printed = printVariants(compilation);
  const head = [
    commented(`${BUILT_PYTHON}${from.version} from ${from.file}: build it again rather than edit it.`),
  ];
  const layer = layerText(compilation, printed, head, { name, sizes, stored });
  if (alone) return { 'layer.py': standalone(layer, python) };
  return {
    '__init__.py': `${head}\nfrom .layer import *  # noqa: F403\n`,
    'layer.py': layer,
    'reference.py': referenceText(bound, head),
    'test_layer.py': testText(bound, { name, stored }, printed, head),
    ...Object.fromEntries(
      modulesIn(python, '').map((f) => [`oftc_torch/${f}`, `${BUILT_PYTHON}${from.version}.\n${python[f]}`]),
    ),
  };
}

/** Throws OFT4005 for a layer that reads the number of tokens, which no tensor of a call shows. */
function checkTokens(program: Program): void {
  if (program.inputs.some((i) => i.type.shape.some(ofTokens))) return;
  if (!programDims(program).some(isRuntimeName)) return;
  throw new OftcError(
    'OFT4005',
    `'${program.name}' reads the number of tokens, and PyTorch gives a layer tensors alone: declare an input with a row for each token`,
  );
}

/** Throws OFT4011 for a quantised tensor that the layer makes itself, or that alone would give others their dtype. */
function checkStored(program: Program, stored: Stored): void {
  for (const i of program.inputs.filter((i) => Object.hasOwn(stored, i.name))) {
    const problem = !isGiven(i)
      ? 'the layer makes it itself, by its init'
      : program.inputs.every((o) => o.type.dtype === 'i32' || Object.hasOwn(stored, o.name))
        ? 'no other tensor of floats has a dtype to compute in'
        : undefined;
    if (problem !== undefined)
      throw new OftcError(
        'OFT4011',
        `'${i.name}' cannot be held quantised in a package for PyTorch: ${problem}`,
        i.spans,
      );
  }
}
