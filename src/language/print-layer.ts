/**
 * A Program as a layer in the author's language. `oftc rewrite` prints the derived forward this way; compiled
 * with its parentheses pinned, the text gives back the same Program (but for zeros around a tensor, which it spells).
 */

import { addDim, type Dim, dimConst, equalDim, printDim, subDim } from '../../compiler/dims/dims.ts';
import { eqQ, fromNumber, type Rational, rational, toNumber } from '../../compiler/dims/rational.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { definedOperator } from '../../compiler/extend/operators.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { Init } from '../../compiler/ir/init.ts';
import type { InputNode, Node, OpNode, Program } from '../../compiler/ir/node.ts';
import { countUses } from '../../compiler/ir/print.ts';
import { argsOf } from '../../compiler/ir/walk.ts';
import { commented, identifier, isIdentifier, key, quoted } from '../../compiler/names.ts';
import { isOp } from '../../compiler/ops/nodes.ts';
import { postOrder } from '../../compiler/primitives/walk.ts';

/** Lines longer than this are broken into named values. */
const MAX_WIDTH = 70;

export interface PrintOptions {
  /** Lines of a comment above the layer. */
  readonly comment?: readonly string[];
}

/** The text of a module exporting the layer. Throws OFT9020 for an operator authors cannot write. */
export function printLayer(program: Program, options: PrintOptions = {}): string {
  const { printer, body, params } = printed(program);
  const imports = [...printer.imports].sort();
  const where = Object.entries(program.where).map(([n, d]) => `${key(n)}: '${printDim(d)}'`);
  const layerOptions = [
    ...(where.length ? [`where: { ${where.join(', ')} }`] : []),
    ...(program.source === undefined ? [] : [`source: ${quoted(program.source)}`]),
  ];
  return [
    ...(options.comment ? ['/**', ...options.comment.map((l) => ` * ${commented(l)}`.trimEnd()), ' */'] : []),
    `import { ${imports.join(', ')} } from 'oftc';`,
    '',
    `export const ${exportName(program.name, imports)} = layer(`,
    '  {',
    ...params.map((l) => `    ${l}`),
    '  },',
    `  ({ ${printer.bound().join(', ')} }) => {`,
    ...body.map((l) => `    ${l}`),
    '  },',
    ...(layerOptions.length ? [`  { ${layerOptions.join(', ')} },`] : []),
    ');',
    '',
  ].join('\n');
}

/** The layer's own name, unless that is not one or is imported. */
const exportName = (name: string, imports: readonly string[]): string =>
  isIdentifier(name) && !imports.includes(name) ? name : 'derived';

/** Tensors that are called as what is imported get other names in the layer, which a second printing knows. */
function printed(program: Program) {
  const print = (taken: ReadonlySet<string>) => {
    const printer = new Printer(program, taken);
    return { printer, body: printer.body(), params: printer.params() };
  };
  const first = print(new Set());
  const { tensors, imports } = first.printer;
  return tensors.some((name) => imports.has(name)) ? print(imports) : first;
}

class Printer {
  readonly imports = new Set<string>(['layer']);
  /** Top-level tensor names, lists once. */
  readonly tensors: string[];
  readonly #program: Program;
  readonly #uses: Map<Node, number>;
  readonly #names = new Map<Node, string>();
  readonly #taken: Set<string>;
  /** The projection of a stored parameter, by input. */
  readonly #projections = new Map<Node, Node>();

  /** What the layer's body calls a tensor; of lists, the list. */
  readonly #locals = new Map<string, string>();

