/** `oftc build --target peft`: derived passes for a method of PEFT's, or a package that adds a method to PEFT. */
import type { Binding } from '../../../../compiler/dims/dims.ts';
import { OftcError } from '../../../../compiler/errors/error.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { commented } from '../../../../compiler/names.ts';
import { BUILT_PYTHON } from '../../built.ts';
import { checkNames } from '../check-names.ts';
import { pythonName } from '../python-text.ts';
import { modulesIn, type PythonTexts, standalone } from '../standalone.ts';
import { type Adaptation, adaptationOf } from './adaptation.ts';
import { aloneTexts } from './alone.ts';
import { type FeatureSizes, featureSizes } from './feature-sizes.ts';
import { knownLayer, knownMethod } from './known.ts';
import { layerText } from './layer-text.ts';
import { type MethodNames, methodNames } from './names.ts';
import { testTexts } from './test-text.ts';

export interface PeftOptions {
  /** The layer's exported name. */
  readonly name: string;
  /** The sizes that `--dims` gives. */
  readonly given: Binding;
  /** The settings that the layer is built with. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly from: { readonly file: string; readonly version: string };
  /** The texts of the Python package oftc_torch. */
  readonly python: PythonTexts;
  /** Whether to write files that need PyTorch and PEFT alone: one for a method of PEFT's, four for another. */
  readonly standalone?: boolean;
}

export interface BuiltPeft {
  /** The texts of the package's files, by their paths in it. */
  readonly texts: Readonly<Record<string, string>>;
  /** The method of PEFT's that the layer is; undefined where the layer adds one. */
  readonly method: string | undefined;
}

/**
 * Builds a class over PEFT's own layer where the layer is one of PEFT's methods, and else a method that PEFT lacks.
 * Throws OFT1047 for a layer that adapts no linear layer, and OFT3006 for sizes that nothing gives.
 */
export function buildPeft(program: Program, options: PeftOptions): BuiltPeft {
  const { from, python } = options;
  const adaptation = adaptationOf(program);
  const head = [
    commented(`${BUILT_PYTHON}${from.version} from ${from.file}: build it again rather than edit it.`),
  ];
  const known = knownMethod(program, adaptation);
  if (!known?.isSame) {
    const names = methodNames(options.name, known?.form);
    const texts = added(program, adaptation, names, options, head);
    return { texts: options.standalone ? aloneTexts(texts, python) : texts, method: undefined };
  }
  const { method, class: own, text } = knownLayer(known.form, python, head);
  if (options.standalone) return { texts: { 'layer.py': standalone(text, python) }, method };
  return {
    texts: {
      '__init__.py': [
        ...head,
        `"""PEFT's ${method} with derived passes: call use(model) after get_peft_model."""`,
        '',
        `from .layer import ${own}, use`,
        '',
        `__all__ = ["${own}", "use"]`,
        '',
      ].join('\n'),
      'layer.py': text,
      ...copied(python, [''], `${BUILT_PYTHON}${from.version}.\n`),
    },
    method,
  };
}

/** Names that every configuration of PEFT's has, and those of a method that is added. */
const RESERVED = new Set(
  `
  auto_mapping base_model_name_or_path built check_kwargs exclude_modules from_json_file from_peft_type from_pretrained
  inference_mode is_adaption_prompt is_prompt_learning layers_pattern layers_to_transform method modules_to_save
  peft_type peft_version push_to_hub revision runtime_config save_pretrained target_modules task_type to_dict
  `
    .trim()
    .split(/\s+/),
);

/** The files of a method that PEFT lacks. */
function added(
  program: Program,
  adaptation: Adaptation,
  names: MethodNames,
  { given, config, from, python }: PeftOptions,
  head: readonly string[],
): Readonly<Record<string, string>> {
  checkNames(program);
  const sizes = featureSizes(program, adaptation, given);
  for (const field of [...Object.keys(sizes.fields), ...Object.keys(config)])
    if (RESERVED.has(pythonName(field)))
      throw new OftcError(
        'OFT1047',
        `'${field}' would become a field of the method's configuration, and every configuration of PEFT has one of this name: rename it`,
      );
  return {
    '__init__.py': initText(names, head),
    'config.py': configText(program, names, sizes, config, head),
    'layer.py': layerText(program, adaptation, sizes, names, head),
    'model.py': modelText(names, head),
    ...testTexts(program, adaptation, sizes, names, head),
    ...copied(python, ['', 'tuner'], `${BUILT_PYTHON}${from.version}.\n`),
  };
}

/** The functions and classes that the package calls, as files of its own. */
const copied = (python: PythonTexts, folders: readonly string[], head: string): Record<string, string> =>
  Object.fromEntries(
    folders
      .flatMap((folder) => modulesIn(python, folder))
      .filter((path) => path !== 'testing.py')
      .map((path) => [`oftc_torch/${path}`, `${head}${python[path]}`]),
  );

const initText = ({ method, config, layer, model }: MethodNames, head: readonly string[]): string =>
  [
    ...head,
    `"""Adds the method ${method} to PEFT: import it before get_peft_model and PeftModel.from_pretrained."""`,
    '',
    `from .config import ${config}`,
    `from .layer import ${layer}`,
    `from .model import ${model}`,
    'from .oftc_torch.tuner import register',
    '',
    `__all__ = ["${config}", "${layer}", "${model}"]`,
    '',
    `register(${config}, ${model})`,
    '',
  ].join('\n');

function configText(
  program: Program,
  { method, config: type }: MethodNames,
  { fields }: FeatureSizes,
  config: PeftOptions['config'],
  head: readonly string[],
): string {
  // The frozen layer has a bias or not, whatever the layer was built with.
  const settings = Object.entries(config).filter(([n]) => n !== 'bias');
  const built = settings.map(([n, value]) => `"${pythonName(n)}": ${literal(value)}`);
  return [
    ...head,
    `"""The configuration of ${method}."""`,
    '',
    'from dataclasses import dataclass',
    'from typing import Any, ClassVar',
    '',
    'from .oftc_torch.tuner import MethodConfig',
    '',
    '',
    '@dataclass',
    `class ${type}(MethodConfig):`,
    `    """The sizes of ${method}${settings.length > 0 ? ', and the settings that it is built with' : ''}.${program.source ? ` ${program.source}` : ''}"""`,
    '',
    `    method: ClassVar[str] = "${method}"`,
    ...(built.length > 0 ? [`    built: ClassVar[dict[str, Any]] = {${built.join(', ')}}`] : []),
    '',
    ...Object.entries(fields).map(([n, size]) => `    ${pythonName(n)}: int = ${size}`),
    ...settings.map(([n, value]) => `    ${pythonName(n)}: ${typeOf(value)} = ${literal(value)}`),
    '',
  ].join('\n');
}

const literal = (value: unknown): string =>
  typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);

const typeOf = (value: unknown): string =>
  typeof value === 'boolean'
    ? 'bool'
    : typeof value === 'string'
      ? 'str'
      : Number.isInteger(value)
        ? 'int'
        : 'float';

const modelText = ({ method, layer, model }: MethodNames, head: readonly string[]): string =>
  [
    ...head,
    `"""The model with ${method}'s layers."""`,
    '',
    `from .layer import ${layer}`,
    'from .oftc_torch.tuner import MethodModel',
    '',
    '',
    `class ${model}(MethodModel):`,
    `    """A model whose linear layers have adapters of ${method}."""`,
    '',
    `    prefix = "${method}_"`,
    `    tuner_layer_cls = ${layer}`,
    '',
  ].join('\n');
