/** The properties that a pass promises of a Program; the driver checks them after every pass. */
import { dimNames, isRuntimeName } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { sameShape, topological, typesOf } from './build.ts';
import type { Node, Program } from './node.ts';
import { operator } from './operator.ts';

export type Property =
  /** Types are those the operators' signatures give; inputs are unique by name. */
  | 'typed'
  /** Only `tokens` is symbolic. */
  | 'bound'
  /** No transpose of a transpose, which normalisation removes. */
  | 'normal'
  /** No polynomial of a matrix. */
  | 'expanded'
  /** Every product has two factors. */
  | 'associated';

export type Spec = readonly Property[];

const operatorOf = (n: Node): string | undefined => (n.kind === 'op' ? n.op : undefined);

/** The nodes whose types are known to be right: passes keep most nodes. */
const typed = new WeakSet<Node>();

/** Checks a program against a spec. Throws OFT9010 with the pass, the property and the node that breaks it. */
export function checkSpec(program: Program, spec: Spec, pass: string): void {
  const broken = (property: Property, what: string): never => {
    throw new OftcError('OFT9010', `after pass '${pass}', '${program.name}' is not ${property}: ${what}`);
  };
  const names = program.inputs.map((i) => i.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice !== undefined) broken('typed', `two inputs are named '${twice}'`);
  const inputs = new Set(names);
  for (const n of topological(program.outputs.map((o) => o.node))) {
    if (n.kind === 'input') {
      if (!inputs.has(n.name)) broken('typed', `'${n.name}' is used but not declared`);
      continue;
    }
    for (const property of spec) {
      switch (property) {
        case 'typed': {
          if (typed.has(n)) break;
          const type = operator(n.op).type(typesOf(n.args), n.attrs);
          if (!sameShape(type.shape, n.type.shape) || type.dtype !== n.type.dtype)
            broken(property, `'${n.op}'`);
          typed.add(n);
          break;
        }
        case 'bound':
          if (n.type.shape.some((d) => dimNames(d).some((x) => !isRuntimeName(x))))
            broken(property, `'${n.op}'`);
          break;
        case 'expanded':
          if (n.op === 'polynomial') broken(property, 'a polynomial is left');
          break;
        case 'normal':
          if (n.op === 'transpose' && operatorOf(n.args[0]!) === 'transpose')
            broken(property, 'a double transpose is left');
          break;
        case 'associated':
          if (n.op === 'matmul' && n.args.length !== 2)
            broken(property, `a product of ${n.args.length} factors is left`);
          break;
        default:
          throw new TypeError(`unknown property ${property satisfies never}`);
      }
    }
  }
}