  constructor(program: Program, imported: ReadonlySet<string>) {
    this.#program = program;
    const roots = program.outputs.map((o) => o.node);
    this.#uses = countUses(roots);
    this.tensors = [...new Set(program.inputs.map((i) => i.name.split('.')[0]!))];
    const taken = new Set([...imported, ...this.tensors.filter((t) => isIdentifier(t) && !imported.has(t))]);
    for (const name of this.tensors) {
      const own = isIdentifier(name) && !imported.has(name) ? name : identifier(name, taken);
      taken.add(own);
      this.#locals.set(name, own);
    }
    for (const i of program.inputs) this.#names.set(i, this.#reference(i.name));
    for (const n of topological(roots)) {
      if (!isOp(n, 'project')) continue;
      this.#projections.set(n.args[0]!, n.args[1]!);
      this.#names.set(n, this.#names.get(n.args[0]!)!);
    }
    this.#taken = new Set([...taken, 'stored']);
  }

  /** How the layer's body takes its tensors. */
  bound(): string[] {
    return [...this.#locals].map(([name, own]) => (name === own ? name : `${key(name)}: ${own}`));
  }

  /** `v.0` is element 0 of the list v. */
  #reference(name: string): string {
    const [list, n] = name.split('.');
    const own = this.#locals.get(list!)!;
    return n === undefined ? own : `${own}[${n}]!`;
  }

