/** The properties and methods of values. */
import type { Node } from '../ir/node.ts';
import type { SurfaceArg } from '../ops/arguments.ts';
import { methods, properties } from '../ops/surface.ts';
import { advising } from './advice/operators.ts';
import type { Evaluation } from './evaluation.ts';
import { noMember } from './foreign.ts';
import { toSurface } from './language.ts';
import { arrayMember, primitiveMember } from './library.ts';
import type { ts } from './ts-host.ts';
import {
  describe,
  isArray,
  isObject,
  LayerValue,
  Method,
  Namespace,
  Native,
  staticObject,
  Tensor,
  type Value,
} from './values.ts';

const tensorProperties: Readonly<Record<string, (a: Node) => Node>> = properties;
const tensorMethods: Readonly<Record<string, (a: Node, ...args: SurfaceArg[]) => Node>> = methods;

/** The value of `value.name`. A method is bound to its receiver. */
export function member(I: Evaluation, value: Value, name: string, site: ts.Node): Value {
  if (value instanceof Tensor) return tensorMember(I, value, name, site);
  if (value instanceof Namespace) return value.member(name, site);
  if (isArray(value)) return arrayMember(I, value, name, site);
  if (isObject(value)) return value[name];
  if (value instanceof LayerValue && name === 'defaults') {
    return staticObject(Object.entries(value.definition.defaults) as [string, Value][]);
  }
  if (value instanceof Native && value.members.has(name)) return value.members.get(name);
  if (value !== undefined && value !== null && typeof value !== 'object')
    return primitiveMember(I, value, name, site);
  return I.refuse('OFT1009', `${describe(value)} has no '${name}' at compile time`, site);
}

function tensorMember(I: Evaluation, { node }: Tensor, name: string, site: ts.Node): Value {
  if (Object.hasOwn(tensorProperties, name))
    return new Tensor(I.at(site, () => tensorProperties[name]!(node)));
  if (Object.hasOwn(tensorMethods, name)) {
    return new Method(name, (args, call) => {
      const method = () => tensorMethods[name]!(node, ...args.map(toSurface));
      return new Tensor(I.at(call, () => advising(I.checker, call, method)));
    });
  }
  return I.refuse('OFT1009', noMember(name), site);
}
