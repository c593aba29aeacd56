/** Recognises a layer that is one of PEFT's methods, and prints a class over PEFT's own layer. */
import type { InputNode, Program } from '../../../../compiler/ir/node.ts';
import { isSameFunction } from '../../../identity/same.ts';
import { METHODS } from '../methods.ts';
import { wrapped } from '../python-text.ts';
import { type Definition, definitionsOf, type PythonTexts } from '../standalone.ts';
import type { Adaptation } from './adaptation.ts';

/** The file of oftc_torch/methods with a method of PEFT's that stores the tensors that a layer has. */
export interface Candidate {
  readonly form: string;
  /** Whether outputs and gradients are the same too, so that the layer is this method. */
  readonly isSame: boolean;
}

/** The method of PEFT's that a layer is, or else one that stores the same tensors; undefined where there is none. */
export function knownMethod(program: Program, adaptation: Adaptation): Candidate | undefined {
  const stored = Object.entries(METHODS).flatMap(([form, { trace }]) => {
    const own = trace(adaptation.bias !== undefined);
    const paired = pairs(program, adaptation, own);
    return paired ? [{ form, own, paired }] : [];
  });
  const same = stored.find(({ own, paired }) => isSameFunction(program, own, paired));
  const form = (same ?? stored[0])?.form;
  return form === undefined ? undefined : { form, isSame: same !== undefined };
}

/** The input of the library's layer for each input; undefined where the layers store other tensors. */
function pairs(program: Program, { weight, bias }: Adaptation, own: Program) {
  if (program.inputs.length !== own.inputs.length) return undefined;
  const keys = new Map(own.inputs.map((i) => [keyOf(i), i]));
  const found = program.inputs.map((i) => {
    const key = i === weight ? 'weight' : i === bias ? 'bias' : keyOf(i);
    return [i, keys.get(key)] as const;
  });
  const isWhole = new Set(found.map(([, other]) => other)).size === found.length;
  const pairs = found.flatMap(([i, other]) => (other && other.role === i.role ? [[i, other] as const] : []));
  return isWhole && pairs.length === found.length ? new Map<InputNode, InputNode>(pairs) : undefined;
}

/** The name of a tensor in PEFT's checkpoints, or the start of one that PEFT does not store. */
const keyOf = (i: InputNode): string =>
  i.role === 'input' ? 'x' : (i.stored ?? (i.role === 'frozen' ? JSON.stringify(i.init) : i.name));

export interface KnownLayer {
  /** The method's name, as PEFT writes it: OFT. */
  readonly method: string;
  /** The name of the class over PEFT's layer. */
  readonly class: string;
  readonly text: string;
}

/** The text of layer.py: the derived passes, and a class over PEFT's layer that has them. */
export function knownLayer(form: string, python: PythonTexts, head: readonly string[]): KnownLayer {
  const methods = definitionsOf(python['peft/methods.py']!);
  const known = [...definitionsOf(python['peft/derived.py']!), ...methods];
  const mentions = (d: Definition, name: string) => new RegExp(`(?<![\\w."])${name}\\b`).test(d.text);
  const takes = (d: Definition) => mentions(d, `${form}\\.(?:Before|After)Function`);
  const method = methods.find(
    (d) => d.text.startsWith('class ') && [d, ...methods.filter((c) => mentions(d, c.name))].some(takes),
  )!;
  const classes = methods.find((d) => d.name === 'METHODS')!.text;
  // PEFT's layer may have the passes of several methods, and then the class of all.
  const joint = methods.filter((d) => new RegExp(`^class \\w+\\(.*\\b${method.name}\\b.*\\):`).test(d.text));
  const owners = [method, ...joint].map((d) => d.name).join('|');
  const [, module, layer] = new RegExp(`"(\\w+\\.layer)\\.(\\w+)": (?:${owners}),`).exec(classes)!;
  const needed = new Set<Definition>();
  const take = (d: Definition): void => {
    if (needed.has(d)) return;
    needed.add(d);
    for (const other of known) if (mentions(d, other.name)) take(other);
  };
  take(method);
  take(known.find((d) => d.name === 'exchange')!);
  const derived = python[`methods/${form}.py`]!;
  const body = derived.slice(derived.indexOf('import oftc_torch\n') + 'import oftc_torch\n'.length).trim();
  const formula = /^"""(.*?)\n\n/ms.exec(derived)![1]!;
  const own = `Derived${layer}`;
  return {
    method: method.name,
    class: own,
    text: [
      ...head,
      `"""PEFT's ${method.name} with a derived forward and backward pass: call use(model) after get_peft_model.`,
      '',
      formula,
      '',
      ...wrapped(
        '',
        'Parameters, their names in checkpoints, merging, saving and loading stay those of PEFT.',
      ),
      '"""',
      '',
      'import warnings',
      'from collections.abc import Sequence',
      '',
      'import torch',
      `from peft.tuners.${module} import ${layer}`,
      'from torch import Tensor, nn',
      '',
      'from . import oftc_torch',
      '',
      '',
      body,
      '',
      '',
      ...known.filter((d) => needed.has(d)).flatMap((d) => [withForm(d.text, form), '', '']),
      `class ${own}(${method.name}, ${layer}):`,
      `    """A layer of PEFT's with the derived passes of ${method.name}."""`,
      '',
      '',
      'def use(model: nn.Module) -> list[str]:',
      `    """Gives every ${layer} of PEFT's ${method.name} in the model the derived passes. Returns their names."""`,
      `    return exchange(model, ${layer}, ${own})`,
      '',
    ].join('\n'),
  };
}

/** A definition with one form's functions alone: lines of other forms go. */
const withForm = (text: string, form: string): string =>
  text
    .split('\n')
    .filter((l) => [...l.matchAll(/\b(\w+)\.(?:Before|After)Function/g)].every(([, f]) => f === form))
    .join('\n')
    .replaceAll(new RegExp(`\\b${form}\\.(?=(?:Before|After)Function)`, 'g'), '');
