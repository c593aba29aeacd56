/** Prints layer.py: the derived parts of a method, and the class of PEFT's layers that has them. */
import type { Init } from '../../../../compiler/ir/init.ts';
import type { InputNode, Program } from '../../../../compiler/ir/node.ts';
import { Namer } from '../../../language/formulas/naming.ts';
import { BASE } from '../cut.ts';
import { dimText } from '../dims.ts';
import { type PrintedPart, printPart } from '../part.ts';
import { line, pythonName, wrapped } from '../python-text.ts';
import type { Adaptation } from './adaptation.ts';
import { type FeatureSizes, quotientsIn } from './feature-sizes.ts';
import type { MethodNames } from './names.ts';

/** The text of layer.py. `head` is the comment that its file begins with. */
export function layerText(
  source: Program,
  adaptation: Adaptation,
  sizes: FeatureSizes,
  names: MethodNames,
  head: readonly string[],
): string {
  const parts = (['before', 'after'] as const).flatMap((place) => {
    const part = adaptation[place];
    return part ? [{ place, printed: printPart(place, part, sizes.typical) }] : [];
  });
  const body = parts.flatMap(({ printed }) => [...printed.lines, '', '']);
  const formula = source.outputs.map((o) => `${o.name} = ${new Namer({ source }).written(o.node)}`);
  return [
    ...head,
    `"""The layers of ${names.method}, with passes that oftc derived."""`,
    '',
    ...(body.some((l) => /\bmath\./.test(l)) ? ['import math', ''] : []),
    'from collections.abc import Mapping, Sequence',
    '',
    'import torch',
    'from torch import Tensor',
    '',
    'from . import oftc_torch',
    `from .config import ${names.config}`,
    'from .oftc_torch.tuner import MethodLayer',
    '',
    '',
    ...body,
    ...layerClass(source, adaptation, sizes, names, parts, formula),
    '',
  ].join('\n');
}

interface Part {
  readonly place: 'before' | 'after';
  readonly printed: PrintedPart;
}

function layerClass(
  source: Program,
  adaptation: Adaptation,
  sizes: FeatureSizes,
  names: MethodNames,
  parts: readonly Part[],
  formula: readonly string[],
): string[] {
  const held = heldTensors(source, adaptation);
  const trained = held.filter((i) => i.role === 'trainable').map((i) => names.tensor(i.name));
  const constants = held.filter((i) => i.role === 'frozen').map((i) => names.tensor(i.name));
  const used = new Set(parts.flatMap((p) => p.printed.tensors));
  const flags = {
    reads_weight: used.has(adaptation.weight.name),
    calls_base: adaptation.callsBase,
    mixes_bias: adaptation.mixesBias,
    is_linear: adaptation.isLinear,
  };
  const defaults = { reads_weight: false, calls_base: true, mixes_bias: false, is_linear: true };
  const different = Object.entries(flags).filter(([n, value]) => value !== defaults[n as keyof typeof flags]);
  return [
    `class ${names.layer}(MethodLayer):`,
    ...wrapped('    ', `"""${formula.join('; ').replaceAll('\\', '\\\\')}"""`),
    '',
    ...line('    ', `adapter_layer_names = (${tuple(trained)})`),
    ...line('    ', `other_param_names = (${tuple(['sizes', ...constants])})`),
    ...(constants.length > 0 ? line('    ', `constants = (${tuple(constants)})`) : []),
    ...different.map(([n, value]) => `    ${n} = ${value ? 'True' : 'False'}`),
    '',
    ...sizeFunctions(adaptation, sizes, names, held),
    ...parts.flatMap(({ place, printed }) => ['', ...partMethod(place, printed, adaptation, names)]),
  ];
}

const tuple = (names: readonly string[]): string =>
  names.map((n) => `"${n}"`).join(', ') + (names.length === 1 ? ',' : '');

/** The tensors that each adapter has: those but x, the weight and the bias. */
const heldTensors = ({ inputs }: Program, { x, weight, bias }: Adaptation): InputNode[] =>
  inputs.filter((i) => i !== x && i !== weight && i !== bias);