  params(): string[] {
    return this.tensors.flatMap((name) => {
      const own = this.#program.inputs.filter((i) => i.name.split('.')[0] === name);
      const list = own[0]!.name.includes('.');
      const texts = own.map((i) => this.#param(i));
      return list
        ? [`${key(name)}: [`, ...texts.map((t) => `  ${t},`), '],']
        : [`${key(name)}: ${texts[0]},`];
    });
  }

  #param(i: InputNode): string {
    const role = i.role === 'cotangent' ? 'input' : i.role;
    this.imports.add(role);
    const options: string[] = [];
    if (i.type.dtype !== 'f32') options.push(`dtype: '${i.type.dtype}'`);
    const projection = this.#projections.get(i);
    if (i.stored !== undefined) options.push(`stored: ${quoted(i.stored)}`);
    if (i.init !== undefined) options.push(`init: ${initText(i.init)}`);
    if (projection)
      options.push(`project: (stored) => ${this.#inside(projection, new Map([[i, 'stored']]))}`);
    const dims = i.type.shape.map((d) => this.#dim(d));
    return `${role}(${[...dims, ...(options.length ? [`{ ${options.join(', ')} }`] : [])].join(', ')})`;
  }

  /** Statements: shared and wide values get names, then the outputs. */
  body(): string[] {
    const lines: string[] = [];
    const roots = this.#program.outputs.map((o) => o.node);
    const results = new Set<Node>(roots);
    const inProjections = new Set(topological([...this.#projections.values()]));
    for (const n of topological(roots)) {
      if (n.kind === 'input' || this.#names.has(n)) continue;
      if (inProjections.has(n) && !this.#usedOutside(n, roots)) continue;
      const text = this.#expression(n);
      const once = (this.#uses.get(n) ?? 0) < 2;
      if (isTrivial(n) || (once && (text.length <= MAX_WIDTH || results.has(n)))) continue;
      const name = this.#fresh(n);
      this.#names.set(n, name);
      lines.push(`const ${name} = ${text};`);
    }
    const { outputs } = this.#program;
    const texts = outputs.map((o) => this.#expression(o.node));
    const only = outputs.length === 1 && outputs[0]!.name === 'y';
    lines.push(
      only
        ? `return ${texts[0]};`
        : `return { ${outputs.map((o, i) => `${key(o.name)}: ${texts[i]}`).join(', ')} };`,
    );
    return lines;
  }

  /** Reachable without passing through the argument of a projection. */
  #usedOutside(target: Node, roots: readonly Node[]): boolean {
    const read = (n: Node) => (isOp(n, 'project') ? n.args.slice(0, 1) : argsOf(n));
    return postOrder(roots, read).includes(target);
  }

  #fresh(n: OpNode): string {
    const letter = n.op === 'skew' ? 'Q' : n.op === 'blockDiag' ? 'R' : 't';
    for (let i = 0; ; i++) {
      const name = i === 0 && letter !== 't' ? letter : `${letter}${i + (letter === 't' ? 1 : 0)}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }

  /** An expression with some nodes named otherwise. */
  #inside(n: Node, names: ReadonlyMap<Node, string>): string {
    const saved = new Map(this.#names);
    this.#names.clear();
    for (const [k, v] of names) this.#names.set(k, v);
    const text = this.#expression(n);
    this.#names.clear();
    for (const [k, v] of saved) this.#names.set(k, v);
    return text;
  }

  #expression(n: Node): string {
    const known = this.#names.get(n);
    if (known !== undefined) return known;
    if (n.kind === 'input') throw new OftcError('OFT9020', `'${n.name}' is not a tensor of this layer`);
    const arg = (i: number) => this.#expression(n.args[i]!);
    switch (n.op) {
      case 'matmul':
        return n.args.slice(1).reduce((text, a) => `${text}.matmul(${this.#expression(a)})`, arg(0));
      case 'add':
        return this.#sum(n);
      case 'mul':
      case 'div':
        return `${arg(0)}.${n.op}(${this.#operand(n.args[1]!)})`;
      case 'scale':
        return scaleText(arg(0), n.attrs.by as Rational);
      case 'transpose':
        return `${arg(0)}.T`;
      case 'literal':
        return this.#call('scalar', [numberText(n.attrs.value as Rational)]);
      case 'polynomial':
        return this.#call('polynomial', [arg(0), `[${(n.attrs.coefs as readonly number[]).join(', ')}]`]);
      case 'identity':
        return this.#call('identity', this.#identityDims(n));
      case 'expand':
        return this.#call('expand', [arg(0), ...n.type.shape.map((d) => this.#dim(d))]);
      case 'size':
        return this.#call('size', [this.#dim(n.attrs.dim as Dim)]);
      case 'sum': {
        const axes = n.attrs.axes as readonly number[];
        return this.#call('sum', [arg(0), axes.length === 1 ? String(axes[0]) : `[${axes.join(', ')}]`]);
      }
      case 'reshape':
        return `${arg(0)}.reshape(${n.type.shape.map((d) => this.#dim(d)).join(', ')})`;
      case 'permuteAxes':
        return `${arg(0)}.permute(${(n.attrs.order as readonly number[]).join(', ')})`;
      case 'slice': {
        const [start, length] = [n.attrs.start, n.attrs.length] as [Dim, Dim];
        return `${arg(0)}.slice(${[n.attrs.axis, this.#dim(start), this.#dim(length)].join(', ')})`;
      }
      case 'concat': {
        const parts = n.args.map((a) => this.#expression(a));
        return this.#call('concat', [`[${parts.join(', ')}]`, String(n.attrs.axis)]);
      }
      case 'pad':
        return this.#padded(n);
      case 'take':
        return this.#call('take', [arg(0), arg(1), String(n.attrs.axis)]);
      case 'put':
        return this.#call('put', [arg(0), arg(1), String(n.attrs.axis), this.#dim(n.attrs.size as Dim)]);
      case 'permutation':
        return `${this.#call('permutation', [arg(0)])}${n.attrs.inverse ? '.T' : ''}`;
      case 'shuffle': {
        const digits = (n.attrs.digits as readonly Dim[]).map((d) => this.#dim(d));
        const order = (n.attrs.order as readonly number[]).join(', ');
        return this.#call('shuffle', [`[${digits.join(', ')}]`, `[${order}]`]);
      }
      case 'unfold': {
        const { kernel, stride, padding } = n.attrs;
        return this.#call('unfold', [
          arg(0),
          `{ kernel: ${kernel}, stride: ${stride}, padding: ${padding} }`,
        ]);
      }
      case 'attention': {
        const [q, k, start, v] = n.args.map((a) => this.#expression(a)) as [string, string, string, string];
        const { scale } = n.attrs;
        const options = scale === undefined ? [] : [`{ scale: ${numberText(scale as Rational)} }`];
        return this.#call('attention', [q, k, v, start, ...options]);
      }
      case 'logSumExp':
      case 'pick':
      case 'sigmoid':
      case 'diag':
      case 'kronecker':
      case 'solve':
      case 'halfUpper':
      case 'skew':
      case 'blockDiag':
      case 'cayley':
      case 'expm':
      case 'householder':
      case 'reflectSpan':
      case 'detach':
      case 'sqrt':
      case 'exp':
      case 'log':
      case 'sin':
      case 'cos':
      case 'tanh':
      case 'abs':
      case 'max':
      case 'min':
        return this.#call(
          n.op,
          n.args.map((a) => this.#operand(a)),
        );
      default:
        if (definedOperator(n.op))
          throw new OftcError(
            'OFT5006',
            `operator '${n.op}' is your own, and what is printed would not import it: the derived layer cannot be printed`,
            n.spans,
          );
        throw new OftcError('OFT9020', `'${n.op}' cannot be written in a layer`, n.spans);
    }
  }

  /** Zeros around it, written out: there is no operator for them. */
  #padded(n: OpNode): string {
    const axis = n.attrs.axis as number;
    const [start, length] = [n.attrs.start as Dim, n.args[0]!.type.shape[axis]!];
    const after = subDim(n.attrs.size as Dim, addDim(start, length));
    const zeros = (size: Dim): string[] => {
      if (equalDim(size, dimConst(0))) return [];
      const shape = n.type.shape.with(axis, size).map((d) => this.#dim(d));
      return [this.#call('expand', [this.#call('scalar', ['0']), ...shape])];
    };
    const parts = [...zeros(start), this.#expression(n.args[0]!), ...zeros(after)];
    return this.#call('concat', [`[${parts.join(', ')}]`, String(axis)]);
  }

  #call(name: string, args: readonly string[]): string {
    this.imports.add(name);
    return `${name}(${args.join(', ')})`;
  }

  /** Methods and binary functions take numbers as they are. */
  #operand(n: Node): string {
    return isOp(n, 'literal') && !this.#names.has(n)
      ? numberText(n.attrs.value as Rational)
      : this.#expression(n);
  }

  /** One call for all terms: a sum of three is not the sum of a sum. */
  #sum(n: OpNode): string {
    const [first, ...rest] = n.args;
    return `${this.#expression(first!)}.add(${rest.map((a) => this.#operand(a)).join(', ')})`;
  }

  #identityDims(n: OpNode): string[] {
    const { shape } = n.type;
    const dims = shape.length === 2 ? shape.slice(0, 1) : shape;
    return dims.map((d) => this.#dim(d));
  }

  /** As the author named it, where an equality does. */
  #dim(d: Dim): string {
    const named = Object.entries(this.#program.where).find(([, value]) => equalDim(value, d));
    const text = named ? named[0] : printDim(d);
    return /^\d+$/.test(text) ? text : `'${text}'`;
  }
}

/** Leaves and views read better in place. */
const isTrivial = (n: OpNode): boolean => n.args.length === 0 || n.op === 'transpose';

/** An `init` option as it is written. */
export const initText = (init: Init): string =>
  typeof init === 'string'
    ? quoted(init)
    : `{ ${Object.entries(init)
        .map(
          ([key, v]) =>
            `${key}: ${typeof v === 'number' ? v : typeof v === 'string' ? quoted(v) : initText(v)}`,
        )
        .join(', ')} }`;

const isExact = (q: Rational): boolean => Number.isFinite(toNumber(q)) && eqQ(fromNumber(toNumber(q)), q);

const numberText = (q: Rational): string => String(toNumber(q));

/** A coefficient that no float64 holds is written as a factor and a divisor, which may be held. */
function scaleText(text: string, by: Rational): string {
  if (by.den === 1n && by.num === 1n) return text;
  if (by.den === 1n && by.num === -1n) return `${text}.neg()`;
  const [num, den] = [rational(by.num), rational(by.den)];
  if (isExact(by) || !isExact(num) || !isExact(den)) return `${text}.mul(${numberText(by)})`;
  return `${scaleText(text, num)}.div(${numberText(den)})`;
}
