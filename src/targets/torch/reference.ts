/** Prints the layer as its author writes it, and the tests that compare the derived layer with it. */

import { topological } from '../../../compiler/ir/build.ts';
import type { InputNode, Node, Program } from '../../../compiler/ir/node.ts';
import { operator } from '../../../compiler/ir/operator.ts';
import { typeName } from '../../../compiler/names.ts';
import { meets } from '../../../compiler/ops/token-rules.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { limitOf, matrixAt } from '../../identity/values.ts';
import { annotated } from './annotated.ts';
import { dimText } from './dims.ts';
import { functionText } from './function.ts';
import { type LayerOptions, rulesOfTokens } from './layer.ts';
import { isHeld, isRows } from './module-class.ts';
import { line } from './python-text.ts';
import { quantizedInputs } from './quantized.ts';
import { argumentsOf, type PrintedVariant, wideResult } from './variant.ts';

/** The functions of reference.py: the outputs, and what the layer claims. */
function functionsOf(bound: Program): ReadonlyMap<string, Program> {
  const { claims, ...layer } = bound;
  const of = (outputs: readonly Node[]): Program => ({
    ...layer,
    outputs: outputs.map((node, n) => ({ name: `${n}`, node })),
  });
  const found = new Map<string, Program>([['written', of(bound.outputs.map((o) => o.node))]]);
  if (claims?.weight) found.set('weight', of([claims.weight, ...(claims.bias ? [claims.bias] : [])]));
  const orthogonal = claims?.orthogonal ?? [];
  if (orthogonal.length > 0) found.set('orthogonal', of(orthogonal));
  return found;
}

/** The text of reference.py, from the program at its sizes. */
export function referenceText(bound: Program, head: readonly string[]): string {
  const functions = [...functionsOf(bound)].map(([name, program]) => {
    const { variants, lowering } = compileProgram(program, { gradients: false, asWritten: true });
    return functionText(annotated(variants[0]!.program, { ...lowering, copies: true }), name);
  });
  return [
    ...head,
    '"""The layer as it is written: every matrix is formed, and products keep their order."""',
    '',
    ...(functions.flat().some((l) => /\bmath\./.test(l)) ? ['import math', ''] : []),
    'import torch',
    'from torch import Tensor',
    '',
    'from . import oftc_torch',
    '',
    ...functions.flatMap((lines) => ['', ...lines, '']),
  ].join('\n');
}

/** The text of test_layer.py. */
export function testText(
  bound: Program,
  { name, stored }: Pick<LayerOptions, 'name' | 'stored'>,
  printed: readonly PrintedVariant[],
  head: readonly string[],
): string {
  const shapes = argumentsOf(bound).flatMap((i) =>
    line('            ', `"${i.name}": ${entryOf(bound, i)},`),
  );
  const [x, ...more] = bound.inputs.filter((i) => i.role === 'input');
  const isLinear = x !== undefined && more.length === 0 && x.type.dtype !== 'i32' && isRows(x);
  const claims = [...functionsOf(bound).keys()].filter(
    (f) => f === 'orthogonal' || (f === 'weight' && isLinear),
  );
  const forms = quantizedInputs(bound, stored).map(({ form, input }) => `"${input.name}": layer.${form}`);
  const wide = wideResult(bound);
  const base = forms.length > 0 ? 'QuantizedCase' : 'LayerCase';
  return [
    ...head,
    '"""Tests of the derived layer against the layer as it is written."""',
    '',
    'import unittest',
    '',
    `from . import layer, reference`,
    `from .oftc_torch.testing import ${base}`,
    '',
    '',
    `class Test${typeName(name)}(${base}, unittest.TestCase):`,
    `    function = layer.${typeName(name)}Function`,
    '    variants = [',
    ...printed.map((v) => `        (layer._forward${v.suffix}, layer._backward${v.suffix}),`),
    '    ]',
    ...(forms.length > 0 ? line('    ', `quantized = {${forms.join(', ')}}`) : []),
    ...(detaches(bound) ? ['    detaches = True'] : []),
    ...(wide === 0 ? [] : [`    wide = ${wide ?? 'None'}`]),
    ...countLines(bound),
    ...['written', ...claims].map((f) => `    ${f} = staticmethod(reference.${f})`),
    '',
    '    @staticmethod',
    '    def shapes(tokens):',
    '        return {',
    ...shapes,
    '        }',
    '',
    '',
    'if __name__ == "__main__":',
    '    unittest.main()',
    '',
  ].join('\n');
}

/** The numbers of tokens that the tests of a layer draw. */
const COUNTS = [0, 1, 2, 3, 4, 5];

/** The line that replaces those of COUNTS that the layer refuses, each by the next that it takes; none where it takes all. */
function countLines(bound: Program): string[] {
  const rules = rulesOfTokens(bound);
  const isTaken = (n: number) => rules.every((r) => meets(r, n));
  const next = (n: number): number => {
    while (n < MANY && !isTaken(n)) n++;
    return n;
  };
  const others = COUNTS.filter((n) => !isTaken(n)).map((n) => `${n}: ${next(n)}`);
  return others.length > 0 ? [`    counts = {${others.join(', ')}}`] : [];
}

/** Whether an operator keeps a value out of the gradient. */
const detaches = ({ outputs }: Program): boolean =>
  topological(outputs.map((o) => o.node)).some((n) => n.kind === 'op' && operator(n.op).passes !== undefined);

/**
 * The number below which an integer input lies, or the size of the matrix whose positions it has. Rows of activations
 * are as many as there are tokens.
 */
function belowOf(bound: Program, i: InputNode): string {
  const matrix = matrixAt(bound, i, MANY);
  if (matrix) return `(${matrix.join(', ')})`;
  const below = limitOf(bound, i, MANY);
  if (limitOf(bound, i, 1) === below) return `${below}`;
  // Without tokens nothing is drawn, but the bound is 1 at least.
  return `${below < MANY ? `min(tokens, ${below})` : 'tokens'} or 1`;
}

/** More tokens than any axis of a layer's own has. */
const MANY = 1 << 20;

function entryOf(bound: Program, i: InputNode): string {
  const shape = i.type.shape.map(dimText);
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const below = i.type.dtype === 'i32' ? belowOf(bound, i) : 'None';
  const role = i.role === 'frozen' && !isHeld(i) ? 'given' : i.role;
  return `(${tuple}, ${below}, "${role}")`;
}