function sizeFunctions(
  adaptation: Adaptation,
  { texts }: FeatureSizes,
  names: MethodNames,
  held: readonly InputNode[],
): string[] {
  const all = [...texts.keys()];
  const programs = [adaptation.before, adaptation.after].filter((p) => p !== undefined);
  const quotients = [...quotientsIn(programs)];
  const shapeOf = ({ type: { shape } }: InputNode) =>
    `(${shape.map((d) => dimText(d)).join(', ')}${shape.length === 1 ? ',' : ''})`;
  const shapes = held.map(
    (i) => `"${names.tensor(i.name)}": (${shapeOf(i)}, ${initText(i.init!, adaptation, names)}),`,
  );
  const weight = `return ${shapeOf(adaptation.weight)}`;
  const named = (texts: readonly string[]) =>
    all.filter((n) => texts.some((t) => new RegExp(`(?<![\\w."])${pythonName(n)}(?![\\w"])`).test(t)));
  const taken = (lines: readonly string[]) =>
    named(lines).map((n) => `        ${pythonName(n)} = sizes["${n}"]`);
  const checks = quotients.map(([text, [dividend, divisor]]) => `"${text}": (${dividend}, ${divisor}),`);
  return [
    '    @staticmethod',
    `    def sizes_of(config: ${names.config}, in_features: int, out_features: int) -> dict[str, int]:`,
    ...all.map((n) => `        ${pythonName(n)} = ${texts.get(n)}`),
    ...line('        ', `return {${all.map((n) => `"${n}": ${pythonName(n)}`).join(', ')}}`),
    '',
    '    @staticmethod',
    '    def weight_shape(sizes: Mapping[str, int]) -> tuple[int, int]:',
    ...taken([weight]),
    `        ${weight}`,
    '',
    '    @staticmethod',
    '    def declared(sizes: Mapping[str, int]) -> dict[str, tuple]:',
    ...taken(shapes),
    '        return {',
    ...shapes.flatMap((s) => line('            ', s)),
    '        }',
    ...(checks.length === 0
      ? []
      : [
          '',
          '    @staticmethod',
          '    def quotients(sizes: Mapping[str, int]) -> dict[str, tuple[int, int]]:',
          ...taken(checks),
          ...line('        ', `return {${checks.join(' ').replace(/,$/, '')}}`),
        ]),
  ];
}

/** A start as Python, which names tensors as the adapter does. */
function initText(init: Init, { weight }: Adaptation, names: MethodNames): string {
  if (typeof init === 'string') return `"${init}"`;
  const named = Object.entries(init).map(([key, value]) => [
    key,
    typeof value === 'string' ? (value === weight.name ? 'weight' : names.tensor(value)) : value,
  ]);
  return JSON.stringify(Object.fromEntries(named)).replaceAll(':', ': ').replaceAll(',', ', ');
}

function partMethod(
  place: Part['place'],
  { function: name, tensors, sizes }: PrintedPart,
  { x, weight, bias }: Adaptation,
  names: MethodNames,
): string[] {
  const argument = (t: string) => {
    if (t === x.name) return 'x';
    if (t === BASE) return 'base';
    if (t === weight.name) return 'self.frozen_weight';
    return t === bias?.name ? 'bias' : `self.${names.tensor(t)}[name]`;
  };
  const given = [...tensors.map(argument), ...sizes.map((s) => `self.sizes[name]["${s}"]`)];
  const result = place === 'before' ? 'z' : 'y';
  const parameters =
    place === 'before'
      ? 'self, name: str, x: Tensor'
      : 'self, name: str, base: Tensor | None, x: Tensor, bias: Tensor | None';
  return [
    ...line('    ', `def ${place}(${parameters}) -> Tensor:`),
    ...line('        ', `${result}, *_ = ${name}.apply(${given.join(', ')})`),
    `        return ${result}`,
  ];
}
