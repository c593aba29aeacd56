/** Prints the tests of an added method, which compare its layers with the layer as written. */
import { type Binding, evalReal } from '../../../../compiler/dims/dims.ts';
import { bindProgram } from '../../../../compiler/ir/bind.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { smallSizes } from '../../../identity/sizes.ts';
import { line, pythonName } from '../python-text.ts';
import { referenceText } from '../reference.ts';
import type { Adaptation } from './adaptation.ts';
import type { FeatureSizes } from './feature-sizes.ts';
import type { MethodNames } from './names.ts';

/** Whether vectors that start in equal pairs are even in number. */
const hasPairs = ({ inputs }: Program, sizes: Binding): boolean =>
  inputs.every(
    ({ type, init }) =>
      typeof init !== 'object' || !('pairs' in init) || evalReal(type.shape[init.pairs]!, sizes) % 2 === 0,
  );

/** The texts of reference.py and test_layer.py, at small sizes that fit the layer. */
export function testTexts(
  program: Program,
  { x, weight, bias }: Adaptation,
  { fields, typical }: FeatureSizes,
  names: MethodNames,
  head: readonly string[],
): Readonly<Record<string, string>> {
  const [least, apart = least!, ...more] = smallSizes(program, typical);
  const sizes = [apart, least!, ...more].find((b) => hasPairs(program, b)) ?? typical;
  const [out, width] = weight.type.shape.map((d) => evalReal(d, sizes));
  const config = Object.keys(fields).map((n) => `${pythonName(n)}=${sizes[n]}`);
  const known = new Map([
    [x, 'x'],
    [weight, 'weight'],
    [bias, 'bias'],
  ]);
  const arguments_ = program.inputs.map((i) => `"${known.get(i) ?? names.tensor(i.name)}"`);
  return {
    'reference.py': referenceText(bindProgram(program, sizes), head),
    'test_layer.py': [
      ...head,
      `"""Tests of the layers of ${names.method} against the layer as it is written."""`,
      '',
      'import unittest',
      '',
      'from . import reference',
      `from .config import ${names.config}`,
      `from .layer import ${names.layer}`,
      'from .oftc_torch.tuner.testing import AddedCase',
      '',
      '',
      `class Test${names.layer}(AddedCase, unittest.TestCase):`,
      `    layer = ${names.layer}`,
      `    config = ${names.config}(${config.join(', ')})`,
      `    features = (${width}, ${out})`,
      '    written = staticmethod(reference.written)',
      ...line('    ', `arguments = (${arguments_.join(', ')})`),
      '',
      '',
      'if __name__ == "__main__":',
      '    unittest.main()',
      '',
    ].join('\n'),
  };
}
