/** Advice for names that PyTorch, NumPy and Python have and the language does not. */
import { nearest } from '../errors/nearest.ts';
import { operators } from '../ir/operator.ts';
import { functions, methods, properties } from '../ops/surface.ts';
import { entryOf } from '../records.ts';

const PLACE = 'the compiler decides where tensors live: leave it out';
const DTYPE = "state it where the tensor is declared: input('tokens', 'in', { dtype: 'f16' })";
const INDICES = "indices are declared input('tokens', { dtype: 'i32' })";
const CHANCE = 'a layer is the same at every compilation: pass random numbers in as an input';
const VALUE = 'a tensor has no value at compile time: read values from the outputs of a run';

/** Advice for names elsewhere that no operator of the language stands for. */
const FOREIGN: Readonly<Record<string, string>> = {
  length: 'a tensor is not a list: declare list(n, …), which has a length and can be looped over',
  parameter: "write trainable('r', 'tri(b)') among the layer's declarations",
  module: "write layer({ x: input('tokens', 'in') }, ({ x }) => …)",
  dropout:
    "leave it out, or declare mask: input('tokens', 'in') with elements 0 or 1/(1 − p), and write x.mul(mask)",
  rand: CHANCE,
  randn: CHANCE,
  item: VALUE,
  tolist: VALUE,
  numpy: VALUE,
  data: VALUE,
  foreach: VALUE,
  map: VALUE,
  to: `${PLACE}; for the dtype, ${DTYPE}`,
  cpu: PLACE,
  cuda: PLACE,
  contiguous: PLACE,
  max: 'max(x, b) is the larger of two, element by element; no function takes the largest along an axis',
  min: 'min(x, b) is the smaller of two, element by element; no function takes the smallest along an axis',
  clone: 'tensors never change: use x itself',
  half: DTYPE,
  float: DTYPE,
  float16: DTYPE,
  bfloat16: DTYPE,
  float32: 'it is the default: leave dtype out',
  long: INDICES,
  int64: INDICES,
  int32: INDICES,
  type: DTYPE,
};

/** Advice for a member or a function that does not exist; undefined for an unknown name. */
export function insteadOf(name: string): string | undefined {
  const key = name.toLowerCase().replaceAll('_', '');
  const [known] = operators().flatMap((o) => entryOf(o.elsewhere ?? {}, key) ?? []);
  if (known !== undefined && known !== name)
    return Object.hasOwn(functions, known) ? `write ${known}(…)` : known;
  if (Object.hasOwn(FOREIGN, key)) return FOREIGN[key];
  if (Object.hasOwn(functions, name)) return `'${name}' is a function of oftc: write ${name}(x)`;
  if (Object.hasOwn(methods, name)) return `'${name}' is a method: write a.${name}(b)`;
  if (Object.hasOwn(properties, name)) return `'${name}' is a property: write a.${name}`;
  const meant = nearest(name, TENSOR_NAMES);
  return meant === undefined ? undefined : `did you mean '${meant}'?`;
}

const TENSOR_NAMES = [...Object.keys(functions), ...Object.keys(methods), ...Object.keys(properties)];

/** The names of a tensor's members, for messages. */
const MEMBERS = [...Object.keys(properties), ...Object.keys(methods)].join(', ');

/**
 * The message for a member that does not exist, with its advice about the author's tensor: `a tensor has no
 * 'view'; it has … — tensors are not reshaped: …`.
 */
export function noMember(
  name: string,
  about: (advice: string) => string = (advice) => aboutTensor(advice, undefined),
): string {
  const instead = insteadOf(name);
  const advice = instead === undefined ? '' : ` — ${about(instead)}`;
  return `a tensor has no '${name}'; it has ${MEMBERS}${advice}`;
}

/** Advice about `x` for the tensor that an author writes; a long expression is `a`. */
export const aboutTensor = (advice: string, tensor: string | undefined): string =>
  advice.replaceAll(/\bx\b/g, tensor !== undefined && /^\S{1,24}$/.test(tensor) ? tensor : 'a');

/** The message for an export that does not exist: `oftc has no 'softmax': …`. */
export function noExport(name: string): string {
  const instead = insteadOf(name);
  return instead === undefined
    ? `oftc has no '${name}'; it has layer, input, frozen, trainable, list, when, ${Object.keys(functions).join(', ')}`
    : `oftc has no '${name}': ${instead}`;
}
