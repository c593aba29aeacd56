/** The names that a method has in PEFT. */
import { OftcError } from '../../../../compiler/errors/error.ts';
import { typeName } from '../../../../compiler/names.ts';
import { METHODS } from '../../../formats/peft/methods.ts';
import { tensorName } from '../python-text.ts';

export interface MethodNames {
  /** The method's name in lower case, such as diag_oft. PEFT's PeftType has it in upper case. */
  readonly method: string;
  readonly config: string;
  readonly layer: string;
  readonly model: string;
  /** The name of a tensor in a layer, which begins with the method's. */
  tensor(name: string): string;
}

/**
 * The names of a layer that is exported as `name`. `form` is the file of oftc_torch/methods with the same tensors, if
 * there is one. Throws OFT1047 for a name of PEFT's, and for one without a letter to begin with.
 */
export function methodNames(name: string, form?: string): MethodNames {
  const method = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/\W+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase();
  if (!/^[a-z]/.test(method))
    throw new OftcError(
      'OFT1047',
      `'${name}' cannot name a method of PEFT, which begins with a letter from a to z: export the layer by another name`,
    );
  if (Object.hasOwn(METHODS, method.toUpperCase()))
    throw new OftcError(
      'OFT1047',
      form === undefined
        ? `PEFT has a method '${method}', and this layer does not store its tensors: declare them with the names that PEFT stores, as stored, if it is that method, or export it by another name to add it beside PEFT's`
        : `PEFT has a method '${method}', and this layer stores its tensors but computes another function than the settings that are derived: \`oftc check FILE --against ${form.split('_')[0]}\` shows where they differ. Mend the layer, or export it by another name to add it beside PEFT's`,
    );
  const type = typeName(name).replaceAll(/\W|_/g, '');
  return {
    method,
    config: `${type}Config`,
    layer: `${type}Layer`,
    model: `${type}Model`,
    tensor: (tensor) => `${method}_${tensorName(tensor)}`,
  };
}
